# docs/board.sql makes its page for job tables of every kind, as a role that may only read, whatever hides PostgreSQL's own
# functions on its search_path, and without reading all finished jobs. How the page looks in a browser is tested by
# test/board. TAP, because the page is a psql script that writes a file.
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('board');
$node->init;
$node->append_conf('postgresql.conf', "autovacuum = off\n");
$node->start;

# board(VARIABLE => VALUE...): the page, what psql says, and its exit status.
sub board
{
	my (%variables) = @_;
	my $page = "$PostgreSQL::Test::Utils::tmp_check/board.html";
	my @variables = map { ('-v', "$_=$variables{$_}") } sort keys %variables;
	local $ENV{PGOPTIONS} = '-c default_transaction_read_only=on -c search_path=app,public,pg_catalog';
	my @psql = ('psql', '-X', '-U', 'reader', '-d', $node->connstr('postgres'));
	IPC::Run::run([ @psql, @variables, '-f', 'docs/board.sql', '-o', $page ], '<', \undef, '>&', \my $said);
	return (slurp_file($page), $said, $? >> 8);
}

# The number of open jobs that the page names, once it is complete.
sub open_jobs
{
	my ($what, %variables) = @_;
	my ($page, $said, $status) = board(%variables);
	is("$status$said", '0', "$what: psql says nothing");
	my ($open) = $page =~ m{\A<!doctype html>.*<h2>Open jobs <span>([^<]*)</span>.*"durations".*</table></section>\n\z}s;
	return $open;
}

$node->safe_psql('postgres', 'ALTER DATABASE postgres SET search_path = app, public');
$node->safe_psql('postgres', q{
	CREATE EXTENSION batch_job;
	CREATE ROLE reader LOGIN;
	CREATE SCHEMA app;
	GRANT USAGE ON SCHEMA app TO reader;
	SELECT batch_job.create_table('app.batch_job', runs => true, events => true);
	SELECT batch_job.create_table('plain');
	SELECT batch_job.create_table('"with ""events"""', events => true);
	CREATE TABLE adopted (
	  id varchar PRIMARY KEY, type varchar NOT NULL, created_by integer, context jsonb, result jsonb,
	  dry_run boolean NOT NULL DEFAULT false, created_at timestamptz NOT NULL DEFAULT now(), pre_processed_at timestamptz,
	  confirmed_at timestamptz, processing_at timestamptz, completed_at timestamptz, failed_at timestamptz,
	  canceled_at timestamptz, updated_at timestamptz NOT NULL DEFAULT now(), deleted_at timestamptz);
	SELECT batch_job.attach('adopted', runs => true);
});

# What the reader may read: nothing of the tables of events.
sub may_read
{
	my @tables = @_;
	$node->safe_psql('postgres', "GRANT SELECT ON $_ TO reader") for @tables;
	return;
}
may_read(qw(app.batch_job app.batch_job_run app.batch_job_type plain adopted adopted_run adopted_type), '"with ""events"""');
my @tables = ('batch_job', 'plain', '"with ""events"""', 'adopted');
is(open_jobs("$_, empty", table => $_), '0', "$_: it is empty") for @tables;

# Jobs that are open, one of them for ever, and one that has failed; and functions that stand in front of PostgreSQL's own.
$node->safe_psql('postgres', qq{
	INSERT INTO $_ (id, type, confirmed_at, processing_at, failed_at, result)
	VALUES ('new', 'a', NULL, NULL, NULL, NULL), ('working', 'b', now(), now(), NULL, '{"count": 3, "advancement_count": 1}'),
	       ('failed', 'c', now(), now(), now(), '{"errors": ["out of paper"]}')
}) for @tables;
$node->safe_psql('postgres', q{
	INSERT INTO app.batch_job (type, confirmed_at, start_after) VALUES ('d', now(), 'infinity');
	CREATE FUNCTION app.captured() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE 'captured'; END $$;
	CREATE FUNCTION app.now() RETURNS timestamptz LANGUAGE sql AS 'SELECT app.captured()::timestamptz';
	CREATE FUNCTION app.to_char(interval, text) RETURNS text LANGUAGE sql AS 'SELECT app.captured()';
	CREATE FUNCTION app.replace(text, text, text) RETURNS text LANGUAGE sql AS 'SELECT app.captured()';
	CREATE FUNCTION app.less(interval, interval) RETURNS boolean LANGUAGE sql AS 'SELECT app.captured()::boolean';
	CREATE OPERATOR app.< (LEFTARG = interval, RIGHTARG = interval, FUNCTION = app.less);
	CREATE TYPE app.regclass AS (captured text);
});
is(open_jobs('with runs', table => 'batch_job'), '3', 'with runs');
is(open_jobs($_, table => $_), '2', $_) for @tables[ 1 .. 3 ];
is(open_jobs('the table is batch_job, if none is said'), '3', 'it is');
is(open_jobs('bounded', jobs => 1, since => '7 days', stalled => '1 s'), 'the first 1 of 3', 'as many as are wanted');
is(() = (board(jobs => 1))[0] =~ /class="pill"/g, 1, 'and no more');
like((board(table => 'plain'))[0], qr{out of paper.*<td>c<td class="n"><td class="n">1<td class="n">}s, 'what has failed');
like((board(table => 'plain'))[0], qr{1 of 3</span><span>33 %</span></div><div class="bar"><i style="width:33\.33%">},
	'progress without runs');

my ($page, $said, $status) = board(table => 'missing');
is($status, 3, 'a table that is not there is an error');
like($said, qr/relation "missing" does not exist/, 'which psql says');

# Many finished jobs, of which only the latest are read.
$node->safe_psql('postgres', q{
	INSERT INTO app.batch_job (type, created_at, pre_processed_at, confirmed_at, processing_at, failed_at)
	SELECT 'old', at, at, at, at, at FROM (SELECT now() - interval '1 minute' * n AS at FROM generate_series(100000, 2000, -1) n) o;
	INSERT INTO app.batch_job (type, created_at, pre_processed_at, confirmed_at, processing_at, failed_at)
	SELECT 'late', now(), now(), now(), now(), now() FROM generate_series(1, 20);
	INSERT INTO app.batch_job_run (job_id, run, type, priority, state, attempt, claimed_at, heartbeat_at, lease_until, ended_at,
	                               outcome)
	SELECT id, 'run', type, 0, 'ended', 1, failed_at, failed_at, failed_at, failed_at, 'failed'
	  FROM app.batch_job WHERE type = 'old';
	VACUUM ANALYZE app.batch_job, app.batch_job_run;
	SELECT pg_stat_force_next_flush();
	SELECT pg_stat_reset();
});
is(open_jobs('after a long time'), '3', 'after a long time');
$node->poll_query_until('postgres', q{SELECT idx_scan > 0 FROM pg_stat_user_tables WHERE relid = 'batch_job'::regclass});
is( $node->safe_psql('postgres', q{
		SELECT relname, seq_scan FROM pg_stat_user_tables
		 WHERE relid IN ('batch_job'::regclass, 'batch_job_run'::regclass) ORDER BY relname}),
	"batch_job|0\nbatch_job_run|0", 'neither the jobs that are over nor their runs are read');

$node->stop;
done_testing();
