# 64 sessions change jobs at once, by functions and by SQL of every kind: a few jobs that all of them want, and many that they
# meet by chance. At the same time, workers do jobs of a third table and are killed in the middle. No work is lost, nothing is
# done twice, there is no deadlock, and sessions get only errors that they must expect: the job has another status than they
# thought (55000), is gone (P0002), or its plan was changed while it was reviewed (BJ001).
#
# Not for pg_regress, which has no load. LOAD_SECONDS sets its length; the assertions do not depend on it.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";
use Audit;
use Clients;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);
use Workers;

my $seconds = $ENV{LOAD_SECONDS} || 60;
my $sessions = 64;
my $workers = 8;
my $limit = 6;	# of jobs at a time

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "max_connections = 100\nlog_statement = none\n");
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE shop');

# "acknowledged" has what was committed together with it: "attempt" calls a function of the life cycle, "wanted" is one of
# the few jobs of the table "hot" that are next.
$node->safe_psql('shop', q{
	CREATE EXTENSION batch_job;
	SELECT batch_job.create_table('hot', events => true, notify => true);
	CREATE TABLE "user" (id bigint GENERATED ALWAYS AS IDENTITY, name text PRIMARY KEY);
	INSERT INTO "user" (name) SELECT 'usr_' || n FROM generate_series(1, 200) n;
	SELECT batch_job.create_table('cold', guard => false, events => true);
	ALTER TABLE cold ADD FOREIGN KEY (created_by) REFERENCES "user" ON DELETE CASCADE;
	CREATE INDEX ON cold (created_by);
	INSERT INTO cold (id, type, created_by, dry_run) SELECT 'job_' || n, 'import', 'usr_' || 1 + n % 200, n % 2 = 0 FROM generate_series(1, 2000) n;

	CREATE UNLOGGED TABLE acknowledged (job_table regclass, what text, job_id text, key text);

	CREATE FUNCTION wanted(nth int) RETURNS text STABLE LANGUAGE sql AS $$
		SELECT id FROM hot WHERE deleted_at IS NULL AND status < 'completed' ORDER BY id OFFSET nth LIMIT 1
	$$;

	CREATE FUNCTION attempt(what text, job_id text, job_table regclass) RETURNS void LANGUAGE plpgsql AS $$
	DECLARE
		key text := gen_random_uuid();
	BEGIN
		CASE what
			WHEN 'mark_pre_processed' THEN PERFORM batch_job.mark_pre_processed(job_id, job_table => job_table);
			WHEN 'confirm' THEN PERFORM batch_job.confirm(job_id, batch_job.plan_digest(job_id, job_table), job_table => job_table);
			WHEN 'start' THEN PERFORM batch_job.start(job_id, job_table => job_table);
			WHEN 'update' THEN PERFORM batch_job.update(job_id, result => jsonb_build_object(key, true), job_table => job_table);
			WHEN 'complete' THEN PERFORM batch_job.complete(job_id, jsonb_build_object(key, true), job_table => job_table);
			WHEN 'fail' THEN PERFORM batch_job.fail(job_id, key, job_table => job_table);
			WHEN 'cancel' THEN PERFORM batch_job.cancel(job_id, key, job_table);
			WHEN 'soft_delete' THEN PERFORM batch_job.soft_delete(job_id, job_table);
			WHEN 'restore' THEN PERFORM batch_job.restore(job_id, job_table);
		END CASE;
		INSERT INTO acknowledged VALUES (job_table, what, job_id, key);
	EXCEPTION
		WHEN object_not_in_prerequisite_state OR no_data_found OR SQLSTATE 'BJ001' THEN NULL;
	END $$;
});

