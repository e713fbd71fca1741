# Two schemas, each with a job table of the same name, swap their names all the time, while functions that run prepared
# statements are called for either table by its oid. Each call works on the table that it names, or fails with 40001, to be
# repeated. Without the check which table a plan is for, up to one call in ten works on the other table.
#
# Not for pg_regress or the isolation tester, which cannot make two sessions meet so closely.

use strict;
use warnings;

use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $seconds = 1;
my $node = PostgreSQL::Test::Cluster->new('swapped');
$node->init;
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION batch_job;
	CREATE TABLE told (object oid, own text);
	CREATE TABLE outcome (call text, calls int, other_table int, try_again int, failed text);

	-- two of three ids are the same in both tables; what a row is like tells whose it is
	CREATE FUNCTION make(schema text) RETURNS void LANGUAGE plpgsql AS $$
	BEGIN
		EXECUTE format('CREATE SCHEMA %I', schema);
		PERFORM batch_job.create_table(schema || '.batch_job', events => true, guard => false);
		EXECUTE format('CREATE TABLE %I.account (id text PRIMARY KEY, name text)', schema);
		EXECUTE format('INSERT INTO %I.account VALUES (''ann'', %L)', schema, schema);
		EXECUTE format('ALTER TABLE %I.batch_job ADD FOREIGN KEY (created_by) REFERENCES %1$I.account', schema);
		EXECUTE format('INSERT INTO %I.batch_job (id, type, created_by) VALUES (''j'', %L, ''ann''), (''d'', %2$L, ''ann''), (%2$L, %2$L, ''ann'')', schema, schema);
		EXECUTE format('INSERT INTO told SELECT tableoid, %L FROM %I.batch_job LIMIT 1', schema, schema);
	END $$;
	SELECT make('a'), make('b');

	CREATE PROCEDURE swap(seconds int) LANGUAGE plpgsql AS $$
	DECLARE
		till timestamptz := clock_timestamp() + seconds * interval '1 s';
	BEGIN
		WHILE clock_timestamp() < till LOOP
			ALTER SCHEMA a RENAME TO c;
			ALTER SCHEMA b RENAME TO a;
			ALTER SCHEMA c RENAME TO b;
			COMMIT;
		END LOOP;
	END $$;

	-- calls once for each table, again and again; the call says, of the table $1, to whom the row belongs that it was for
	CREATE PROCEDURE keep_calling(call text, seconds int) LANGUAGE plpgsql AS $$
	DECLARE
		till timestamptz := clock_timestamp() + seconds * interval '1 s';
		said outcome := (call, 0, 0, 0, NULL);
		t told;
		owner text;
	BEGIN
		WHILE clock_timestamp() < till LOOP
			FOR t IN SELECT * FROM told LOOP
				said.calls := said.calls + 1;
				BEGIN
					EXECUTE call INTO owner USING t.object::regclass;
					IF owner IS DISTINCT FROM t.own THEN said.other_table := said.other_table + 1; END IF;
				EXCEPTION WHEN serialization_failure THEN said.try_again := said.try_again + 1;
				WHEN OTHERS THEN said.failed := SQLSTATE || ' ' || SQLERRM;
				END;
			END LOOP;
			COMMIT;
		END LOOP;
		INSERT INTO outcome SELECT said.*;
	END $$});

my %calls = (
	'an event' => q{SELECT (batch_job.update(own, result => '{}', job_table => $1)).type FROM told WHERE object = $1},
	'an UPDATE' => q{SELECT type FROM batch_job.update('j', result => '{}', job_table => $1)},
	'plan_digest' => q{SELECT own FROM told WHERE batch_job.plan_digest('j', $1) = batch_job.digest_plan(own, NULL, '{}')},
	'read_events' => q{SELECT own FROM told WHERE object = $1 AND (SELECT string_agg(e.job_id, ' ') FROM batch_job.read_events(0, 3, $1) e) = 'j d ' || own},
	'created_by_user' => q{SELECT batch_job.created_by_user(j, $1) ->> 'name' FROM example j},
	'a soft deletion and back' => q{SELECT (batch_job.restore(id, $1)).type FROM batch_job.soft_delete('d', $1)},
);
$node->safe_psql('postgres', q{
	CREATE VIEW example AS SELECT (jsonb_populate_record(NULL::batch_job.batch_job, '{"id": "j", "created_by": "ann"}')).*;
	SELECT batch_job.update('j', result => '{}', job_table => object::regclass) FROM told});

for my $name (sort keys %calls)
{
	my $swapping = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', "CALL swap($seconds)" ]);
	$node->safe_psql('postgres', "CALL keep_calling(\$call\$$calls{$name}\$call\$, $seconds)");
	$swapping->finish;
	my ($calls, $other, $again, $failed) = split /\|/, $node->safe_psql('postgres', 'SELECT calls, other_table, try_again, failed FROM outcome'), -1;
	$node->safe_psql('postgres', 'TRUNCATE outcome');
	note("$name: $calls calls, $other for the other table, $again to be tried again");
	is("$other $failed", '0 ', "$name: no call is for the other table, and none fails but for being told to try again");
}

# Each history is that of its own table.
is($node->safe_psql('postgres', q{
		SELECT count(*) FILTER (WHERE e.job_id = t.own) > 2, count(*) FILTER (WHERE e.job_id <> t.own) FROM told t, batch_job.read_events(0, 1000000, t.object::regclass) e
		 WHERE e.job_id IN ('a', 'b')}), 't|0', 'no event is in the other history');

$node->stop;
done_testing();
