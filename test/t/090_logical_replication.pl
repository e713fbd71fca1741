# Logical replication of jobs: to a subscriber with the extension, where triggers do not fire for replicated rows but the
# CHECK applies; to a subscriber without it; from a publisher without it; and of jobs with their events to a server that will
# take over. And docs/logical-replication.md is right: its blocks run at the server that their fence names.
#
# Not for pg_regress, which has one server.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";
use Audit;
use Page;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $publisher = PostgreSQL::Test::Cluster->new('publisher');
$publisher->init(allows_streaming => 'logical');
$publisher->start;
my $subscriber = PostgreSQL::Test::Cluster->new('subscriber');
$subscriber->init(allows_streaming => 'logical');
$subscriber->append_conf('postgresql.conf', "max_worker_processes = 20\nmax_logical_replication_workers = 12\nwal_retrieve_retry_interval = 100ms\n");
$subscriber->start;

# Databases of the publisher; all others are of the subscriber.
my %published = map { $_ => 1 } qw(shop medusa);

sub in_database
{
	my ($database, $sql) = @_;
	return ($published{$database} ? $publisher : $subscriber)->safe_psql($database, $sql);
}

sub create_database
{
	my ($database, $sql) = @_;
	($published{$database} ? $publisher : $subscriber)->safe_psql('postgres', "CREATE DATABASE $database");
	in_database($database, $sql);
	return;
}

# Each database has one subscription, of its own name; with what is there already.
sub subscribe
{
	my ($database, $source, $publication, $options) = @_;
	my $connection = $publisher->connstr . " dbname=$source";
	in_database($database, "CREATE SUBSCRIPTION $database CONNECTION '$connection' PUBLICATION $publication $options");
	$subscriber->wait_for_subscription_sync($publisher, $database, $database);
	return;
}

# The page. What it waits for has happened when the next block runs.
sub page_is_true
{
	my ($page) = @_;
	my %node = (publisher => $publisher, subscriber => $subscriber);
	my $connection = $publisher->connstr . ' dbname=shop_page';
	my @subscriptions;
	$_->safe_psql('postgres', 'CREATE DATABASE shop_page') for values %node;
	for my $block (blocks_of($page))
	{
		my $node = $node{ $block->{needs} };
		$block->{sql} =~ s/CONNECTION '[^']*'/CONNECTION '$connection'/g;
		my ($got) = output_of($node->connstr('shop_page'), scalar(getpwuid $>), $block);
		block_is_true($page, $block, $got);
		for ($block->{sql} =~ /^CREATE SUBSCRIPTION (\w+)/mg)
		{
			$subscriber->wait_for_subscription_sync($publisher, $_, 'shop_page');
			push @subscriptions, $_;
		}
		@subscriptions = grep { $block->{sql} !~ /^DROP SUBSCRIPTION $_;/m } @subscriptions;
		if ($node == $publisher) { $publisher->wait_for_catchup($_) for @subscriptions }
	}
	$subscriber->safe_psql('shop_page', "DROP SUBSCRIPTION $_") for @subscriptions;
	return;
}
page_is_true('docs/logical-replication.md');

my $jobs = 'SELECT j FROM batch_job j ORDER BY id';
my $columns = q{
	id text PRIMARY KEY, created_at timestamptz, updated_at timestamptz, deleted_at timestamptz, type text, created_by text,
	context jsonb, result jsonb, dry_run boolean, pre_processed_at timestamptz, confirmed_at timestamptz,
	processing_at timestamptz, completed_at timestamptz, canceled_at timestamptz, failed_at timestamptz};

create_database('shop', q{
	CREATE EXTENSION batch_job;
	SELECT batch_job.create_table(events => true);
	CREATE PUBLICATION jobs FOR TABLE batch_job;
	CREATE PUBLICATION events FOR TABLE batch_job_event;
	INSERT INTO batch_job (id, type) VALUES ('a', 'import'), ('b', 'import'), ('c', 'import');
	INSERT INTO batch_job (id, type, processing_at, updated_at) VALUES ('old', 'import', now(), '2024-01-01');
	SELECT batch_job.soft_delete('c')});

# With the extension: all is as it comes.
create_database('mirror', q{
	CREATE EXTENSION batch_job;
	SELECT batch_job.create_table(events => true)});
subscribe('mirror', 'shop', 'jobs', '');

sub arrives
{
	my ($what) = @_;
	$publisher->wait_for_catchup('mirror');
	is(in_database('mirror', $jobs), in_database('shop', $jobs), "$what: every column as it was sent");
	is(in_database('mirror', 'SELECT count(*) FROM batch_job_event'), 0, "$what: no events but where it happened");
	return;
}