# A worker does a job in steps; each is an "effect" in the transaction of its checkpoint. One that has lost its run is told so.
$node->safe_psql('shop', qq{
	SELECT batch_job.create_table('work', events => true, runs => true);
	INSERT INTO work_type (type, max_running, max_attempts, lease, backoff) VALUES ('import', $limit, 5, '1 s', '100 ms');
	CREATE TABLE effect (job_id text, run text, step int, at timestamptz DEFAULT clock_timestamp());
	CREATE INDEX ON effect (job_id, run, step);

	CREATE FUNCTION effect(what text, job_id text, run text, step int) RETURNS void LANGUAGE plpgsql AS \$\$
	BEGIN
		CASE what
			WHEN 'nothing' THEN PERFORM pg_sleep(0.01);
			WHEN 'step' THEN PERFORM batch_job.heartbeat(job_id, run, step, checkpoint => to_jsonb(step), job_table => 'work');
			WHEN 'complete' THEN PERFORM batch_job.complete(job_id, run => run, job_table => 'work');
			WHEN 'fail' THEN PERFORM batch_job.fail(job_id, 'error', run, 'work');
			WHEN 'retry' THEN PERFORM batch_job.retry(job_id, run, 'error', job_table => 'work');
			WHEN 'release' THEN PERFORM batch_job.release(job_id, run, job_table => 'work');
		END CASE;
		INSERT INTO effect SELECT job_id, run, step WHERE what = 'step' OR what = 'complete';
	EXCEPTION
		WHEN object_not_in_prerequisite_state OR no_data_found OR SQLSTATE 'BJ002' THEN NULL;
	END \$\$;

	CREATE FUNCTION are_runs_over() RETURNS boolean LANGUAGE plpgsql AS \$\$
	BEGIN
		PERFORM batch_job.rescue(1000000, 'work');
		RETURN NOT EXISTS (SELECT FROM work_run WHERE state = 'running');
	END \$\$;

	CREATE FUNCTION disturb(what text, nth int) RETURNS void LANGUAGE plpgsql AS \$\$
	DECLARE
		wanted text := (SELECT id FROM work WHERE deleted_at IS NULL AND status < 'completed' ORDER BY status, id OFFSET nth LIMIT 1);
	BEGIN
		CASE what
			WHEN 'cancel' THEN PERFORM batch_job.cancel(wanted, job_table => 'work');
			WHEN 'pause' THEN PERFORM batch_job.pause(wanted, 'work');
			WHEN 'resume' THEN PERFORM batch_job.resume(wanted, 'work');
			WHEN 'soft_delete' THEN PERFORM batch_job.soft_delete(wanted, 'work');
		END CASE;
	EXCEPTION
		WHEN object_not_in_prerequisite_state OR no_data_found OR null_value_not_allowed THEN NULL;
	END \$\$;
});

