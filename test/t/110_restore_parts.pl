# Parts of a database with job tables survive pg_dump and pg_restore: the schema alone, data alone into an existing schema,
# single tables.
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

sub pg_dump
{
	my ($who, $file, @options) = @_;
	$node->command_ok([ 'pg_dump', '-U', $who, '-f', "$dumps/$file", @options, 'source' ], "pg_dump @options by $who");
	return;
}

sub psql_as
{
	my ($who, $db) = @_;
	return ('psql', '-XqAt', '-U', $who, '-v', 'ON_ERROR_STOP=1', '-o', '/dev/null', '-d', $db);
}

sub restore
{
	my ($who, $db, $file) = @_;
	$node->command_ok([ psql_as($who, $db), '-f', "$dumps/$file" ], "psql by $who");
	return;
}

# A restore that must fail: its first error, and what is there afterwards.
sub is_refused
{
	my ($db, $file, $error, $what) = @_;
	my $numbers = qr/_seq_seq\b/;    # which no rollback gives back
	my $rows = rows_of($node, $db, $numbers);
	$node->command_fails_like([ psql_as('shop', $db), '--single-transaction', '-f', "$dumps/$file" ], $error, $what);
	same_lines(rows_of($node, $db, $numbers), $rows, "$what: nothing is left of it");
	return;
}

# Triggers are there already when the rows come: they must not touch them. But where a status was not known yet, it is
# now.
my $with_events = qr/^(?:app\.delivery|before|app\.by_type|"My App")/;
my @without_events = ('-T', 'app.delivery', '-T', 'before_event', '-T', 'app.by_type*', '-N', '"My App"');
pg_dump('shop', 'schema.sql', '--schema-only');
for my $who ('shop', $superuser)
{
	my $db = create_database($node, "schema_$who");
	restore($who, $db, 'schema.sql');
	same_lines(facts_of($node, $db), facts_of($node, 'source'), "schema by $who: catalog");

	pg_dump($who, 'data.sql', '--data-only', @without_events);
	restore($who, $db, 'data.sql');
	my $but_old = qr/$with_events|^app\.unfilled$/;
	same_lines(rows_of($node, $db, $but_old), rows_of($node, 'source', $but_old), "data by $who: rows");
	my $old = q{SELECT to_jsonb(t) - 'status' FROM app.unfilled t ORDER BY id};
	is(as_owner($node, $db, $old), as_owner($node, 'source', $old), "data by $who: rows without a status");
	is(as_owner($node, $db, q{
			SELECT bool_and(status = batch_job.derive_status(pre_processed_at, confirmed_at, processing_at, completed_at,
			                                                  canceled_at, failed_at))
			  FROM app.unfilled}), 't', "data by $who: their status is derived");
	same_lines(facts_of($node, $db), facts_of($node, 'source'), "data by $who: catalog");
	is_alive($node, $db, "data by $who", $with_events);
}

# With events: each restored job is a new one, and its event has a number that the dump brings as well.
my $db = create_database($node, 'recorded');
restore('shop', $db, 'schema.sql');
pg_dump('shop', 'data.sql', '--data-only');
is_refused($db, 'data.sql', qr/duplicate key value violates unique constraint ".*_event_pkey"/, 'data with events');
pg_dump('shop', 'jobs.sql', '--data-only', '-t', 'app.delivery');
restore('shop', $db, 'jobs.sql');
is(as_owner($node, $db, q{
		SELECT count(*) FROM app.delivery JOIN before_event ON job_id = id AND event = 'batch.created'}), 14,
	'data without the events: all are new');

# Only a superuser can disable the triggers of foreign keys; then no status is derived either, and no event recorded.
$db = create_database($node, 'untriggered');
restore('shop', $db, 'schema.sql');
pg_dump($superuser, 'untriggered.sql', '--data-only', '--disable-triggers');
restore($superuser, $db, 'untriggered.sql');
same_lines(rows_of($node, $db), rows_of($node, 'source'), 'data without triggers: rows');
same_lines(facts_of($node, $db), facts_of($node, 'source'), 'data without triggers: catalog');
is_alive($node, $db, 'data without triggers');

# A database that has the extension and what the tables refer to.
sub create_surroundings
{
	my ($name) = @_;
	create_database($node, $name);
	as_owner($node, $name, q{
		CREATE EXTENSION batch_job;
		CREATE SCHEMA app;
		CREATE TABLE "user" (id varchar PRIMARY KEY, email text);
		INSERT INTO "user" SELECT 'u' || n, 'e' FROM generate_series(1, 3) n;
		CREATE TABLE app.tenant (id int PRIMARY KEY);
		INSERT INTO app.tenant VALUES (7);
		CREATE FUNCTION app.no_test() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
	});
	return $name;
}

# The lines about some tables alone.
sub about
{
	my ($lines, @names) = @_;
	my $names = join '|', map { quotemeta } @names;
	return join "\n", grep { /^(?:$names)[ (]/ } split /\n/, $lines;
}

# Tables and what belongs to them, and what pg_dump is told to dump.
sub restores_alone
{
	my ($who, $name, @with) = @_;
	my @names = ($name, @with);
	my $database = create_surroundings('r' . $node->safe_psql('postgres', 'SELECT count(*) FROM pg_database'));
	pg_dump($who, 'table.sql', map { ('-t', $_) } @names);
	restore($who, $database, 'table.sql');
	same_lines(about(rows_of($node, $database), @names), about(rows_of($node, 'source'), @names), "@names by $who: rows");
	same_lines(about(facts_of($node, $database), @names), about(facts_of($node, 'source'), @names), "@names by $who: catalog");
	is_alive($node, $database, "@names by $who", qr/^(?!\Q$name\E$)/);
	return;
}

for my $who ('shop', $superuser)
{
	restores_alone($who, 'app.batch_job', 'app.batch_job_live');
	restores_alone($who, 'app.delivery', 'before_live', 'before_event');
	restores_alone($who, 'app.by_type', map { "app.by_type_$_" } qw(live progress event run type import other));

	# Without the view the facts of the table say that it has none; attach makes it.
	$db = create_surroundings("alone_$who");
	pg_dump($who, 'alone.sql', '-t', 'app.batch_job');
	restore($who, $db, 'alone.sql');
	my $facts = about(facts_of($node, 'source'), 'app.batch_job') =~ s/(app\.batch_job,)app\.batch_job_live/$1/r;
	same_lines(about(rows_of($node, $db), 'app.batch_job'), about(rows_of($node, 'source'), 'app.batch_job'),
		"table by $who: rows");
	same_lines(about(facts_of($node, $db), 'app.batch_job'), $facts, "table by $who: catalog");
	is(as_owner($node, $db, q{SELECT batch_job.attach('app.batch_job')}), 'app.batch_job_live', "table by $who: its view");
	is_alive($node, $db, "table by $who", qr/^(?!app\.batch_job$)/);
}

# A table's events and runs are never restored in part.
$db = create_surroundings('halves');
pg_dump('shop', 'half.sql', '-t', 'app.delivery');
is_refused($db, 'half.sql', qr/relation "public.before_event" does not exist/, 'a table without its event table');
pg_dump('shop', 'half.sql', map { ('-t', "app.by_type$_") } '', qw(_event _type _import _other));
is_refused($db, 'half.sql', qr/relation "app.by_type_run" does not exist/, 'a table without its runs');

$node->stop;
done_testing();
