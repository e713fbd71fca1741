# A database with job tables survives pg_dump and pg_restore, in every way in which they are used, with everything that its
# owner has added; and pg_dumpall with its roles.
#
# Not for pg_regress: it needs programs other than the server, several databases and several users. Dumps and restores are
# made by an ordinary owner, then by a superuser.

use strict;
use warnings;

use lib 'test/perl';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Shop;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
my $dumps = PostgreSQL::Test::Utils::tempdir();
my $superuser = $node->safe_psql('postgres', 'SELECT current_user');
create_shop($node, 'source');

my $facts = facts_of($node, 'source');
my $rows = rows_of($node, 'source');
# The comparison covers everything, even after a change to the queries above.
like($facts, qr/^batch_job attached \(batch_job,batch_job_live,,,,,t,.*,t\)$/m, 'source: Medusa\'s table is attached');
like($facts, qr/^app.unfilled attached \(app.unfilled,app.unfilled_live,,,,,t,.*,f\)$/m, 'source: one is not backfilled');
like($facts, qr/^app.unfilled constraint batch_job_status_derived f CHECK .* NOT VALID$/m, 'source: its CHECK is not valid');
like($facts, qr/^app.batch_job_live grants reader DELETE t$/m, 'source: rights on the view');
like($facts, qr/^app.by_id_new trigger O t CREATE TRIGGER/m, 'source: partitions have the trigger');
like($facts, qr/^app.batch_job_live is v shop \{security_invoker=true\}.* the jobs/m, 'source: the view is its caller\'s');
like($facts, qr/^app.delivery attached \(app.delivery,before_live,,before_event,,,t,t,f,.*,t\)$/m, 'source: one was renamed');
is(scalar(() = $rows =~ /^before_event_seq_seq \(57,t\)$/mg), 1, 'source: where the events are');
like($facts, qr/^app.by_type attached \(app.by_type,app.by_type_live,app.by_type_progress,app.by_type_event,app.by_type_run,app.by_type_type,/m,
	'source: one has runs');
is(scalar(() = $facts =~ /^app\.by_type\S* trigger O f CREATE TRIGGER "00_batch_job_runs"/mg), 3, 'source: so have its partitions');
is(scalar(() = $rows =~ /^"My App"."Job ""x""_run" .*,running,/mg), 2, 'source: jobs are worked on');
is(scalar(split /\n/, $rows), 3 + 1 + 14 + 7 * 14 + 1 + 3 * (57 + 1) + 2 * (6 + 1), 'source: rows');
is(as_owner($node, 'source', 'SELECT count(DISTINCT status) FROM app.batch_job'), 7, 'source: of every status');

sub is_restored
{
	my ($db, $what) = @_;
	same_lines(rows_of($node, $db), $rows, "$what: rows");
	same_lines(facts_of($node, $db), $facts, "$what: catalog");
	is_alive($node, $db, $what);
	return;
}

sub pg_dump
{
	my ($who, $file, @options) = @_;
	$node->command_ok([ 'pg_dump', '-U', $who, '-f', $file, @options, 'source' ], "pg_dump @options by $who");
	return;
}

# Restores what pg_dump made, into a database; the first error ends it.
sub pg_restore
{
	my ($who, $db, $file, @options) = @_;
	$node->command_ok([ 'pg_restore', '-U', $who, '--exit-on-error', '-d', $db, @options, $file ],
		"pg_restore @options by $who");
	return;
}

sub run_script
{
	my ($who, $db, $file) = @_;
	$node->command_ok([ 'psql', '-XqAt', '-U', $who, '-v', 'ON_ERROR_STOP=1', '-o', '/dev/null', '-d', $db, '-f', $file ],
		"psql by $who");
	return;
}

my $n = 0;
for my $who ('shop', $superuser)
{
	my $file = "$dumps/$who";
	my $db;

	$db = create_database($node, 'r' . $n++);
	pg_dump($who, "$file.sql");
	run_script($who, $db, "$file.sql");
	is_restored($db, "plain by $who");

	$db = create_database($node, 'r' . $n++);
	pg_dump($who, "$file.dump", '-Fc');
	pg_restore($who, $db, "$file.dump");
	is_restored($db, "custom by $who");

	$db = create_database($node, 'r' . $n++);
	pg_dump($who, "$file.dir", '-Fd', '-j2');
	pg_restore($who, $db, "$file.dir", '-j2');
	is_restored($db, "directory by $who");

	$db = create_database($node, 'r' . $n++);
	pg_dump($who, "$file.tar", '-Ft');
	pg_restore($who, $db, "$file.tar", '--single-transaction');
	is_restored($db, "tar by $who");

	$db = create_database($node, 'r' . $n++);
	pg_restore($who, $db, "$file.dump", "--section=$_") for 'pre-data', 'data', 'post-data';
	is_restored($db, "sections by $who");
}

# What is there is dropped first, in an order that works. But not of partitioned tables: whatever they are, the primary
# keys of their partitions cannot be dropped by themselves.
my $partitioned = qr/^app\.by_/;
pg_dump('shop', "$dumps/clean.dump", '-Fc', '-T', 'app.by_*');
my $db = create_database($node, 'cleaned');
for my $what ('not there yet', 'over itself')
{
	pg_restore('shop', $db, "$dumps/clean.dump", '--clean', '--if-exists');
	same_lines(rows_of($node, $db), rows_of($node, 'source', $partitioned), "cleaned, $what: rows");
	same_lines(facts_of($node, $db), facts_of($node, 'source', $partitioned), "cleaned, $what: catalog");
	is_alive($node, $db, "cleaned, $what", $partitioned);
}

# INSERT instead of COPY, through the root of the partitions.
$db = create_database($node, 'inserted');
pg_dump('shop', "$dumps/inserts.sql", '--inserts');
run_script('shop', $db, "$dumps/inserts.sql");
is_restored($db, 'restored by INSERT');

$db = create_database($node, 'columns_inserted');
pg_dump('shop', "$dumps/column_inserts.sql", '--column-inserts', '--load-via-partition-root');
run_script('shop', $db, "$dumps/column_inserts.sql");
is_restored($db, 'restored by INSERT of columns');

# A dump by somebody else becomes the restorer's own.
$db = create_database($node, 'owned');
pg_restore('shop', $db, "$dumps/$superuser.dump", '--no-owner');
is_restored($db, 'restored without owners');

# Their workers are connected to the dumped database: here leases expire, and the jobs continue where they were.
is(as_owner($node, $db, q{
	SELECT count(*) FROM batch_job.rescue(job_table => '"My App"."Job ""x"""');
	UPDATE "My App"."Job ""x""_run" SET suspect_at = suspect_at - interval '1 h';
	SELECT state FROM batch_job.rescue(job_table => '"My App"."Job ""x"""');
	UPDATE "My App"."Job ""x""_run" SET retry_at = '2024-01-04' WHERE state = 'waiting' AND worker = 'w' AND suspect_at IS NOT NULL;
	SELECT id FROM (SELECT * FROM batch_job.claim('{import}', max => 4, job_table => '"My App"."Job ""x"""')) claimed
	 WHERE attempt = 2 AND checkpoint = '{"page": 3}' AND items_done = 3 AND status = 'processing' ORDER BY id}),
	join("\n", 0, 'waiting', 'waiting', 'batch_02', 'batch_03', 'batch_92', 'batch_93'),
	'restored: jobs that were worked on, or waited, are given to workers with what was done');

# The whole cluster: roles, settings of theirs and of the database, and what a superuser took from PUBLIC.
$node->safe_psql('source', q{
	ALTER ROLE shop SET batch_job.actor = 'the shop';
	ALTER DATABASE source SET batch_job.soft_delete = on;
	REVOKE ALL ON FUNCTION batch_job.purge FROM PUBLIC;
	GRANT EXECUTE ON FUNCTION batch_job.purge TO reader;
	GRANT shop TO reader;
});
my $rights = q{
	SELECT oid::regprocedure::text, proacl FROM pg_proc WHERE pronamespace = 'batch_job'::regnamespace AND proacl IS NOT NULL
	UNION ALL SELECT nspname::text, nspacl FROM pg_namespace WHERE nspname = 'batch_job'
	ORDER BY 1};
my $other = PostgreSQL::Test::Cluster->new('other');
$other->init;
$other->start;
$node->command_ok([ 'pg_dumpall', '-f', "$dumps/all.sql" ], 'pg_dumpall');
my (undef, $errors) = run_command([ 'psql', '-Xq', '-d', $other->connstr('postgres'), '-f', "$dumps/all.sql" ]);
is($errors =~ s/^psql:\S*: //mgr, qq{ERROR:  role "$superuser" already exists},
	'pg_dumpall: restored, but for who restores');
same_lines(rows_of($other, 'source'), $rows, 'pg_dumpall: rows');
same_lines(facts_of($other, 'source'), $facts, 'pg_dumpall: catalog');
is($other->safe_psql('source', $rights), $node->safe_psql('source', $rights), 'pg_dumpall: rights on functions');
is(as_owner($other, 'source', 'SHOW batch_job.actor'), 'the shop', 'pg_dumpall: settings of a role');
is_alive($other, 'source', 'pg_dumpall');

$other->stop;
$node->stop;
done_testing();