# Scripts of pgbench, each with its weight.
my @scripts = (
	[ 40, 'hot_functions', q{
\set nth random(0, 7)
\set what random(1, 12)
SELECT attempt((ARRAY['mark_pre_processed', 'mark_pre_processed', 'confirm', 'start', 'start', 'update', 'update', 'update',
                      'complete', 'fail', 'cancel', 'soft_delete'])[:what], COALESCE(wanted(:nth), 'none'), 'hot');
} ],
	[ 10, 'hot_supply', q{
INSERT INTO hot (type, dry_run)
SELECT 'import', n % 2 = 0 FROM generate_series(1, 4) n
 WHERE (SELECT count(*) FROM hot WHERE deleted_at IS NULL AND status < 'completed') < 20;
} ],
	[ 10, 'hot_count', q{
\set nth random(0, 7)
WITH counted AS (
	UPDATE hot SET context = jsonb_build_object('count', COALESCE((context ->> 'count')::int, 0) + 1)
	 WHERE id = (SELECT wanted(:nth)) RETURNING id)
INSERT INTO acknowledged SELECT 'hot', 'count', id FROM counted;
} ],
	[ 5, 'hot_conflict', q{
\set n random(1, 3)
WITH counted AS (
	INSERT INTO hot AS job (id, type, context) VALUES ('many_' || :n, 'import', '{"count": 1}')
	ON CONFLICT (id) DO UPDATE SET context = jsonb_build_object('count', COALESCE((job.context ->> 'count')::int, 0) + 1)
	RETURNING id)
INSERT INTO acknowledged SELECT 'hot', 'count', id FROM counted;
} ],
	[ 5, 'hot_raw_start', q{
\set nth random(0, 7)
WITH started AS (
	UPDATE hot_live SET processing_at = clock_timestamp() WHERE id = (SELECT wanted(:nth)) AND status = 'confirmed' RETURNING id)
INSERT INTO acknowledged SELECT 'hot', 'start', id FROM started;
} ],
	[ 3, 'hot_delete', q{
\set nth random(0, 7)
DELETE FROM hot_live WHERE id = (SELECT wanted(:nth));
} ],
	[ 1, 'hot_copy', q{
COPY hot (type, completed_at) FROM PROGRAM 'echo copied,2026-01-01; echo copied,2026-01-02' (FORMAT csv);
} ],
	[ 15, 'cold_functions', q{
\set n random(1, 2000)
\set what random(1, 9)
SELECT attempt((ARRAY['mark_pre_processed', 'confirm', 'start', 'update', 'complete', 'fail', 'cancel', 'soft_delete',
                      'restore'])[:what], 'job_' || :n, 'cold');
} ],
	[ 10, 'cold_sql', q{
\set n random(1, 2000)
UPDATE cold SET canceled_at = now(), status = 'created' WHERE id = 'job_' || :n;
UPDATE cold_live SET canceled_at = NULL, failed_at = NULL WHERE id = 'job_' || :n;
DELETE FROM cold WHERE id = 'job_' || :n;
INSERT INTO cold_live (type, created_by) SELECT 'import', name FROM "user" ORDER BY id DESC LIMIT 1 FOR KEY SHARE SKIP LOCKED;
} ],
	[ 2, 'cold_purge', q{
SELECT batch_job.purge('0 seconds', 5, 'cold');
SELECT batch_job.cancel_unconfirmed('0 seconds', 'cold');
} ],
	[ 10, 'work_supply', q{
INSERT INTO work (type, pre_processed_at, confirmed_at) SELECT 'import', now(), now() FROM generate_series(1, 10) n
 WHERE (SELECT count(*) FROM work WHERE deleted_at IS NULL AND status < 'completed') < 20;
} ],
	[ 2, 'work_disturb', q{
\set nth random(0, 20)
\set what random(1, 6)
SELECT disturb((ARRAY['cancel', 'pause', 'resume', 'resume', 'resume', 'soft_delete'])[:what], :nth);
} ],
	[ 1, 'cold_cascade', q{
INSERT INTO "user" (name) VALUES (gen_random_uuid());
DELETE FROM "user" WHERE name = (SELECT name FROM "user" ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED);
} ],
);

my $log = -s $node->logfile;
my @options = map {
	my ($weight, $name, $sql) = @$_;
	my $file = PostgreSQL::Test::Utils::tempdir() . "/$name.sql";
	PostgreSQL::Test::Utils::append_to_file($file, $sql);
	('-f', "$file\@$weight");
} @scripts;
my $work = q{
\set id 0
\set run 0
\set step 0
\set what random(1, 20)
SELECT id, run, COALESCE(checkpoint::int, 0) + 1 AS step FROM batch_job.claim('{import}', worker => 'worker', job_table => 'work') \aset
SELECT effect(CASE :id::text WHEN '0' THEN 'nothing' ELSE 'step' END, :id, :run, :step);
\sleep 20 ms
SELECT effect(CASE :id::text WHEN '0' THEN 'nothing' ELSE 'step' END, :id, :run, :step + 1);
\sleep 20 ms
SELECT effect(CASE :id::text WHEN '0' THEN 'nothing'
              ELSE (ARRAY['fail', 'retry', 'retry', 'release', 'release'])[:what] END, :id, :run, 0) WHERE :what <= 5;
SELECT effect(CASE :id::text WHEN '0' THEN 'nothing' ELSE 'complete' END, :id, :run, 0) WHERE :what > 5;
};
my ($killed, @working) = (0);

