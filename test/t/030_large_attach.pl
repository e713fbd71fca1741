# A large table is attached without a rewrite, and its status is filled in while other sessions work, although the backfill is
# interrupted several times: canceled, timed out, terminated, and by a crash of the server.
#
# Not for pg_regress: one session has to stop another one, and the server has to go down. Nothing depends on timing; a trigger
# made by this test stops the backfill in the middle of the table for as long as somebody holds a lock.

use strict;
use warnings;

use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $rows = 200_000;
my $batch = 1000;
my $held = $rows / 2;	# the backfill waits at this row, the last of a batch

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE ROLE shop LOGIN; CREATE ROLE app LOGIN');
$node->safe_psql('postgres', 'CREATE DATABASE shop OWNER shop');

sub as_owner
{
	my $sql = shift;
	return $node->safe_psql('shop', $sql, extra_params => [ '-U', 'shop' ]);
}

# Starts SQL in a session of its own, with settings as options of the server.
sub begin_session
{
	my ($user, $sql, $options) = @_;
	my $session = { out => '', err => '' };
	my $connection = $node->connstr('shop') . " user=$user options='" . ($options // '') . "'";
	$session->{run} = IPC::Run::start([ 'psql', '-XAtq', '-d', $connection, '-c', $sql ],
		'<', \undef, '>', \$session->{out}, '2>', \$session->{err});
	return $session;
}

# Waits for its end; returns whether all went well.
sub end_session
{
	my $session = shift;
	return IPC::Run::finish($session->{run});
}

sub wait_for
{
	my $condition = shift;
	$node->poll_query_until('shop', "SELECT $condition") or die "timed out waiting for: $condition";
}

as_owner(qq{
	CREATE EXTENSION batch_job;
	CREATE TABLE batch_job (
		id varchar PRIMARY KEY, type text NOT NULL, created_by varchar, context jsonb, result jsonb,
		dry_run boolean NOT NULL DEFAULT false, created_at timestamptz NOT NULL DEFAULT now(), pre_processed_at timestamptz,
		confirmed_at timestamptz, processing_at timestamptz, completed_at timestamptz, failed_at timestamptz,
		canceled_at timestamptz, updated_at timestamptz NOT NULL DEFAULT now(), deleted_at timestamptz);
	INSERT INTO batch_job (id, type, updated_at, confirmed_at, completed_at, canceled_at)
	SELECT 'job_' || n, 'old', '2024-01-01', CASE WHEN n % 8 > 1 THEN now() END, CASE WHEN n % 8 > 3 THEN now() END,
	       CASE WHEN n % 8 > 5 THEN now() END
	  FROM generate_series(1, $rows) n;

	CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS \$\$
	BEGIN
		PERFORM pg_advisory_xact_lock_shared(1);
		RETURN NEW;
	END \$\$;
	CREATE TRIGGER hold BEFORE UPDATE ON batch_job FOR EACH ROW WHEN (OLD.id = 'job_$held') EXECUTE FUNCTION hold();
});

# The name of the table's file changes when the table is rewritten.
my $file = as_owner(q{SELECT pg_relation_filenode('batch_job')});
as_owner(q{SELECT batch_job.attach('batch_job', backfill => false)});
is(as_owner(q{SELECT pg_relation_filenode('batch_job')}), $file, 'attach does not rewrite the table');
is(as_owner(q{SELECT count(*), count(status) FROM batch_job}), "$rows|0", 'attach fills in no status');
is(as_owner(q{SELECT count(*), count(status) FROM batch_job_live}), "$rows|0", 'the live view shows that');
is(as_owner(q{
		INSERT INTO batch_job (id, type) VALUES ('new', 'new') RETURNING status;
		UPDATE batch_job SET failed_at = now() WHERE id = 'new' RETURNING status;
		SET batch_job.soft_delete = off;
		DELETE FROM batch_job WHERE id = 'new'}), "created\nfailed", 'a new row has its status at once');

# Stopped in the middle, each time by something else. The batches before are there, the one that was stopped is not.
my $backfill = "CALL batch_job.backfill('batch_job', $batch)";
my $is_held = q{count(*) = 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted};
my $before = $held - $batch;

sub hold
{
	my $gate = $node->background_psql('shop');
	$gate->query_safe('SELECT pg_advisory_lock(1);');
	return $gate;
}

sub check_stopped
{
	my ($session, $error, $how) = @_;
	ok(!end_session($session), "$how: the backfill ends with an error");
	like($session->{err}, $error, "$how: which says why");
	is(as_owner(qq{
			SELECT count(status), count(status) FILTER (WHERE substr(id, 5)::int <= $before),
			       bool_and(status = batch_job.derive_status(pre_processed_at, confirmed_at, processing_at, completed_at,
			                                                   canceled_at, failed_at))
			  FROM batch_job;
			SELECT backfilled FROM batch_job.attached()}), "$before|$before|t\nf", "$how: the batches before are filled in");
}

my $gate = hold();
my $session = begin_session('shop', $backfill);
wait_for($is_held);
$node->safe_psql('shop', q{SELECT pg_cancel_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted});
check_stopped($session, qr/canceling statement due to user request/, 'cancelled');

# The timeout may occur before it reaches the row where it is stopped, but it cannot get further.
$session = begin_session('shop', $backfill, '-c statement_timeout=500');
check_stopped($session, qr/canceling statement due to statement timeout/, 'timed out');

$session = begin_session('shop', $backfill);
wait_for($is_held);
$node->safe_psql('shop', q{SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted});
check_stopped($session, qr/terminating connection due to administrator command/, 'terminated');

$session = begin_session('shop', $backfill);
wait_for($is_held);
$node->stop('immediate');
$node->start;
check_stopped($session, qr/connection/, 'crashed');
eval { $gate->quit };	# its server is gone

# Now beside traffic, until the end. The traffic takes jobs with odd numbers, on both sides of the batch that is held; it
# goes on until it is told to stop.
as_owner(qq{
	CREATE TABLE traffic (session int PRIMARY KEY, done int NOT NULL);
	CREATE TABLE stop ();
	INSERT INTO traffic VALUES (1, 0), (2, 0);
	CREATE PROCEDURE run_traffic(me int) LANGUAGE plpgsql AS \$\$
	DECLARE
		number int;
	BEGIN
		WHILE NOT EXISTS (SELECT FROM stop) LOOP
			number := 1 + 2 * trunc(random() * ($before - $batch) / 2) + (random() < 0.5)::int * ($held + $batch);
			UPDATE batch_job SET failed_at = clock_timestamp() WHERE id = 'job_' || number;
			COMMIT;
			INSERT INTO batch_job (type) VALUES ('traffic');
			DELETE FROM batch_job_live WHERE id = 'job_' || number;
			COMMIT;
			UPDATE traffic SET done = done + 1 WHERE session = me;
			COMMIT;
		END LOOP;
	END \$\$;
	GRANT SELECT, INSERT, UPDATE, DELETE ON batch_job, batch_job_live, traffic TO app;
	GRANT SELECT ON stop TO app;
});
my @traffic = map { begin_session('app', "CALL run_traffic($_)") } 1, 2;
wait_for('min(done) > 10 FROM traffic');

$gate = hold();
$session = begin_session('shop', $backfill);
wait_for($is_held);
my $done = as_owner('SELECT min(done) FROM traffic');
wait_for("min(done) > $done + 100 FROM traffic");
pass('traffic goes on while the backfill is on its way');
$gate->query_safe('SELECT pg_advisory_unlock(1);');
$gate->quit;
ok(end_session($session), 'the backfill comes to its end beside traffic');
like($session->{err}, qr/^NOTICE:  filled in the status of [1-9]\d* rows; every row of table "batch_job" has one$/m, 'and says so');

$done = as_owner('SELECT min(done) FROM traffic');
wait_for("min(done) > $done + 100 FROM traffic");
as_owner('INSERT INTO stop DEFAULT VALUES');
for my $each (@traffic)
{
	ok(end_session($each), 'traffic had no error');
	is($each->{err}, '', 'and no warning');
}

is(as_owner(q{
		SELECT count(*) FROM batch_job
		 WHERE (status = batch_job.derive_status(pre_processed_at, confirmed_at, processing_at, completed_at, canceled_at,
		                                          failed_at)) IS NOT TRUE}), 0, 'every status is right');
is(as_owner(q{SELECT count(*) FROM batch_job WHERE type = 'old'}), $rows, 'no job is lost');
is(as_owner(q{
		SELECT count(*) FROM batch_job
		 WHERE type = 'old' AND updated_at <> '2024-01-01' AND failed_at IS NULL}), 0, 'updated_at moved with the traffic only');
isnt(as_owner(q{SELECT count(*) FROM batch_job WHERE failed_at IS NOT NULL AND deleted_at IS NOT NULL}), 0, 'there was traffic');
is(as_owner(q{SELECT pg_relation_filenode('batch_job')}), $file, 'the table has never been rewritten');
is(as_owner(q{
		SELECT backfilled FROM batch_job.attached();
		SELECT conname, convalidated FROM pg_constraint WHERE conrelid = 'batch_job'::regclass AND contype = 'c'}),
	"t\nbatch_job_status_derived|t", 'the column is NOT NULL, the CHECK is valid, and nothing else is left');
$session = begin_session('shop', $backfill);
ok(end_session($session), 'called once more');
like($session->{err}, qr/filled in the status of 0 rows/, 'it has nothing to do');

$node->stop;
done_testing();