arrives('first copy');
in_database('shop', q{
	INSERT INTO batch_job (type) VALUES ('import') RETURNING id;
	INSERT INTO batch_job (id, type, dry_run) VALUES ('d', 'import', true);
	SELECT batch_job.mark_pre_processed('a'), batch_job.mark_pre_processed('d', '{"count": 2}');
	SELECT batch_job.confirm('d'), batch_job.start('a'), batch_job.fail('b', 'lost');
	SELECT batch_job.complete('a', '{"count": 1}');
	UPDATE batch_job SET status = 'failed' WHERE id = 'd'});
arrives('steps');
in_database('shop', q{
	DELETE FROM batch_job_live WHERE id = 'a';
	DELETE FROM batch_job WHERE id = 'b';
	SELECT batch_job.restore('c')});
arrives('soft deletion');
is(in_database('mirror', q{SELECT string_agg(id, ' ' ORDER BY id) FROM batch_job WHERE deleted_at IS NOT NULL}), 'a b',
	'soft deletion: the rows are there');
in_database('shop', q{SELECT batch_job.purge('0 seconds')});
arrives('purge');
is(in_database('mirror', q{SELECT count(*) FROM batch_job WHERE id IN ('a', 'b')}), 0, 'purge: the rows are not');

# Its own writes are as anywhere.
is(in_database('mirror', q{
		INSERT INTO batch_job (type, status) VALUES ('local', 'failed') RETURNING batch_job.is_id(id), status;
		SELECT job.status FROM batch_job local, batch_job.mark_pre_processed(local.id) job WHERE local.type = 'local';
		UPDATE batch_job SET status = 'failed' WHERE type = 'local' RETURNING status, updated_at > created_at;
		DELETE FROM batch_job_live WHERE type = 'local' RETURNING type;
		SELECT event FROM batch_job.read_events(0)}),
	"t|created\nconfirmed\nconfirmed|t\nlocal\n" . join("\n", map { "batch.$_" } qw(created pre_processed confirmed updated deleted)),
	'local writes: id, status, events');
in_database('mirror', q{
	SET batch_job.soft_delete = off;
	DELETE FROM batch_job WHERE type = 'local';
	DELETE FROM batch_job_event});

# A publisher without the CHECK sends a wrong status: its transaction is not applied. When that is skipped and corrected, all continues.
my $log = -s $subscriber->logfile;
in_database('shop', q{
	INSERT INTO batch_job (id, type) VALUES ('liar', 'import');
	ALTER TABLE batch_job DROP CONSTRAINT batch_job_status_derived;
	SET session_replication_role = replica;
	UPDATE batch_job SET status = 'failed' WHERE id = 'liar'});
$subscriber->wait_for_log(qr/violates check constraint "batch_job_status_derived"/, $log);
is(in_database('mirror', q{SELECT status FROM batch_job WHERE id = 'liar'}), 'created', 'a lie: is refused');
$subscriber->wait_for_log(qr/processing remote data .* finished at [0-9A-F]+\/[0-9A-F]+/, $log);
my ($lie) = PostgreSQL::Test::Utils::slurp_file($subscriber->logfile, $log) =~ m{processing remote data .* finished at ([0-9A-F]+/[0-9A-F]+)};
in_database('mirror', "ALTER SUBSCRIPTION mirror SKIP (lsn = '$lie')");
in_database('shop', q{
	SELECT batch_job.update('liar', '{"corrected": true}');
	SELECT batch_job.attach('batch_job')});
arrives('a lie, corrected');

# With ENABLE ALWAYS the triggers fire for what arrives as well: not for publishers that have the extension.
my $row = q{SELECT id, status FROM batch_job WHERE id = 'c'};
in_database('mirror', 'ALTER TABLE batch_job ENABLE ALWAYS TRIGGER zz_batch_job');
in_database('shop', q{SELECT batch_job.mark_pre_processed('c')});
$publisher->wait_for_catchup('mirror');
is(in_database('mirror', $row), in_database('shop', $row), 'ENABLE ALWAYS: the status is the same');
my $updated_at = q{SELECT updated_at FROM batch_job WHERE id = 'c'};
isnt(in_database('mirror', $updated_at), in_database('shop', $updated_at), 'ENABLE ALWAYS: updated_at moves once more');
in_database('shop', q{
	SELECT batch_job.soft_delete('old');
	SELECT batch_job.purge('0 seconds')});
$publisher->wait_for_catchup('mirror');
is(in_database('mirror', q{SELECT count(*) FROM batch_job WHERE id = 'old'}), 1, 'ENABLE ALWAYS: what was purged stays');
in_database('mirror', q{
	ALTER TABLE batch_job ENABLE TRIGGER zz_batch_job;
	SELECT batch_job.purge('0 seconds');
	DELETE FROM batch_job_event});
in_database('shop', q{SELECT batch_job.start('c')});
arrives('ENABLE');

