# DROP EXTENSION never drops a job: it is refused while there are job tables, and with CASCADE it removes what attach has
# added to them, but no row and no other column. The extension can then be created again, and the tables attached again.
#
# Not for pg_regress, whose tests share one database and the extension in it.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE ROLE shop LOGIN');
$node->safe_psql('postgres', 'CREATE DATABASE shop OWNER shop');

my @as_owner = (extra_params => [ '-U', 'shop' ]);

sub as_owner
{
	my $sql = shift;
	return $node->safe_psql('shop', $sql, @as_owner);
}

# The SQLSTATE of the error that SQL ends with.
sub error_of
{
	my $sql = shift;
	my ($status, undef, $stderr) = $node->psql('shop', $sql, extra_params => [ '-U', 'shop', '-v', 'VERBOSITY=sqlstate' ]);
	return $status == 0 ? 'none' : $stderr =~ /ERROR:  (\w{5})$/m ? $1 : $stderr;
}

my $columns = q{
	created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(), deleted_at timestamptz,
	type text NOT NULL, created_by varchar, context jsonb, result jsonb, dry_run boolean NOT NULL DEFAULT false,
	pre_processed_at timestamptz, processing_at timestamptz, confirmed_at timestamptz, completed_at timestamptz,
	canceled_at timestamptz, failed_at timestamptz};
my @tables = ('created', 'batch_job', 'by_id', 'unfilled');

as_owner(qq{
	CREATE EXTENSION batch_job;
	SELECT batch_job.create_table('created', id_prefix => 'job', runs => true);
	CREATE TABLE batch_job (id varchar PRIMARY KEY, $columns);
	CREATE TABLE by_id (id text PRIMARY KEY, $columns) PARTITION BY LIST (id);
	CREATE TABLE by_id_1 PARTITION OF by_id FOR VALUES IN ('j0', 'j1', 'j2');
	CREATE TABLE by_id_2 PARTITION OF by_id DEFAULT;
	CREATE TABLE unfilled (id text PRIMARY KEY, $columns);
	CREATE TABLE step (job_id text REFERENCES created);
	});
for my $table (@tables)
{
	as_owner(qq{
		INSERT INTO $table (id, type, deleted_at, processing_at, completed_at, failed_at)
		SELECT 'j' || n, 'x', CASE WHEN n % 4 = 0 THEN now() END, CASE WHEN n >= 2 THEN now() END,
		       CASE WHEN n >= 4 THEN now() END, CASE WHEN n >= 6 THEN now() END
		  FROM generate_series(0, 7) n});
}
as_owner(q{
	SELECT batch_job.attach('batch_job'), batch_job.attach('by_id'), batch_job.attach('unfilled', backfill => false);
	INSERT INTO step SELECT id FROM created;
	INSERT INTO created_run (job_id, run, type, priority, state, attempt, claimed_at, heartbeat_at, lease_until)
	SELECT id, 'run_' || id, type, priority, 'running', 1, now(), now(), now() FROM created;
	INSERT INTO created_type (type, max_running) VALUES ('x', 4);
	CREATE INDEX own ON created (type);
	CREATE INDEX by_status ON created (status);
	CREATE VIEW own_view AS SELECT id, type FROM created;
	});

# Every column of a job, and of every job, but the status.
sub jobs
{
	return join "\n", map { as_owner("SELECT '$_', to_jsonb(t) - 'status' FROM $_ t ORDER BY id") } @tables;
}

my $statuses = join "\n", qw(created created processing processing completed completed failed failed);

sub check_works
{
	my $when = shift;
	for my $table (@tables)
	{
		is(as_owner("SELECT status FROM $table WHERE id LIKE 'j_' ORDER BY id"), $statuses, "$when: statuses of $table");
		is(as_owner(qq{
				BEGIN;
				INSERT INTO $table (type, status) VALUES ('new', 'failed') RETURNING batch_job.is_id(id), status;
				UPDATE $table SET pre_processed_at = now() WHERE type = 'new' RETURNING status;
				DELETE FROM ${table}_live WHERE type = 'new' RETURNING type;
				SELECT count(deleted_at) FROM $table WHERE type = 'new';
				ROLLBACK}), "t|created\npre_processed\nnew\n1", "$when: $table works");
	}
}

my $jobs = jobs();
is(scalar(() = $jobs =~ /\|/g), 4 * 8, 'there are jobs');

