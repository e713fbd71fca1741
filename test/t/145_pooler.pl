# Workers behind PgBouncer in transaction mode: each of their statements may run in another server session, and sessions are
# killed, but the workers continue with their jobs. And docs/pgbouncer.md is right behind this pooler.
#
# Not for pg_regress, which has no pooler. This one is Debian's package pgbouncer. In this mode, versions before 1.21 do not
# support prepared statements of the protocol, so drivers behind them must not use any, and neither does pgbench here.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";
use IPC::Run;
use Page;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Session;
use Test::More;
use Workers;

$ENV{PATH} .= ':/usr/sbin';
my ($version) = eval { (run_command([ 'pgbouncer', '-V' ]))[0] =~ /^PgBouncer (\d+\.\d+)/ };
plan skip_all => 'PgBouncer is not there' unless defined $version;
my $can_prepare = $version =~ s/1\.//r >= 21;

my $db = 'pooled';
my $workers = 8;
my $jobs = 120;
my $limit = 6;

my $node = start_server('main');
make_queue($node, $db, ', events => true');
$node->safe_psql($db, qq{INSERT INTO batch_job_type (type, max_running, lease, backoff) VALUES ('import', $limit, '2 s', '0')});

# A directory of its own, so that its socket is not taken for the server's.
my $directory = PostgreSQL::Test::Utils::tempdir_short();
my $port = $node->port;
PostgreSQL::Test::Utils::append_to_file("$directory/pgbouncer.ini", join "\n", '[databases]',
	"* = host=@{[ $node->host ]} port=$port user=@{[ scalar getpwuid $> ]}", '[pgbouncer]', "unix_socket_dir = $directory", 'listen_port = 6432',
	'listen_addr =', 'auth_type = any', 'pool_mode = transaction', 'default_pool_size = 3', 'max_client_conn = 100',
	'server_round_robin = 1',    # the next transaction is another session's
	$can_prepare ? 'max_prepared_statements = 100' : '', '');
my $log = '';
my $pooler = IPC::Run::start([ 'pgbouncer', "$directory/pgbouncer.ini" ], '<', \undef, '>', \$log, '2>', \$log);
# Without the options that make gives its clients, which not every version takes.
my $pooled = "host=$directory port=6432 dbname=$db options=''";
my $deadline = time + 60;
until ((run_command([ 'psql', '-XAtc', 'SELECT 1', $pooled ]))[0] eq '1')
{
	$pooler->pump_nb;
	die "no pooler: $log" if time > $deadline || !$pooler->pumpable;
	sleep 1;
}

# What a worker does next.
sub next_statement
{
	my $worker = shift;
	return q{SELECT format('%L, run => %L', id, run) FROM batch_job.claim('{import}')} unless defined $worker->{mine};
	return "SELECT pg_sleep(0.02), batch_job.heartbeat($worker->{mine}, items_done => $worker->{beats})" if $worker->{beats} < 3;
	return "SELECT status FROM batch_job.complete($worker->{mine})";
}

# A worker that got no answer connects again, and repeats its call.
sub hear
{
	my ($worker, $counts) = @_;
	my $got = eval { $worker->{session}->end };
	if (!defined $got || $got->{sqlstate} =~ /^(?:57P01|08)/)
	{
		$counts->{connections}++;
		eval { $worker->{session}->quit };
		$worker->{session} = Session->new($pooled);
		return;
	}
	die "$got->{sqlstate}: @{$got->{lines}}" if $got->{sqlstate} !~ /^(?:00000|BJ002)$/;
	if (!defined $worker->{mine}) { ($worker->{mine}) = @{ $got->{lines} } }
	elsif ($got->{sqlstate} eq 'BJ002') { delete $worker->{mine} }
	elsif ($worker->{beats}++ >= 3) { delete $worker->{mine} }
	$worker->{beats} = 0 unless defined $worker->{mine};
	return;
}

