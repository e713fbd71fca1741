# Clients that write down what was acknowledged to them, and a consumer of events that keeps its position itself. What they
# know survives any server, and shows what a server has forgotten, made up, or returned twice.
package Clients;

use strict;
use warnings;

use Exporter 'import';
use IPC::Run;
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT = qw(start_clients end_clients consume check_consumer check_acknowledged);

# What a client does repeatedly, with jobs of its own; :key is different each time. The lines that it prints say what was
# acknowledged:
#     handed ID          an id was returned, maybe by a transaction that never commits
#     done EVENT ID      is committed, and must be among the events
#     key KEY ID         is committed, and must be in the job's result
#     purged N           so many jobs are gone
my $cycle = q{
INSERT INTO batch_job (type) VALUES ('raw') RETURNING id \gset
\echo handed :id
\echo done batch.created :id
UPDATE batch_job SET failed_at = now() WHERE id = :'id';
\echo done batch.failed :id

SELECT id FROM batch_job.create('stepwise') \gset
\echo handed :id
\echo done batch.created :id
SELECT batch_job.mark_pre_processed(:'id');
\echo done batch.pre_processed :id
\echo done batch.confirmed :id
SELECT batch_job.start(:'id');
\echo done batch.processing :id
SELECT batch_job.update(:'id', result => jsonb_build_object(:'key', true));
\echo key :key :id
\echo done batch.updated :id
SELECT batch_job.complete(:'id');
\echo done batch.completed :id

BEGIN;
INSERT INTO batch_job (type) VALUES ('never') RETURNING id \gset
\echo handed :id
ROLLBACK;

BEGIN;
INSERT INTO batch_job (type) VALUES ('together') RETURNING id \gset
\echo handed :id
SELECT batch_job.soft_delete(:'id');
SELECT batch_job.restore(:'id');
SELECT batch_job.update(:'id', result => jsonb_build_object(:'key', true));
COMMIT;
\echo done batch.created :id
\echo done batch.deleted :id
\echo done batch.restored :id
\echo key :key :id

SELECT id FROM batch_job.create('brief') \gset
\echo handed :id
\echo done batch.created :id
DELETE FROM batch_job_live WHERE id = :'id';
\echo done batch.deleted :id
SELECT batch_job.purge('0 seconds', 3) AS purged \gset
\echo purged :purged
};

my $script;
my $started = 0;

# More cycles than a client can do before its server dies.
sub script
{
	return $script //= do {
		my $file = PostgreSQL::Test::Utils::tempdir() . '/cycles.sql';
		PostgreSQL::Test::Utils::append_to_file($file, join '', map { "\\set key :client _$_\n$cycle" } 1 .. 2000);
		$file;
	};
}

# start_clients(NODE, DATABASE, COUNT): all of them are connected when it returns.
sub start_clients
{
	my ($node, $database, $count) = @_;
	my @clients = map {
		my $client = { log => PostgreSQL::Test::Utils::tempdir() . '/client_' . ++$started, err => '' };
		$client->{run} = IPC::Run::start(
			[ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-v', "client=c$started", '-o', '/dev/null', '-f', script(),
				'-d', $node->connstr($database) . ' application_name=client' ],
			'<', \undef, '>', $client->{log}, '2>', \$client->{err});
		$client;
	} 1 .. $count;
	$node->poll_query_until($database, "SELECT count(*) = $count FROM pg_stat_activity WHERE application_name = 'client'")
	  or die 'the clients do not connect';
	return @clients;
}

# Waits until they have ended; true if that was because they lost their server.
sub end_clients
{
	my @clients = @_;
	IPC::Run::finish($_->{run}) for @clients;
	my @others = grep { $_->{run}->result == 0 || $_->{err} =~ /ERROR:/ } @clients;
	diag('exit status ' . $_->{run}->result . ": $_->{err}") for @others;
	return !@others;
}

# consume(CONSUMER, NODE, DATABASE): reads the next events of the consumer's table, if possible; returns how many.
sub consume
{
	my ($consumer, $node, $database) = @_;
	my $position = $consumer->{position} // 0;
	my $table = $consumer->{table} //= 'batch_job';
	my ($status, $events) =
	  $node->psql($database, "SELECT seq, job_id, event FROM batch_job.read_events($position, 10000, '$table')");
	return 0 if $status != 0 || $events eq '';
	my @events = split /\n/, $events;
	push @{ $consumer->{taken} }, @events;
	($consumer->{position}) = $events[-1] =~ /^(\d+)/;
	return scalar @events;
}

# A number that can no longer appear is skipped as soon as the transactions of that moment are over, including those of the
# server's own background workers.
sub drain
{
	my ($consumer, $node, $database) = @_;
	my $deadline = time + 60;
	my $left;
	do
	{
		consume($consumer, $node, $database);
		$left = $node->safe_psql($database, "SELECT count(*) FROM $consumer->{table}_event WHERE seq > $consumer->{position}");
	} while ($left > 0 && time < $deadline);
	return;
}

# check_consumer(CONSUMER, NODE, DATABASE, WHAT): it took every event once, in order.
sub check_consumer
{
	my ($consumer, $node, $database, $what) = @_;
	drain($consumer, $node, $database);
	my @there = split /\n/, $node->safe_psql($database, "SELECT seq, job_id, event FROM $consumer->{table}_event ORDER BY seq");
	my @taken = @{ $consumer->{taken} };
	my $same = 0;
	$same++ while $same < @there && $same < @taken && $there[$same] eq $taken[$same];
	ok($same == @there && $same == @taken, "$what: the consumer took every event once, in order")
	  or diag("of @{[ scalar @taken ]} taken and @{[ scalar @there ]} events only the first $same are the same");
	return;
}

sub lines_of
{
	my ($word, @clients) = @_;
	return map { PostgreSQL::Test::Utils::slurp_file($_->{log}) =~ /^$word (.*)$/mg } @clients;
}

# How many of the lines of two columns are not in what the query gives.
sub missing
{
	my ($node, $database, $lines, $query) = @_;
	my $file = PostgreSQL::Test::Utils::tempdir() . '/acknowledged';
	open my $out, '>', $file or die "$file: $!";
	print $out map { "$_\n" } @$lines;
	close $out;
	return $node->safe_psql($database, qq{
		CREATE TEMP TABLE acknowledged (what text, id text);
		\\copy acknowledged FROM '$file' (DELIMITER ' ')
		SELECT count(*) FROM (SELECT what, id FROM acknowledged EXCEPT $query) missing});
}

# check_acknowledged(NODE, DATABASE, WHAT, CLIENT...): of all clients that there ever were, on whatever server.
sub check_acknowledged
{
	my ($node, $database, $what, @clients) = @_;
	my @done = lines_of('done', @clients);
	my @keys = lines_of('key', @clients);
	is(missing($node, $database, \@done, 'SELECT event, job_id FROM batch_job_event'), 0,
		"$what: all @{[ scalar @done ]} acknowledged steps are there");
	is(missing($node, $database, \@keys, 'SELECT jsonb_object_keys(result), id FROM batch_job'), 0,
		"$what: all @{[ scalar @keys ]} acknowledged results are there");

	my $purged = 0;
	$purged += $_ for lines_of('purged', @clients);
	cmp_ok($node->safe_psql($database, 'SELECT count(*) FROM batch_job_event WHERE to_status IS NULL'), '>=', $purged,
		"$what: the $purged jobs that were purged are gone");

	my @handed = lines_of('handed', @clients);
	my %seen;
	$seen{$_}++ for @handed;
	is(scalar keys %seen, scalar @handed, "$what: no id was handed out twice");
	return;
}

1;