is(error_of('DROP EXTENSION batch_job'), '2BP01', 'DROP EXTENSION refuses');
is(error_of('DROP TYPE batch_job.status CASCADE'), '42501', 'its parts are not the owner\'s to drop');
is(jobs(), $jobs, 'refused: jobs as they were');

# A session that has worked with the tables before and goes on afterwards.
my $session = $node->background_psql('shop', @as_owner, on_error_stop => 0);
my $insert = q{INSERT INTO created (id, type) VALUES ('%s', 'x');};
$session->query_safe(sprintf($insert, 'before'));
$session->query_safe(q{DELETE FROM created_live WHERE id = 'before';});
$session->query_safe(q{SELECT batch_job.restore('before', 'created');});
$jobs = jobs();

is(error_of('DROP EXTENSION batch_job CASCADE'), 'none', 'DROP EXTENSION CASCADE by the owner');
is(jobs(), $jobs, 'dropped: every row, every column but the status');
is(as_owner(q{
		SELECT to_regclass('created_live'), to_regclass('batch_job_live'), to_regnamespace('batch_job'),
		       (SELECT count(*) FROM pg_attribute WHERE attrelid = 'created'::regclass AND attname = 'status'),
		       (SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal)}), '|||0|0', 'dropped: nothing of ours is left');
is(as_owner(q{
		SELECT count(*) FROM step;
		SELECT count(*) FROM own_view;
		SELECT to_regclass('own') IS NOT NULL, to_regclass('by_status') IS NULL}), "8\n9\nt|t",
	'dropped: what is the owner\'s own is left, but for the index on the status');
is(as_owner(q{
		SELECT count(*) FROM created_run;
		SELECT type, max_running FROM created_type;
		SELECT attname FROM pg_attribute
		 WHERE attrelid = 'created_run'::regclass AND attname IN ('state', 'outcome', 'worker') AND NOT attisdropped}),
	"8\nx|4\nworker", 'dropped: runs and limits are left, but for what became of the runs');

# They are ordinary tables now, also in the session that was there before.
$session->query_safe(sprintf($insert, 'between'));
$session->query_safe(q{DELETE FROM created WHERE id IN ('before', 'between');});
is($session->query_safe('SELECT count(*) FROM created;'), 8, 'dropped: DELETE is a DELETE');
$jobs = jobs();

as_owner(q{CREATE EXTENSION batch_job});
is(as_owner('SELECT count(*) FROM batch_job.attached()'), 0, 'made anew: nothing is attached');
as_owner("SELECT batch_job.attach('$_')") for @tables;
is(jobs(), $jobs, 'attached again: jobs as they were');
check_works('attached again');

# A table of runs that has lost its columns state and outcome is not accepted.
is(error_of(q{SELECT batch_job.attach('created', runs => true)}), '42P07', 'attached again: not with these runs');
as_owner(q{
	ALTER TABLE created_run RENAME TO old_run;
	ALTER INDEX created_run_pkey RENAME TO old_run_pkey;
	SELECT batch_job.attach('created', runs => true);
	});
is(as_owner(q{SELECT count(*) FROM created_run; SELECT max_running FROM created_type}), "0\n4",
	'attached again: with new ones, and the old limits');
$session->query_safe(sprintf($insert, 'after'));
$session->query_safe(q{DELETE FROM created_live WHERE id = 'after';});
is($session->query_safe(q{SELECT status, deleted_at IS NOT NULL FROM created WHERE id = 'after';}), 'created|t',
	'attached again: also in the session that was there before');
$session->quit;

# After detach, DROP EXTENSION succeeds once no column status and no table of runs depends on the extension.
as_owner("SELECT batch_job.detach('$_', drop_status => " . ($_ eq 'created' ? 'false' : 'true') . ')') for @tables;
is(error_of('DROP EXTENSION batch_job'), '2BP01', 'detached: a column status is in the way');
as_owner('ALTER TABLE created DROP COLUMN status');
is(error_of('DROP EXTENSION batch_job'), '2BP01', 'detached: so are runs');
as_owner('DROP TABLE created_run');
$jobs = jobs();
is(error_of('DROP EXTENSION batch_job'), 'none', 'detached: DROP EXTENSION');
is(jobs(), $jobs, 'detached, then dropped: jobs as they were');

$node->stop;
done_testing();
