# Processes of the server are killed by SIGKILL while clients write: a backend, the postmaster, all of them. Afterwards
# everything that was acknowledged is there, no id was generated twice, and the events agree with the jobs.
#
# Not for pg_regress, whose server nobody may kill.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";
use Audit;
use Clients;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "fsync = on\nsynchronous_commit = on\nrestart_after_crash = on\nshared_buffers = 32MB\n");
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE shop');
$node->safe_psql('shop', 'CREATE EXTENSION batch_job; SELECT batch_job.create_table(events => true)');

my (@clients, %consumer);

# While clients write, and when the consumer has read something; recovery begins somewhere in the midst of it.
sub crash_under_load
{
	my ($how, $crash) = @_;
	my @writing = start_clients($node, 'shop', 6);
	consume_events(300);
	$node->safe_psql('postgres', 'CHECKPOINT');
	consume_events(600);
	$crash->();
	ok(end_clients(@writing), "$how: the clients lose their server, and see no other error");
	push @clients, @writing;
	check_acknowledged($node, 'shop', $how, @clients);
	check_consumer(\%consumer, $node, 'shop', $how);
	audit($node, 'shop', 'batch_job', $how);
	return;
}

sub consume_events
{
	my ($left) = @_;
	my $deadline = time + 60;
	$left -= consume(\%consumer, $node, 'shop') while $left > 0 && time < $deadline;
	return;
}

# The postmaster begins anew by itself.
sub kill_backend
{
	my $log = -s $node->logfile;
	kill 'KILL', $node->safe_psql('shop', q{SELECT pid FROM pg_stat_activity WHERE application_name = 'client' LIMIT 1});
	# a moment before, the server does not know yet that it must go
	$node->wait_for_log(qr/all server processes terminated; reinitializing/, $log);
	$node->poll_query_until('shop', undef, '') or die 'the server does not come back';
	return;
}

# Its backends end after their current statement, and may still acknowledge it.
sub kill_postmaster
{
	my $postmaster = postmaster();
	$node->kill9;
	start_again($postmaster);
	return;
}

sub kill_all
{
	my $postmaster = postmaster();
	my @children = split /\n/, $node->safe_psql('postgres', 'SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()');
	$node->kill9;
	kill 'KILL', @children;
	start_again($postmaster);
	return;
}

sub postmaster
{
	return (split /\n/, PostgreSQL::Test::Utils::slurp_file($node->data_dir . '/postmaster.pid'))[0];
}

sub wait_until
{
	my ($what, $condition) = @_;
	my $deadline = time + 60;
	until ($condition->())
	{
		die "timed out waiting: $what" if time > $deadline;
		usleep(100_000);
	}
	return;
}

# The next postmaster cannot start before the old one has been reaped, and while any process still uses its shared
# memory.
sub start_again
{
	my ($postmaster) = @_;
	wait_until('the old postmaster is gone', sub { !kill 0, $postmaster });
	wait_until('the server starts again', sub { $node->start(fail_ok => 1) });
	return;
}

for my $round (1, 2)
{
	crash_under_load("backend killed, $round", \&kill_backend);
	crash_under_load("postmaster killed, $round", \&kill_postmaster);
	crash_under_load("all killed, $round", \&kill_all);
}

$node->stop;
done_testing();
