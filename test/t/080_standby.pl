# On a physical standby, and in a read-only transaction on the primary, functions that read return the same as on the primary,
# and functions that write are refused as PostgreSQL refuses it (25006) and leave nothing behind. A synchronous standby that
# is promoted under load has everything that was acknowledged, and generates only ids and events that nobody has seen yet.
#
# Not for pg_regress, which has one server.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";
use Audit;
use Clients;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 1);
$primary->append_conf('postgresql.conf', "fsync = on\nshared_buffers = 32MB\n");
$primary->start;
$primary->safe_psql('postgres', 'CREATE DATABASE shop');
$primary->safe_psql('shop', q{
	CREATE EXTENSION batch_job;
	CREATE TABLE "user" (id text PRIMARY KEY);
	INSERT INTO "user" VALUES ('usr_1');
	SELECT batch_job.create_table(events => true, notify => true, runs => true);
	ALTER TABLE batch_job ADD FOREIGN KEY (created_by) REFERENCES "user";
	INSERT INTO batch_job (id, type, created_by, dry_run) VALUES ('new', 'import', 'usr_1', false), ('preview', 'import', 'usr_1', true);
	INSERT INTO batch_job (id, type, pre_processed_at, confirmed_at, processing_at)
	VALUES ('confirmed', 'import', now(), now(), NULL), ('processing', 'import', now(), now(), now());
	SELECT batch_job.mark_pre_processed('preview', '{"count": 2}');
	INSERT INTO batch_job (id, type, failed_at) VALUES ('failed', 'import', now());
	INSERT INTO batch_job (id, type) VALUES ('deleted', 'import');
	SELECT batch_job.soft_delete('deleted');
	INSERT INTO batch_job (id, type, pre_processed_at, confirmed_at, processing_at)
	VALUES ('running', 'import', now(), now(), now()), ('paused', 'import', now(), now(), now());
	INSERT INTO batch_job_run (job_id, run, type, priority, state, attempt, claimed_at, heartbeat_at, lease_until, outcome, ended_at, retry_at)
	VALUES ('running', 'r', 'import', 0, 'running', 1, now(), now(), now() + '1 h', NULL, NULL, NULL),
	       ('paused', 'p', 'import', 0, 'paused', 1, now(), now(), now() + '1 h', 'released', now(), now());
	CREATE TABLE plain (LIKE batch_job);
	ALTER TABLE plain DROP status, DROP priority, DROP start_after, ADD PRIMARY KEY (id);
	CREATE TABLE filling (LIKE plain INCLUDING ALL);
	INSERT INTO filling (id, created_at, updated_at, type, dry_run) VALUES ('old', now(), now(), 'import', false);
	SELECT batch_job.attach('filling', backfill => false);
	CREATE SEQUENCE witness});

$primary->backup('standby');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'standby', has_streaming => 1);
$standby->start;
$primary->append_conf('postgresql.conf', "synchronous_standby_names = 'standby'\n");
$primary->reload;

