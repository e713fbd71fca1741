# The backend of attach, backfill or detach is killed by SIGKILL: a command that runs in one transaction leaves nothing
# behind, one that commits in between keeps what it has done, and each finishes when it is started again.
#
# Not for pg_regress, whose server nobody may kill.

use strict;
use warnings;

use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $rows = 5000;
my $batch = 1000;
my $held = 3500;	# filling in waits at this row

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "fsync = on\nrestart_after_crash = on\nautovacuum = off\n");
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE shop');

sub sql
{
	my ($sql) = @_;
	return $node->safe_psql('shop', $sql);
}

# The table has a trigger that waits in the midst of filling in for as long as somebody has a lock. rows_of_catalogs tells
# of anything that a crash would leave there.
sql(qq{
	CREATE EXTENSION batch_job;
	CREATE TABLE batch_job (
		id varchar PRIMARY KEY, type text NOT NULL, created_by varchar, context jsonb, result jsonb,
		dry_run boolean NOT NULL DEFAULT false, created_at timestamptz NOT NULL DEFAULT now(), pre_processed_at timestamptz,
		confirmed_at timestamptz, processing_at timestamptz, completed_at timestamptz, failed_at timestamptz,
		canceled_at timestamptz, updated_at timestamptz NOT NULL DEFAULT now(), deleted_at timestamptz);
	INSERT INTO batch_job (id, type, updated_at, confirmed_at, completed_at)
	SELECT 'job_' || n, 'old', '2024-01-01', CASE WHEN n % 4 > 0 THEN now() END, CASE WHEN n % 4 > 1 THEN now() END
	  FROM generate_series(1, $rows) n;

	CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS \$\$
	BEGIN
		PERFORM pg_advisory_xact_lock_shared(1);
		RETURN NEW;
	END \$\$;
	CREATE TRIGGER hold BEFORE UPDATE ON batch_job FOR EACH ROW WHEN (OLD.id = 'job_$held') EXECUTE FUNCTION hold();

	CREATE FUNCTION rows_of_catalogs() RETURNS SETOF text LANGUAGE plpgsql AS \$\$
	DECLARE
		catalog regclass;
	BEGIN
		FOR catalog IN SELECT oid FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r' ORDER BY relname
		LOOP
			RETURN QUERY EXECUTE format('SELECT %L || count(*) FROM %s', catalog || ' ', catalog);
		END LOOP;
	END \$\$;
});

# Runs SQL in a session of its own until it comes to what the condition says; then its backend is killed.
sub kill_at
{
	my ($what, $sql, $condition) = @_;
	my ($out, $err) = ('', '');
	my $gate = $node->background_psql('shop', on_error_stop => 0);
	$gate->query_safe('SELECT pg_advisory_lock(1)');
	my $session = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('shop') . ' application_name=doomed', '-c', $sql,
			'-c', 'SELECT pg_advisory_lock_shared(1)' ], '<', \undef, '>', \$out, '2>', \$err);
	my $waiting = q{FROM pg_stat_activity WHERE application_name = 'doomed' AND wait_event = 'advisory'};
	$node->poll_query_until('shop', "SELECT count(*) = 1 $waiting") or die "$what does not come to where it is killed";
	is(sql("SELECT query $waiting"), $condition, "$what: comes to where it is killed");
	my $log = -s $node->logfile;
	kill 'KILL', sql("SELECT pid $waiting");
	IPC::Run::finish($session);
	is($session->result, 2, "$what: its session is lost");
	eval { $gate->quit };
	# a moment before, the server does not know yet that it must go
	$node->wait_for_log(qr/all server processes terminated; reinitializing/, $log);
	$node->poll_query_until('shop', undef, '') or die 'the server does not come back';
	return;
}

my $lies = q{
	SELECT count(*) FROM batch_job
	 WHERE status IS DISTINCT FROM batch_job.derive_status(pre_processed_at, confirmed_at, processing_at, completed_at,
	                                                       canceled_at, failed_at)};
my $table = 'SELECT md5(string_agg(job::text, chr(10) ORDER BY id)) FROM batch_job job';
my $catalogs = 'SELECT rows_of_catalogs()';
my $wait = 'SELECT pg_advisory_lock_shared(1)';

# attach: in the midst of filling in, and when all is done but the commit.
my $attach = q{SELECT batch_job.attach('batch_job', events => true, notify => true)};
my ($table_before, $catalogs_before) = (sql($table), sql($catalogs));
sub check_untouched
{
	my ($what) = @_;
	is(sql($catalogs), $catalogs_before, "$what: leaves nothing in the catalogs");
	is(sql($table), $table_before, "$what: leaves the table as it was");
	return;
}
kill_at('attach, filling in', $attach, $attach);
check_untouched('attach, filling in');
kill_at('attach, not committed', "BEGIN; $attach; $wait", "BEGIN; $attach; $wait");
check_untouched('attach, not committed');

# backfill: keeps its batches, and goes on behind them.
sql(q{SELECT batch_job.attach('batch_job', backfill => false)});
my $backfill = "CALL batch_job.backfill('batch_job', $batch)";
kill_at('backfill', $backfill, $backfill);
my $filled = 'SELECT count(status), count(*) FILTER (WHERE status IS NOT NULL AND substr(id, 5)::int <= 3000) FROM batch_job';
is(sql($filled), '3000|3000', 'backfill: the batches before are there');
kill_at('backfill again', $backfill, $backfill);
is(sql($filled), '3000|3000', 'backfill again: comes to the same row');
sql($backfill);
is(sql($lies), 0, 'backfill, at last: every status is right');
is(sql('SELECT backfilled FROM batch_job.attached()'), 't', 'backfill, at last: is done');
is(sql(q{SELECT count(*) FROM batch_job WHERE updated_at <> '2024-01-01'}), 0, 'backfill, at last: no job has changed');

# detach: when all is done but the commit.
($table_before, $catalogs_before) = (sql($table), sql($catalogs));
my $detach = q{SELECT batch_job.detach('batch_job', drop_status => true)};
kill_at('detach', "BEGIN; $detach; $wait", "BEGIN; $detach; $wait");
check_untouched('detach');
sql($detach);

# attach that nobody kills finishes where another did not.
sql($attach);
is(sql($lies), 0, 'attach, at last: every status is right');
is(sql(q{
		INSERT INTO batch_job (type) VALUES ('new');
		SELECT event FROM batch_job.read_events(0)}), 'batch.created', 'attach, at last: events are recorded');

$node->stop;
done_testing();