sub start_worker
{
	return start_pgbench($node->connstr('shop'), [ '-c', 1, '-j', 1, '-T', 3600 ], $work);
}

# Whatever it is at.
sub kill_worker
{
	my $number = shift;
	$working[$number]{run}->kill_kill;
	$killed++;
	return;
}

# What should have happened under the load, and has not happened so far.
sub what_never_happened
{
	return split /\n/, $node->safe_psql('shop', q{
		SELECT 'work: ' || outcome FROM unnest('{completed,failed,released,lost,canceled}'::batch_job.run_outcome[]) outcome
		 WHERE outcome NOT IN (SELECT w.outcome FROM work_run w WHERE w.outcome IS NOT NULL)
		 UNION ALL
		SELECT concat_ws(': ', job_table, what)
		  FROM (VALUES ('hot', '{start,count,update,fail,complete}'::text[]), ('cold', '{update,fail}')) v (job_table, whats),
		       unnest(whats) what
		 WHERE (job_table::regclass, what) NOT IN (SELECT a.job_table, a.what FROM acknowledged a)});
}

my %consumer = (table => 'hot');

sub make_load
{
	my $duration = shift;
	my $output = '';
	my $load = IPC::Run::start(
		[ 'pgbench', '-n', '-M', 'prepared', '-c', $sessions, '-j', 2, '-T', $duration, @options, $node->connstr('shop') ],
		'<', \undef, '>', \$output, '2>', \$output);
	my $end = time + $duration;
	while (time < $end)
	{
		consume(\%consumer, $node, 'shop');
		my $number = int rand $workers;
		kill_worker($number);
		$working[$number] = start_worker();
		usleep(100_000);
	}
	ok($load->finish, 'every session came to its end') or diag($output);
	like($output, qr/^number of failed transactions: 0 /m, 'and every transaction');
	diag("$1 transactions per second") if $output =~ /^tps = (\d+)/m;
	return;
}

# On a busy machine, connecting all sessions may take as long as the first load.
push @working, start_worker() for 1 .. $workers;
for my $duration ($seconds, 15, 30, 60, 120)
{
	make_load($duration);
	last unless what_never_happened();
}
is(join(', ', what_never_happened()), '', 'the load has had all in it');

# Who works then ends all that was begun.
kill_worker($_) for 0 .. $workers - 1;
$node->poll_query_until('shop', q{SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name = 'pgbench'}) or die 'killed workers are there';
$node->safe_psql('shop', q{SELECT batch_job.resume(id, 'work') FROM work WHERE deleted_at IS NULL AND status < 'completed'});
@working = map { start_worker() } 1 .. $workers;
ok($node->poll_query_until('shop', q{SELECT count(*) = 0 FROM work WHERE deleted_at IS NULL AND status < 'completed'}),
	"work: every job ends, though $killed times a worker was killed");
kill_worker($_) for 0 .. $workers - 1;
ok($node->poll_query_until('shop', 'SELECT are_runs_over()'), 'work: every run ends, those of jobs that are deleted too');
is(join('', grep { /ERROR|FATAL|PANIC|TRAP|terminated by signal/ && !/connection to client lost/ } split /^/, PostgreSQL::Test::Utils::slurp_file($node->logfile, $log)),
	'', 'no error but those that were to be expected');
is($node->safe_psql('postgres', q{SELECT deadlocks FROM pg_stat_database WHERE datname = 'shop'}), 0, 'no deadlock');