# A call of each function of the extension, by whether it reads or writes.
my %reads = (
	'append_error' => q{SELECT batch_job.append_error('{}', '"lost"')},
	'append_errors' => q{SELECT batch_job.append_errors('{}', '["lost"]')},
	'attach_plan' => q{SELECT * FROM batch_job.attach_plan('plain')},
	'attached' => q{SELECT batch_job.attached()},
	'claim_problems' => q{SELECT batch_job.claim_problems()},
	'created_by_user' => q{SELECT batch_job.created_by_user(j) FROM batch_job j ORDER BY id},
	'derive_status' => q{SELECT batch_job.derive_status(now(), NULL, NULL, NULL, NULL, NULL)},
	'digest_plan' => q{SELECT batch_job.digest_plan('import', '{}', '{}')},
	'duration' => q{SELECT batch_job.duration(now(), now())},
	'eta' => q{SELECT batch_job.eta('2026-01-01', 0, '2026-01-02', 1, '2026-01-02', 1, 2, '2026-01-02')},
	'event_table' => q{SELECT batch_job.event_table('batch_job')},
	'generate_id' => q{SELECT count(DISTINCT batch_job.generate_id()) FROM generate_series(1, 1000)},
	'id_floor' => q{SELECT batch_job.id_floor('2026-01-01')},
	'id_from_uuid' => q{SELECT batch_job.id_from_uuid('01880000-0000-7000-8000-000000000000')},
	'id_timestamp' => q{SELECT batch_job.id_timestamp('batch_01ARZ3NDEKTSV4RRFFQ69G5FAV')},
	'id_to_uuid' => q{SELECT batch_job.id_to_uuid('batch_01ARZ3NDEKTSV4RRFFQ69G5FAV')},
	'is_context' => q{SELECT batch_job.is_context('[]')},
	'is_id' => q{SELECT batch_job.is_id(batch_job.generate_id('imp'))},
	'is_result' => q{SELECT batch_job.is_result('{"count": 2}')},
	'items' => q{SELECT batch_job.items('{"count": 2}', 'count')},
	'job_stats' => q{SELECT type, completed, claimed FROM batch_job.job_stats()},
	'live_view' => q{SELECT batch_job.live_view('batch_job')},
	'merge_object' => q{SELECT batch_job.merge_object('{"a": 1}', '{"b": 2}')},
	'options' => q{SELECT batch_job.options('batch_job')},
	'percent' => q{SELECT batch_job.percent(1, 3)},
	'plan_digest' => q{SELECT batch_job.plan_digest('preview')},
	'progress' => q{SELECT id, state FROM batch_job.progress() ORDER BY id},
	'progress_view' => q{SELECT batch_job.progress_view('batch_job')},
	'queue_stats' => q{SELECT type, waiting, running, paused FROM batch_job.queue_stats()},
	'rate' => q{SELECT batch_job.rate('2026-01-01', 0, '2026-01-02', 1)},
	'read_events' => q{SELECT batch_job.read_events(0)},
	'result_problems' => q{SELECT batch_job.result_problems('{"count": "two"}')},
	'run_table' => q{SELECT batch_job.run_table('batch_job')},
	'to_json' => q{SELECT batch_job.to_json(j) FROM batch_job j ORDER BY id},
	'type_table' => q{SELECT batch_job.type_table('batch_job')},
	'(status)' => q{SELECT id, status FROM batch_job WHERE status < 'completed' ORDER BY status, id},
	'(progress view)' => q{SELECT id, state FROM batch_job_progress ORDER BY id},
	'(live view)' => q{SELECT * FROM batch_job_live ORDER BY id},
);
my %writes = (
	'attach' => q{SELECT batch_job.attach('plain', events => true, runs => true)},
	'backfill' => q{CALL batch_job.backfill('filling')},
	'cancel' => q{SELECT batch_job.cancel('new', 'reason')},
	'cancel_unconfirmed' => q{SELECT batch_job.cancel_unconfirmed('0 seconds')},
	'claim' => q{SELECT batch_job.claim()},
	'complete' => q{SELECT batch_job.complete('processing')},
	'confirm' => q{SELECT batch_job.confirm('preview', batch_job.plan_digest('preview'), 'usr_2')},
	'create' => q{SELECT batch_job.create('import')},
	'create_table' => q{SELECT batch_job.create_table('other')},
	'detach' => q{SELECT batch_job.detach('batch_job')},
	'fail' => q{SELECT batch_job.fail('new', 'error')},
	'heartbeat' => q{SELECT batch_job.heartbeat('running', 'r')},
	'mark_pre_processed' => q{SELECT batch_job.mark_pre_processed('new', '{"count": 2}')},
	'pause' => q{SELECT batch_job.pause('new')},
	'purge' => q{SELECT batch_job.purge('0 seconds')},
	'release' => q{SELECT batch_job.release('running', 'r')},
	'reopen' => q{SELECT batch_job.reopen('failed')},
	'rescue' => q{SELECT batch_job.rescue()},
	'restore' => q{SELECT batch_job.restore('deleted')},
	'resume' => q{SELECT batch_job.resume('paused')},
	'retry' => q{SELECT batch_job.retry('running', 'r', 'error')},
	'soft_delete' => q{SELECT batch_job.soft_delete('new')},
	'start' => q{SELECT batch_job.start('confirmed')},
	'update' => q{SELECT batch_job.update('new', result => '{"count": 2}')},
	'(claim, none there)' => q{SELECT batch_job.claim('{none}')},
	'(heartbeats)' => q{SELECT batch_job.heartbeat('{running}'::text[], '{r}')},
	'(attach, again)' => q{SELECT batch_job.attach('batch_job', guard => false)},
	'(detach, status)' => q{SELECT batch_job.detach('batch_job', drop_status => true)},
	'(INSERT)' => q{INSERT INTO batch_job (type) VALUES ('import')},
	'(INSERT, live view)' => q{INSERT INTO batch_job_live (type) VALUES ('import')},
	'(UPDATE)' => q{UPDATE batch_job SET failed_at = now()},
	'(DELETE)' => q{DELETE FROM batch_job},
	'(DELETE, live view)' => q{DELETE FROM batch_job_live},
	'(DELETE, for good)' => q{SET batch_job.soft_delete = off; DELETE FROM batch_job},
	'(COPY)' => q{COPY batch_job (id, type) FROM PROGRAM 'echo copied,import' (FORMAT csv)},
	'(TRUNCATE)' => q{TRUNCATE batch_job},
);
my $functions = $primary->safe_psql('shop', q{
	SELECT DISTINCT proname FROM pg_proc WHERE pronamespace = 'batch_job'::regnamespace AND prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)});
is_deeply([ sort split /\n/, $functions ], [ sort grep { /^\w/ } keys %reads, keys %writes ],
	'every function of the extension is one that reads or one that writes');

