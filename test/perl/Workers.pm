# Job tables with runs, many workers on them, and what a call of theirs costs.
package Workers;

use strict;
use warnings;

use Exporter 'import';
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);

our @EXPORT = qw(start_server make_queue add_jobs none start_pgbench finish_pgbench kill_backend running_at_most);

# start_server(NAME, SETTING...): a server where only the test writes and plans.
sub start_server
{
	my ($name, @settings) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);
	$node->init;
	$node->append_conf('postgresql.conf', join "\n", 'fsync = off', 'autovacuum = off',
		'max_connections = 80', 'log_statement = none', 'jit = off', @settings, '');
	$node->start;
	return $node;
}

# make_queue(NODE, DATABASE, OPTIONS): a database with a job table with runs, and functions that tell what a statement costs.
sub make_queue
{
	my ($node, $database, $options) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $database");
	$node->safe_psql($database, 'CREATE EXTENSION batch_job; SELECT batch_job.create_table(runs => true' . ($options // '') . q{);
		CREATE FUNCTION cost(sql text, OUT buffers bigint, OUT wal bigint) LANGUAGE plpgsql AS $$
		DECLARE
			plan json;
		BEGIN
			EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, WAL, TIMING off, FORMAT json) ' || sql INTO plan;
			plan := plan -> 0 -> 'Plan';
			buffers := (plan ->> 'Shared Hit Blocks')::bigint + (plan ->> 'Shared Read Blocks')::bigint;
			wal := (plan ->> 'WAL Records')::bigint;
		END $$;

		-- of the statement in so many transactions
		CREATE UNLOGGED TABLE costs (what text, nth integer, buffers bigint, wal bigint);
		CREATE PROCEDURE note_costs(what text, times integer, sql text) LANGUAGE plpgsql AS $$
		BEGIN
			FOR nth IN 1 .. times LOOP
				INSERT INTO costs SELECT what, nth, c.buffers, c.wal FROM cost(sql) c;
				COMMIT;
			END LOOP;
		END $$;
	});
	return;
}

# add_jobs(NODE, DATABASE, COUNT, COLUMNS): confirmed jobs, also with these columns, which may use the number n; fast, without triggers.
sub add_jobs
{
	my ($node, $database, $count, %columns) = @_;
	%columns = (type => "'import'", %columns);
	my $names = join ', ', sort keys %columns;
	my $values = join ', ', map { $columns{$_} } sort keys %columns;
	$node->safe_psql($database, qq{
		SET session_replication_role = replica;
		INSERT INTO batch_job (id, status, pre_processed_at, confirmed_at, $names)
		SELECT batch_job.generate_id(), 'confirmed', now(), now(), $values FROM generate_series(1, $count) n});
	return;
}

# none(NODE, DATABASE, SQL, WHAT): the query finds no row; if it does, some are shown.
sub none
{
	my ($node, $database, $sql, $what) = @_;
	is($node->safe_psql($database, "SELECT count(*) FROM ($sql) wrong"), 0, $what)
	  or diag($node->safe_psql($database, "SELECT * FROM ($sql) wrong LIMIT 10"));
	return;
}

my $scripts = 0;

# start_pgbench(CONNSTR, OPTIONS, SCRIPT...): scripts with equal weights.
sub start_pgbench
{
	my ($connstr, $options, @scripts) = @_;
	my @files = map {
		my $file = PostgreSQL::Test::Utils::tempdir() . '/script_' . ++$scripts . '.sql';
		PostgreSQL::Test::Utils::append_to_file($file, $_);
		('-f', $file);
	} @scripts;
	my $load = { output => '' };
	$load->{run} = IPC::Run::start(
		[ 'pgbench', '-n', '-M', 'prepared', '-j', 2, @$options, @files, $connstr ],
		'<', \undef, '>', \$load->{output}, '2>', \$load->{output});
	return $load;
}

# finish_pgbench(LOAD, WHAT)
sub finish_pgbench
{
	my ($load, $what) = @_;
	ok($load->{run}->finish && $load->{output} =~ /^number of failed transactions: 0 /m, "$what: no error")
	  or diag($load->{output});
	return;
}

# kill_backend(NODE, SESSION): kills its backend, upon which the server restarts; returns when it is available again.
sub kill_backend
{
	my ($node, $session) = @_;
	my $deadline = time + 60;
	kill 'KILL', $session->{backend};
	usleep(10_000) while kill(0, $session->{backend}) && time < $deadline;
	$node->poll_query_until('postgres', 'SELECT true') or die 'the server does not come back';
	$session->quit;
	return;
}

# running_at_most(NODE, DATABASE, RUNS): the maximum number of these runs that were running at the same time.
sub running_at_most
{
	my ($node, $database, $runs) = @_;
	return $node->safe_psql($database, qq{
		WITH run AS ($runs), change AS (
			SELECT claimed_at AS at, 1 AS by FROM run UNION ALL SELECT COALESCE(ended_at, 'infinity'), -1 FROM run)
		SELECT max(running) FROM (SELECT sum(by) OVER (ORDER BY at, by) AS running FROM change) counted});
}

1;