for my $table (qw(hot cold))
{
	audit($node, 'shop', $table, $table);
	none($node, 'shop', qq{
		SELECT FROM acknowledged JOIN $table ON id = job_id
		 WHERE job_table = '$table'::regclass AND what = 'update' AND NOT result ? key},
		"$table: no result of a job that is there is lost");
	none($node, 'shop', qq{
		SELECT FROM acknowledged JOIN $table ON id = job_id
		 WHERE job_table = '$table'::regclass AND what = 'complete'
		 GROUP BY id HAVING count(*) FILTER (WHERE result ? key) <> 1},
		"$table: of those who completed a job one did, and the others were told that it was done");
	none($node, 'shop', qq{
		SELECT FROM acknowledged JOIN $table ON id = job_id
		 WHERE job_table = '$table'::regclass AND what = 'fail'
		   AND (SELECT count(*) FROM jsonb_array_elements(result -> 'errors') error WHERE error::text LIKE '%' || key || '%') <> 1},
		"$table: no error of a job that is there is lost");
	none($node, 'shop', qq{
		SELECT FROM $table
		  LEFT JOIN (SELECT job_id, count(*) FROM acknowledged WHERE job_table = '$table'::regclass AND what = 'start' GROUP BY job_id) started
		    ON id = job_id
		 WHERE COALESCE(count, 0) <> (processing_at IS NOT NULL)::int},
		"$table: who started a job was the only one");
	none($node, 'shop', qq{
		SELECT job_id FROM acknowledged WHERE job_table = '$table'::regclass
		EXCEPT SELECT job_id FROM ${table}_event},
		"$table: nothing was done in a job that never was");
}
none($node, 'shop', q{
	SELECT FROM hot
	  FULL JOIN (SELECT job_id, count(*) FROM acknowledged WHERE job_table = 'hot'::regclass AND what = 'count' GROUP BY job_id) counted
	    ON id = job_id
	 WHERE COALESCE(count, 0) <> COALESCE((context ->> 'count')::int, 0)},
	'hot: everybody was counted');
none($node, 'shop', q{SELECT FROM cold LEFT JOIN "user" ON name = created_by WHERE created_by IS NOT NULL AND name IS NULL},
	'cold: no job of a user who is gone');
check_consumer(\%consumer, $node, 'shop', 'hot');

audit($node, 'shop', 'work', 'work');
none($node, 'shop', q{SELECT FROM effect WHERE step > 0 GROUP BY job_id, step HAVING count(*) > 1},
	'work: no step is done twice, whoever has died of it');
none($node, 'shop', q{SELECT FROM work LEFT JOIN effect ON id = job_id AND step = 0 GROUP BY id HAVING count(job_id) <> (completed_at IS NOT NULL)::int},
	'work: each completed job was completed by one');
none($node, 'shop', q{SELECT FROM effect LEFT JOIN work_run USING (job_id, run)
	 WHERE (step > 0 AND at BETWEEN claimed_at AND ended_at OR step = 0 AND outcome = 'completed') IS NOT TRUE},
	'work: nothing is done with a run that is over');
none($node, 'shop', q{
	SELECT * FROM (SELECT *, lag(attempt) OVER runs AS before, lag(outcome) OVER runs AS ended FROM work_run
	               WINDOW runs AS (PARTITION BY job_id ORDER BY claimed_at)) run
	 WHERE attempt <> COALESCE(before + (ended IN ('failed', 'lost'))::int, 1)},
	'work: every attempt is counted, and nothing else');
none($node, 'shop', q{SELECT FROM work_run JOIN work ON id = job_id WHERE state <> 'ended' AND deleted_at IS NULL},
	'work: no run is left, except for jobs that may be restored');
is(running_at_most($node, 'shop', q{SELECT * FROM work_run}), $limit, 'work: as many jobs run at a time as may, and never more');
$node->safe_psql('shop', q{INSERT INTO work (type, pre_processed_at, confirmed_at) SELECT 'import', now(), now() FROM generate_series(1, 10)});
is($node->safe_psql('shop', q{SELECT count(*) FROM batch_job.claim(max => 10, job_table => 'work')}), $limit, 'work: no slot is lost');

$node->stop;
done_testing();
