# Events survive what needs a server of its own to test: consumers and servers that die while many sessions write, prepared
# transactions, the promotion of a standby, dump and restore into a cluster whose transaction ids begin again, DROP EXTENSION.
#
# Not for pg_regress, whose server nobody may stop.

use strict;
use warnings;

use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);

# for collations of ICU, whatever the locale is
my @encoding = ('--encoding=UTF8', '--no-locale');

our $node = PostgreSQL::Test::Cluster->new('primary');
$node->init(allows_streaming => 1, extra => \@encoding);
$node->append_conf('postgresql.conf', "max_prepared_transactions = 4\nmax_connections = 20\nshared_buffers = 32MB\nfsync = on\n");
$node->start;
$node->safe_psql('postgres', 'CREATE ROLE shop LOGIN');
$node->safe_psql('postgres', 'CREATE DATABASE shop OWNER shop');

my @as_owner = (extra_params => [ '-U', 'shop' ]);

sub as_owner
{
	my ($sql, $db, $where) = @_;
	return ($where // $node)->safe_psql($db // 'shop', $sql, @as_owner);
}

# Waits until SQL returns this: a number that can no longer appear is skipped only when the transactions of that moment are
# over, including those of the server's own background workers.
sub comes_to
{
	my ($sql, $expected, $what, $where) = @_;
	my $deadline = time + 60;
	my $got = as_owner($sql, 'shop', $where);
	while ($got ne $expected && time < $deadline)
	{
		usleep(100_000);
		$got = as_owner($sql, 'shop', $where);
	}
	return is($got, $expected, $what);
}

# A consumer as docs/events.md has it. "taken" says in which order it got what.
as_owner(q{
	CREATE EXTENSION batch_job;
	SELECT batch_job.create_table(events => true, guard => false);
	CREATE TABLE consumer (name text PRIMARY KEY, position bigint NOT NULL DEFAULT 0);
	INSERT INTO consumer VALUES ('mailer');
	CREATE TABLE taken (n bigint GENERATED ALWAYS AS IDENTITY, seq bigint PRIMARY KEY, job_id text, event text);
	CREATE FUNCTION consume(max int) RETURNS int LANGUAGE plpgsql AS $$
	DECLARE
		start bigint;
		rows int;
	BEGIN
		SELECT position INTO start FROM consumer WHERE name = 'mailer' FOR UPDATE;
		INSERT INTO taken (seq, job_id, event) SELECT seq, job_id, event FROM batch_job.read_events(start, max);
		GET DIAGNOSTICS rows = ROW_COUNT;
		UPDATE consumer SET position = greatest(start, (SELECT max(seq) FROM taken)) WHERE name = 'mailer';
		RETURN rows;
	END $$;
});

# Writers that wait between taking the number and the commit, and often roll back.
my $script = PostgreSQL::Test::Utils::tempdir() . '/write.sql';
PostgreSQL::Test::Utils::append_to_file($script, q{
\set n random(1, 4)
\set wait random(0, 30)
\set jobs random(1, 5)
BEGIN;
INSERT INTO batch_job (type) SELECT 'load' FROM generate_series(1, :jobs);
SAVEPOINT s;
UPDATE batch_job SET canceled_at = now() WHERE id = (SELECT id FROM batch_job WHERE type = 'load' AND canceled_at IS NULL LIMIT 1 FOR UPDATE SKIP LOCKED);
\if :n = 2
ROLLBACK TO s;
\endif
\sleep :wait ms
UPDATE batch_job SET type = 'seen' WHERE id = (SELECT id FROM batch_job WHERE type = 'load' LIMIT 1 FOR UPDATE SKIP LOCKED);
\if :n = 1
ROLLBACK;
\else
COMMIT;
\endif
});

sub start_writers
{
	my ($seconds) = @_;
	my $writers = { log => '' };
	$writers->{run} = IPC::Run::start([ 'pgbench', '-n', '-c', 8, '-j', 2, '-T', $seconds, '-U', 'shop', '-f', $script,
			$node->connstr('shop') ], '<', \undef, '>', \$writers->{log}, '2>', \$writers->{log});
	return $writers;
}

# One consumer after the other, each of which is cut off somewhere, while writers write.
sub consume_while_writing
{
	my ($seconds) = @_;
	my $writers = start_writers($seconds);
	my $end = time + $seconds;
	my $cut_off = 0;
	while (time < $end)
	{
		my ($status) = $node->psql('shop', q{
			SET statement_timeout = 200;
			SELECT consume(7);
			SELECT consume(50);
			BEGIN;
			SELECT consume(20);
			SELECT pg_terminate_backend(pg_backend_pid())}, @as_owner);
		$cut_off++ if $status != 0;
	}
	ok($writers->{run}->finish, 'writers wrote to the end') or diag($writers->{log});
	return $cut_off;
}

sub drain
{
	my $deadline = time + 60;
	my $left;
	do
	{
		as_owner('SELECT consume(100000)');
		$left = as_owner('SELECT count(*) FROM batch_job_event WHERE seq > (SELECT position FROM consumer)');
	} while ($left > 0 && time < $deadline);
	return $left;
}

# Everything was taken, once, in order; and it tells where each job is.
sub is_complete
{
	my ($what) = @_;
	is(drain(), 0, "$what: everything can be read in the end");
	is(as_owner(q{
			SELECT count(*) FROM batch_job_event e FULL JOIN taken t USING (seq)
			 WHERE e.job_id IS DISTINCT FROM t.job_id OR e.event IS DISTINCT FROM t.event}), 0,
		"$what: nothing is lost, nothing made up");
	is(as_owner('SELECT count(*) FROM (SELECT seq < lag(seq) OVER (ORDER BY n) AS back FROM taken) t WHERE back'), 0,
		"$what: taken in order");
	is(as_owner(q{
			SELECT count(*) FROM (SELECT DISTINCT ON (job_id) * FROM batch_job_event ORDER BY job_id, seq DESC) e
			  FULL JOIN batch_job j ON j.id = e.job_id WHERE j.status::text IS DISTINCT FROM e.to_status}), 0,
		"$what: the last event of each job is its status");
}

cmp_ok(consume_while_writing(6), '>', 0, 'consumers were cut off in their transaction');
is_complete('many writers');
my $gaps = as_owner('SELECT max(seq) - count(*) FROM batch_job_event');
cmp_ok($gaps, '>', 0, "numbers are missing ($gaps)");
cmp_ok(as_owner('SELECT count(*) FROM (SELECT xid::text::bigint < max(xid::text::bigint) OVER (ORDER BY seq) AS late FROM batch_job_event) e WHERE late'),
	'>', 0, 'transactions and numbers were in different orders');

# The server dies under them.
my $writers = start_writers(30);
for (1 .. 20)
{
	as_owner('SELECT consume(5)');
	usleep(100_000);
}
$node->stop('immediate');
ok(!$writers->{run}->finish, 'the server died under the writers');
$node->start;
is_complete('after a crash');
as_owner(q{INSERT INTO batch_job (type) SELECT 'after' FROM generate_series(1, 100)});
is_complete('after a crash, more');

# A prepared transaction can hold the lower number for any length of time.
as_owner(q{BEGIN; INSERT INTO batch_job (id, type) VALUES ('prepared', 'x'); PREPARE TRANSACTION 'p'});
as_owner(q{INSERT INTO batch_job (id, type) VALUES ('behind', 'x')});
my $position = as_owner('SELECT position FROM consumer');
is(as_owner("SELECT count(*) FROM batch_job.read_events($position)"), 0, 'what is behind a prepared transaction waits for it');
$node->restart;
is(as_owner("SELECT count(*) FROM batch_job.read_events($position)"), 0, 'also when the server was restarted');
as_owner(q{COMMIT PREPARED 'p'});
comes_to("SELECT string_agg(job_id, ' ' ORDER BY seq) FROM batch_job.read_events($position)", 'prepared behind', 'both come, in their order');
is_complete('after a prepared transaction');

# A crash forgets transactions that wrote nothing: an event may then be older than the ids that were next when it was
# written, and yet be of this cluster, where a prepared transaction still has the lower number.
$position = as_owner('SELECT position FROM consumer');
$node->safe_psql('postgres', 'CHECKPOINT');
as_owner(q{BEGIN; INSERT INTO batch_job (id, type) VALUES ('first', 'x'); PREPARE TRANSACTION 'p'});
my @idle = map { $node->background_psql('shop', @as_owner) } 1 .. 3;
$_->query_safe('BEGIN; SELECT pg_current_xact_id()') for @idle;
$idle[0]->query_safe(q{INSERT INTO batch_job (id, type) VALUES ('second', 'x'); COMMIT});
$node->stop('immediate');
eval { $_->quit } for @idle;
$node->start;
is(as_owner("SELECT count(*) FROM batch_job.read_events($position)"), 0, 'forgotten transactions: what is behind the prepared one waits');
as_owner(q{COMMIT PREPARED 'p'});
comes_to("SELECT string_agg(job_id, ' ' ORDER BY seq) FROM batch_job.read_events($position)", 'first second',
	'forgotten transactions: both come, in their order');
is_complete('after forgotten transactions');

# An event that a consumer has read is not lost, even if its writer did not wait for the disk, and nobody else has flushed it:
# the WAL writer is stopped meanwhile.
my $wal_writer = $node->safe_psql('postgres', q{SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'});
kill 'STOP', $wal_writer;
as_owner(q{
	SET synchronous_commit = off;
	INSERT INTO batch_job (type) VALUES ('asynchronous')});
my $next = "SELECT string_agg(seq || job_id, ' ' ORDER BY seq) FROM batch_job.read_events((SELECT position FROM consumer))";
comes_to("SELECT count(*) FROM batch_job.read_events((SELECT position FROM consumer))", 1, 'asynchronous commit: it can be read');
my $given = as_owner($next);
like($given, qr/^\d+batch_.{26}$/, 'asynchronous commit: an event is given');
$node->stop('immediate');
$node->start;
comes_to($next, $given, 'asynchronous commit: and is there after a crash');
is_complete('after asynchronous commits');

# An id that is found by a collation of its own keeps what the call says.
SKIP:
{
	skip 'this server has no ICU', 1
	  unless $node->safe_psql('shop', q{SELECT count(*) FROM pg_collation WHERE collprovider = 'i'}) > 0;
	as_owner(q{
		CREATE COLLATION ignore_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
		CREATE TABLE folded (LIKE batch_job INCLUDING DEFAULTS);
		ALTER TABLE folded ALTER id TYPE text COLLATE ignore_case, ADD PRIMARY KEY (id);
		SELECT batch_job.attach('folded', events => true);
		INSERT INTO folded (id, type) VALUES ('abc', 't');
		SELECT batch_job.cancel('ABC', 'reason', 'folded')});
	is(as_owner(q{SELECT job_id, detail FROM batch_job.read_events(1, job_table => 'folded')}), 'abc|{"reason": "reason"}',
		'another collation: the reason is kept');
}

# A standby shows the same, never more; promoted, it goes on.
$node->backup('standby');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'standby', has_streaming => 1);
$standby->start;
my $late = $node->background_psql('shop', @as_owner);
$late->query_safe(q{BEGIN; INSERT INTO batch_job (id, type) VALUES ('late', 'x')});
as_owner(q{INSERT INTO batch_job (id, type) VALUES ('early', 'x')});
$node->wait_for_catchup($standby);
$position = as_owner('SELECT position FROM consumer', 'shop', $standby);
is(as_owner("SELECT count(*) FROM batch_job.read_events($position)", 'shop', $standby), 0, 'standby: what could be missing is waited for');
$late->query_safe('COMMIT');
$node->wait_for_catchup($standby);
my $both = "SELECT string_agg(job_id, ' ' ORDER BY seq) FROM batch_job.read_events($position)";
comes_to($both, 'late early', 'standby: both come, in their order', $standby);
$late->query_safe(q{BEGIN; INSERT INTO batch_job (id, type) VALUES ('lost', 'x')});
as_owner(q{INSERT INTO batch_job (id, type) VALUES ('last', 'x')});
$node->wait_for_catchup($standby);
$node->stop('immediate');
$standby->promote;
{
	local $node = $standby;
	as_owner(q{INSERT INTO batch_job (id, type) VALUES ('promoted', 'x')});
	is_complete('promoted');
	is(as_owner(q{SELECT string_agg(job_id, ' ' ORDER BY n) FROM taken WHERE job_id IN ('lost', 'last', 'promoted')}), 'last promoted',
		'promoted: what was not committed is not there');
}
$standby->stop('immediate');
eval { $late->quit };
$node->start;

# Dumped by its owner, restored into a cluster whose transactions have lower ids than those that are recorded.
my $dump = PostgreSQL::Test::Utils::tempdir() . '/shop.dump';
$node->safe_psql('postgres', 'SELECT count(pg_current_xact_id()) FROM generate_series(1, 10)');
$node->command_ok([ 'pg_dump', '-U', 'shop', '-Fc', '-f', $dump, 'shop' ], 'pg_dump');
my $other = PostgreSQL::Test::Cluster->new('other');
$other->init(extra => \@encoding);
$other->start;
$other->safe_psql('postgres', 'CREATE ROLE shop LOGIN');
$other->safe_psql('postgres', 'CREATE DATABASE shop OWNER shop');
$other->command_ok([ 'pg_restore', '-U', 'shop', '--exit-on-error', '-d', 'shop', $dump ], 'pg_restore');
my $rows = q{SELECT e::text FROM batch_job_event e ORDER BY seq};
is(as_owner($rows, 'shop', $other), as_owner($rows), 'restored: the history');
my $triggers = q{SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1};
is(as_owner($triggers, 'shop', $other), as_owner($triggers), 'restored: what records and what guards it');
my $latest = as_owner('SELECT max(xid)::text::bigint - pg_current_xact_id()::text::bigint FROM batch_job_event', 'shop', $other);
cmp_ok($latest, '>', 0, 'restored: transactions of the other cluster were further on');
{
	local $node = $other;
	as_owner(q{
		INSERT INTO batch_job (id, type) VALUES ('restored', 'x');
		UPDATE consumer SET position = 0;
		TRUNCATE taken});
	is(drain(), 0, 'restored: everything can be read, from the beginning');
	is(as_owner('SELECT count(*) FROM batch_job_event e JOIN taken t USING (seq, job_id, event)'),
		as_owner('SELECT count(*) FROM batch_job_event'), 'restored: everything was read');
	is(as_owner(q{SELECT job_id FROM taken ORDER BY seq DESC LIMIT 1}), 'restored', 'restored: it goes on behind');
}

# Data alone: with triggers on, the restored jobs would be new ones.
my $data = PostgreSQL::Test::Utils::tempdir() . '/data.sql';
my $schema = PostgreSQL::Test::Utils::tempdir() . '/schema.sql';
$node->command_ok([ 'pg_dump', '-U', 'shop', '--schema-only', '-f', $schema, 'shop' ], 'pg_dump --schema-only');
$node->command_ok([ 'pg_dump', '--data-only', '--disable-triggers', '-f', $data, 'shop' ], 'pg_dump --data-only --disable-triggers');
$node->safe_psql('postgres', 'CREATE DATABASE data OWNER shop');
$node->command_ok([ 'psql', '-XqAt', '-U', 'shop', '-v', 'ON_ERROR_STOP=1', '-o', '/dev/null', '-d', 'data', '-f', $schema ], 'schema restored');
$node->command_ok([ 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-o', '/dev/null', '-d', 'data', '-f', $data ], 'data restored');
is(as_owner($rows, 'data'), as_owner($rows), 'schema, then data: the history');

# DROP EXTENSION takes no history, and attach takes it up again.
my $history = as_owner($rows);
is(as_owner(q{
		SET client_min_messages = error;
		DROP EXTENSION batch_job CASCADE;
		SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal}), 0, 'DROP EXTENSION CASCADE: no trigger of ours is left');
is(as_owner($rows), $history, 'DROP EXTENSION CASCADE: the history is');
as_owner(q{
	INSERT INTO batch_job (id, type) VALUES ('between', 'x');
	CREATE EXTENSION batch_job;
	SELECT batch_job.attach('batch_job', events => true);
	INSERT INTO batch_job (id, type) VALUES ('attached again', 'x')});
is(as_owner(q{SELECT string_agg(job_id, ', ') FROM batch_job_event WHERE job_id IN ('between', 'attached again')}), 'attached again',
	'attached again: it goes on');
is(as_owner($rows) =~ s/\n[^\n]*\z//r, $history, 'attached again: behind what was there');
is(drain(), 0, 'attached again: and is read');

$node->stop;
$other->stop;
done_testing();
