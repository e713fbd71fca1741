# The program in docs/tutorial.md is a worker: two of them import what the page asks for, one is killed at it, and each line is
# imported. The page's SQL runs before, as in 040_pages.pl, for it makes the tables and the jobs.
#
# TAP, because pg_regress has no programs.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";
use IPC::Run;
use Page;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $page = 'docs/tutorial.md';
my $node = PostgreSQL::Test::Cluster->new('tutorial');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE shop');
output_of($node->connstr('shop'), scalar(getpwuid $>), blocks_of($page));

my ($program) = join('', slurp_lines($page)) =~ /^```sh\n(#!.*?)^```/ms;
ok($program, 'the page has a program');
my $file = PostgreSQL::Test::Utils::tempdir() . '/import-worker.sh';
PostgreSQL::Test::Utils::append_to_file($file, $program =~ s/pg_sleep\(1\)/pg_sleep(0.3)/r);
# so that nobody is lost but who is killed, however slow this machine is
$node->safe_psql('shop', q{UPDATE batch_job_type SET lease = '1 hour'});

sub start_worker
{
	local $ENV{PGHOST} = $node->host;
	local $ENV{PGPORT} = $node->port;
	local $ENV{PGDATABASE} = 'shop';
	my $log = "$PostgreSQL::Test::Utils::log_path/170_worker";
	return IPC::Run::start([ 'bash', $file ], '<', \undef, '>>', $log, '2>&1', init => sub { setpgrp });
}

# The program and what it has started.
sub kill_worker
{
	my ($worker) = @_;
	kill 'KILL', map { -$_->{PID} } @{ $worker->{KIDS} };
	IPC::Run::finish($worker);
	return;
}

my @workers = (start_worker(), start_worker());
ok($node->poll_query_until('shop', q{
	SELECT count(*) = 2 FROM batch_job_run WHERE job_id IN ('summer', 'autumn') AND items_done >= 200}), 'two workers are at work');
my ($killed) = map { $_->{KIDS}[0]{PID} } @workers;
kill_worker(shift @workers);
is($node->safe_psql('shop', qq{
	BEGIN;
	UPDATE batch_job_run SET heartbeat_at = now() - interval '4 hours', lease_until = now() - interval '3 hours',
	       suspect_at = now() - interval '2 hours' WHERE worker = 'worker-$killed';
	SELECT count(*) FROM batch_job.rescue();
	COMMIT}), 1, 'one of them is lost');
ok($node->poll_query_until('shop', q{
	SELECT count(*) = 2 FROM batch_job WHERE id IN ('summer', 'autumn') AND status = 'completed'}), 'the other one does both jobs');
is($node->safe_psql('shop', q{
	SELECT string_agg(concat_ws(' ', attempt, outcome, items_done), ', ' ORDER BY attempt DESC, outcome)
	  FROM batch_job_run WHERE job_id IN ('summer', 'autumn') AND outcome <> 'lost'}),
	'2 completed 1000, 1 completed 1000', 'one at its second attempt');
is($node->safe_psql('shop', q{
	SELECT left(sku, 1) AS file, count(*), sum(price) FROM product GROUP BY 1 ORDER BY 1}),
	"A|999|500493.00\nP|999|500493.00\nS|999|500493.00", 'every line is imported');
kill_worker($_) for @workers;

$node->stop;
done_testing();