# What is there: jobs, events, how many numbers were taken, relations.
my $contents = q{
	SELECT j FROM batch_job j ORDER BY id;
	SELECT e FROM batch_job_event e ORDER BY seq;
	SELECT r FROM batch_job_run r ORDER BY job_id, run;
	SELECT f FROM filling f;
	SELECT last_value, is_called FROM batch_job_event_seq_seq;
	SELECT relname, relkind FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY relname};

sub check_reads
{
	my ($node, $what, %options) = @_;
	for my $name (sort keys %reads)
	{
		my ($status, $out, $err) = $node->psql('shop', $reads{$name}, %options);
		is($status == 0 ? $out : $err, $primary->safe_psql('shop', $reads{$name}), "$what: $name");
	}
	return;
}

# Each alone, then all in one session, which goes on: neither the server nor the session is hurt.
sub check_writes
{
	my ($node, $what, %options) = @_;
	my @verbosity = (extra_params => [ '-v', 'VERBOSITY=sqlstate' ]);
	my $before = $primary->safe_psql('shop', $contents);
	for my $name (sort keys %writes)
	{
		my ($status, $out, $err) = $node->psql('shop', $writes{$name}, %options, @verbosity, on_error_stop => 1);
		like($err, qr/ERROR:  25006$/, "$what: $name is refused");
	}
	my $all = join(";\n", map { "BEGIN; SAVEPOINT s; $writes{$_}; ROLLBACK TO s; $reads{plan_digest}; COMMIT" }
		  grep { $_ ne 'backfill' } sort keys %writes);
	my ($status, $out, $err) = $node->psql('shop', $all, %options, @verbosity, on_error_stop => 0);
	my $read = $primary->safe_psql('shop', $reads{plan_digest});
	is(scalar(() = $out =~ /^\Q$read\E$/mg), keys(%writes) - 1, "$what: a session goes on behind each of them");
	is($primary->safe_psql('shop', $contents), $before, "$what: nothing was done");
	return;
}

$primary->wait_for_catchup($standby);
check_reads($standby, 'standby');
$standby->command_ok([ 'psql', '-X', '-d', $standby->connstr('shop'), '-f', 'docs/board.sql', '-o', '/dev/null' ],
	'standby: the page of docs/board.sql');
check_writes($standby, 'standby');
my %read_only = (connstr => $primary->connstr('shop') . " options='-c default_transaction_read_only=on'");
check_reads($primary, 'read-only', %read_only);
check_writes($primary, 'read-only', %read_only);

# The primary is killed while clients write, after the standby has lost its connection, and the standby takes over. Nothing
# was acknowledged, or visible, that the standby does not have, so the consumer is not ahead of the standby either.
my %consumer;

sub work
{
	my ($node, $events) = @_;
	my @clients = start_clients($node, 'shop', 6);
	my $deadline = time + 60;
	$events -= consume(\%consumer, $node, 'shop') while $events > 0 && time < $deadline;
	return @clients;
}

my @clients = work($primary, 1000);
$standby->append_conf('postgresql.conf', "primary_conninfo = ''\n");
$standby->reload;
# One waits for the standby, the others for the lock that a notifying transaction holds until then.
$primary->poll_query_until('shop', q{SELECT count(*) = 6 FROM pg_stat_activity WHERE wait_event IN ('SyncRep', 'object')})
  or die 'clients do not wait for the standby';
consume(\%consumer, $primary, 'shop');
$primary->stop('immediate');
ok(end_clients(@clients), 'promotion: the clients lose the primary, and see no other error');
$standby->promote;
check_acknowledged($standby, 'shop', 'promotion', @clients);
my $next = $standby->safe_psql('shop', q{
	INSERT INTO batch_job (type) VALUES ('promoted');
	SELECT max(seq) FROM batch_job_event});
cmp_ok($next, '>', $consumer{position}, 'promotion: events go on behind what the consumer has seen');

# What was refused there before is done now.
$standby->safe_psql('shop', $writes{$_}) for qw(mark_pre_processed confirm start complete cancel attach backfill);
is($standby->safe_psql('shop', q{
		SELECT id, status FROM batch_job WHERE id IN ('new', 'preview', 'confirmed', 'processing') ORDER BY id;
		SELECT job_table, backfilled FROM batch_job.attached() ORDER BY job_table::text}),
	"confirmed|processing\nnew|canceled\npreview|confirmed\nprocessing|completed\nbatch_job|t\nfilling|t\nplain|t",
	'promotion: what was refused before is done now');
push @clients, my @others = work($standby, 1000);
$standby->stop('immediate');
ok(end_clients(@others), 'promotion: clients work with the new primary');
$standby->start;
check_acknowledged($standby, 'shop', 'promoted', @clients);
check_consumer(\%consumer, $standby, 'shop', 'promoted');
audit($standby, 'shop', 'batch_job', 'promoted');

$standby->stop;
done_testing();