local $SIG{PIPE} = 'IGNORE';
add_jobs($node, $db, $jobs);
my @workers = map { { session => Session->new($pooled), beats => 0 } } 1 .. $workers;
my %counts = (connections => 0, killed => 0);
my $observer = Session->new($node->connstr($db));
my $left = $jobs;
$deadline = time + 120;
for (my $round = 0; $left > 0 && time < $deadline; $round++)
{
	$_->{session}->begin(next_statement($_)) for @workers;
	$counts{killed} += $observer->run(q{
		SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
		 WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()})->{lines}[0] if $round % 10 == 9 && $round < 200;
	hear($_, \%counts) for @workers;
	$left = $observer->run(q{SELECT count(*) FROM batch_job WHERE completed_at IS NULL})->{lines}[0];
}
$_->{session}->quit for @workers, { session => $observer };

is($left, 0, 'all jobs are done');
cmp_ok($counts{killed}, '>', 20, "$counts{killed} sessions of the server were killed");
cmp_ok($counts{connections}, '>', 0, "$counts{connections} times a worker lost its connection");
is($node->safe_psql($db, q{SELECT count(*), count(DISTINCT job_id) FROM batch_job_event WHERE event = 'batch.completed'}), "$jobs|$jobs",
	'each job is done once');
none($node, $db, q{SELECT FROM batch_job_run WHERE state <> 'ended'}, 'no run is left, and no slot lost');
is(running_at_most($node, $db, q{SELECT * FROM batch_job_run}), $limit, 'as many run at a time as may, and never more');
none($node, $db, q{SELECT FROM batch_job_run GROUP BY job_id HAVING count(*) FILTER (WHERE outcome = 'completed') <> 1},
	'each has one run that has done it');

# Drivers that prepare their statements.
add_jobs($node, $db, 300);
my $mode = $can_prepare ? 'prepared' : 'extended';
$node->safe_psql($db, q{
	UPDATE batch_job_type SET max_running = NULL;
	CREATE FUNCTION finish(id text, run text) RETURNS void LANGUAGE sql AS $$ SELECT batch_job.complete(id, run => run) $$});
my $load = start_pgbench($pooled, [ '-M', $mode, '-c', 16, '-t', 15 ],
	"SELECT id, run FROM batch_job.claim() \\gset\nSELECT batch_job.heartbeat(:id, :run);\nSELECT finish(:id, :run);\n");
finish_pgbench($load, "16 clients, statements are $mode");
is($node->safe_psql($db, q{SELECT count(*) FROM batch_job WHERE completed_at IS NOT NULL}), $jobs + 16 * 15, 'their jobs are done');

# The page, each of its transactions in another session; 040_pages.pl runs it without a pooler.
my $page = 'docs/pgbouncer.md';
$node->safe_psql('postgres', 'CREATE DATABASE page');
my $at_page = $pooled =~ s/dbname=\w+/dbname=page/r;
my @clients = map { Session->new($at_page) } 1 .. 3;
$_->run('BEGIN') for @clients;
is(scalar keys %{ { map { $_->run('SELECT pg_backend_pid()')->{lines}[0] => 1 } @clients } }, 3, 'the pool has three sessions');
$_->run('COMMIT') for @clients;
blocks_are_true($page, $at_page, scalar(getpwuid $>), blocks_of($page));

my ($filled) = run_command([ 'psql', '-XAtq', '-d', $at_page, '-c', q{
	CREATE TABLE legacy_job (LIKE batch_job, PRIMARY KEY (id));
	ALTER TABLE legacy_job DROP status;
	INSERT INTO legacy_job SELECT (jsonb_populate_record(NULL::legacy_job, to_jsonb(j))).* FROM batch_job j;
	SELECT batch_job.attach('legacy_job', backfill => false)},
	'-c', q{CALL batch_job.backfill('legacy_job', batch_size => 1)},
	'-c', q{SELECT string_agg(status::text, ' ' ORDER BY id) FROM legacy_job} ]);
is($filled, "legacy_job_live\ncompleted canceled", 'attach and backfill work');

# What it warns of: a SET is another client's, too.
$clients[0]->run(q{SET batch_job.actor = 'ann'});
my @actors = map { $clients[1]->run(q{SELECT current_setting('batch_job.actor', true)})->{lines}[0] // '' } 1 .. 3;
is(scalar(grep { $_ eq 'ann' } @actors), 1, 'a SET stays in one session of three, whoever gets it');
$_->quit for @clients;

$pooler->signal('INT');
$pooler->finish;
$node->stop;
done_testing();