# From a publisher without it, where ENABLE ALWAYS is what derives the status, and keeps what is deleted there.
create_database('medusa', qq{
	CREATE TABLE batch_job ($columns);
	CREATE PUBLICATION jobs FOR TABLE batch_job;
	INSERT INTO batch_job (id, created_at, updated_at, type, dry_run, processing_at) VALUES ('first', now(), '2024-01-01', 'import', false, now())});
create_database('archive', qq{
	CREATE EXTENSION batch_job;
	CREATE TABLE batch_job ($columns);
	SELECT batch_job.attach('batch_job', events => true);
	ALTER TABLE batch_job ENABLE ALWAYS TRIGGER zz_batch_job});
subscribe('archive', 'medusa', 'jobs', '');
in_database('medusa', q{
	INSERT INTO batch_job (id, created_at, updated_at, type, dry_run) VALUES ('second', now(), now(), 'export', false), ('third', now(), now(), 'export', false);
	UPDATE batch_job SET completed_at = now() WHERE id = 'first';
	UPDATE batch_job SET failed_at = now() WHERE id = 'second';
	DELETE FROM batch_job WHERE id = 'second'});
$publisher->wait_for_catchup('archive');
my $archived = 'SELECT id, status, deleted_at IS NOT NULL FROM batch_job ORDER BY id';
is(in_database('archive', $archived), "first|completed|f\nsecond|failed|t\nthird|created|f", 'no extension there: status, soft deletion');
in_database('archive', q{SELECT batch_job.attach('batch_job', soft_delete => false)});
in_database('medusa', q{
	DELETE FROM batch_job WHERE id = 'third';
	UPDATE batch_job SET canceled_at = now() WHERE id = 'first'});
$publisher->wait_for_catchup('archive');
is(in_database('archive', $archived), "first|canceled|f\nsecond|failed|t", 'no extension there: without soft_delete, DELETE');

# To a subscriber without it, the status comes as a text, which a type of its own reads as well.
create_database('plain', "CREATE TABLE batch_job ($columns, status text)");
create_database('typed', qq{
	CREATE TYPE job_status AS ENUM ('failed', 'canceled', 'completed', 'processing', 'confirmed', 'pre_processed', 'created');
	CREATE TABLE batch_job ($columns, status job_status)});
subscribe('plain', 'shop', 'jobs', '');
subscribe('typed', 'shop', 'jobs', 'WITH (binary = true)');
in_database('shop', q{
	SELECT batch_job.cancel('liar');
	INSERT INTO batch_job (id, type, failed_at) VALUES ('e', 'import', now())});
my $statuses = 'SELECT id, status FROM batch_job ORDER BY id';
for my $database (qw(plain typed))
{
	$publisher->wait_for_catchup($database);
	is(in_database($database, $statuses), in_database('shop', $statuses), "$database subscriber: every status");
}

# A server that is to take over has the events too. They arrive as transactions commit, so consumers go there when it has
# them all; and it counts on behind them.
create_database('successor', q{
	CREATE EXTENSION batch_job;
	SELECT batch_job.create_table(events => true);
	ALTER TABLE batch_job_event ADD COLUMN arrived bigint;
	CREATE SEQUENCE arrival;
	ALTER TABLE batch_job_event ALTER arrived SET DEFAULT nextval('arrival')});
subscribe('successor', 'shop', 'jobs, events', '');
my $late = $publisher->background_psql('shop');
$late->query_safe(q{BEGIN; INSERT INTO batch_job (id, type) VALUES ('late', 'import')});
in_database('shop', q{INSERT INTO batch_job (id, type) VALUES ('early', 'import')});
$late->query_safe('COMMIT');
$late->quit;
$publisher->wait_for_catchup('successor');
is(in_database('successor', q{SELECT string_agg(job_id, ' ' ORDER BY arrived) FROM batch_job_event WHERE job_id IN ('late', 'early')}),
	'early late', 'successor: events arrive in the order of commits');
my $events = 'SELECT seq, job_id, event, from_status, to_status, actor, at, xid, detail FROM batch_job_event ORDER BY seq';
is(in_database('successor', $jobs), in_database('shop', $jobs), 'successor: the jobs');
is(in_database('successor', $events), in_database('shop', $events), 'successor: the events');
my $position = in_database('shop', 'SELECT max(seq) FROM batch_job_event');
in_database('successor', q{
	DROP SUBSCRIPTION successor;
	SELECT setval(pg_get_serial_sequence('batch_job_event', 'seq'), max(seq)) FROM batch_job_event;
	SELECT batch_job.start('d');
	SELECT batch_job.create('import', id => 'f')});
is(in_database('successor', "SELECT job_id, event FROM batch_job.read_events($position)"), "d|batch.processing\nf|batch.created",
	'successor: consumers go on behind what they have');
audit($subscriber, 'successor', 'batch_job', 'successor');

$subscriber->stop;
$publisher->stop;
done_testing();
