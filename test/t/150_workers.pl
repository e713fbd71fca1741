# The worker programs of examples/worker with a server: jobs are completed; on SIGTERM a program gives its job back; after
# SIGKILL another one continues from the checkpoint, and nothing is done twice; pause, resume and cancel are obeyed; a step
# that takes longer than the lease keeps it; a worker that has lost its job is refused, even if it was suspended in the middle
# of a step.
#
# Not for pg_regress, which has no programs. worker.mjs is tested where Node and npm packages are: test/orm/worker.
use strict;
use warnings FATAL => 'all';

use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('workers');
$node->init;
$node->start;
$ENV{PGHOST} = $node->host;
$ENV{PGPORT} = $node->port;

# A Python with psycopg, not only the first that PATH has.
sub python
{
	my ($found) = grep { run_log([ $_, '-c', 'import psycopg' ]) } grep { -x } '/usr/bin/python3', map { "$_/python3" } split /:/, $ENV{PATH};
	return $found ? [ $found, 'examples/worker/worker.py' ] : undef;
}

my %program = (bash => ['examples/worker/worker.sh'], python => python());

# A database in which the worker has no more rights than docs/workers.md says. How long a step takes is in the table pace.
sub prepare_database
{
	my ($database) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $database");
	$node->safe_psql($database, q{
		CREATE EXTENSION batch_job;
		SELECT batch_job.create_table(runs => true, events => true, notify => true);
		CREATE TABLE imported (job_id text, n integer, PRIMARY KEY (job_id, n));
		CREATE TABLE pace AS SELECT 0::float AS seconds;
		CREATE FUNCTION keep_pace() RETURNS trigger LANGUAGE plpgsql AS
			'BEGIN PERFORM pg_sleep(seconds) FROM pace; RETURN NULL; END';
		CREATE TRIGGER pace AFTER INSERT ON imported FOR EACH STATEMENT EXECUTE FUNCTION keep_pace();
		INSERT INTO batch_job_type (type, max_attempts, backoff) VALUES ('import', 2, '0');

		DO $$BEGIN CREATE ROLE worker LOGIN; ALTER ROLE worker SET idle_in_transaction_session_timeout = '1s'; EXCEPTION WHEN duplicate_object THEN END$$;
		GRANT SELECT, UPDATE ON batch_job TO worker;
		GRANT SELECT, INSERT, UPDATE ON batch_job_run TO worker;
		GRANT SELECT, UPDATE (note) ON batch_job_type TO worker;
		GRANT INSERT ON imported TO worker;
		GRANT SELECT ON pace TO worker});
	return;
}

my ($language, $database);
my $workers = 0;

sub ask { return $node->safe_psql($database, $_[0]) }

sub wait_until
{
	my ($condition, $what) = @_;
	return ok($node->poll_query_until($database, "SELECT $condition"), "$language: $what");
}

sub start_worker
{
	local $ENV{PGDATABASE} = $database;
	local $ENV{PGUSER} = 'worker';
	local $ENV{POLL} = 0.2;
	delete local $ENV{PGOPTIONS}; # of make installcheck, which go over the settings of the role
	my $log = "$PostgreSQL::Test::Utils::log_path/150_worker_" . ++$workers;
	my $run = IPC::Run::start($program{$language}, '<', \undef, '>', $log, '2>&1', init => sub { setpgrp });
	return { log => $log, run => $run };
}

sub end_worker
{
	my ($worker, $signal) = @_;
	$worker->{run}->signal($signal);
	return ended($worker);
}

# The program with all processes that it has started.
sub kill_all
{
	my ($worker, $signal) = @_;
	kill $signal, map { -$_->{PID} } @{ $worker->{run}{KIDS} };
	return;
}

# Its exit status, as wait() has it.
sub ended
{
	my ($worker) = @_;
	IPC::Run::finish($worker->{run});
	return $worker->{run}->full_result(0);
}

# A job of so many rows at that pace, of which a worker has done some.
sub job_under_way
{
	my ($id, $rows, $seconds) = @_;
	ask("UPDATE pace SET seconds = $seconds");
	ask("INSERT INTO batch_job (id, type, context) VALUES ('$id', 'import', '{\"rows\": $rows}')");
	wait_until("items_done >= 200 FROM batch_job_run WHERE job_id = '$id'", "a worker is at $id");
	return;
}

# Every row exists; the primary key prevents that one is written twice.
sub is_done
{
	my ($id, $rows, $attempt, $outcomes) = @_;
	ask('UPDATE pace SET seconds = 0');
	wait_until("status = 'completed' FROM batch_job WHERE id = '$id'", "$id is completed");
	is(ask("SELECT count(*), min(n), max(n) FROM imported WHERE job_id = '$id'"), "$rows|1|$rows", "$language: its rows are there");
	is(ask("SELECT string_agg(outcome::text, ' ' ORDER BY run), max(attempt) FROM batch_job_run WHERE job_id = '$id'"),
		"$outcomes|$attempt", "$language: its runs");
	return;
}

sub has_as_many_rows_as_done
{
	my ($id) = @_;
	return is(ask("SELECT (SELECT count(*) FROM imported WHERE job_id = '$id') = items_done FROM batch_job_run
					WHERE job_id = '$id' ORDER BY run DESC LIMIT 1"), 't', "$language: checkpoint and rows are of one transaction");
}

sub jobs_are_done
{
	ask(q{INSERT INTO batch_job (id, type, context, dry_run)
		SELECT 'many_' || n, 'import', '{"rows": 250}', n = 5 FROM generate_series(1, 5) n});
	ask(q{INSERT INTO batch_job (id, type, context) VALUES ('none', 'import', '{"rows": 0}'), ('bad', 'import', '{"rows": "$(x)"}')});
	my @two = (start_worker(), start_worker());
	is_done("many_$_", 250, 1, 'completed') for 1 .. 4;
	wait_until("status = 'completed' FROM batch_job WHERE id = 'none'", 'a job without rows is completed');
	wait_until("status = 'failed' FROM batch_job WHERE id = 'bad'", 'a job with a mistake fails');
	is(ask(q{SELECT jsonb_array_length(result -> 'errors') FROM batch_job WHERE id = 'bad'}), '2', "$language: with the errors of its attempts");
	wait_until("status = 'pre_processed' FROM batch_job WHERE id = 'many_5'", 'a dry run is prepared');
	is(ask(q{SELECT result FROM batch_job WHERE id = 'many_5'}), '{"count": 250}', "$language: with its preview");
	ask(q{SELECT batch_job.confirm('many_5')});
	is_done('many_5', 250, 1, 'pre_processed completed');
	is(end_worker($_, 'TERM'), 0, "$language: a worker without a job ends at SIGTERM") for @two;
	return;
}

sub sigterm_gives_back
{
	my $worker = start_worker();
	job_under_way('term', 3000, 0.2);
	is(end_worker($worker, 'TERM'), 0, "$language: a worker at a job ends at SIGTERM");
	is(ask(q{SELECT state, outcome FROM batch_job_run WHERE job_id = 'term'}), 'waiting|released', "$language: and gives it back");
	has_as_many_rows_as_done('term');
	my $other = start_worker();
	is_done('term', 3000, 1, 'released completed');

	# as when a service is stopped with all its processes: psql ends in the middle of a step
	job_under_way('group', 3000, 0.5);
	kill_all($other, 'TERM');
	is(ended($other), 0, "$language: a worker ends when all its processes get SIGTERM");
	is(ask(q{SELECT state, outcome FROM batch_job_run WHERE job_id = 'group'}), 'waiting|released', "$language: and gives its job back");
	has_as_many_rows_as_done('group');
	$other = start_worker();
	is_done('group', 3000, 1, 'released completed');
	end_worker($other, 'TERM');
	return;
}

# A statement that the dead worker has sent is still executed.
sub sigkill_loses_nothing
{
	my $worker = start_worker();
	job_under_way('kill', 3000, 0.2);
	end_worker($worker, 'KILL');
	wait_until("NOT EXISTS (SELECT FROM pg_stat_activity WHERE usename = 'worker')", 'nothing of the killed worker is left');
	has_as_many_rows_as_done('kill');
	is(ask(q{SELECT state FROM batch_job_run WHERE job_id = 'kill'}), 'running', "$language: its run is under its lease");
	lose('kill');
	my $other = start_worker();
	is_done('kill', 3000, 2, 'lost completed');
	is(ask(q{SELECT count(DISTINCT checkpoint) = 2 FROM batch_job_run WHERE job_id = 'kill'}), 't', "$language: from the checkpoint");
	end_worker($other, 'TERM');
	return;
}

# As if two leases had gone by. In one transaction, or a heartbeat may come in between.
sub lose
{
	my ($id) = @_;
	is(ask("
		BEGIN;
		UPDATE batch_job_run SET heartbeat_at = now() - interval '3 hours', lease_until = now() - interval '2 hours',
		       suspect_at = now() - interval '90 minutes' WHERE job_id = '$id' AND state = 'running';
		SELECT count(*) FROM batch_job.rescue() WHERE id = '$id';
		COMMIT"), '1', "$language: $id is lost");
	return;
}

sub orders_are_obeyed
{
	my $worker = start_worker();
	job_under_way('pause', 3000, 0.2);
	is(ask(q{SELECT batch_job.pause('pause')}), 'running', "$language: a pause is asked for");
	wait_until("state = 'paused' FROM batch_job_run WHERE job_id = 'pause'", 'the worker pauses');
	has_as_many_rows_as_done('pause');
	ask(q{SELECT batch_job.resume('pause')});
	is_done('pause', 3000, 1, 'released completed');

	job_under_way('cancel', 3000, 0.2);
	ask(q{SELECT batch_job.cancel('cancel')});
	wait_until("state = 'ended' AND outcome = 'canceled' FROM batch_job_run WHERE job_id = 'cancel'", 'the worker leaves a canceled job');
	has_as_many_rows_as_done('cancel');
	is(ask(q{SELECT status FROM batch_job WHERE id = 'cancel'}), 'canceled', "$language: which stays canceled");

	job_under_way('lost', 3000, 0.2);
	lose('lost');
	is_done('lost', 3000, 2, 'lost completed');
	end_worker($worker, 'TERM');
	like(slurp_file($worker->{log}), qr/run "run_\w+" of job "lost"/, "$language: who has lost a job says so");
	return;
}

# Without idle_in_transaction_session_timeout, the locks of its transaction would block the next worker.
sub sleeper_is_refused
{
	my $worker = start_worker();
	job_under_way('sleep', 3000, 0.4);
	wait_until("EXISTS (SELECT FROM pg_stat_activity WHERE usename = 'worker' AND wait_event = 'PgSleep')", 'a worker is in a step');
	kill_all($worker, 'STOP');
	lose('sleep');
	my $other = start_worker();
	is_done('sleep', 3000, 2, 'lost completed');
	kill_all($worker, 'CONT');
	wait_until("count(DISTINCT worker) = 2 FROM batch_job_run WHERE job_id = 'sleep'", 'another has done it');
	end_worker($_, 'TERM') for $worker, $other;
	is(ask(q{SELECT count(*), (SELECT count(*) FROM batch_job_run WHERE job_id = 'sleep') FROM imported WHERE job_id = 'sleep'}),
		'3000|2', "$language: who has slept adds nothing");
	return;
}

sub long_step_keeps_its_lease
{
	ask(q{UPDATE batch_job_type SET lease = '3 seconds'});
	ask(q{UPDATE pace SET seconds = 7});
	ask(q{INSERT INTO batch_job (id, type, context) VALUES ('long', 'import', '{"rows": 100}')});
	my @two = (start_worker(), start_worker());
	wait_until("EXISTS (SELECT FROM batch_job_run WHERE job_id = 'long')", 'a worker is at a long step');
	wait_until("status = 'completed' FROM batch_job WHERE id = 'long'", 'which is longer than two leases');
	is_done('long', 100, 1, 'completed');
	end_worker($_, 'TERM') for @two;
	return;
}

for (sort keys %program)
{
	$language = $_;
	$database = "workers_$language";
  SKIP:
	{
		skip "no Python has psycopg", 1 unless $program{$language};
		prepare_database($database);
		jobs_are_done();
		sigterm_gives_back();
		sigkill_loses_nothing();
		orders_are_obeyed();
		sleeper_is_refused();
		long_step_keeps_its_lease();
	}
}

$node->stop;
done_testing();
