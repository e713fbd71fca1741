# A job table survives pg_dump and pg_restore, in every way in which they are used, with all that its owner has added.
#
# Not for pg_regress: it takes programs beside the server, several databases and several users. Whoever dumps and
# restores is an ordinary owner, then a superuser.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
my $dumps = PostgreSQL::Test::Utils::tempdir();
my $superuser = $node->safe_psql('postgres', 'SELECT current_user');

$node->safe_psql('postgres', 'CREATE ROLE shop LOGIN; CREATE ROLE reader');

sub create_database
{
	my $db = shift;
	$node->safe_psql('postgres', "CREATE DATABASE $db OWNER shop TEMPLATE template0");
	return $db;
}

# Runs SQL as the owner; returns what it prints.
sub as_owner
{
	my ($db, $sql) = @_;
	return $node->safe_psql($db, $sql, extra_params => [ '-U', 'shop' ]);
}

my $columns = q{
	created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(), deleted_at timestamptz,
	type text NOT NULL, created_by varchar, context jsonb, result jsonb, dry_run boolean NOT NULL DEFAULT false,
	pre_processed_at timestamptz, processing_at timestamptz, confirmed_at timestamptz, completed_at timestamptz,
	canceled_at timestamptz, failed_at timestamptz};

# Jobs of every status; their clocks stand, so that nothing can move unnoticed. NAME stands for a table.
my $jobs = q{
	INSERT INTO NAME (id, type, created_by, context, result, created_at, updated_at, pre_processed_at, confirmed_at,
	                  processing_at, completed_at, canceled_at, failed_at)
	SELECT prefix || n, 'import', CASE WHEN n BETWEEN 1 AND 3 THEN 'u' || n END, '{"n": [1, {"a": null}]}',
	       '{"count": 3, "errors": ["a\"b", {"message": "m", "code": "c"}]}', '2024-01-01', '2024-01-02 03:04:05.678901',
	       CASE WHEN n >= 1 THEN timestamptz '2024-01-03' END, CASE WHEN n >= 2 THEN timestamptz '2024-01-03' END,
	       CASE WHEN n >= 3 THEN timestamptz '2024-01-03' END, CASE WHEN n >= 4 THEN timestamptz '2024-01-03' END,
	       CASE WHEN n >= 5 THEN timestamptz '2024-01-03' END, CASE WHEN n >= 6 THEN timestamptz '2024-01-03' END
	  FROM generate_series(0, 6) n, (VALUES ('batch_0'), ('batch_9')) v (prefix);
};

sub jobs_for
{
	my $name = shift;
	return $jobs =~ s/NAME/$name/r;
}

create_database('source');
as_owner('source', qq{
	CREATE EXTENSION batch_job;
	CREATE SCHEMA app;
	GRANT USAGE ON SCHEMA app TO reader;
	CREATE TABLE "user" (id varchar PRIMARY KEY, email text);
	INSERT INTO "user" SELECT 'u' || n, 'e' FROM generate_series(1, 3) n;

	-- a created table, with columns, an index, foreign keys in both directions, a policy, a trigger and rights of its owner's
	SELECT batch_job.create_table('app.batch_job', id_prefix => 'job');
	CREATE TABLE app.tenant (id int PRIMARY KEY);
	INSERT INTO app.tenant VALUES (7);
	ALTER TABLE app.batch_job
		ADD gone int,
		ADD tenant int NOT NULL DEFAULT 7 REFERENCES app.tenant,
		ADD label text GENERATED ALWAYS AS (type || '!') STORED,
		ADD FOREIGN KEY (created_by) REFERENCES "user" ON DELETE CASCADE;
	ALTER TABLE app.batch_job DROP gone;
	CREATE INDEX by_tenant ON app.batch_job (tenant, status) WHERE deleted_at IS NULL;
	CREATE TABLE app.step (n int, job_id text REFERENCES app.batch_job ON DELETE CASCADE);
	SELECT batch_job.attach('app.batch_job');
	CREATE FUNCTION app.no_test() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN RETURN NEW; END \$\$;
	CREATE TRIGGER own BEFORE INSERT ON app.batch_job FOR EACH ROW WHEN (NEW.type = 'test') EXECUTE FUNCTION app.no_test();
	ALTER TABLE app.batch_job ENABLE ROW LEVEL SECURITY;
	CREATE POLICY own ON app.batch_job TO reader USING (created_by = current_user);
	GRANT SELECT, UPDATE (result, context) ON app.batch_job TO reader;
	GRANT SELECT, DELETE ON app.batch_job_live TO reader WITH GRANT OPTION;
	COMMENT ON VIEW app.batch_job_live IS 'the jobs';
	} . jobs_for('app.batch_job') . qq{
	INSERT INTO app.step SELECT 1, id FROM app.batch_job;
	DELETE FROM app.batch_job_live WHERE id = 'batch_00';

	-- Medusa's table, attached; then one more column, which the view does not show
	CREATE TABLE batch_job (
		id varchar NOT NULL CONSTRAINT "PK_e57f84d485145d5be96bc6d871e" PRIMARY KEY, $columns,
		CONSTRAINT "FK_cbc0d7bd4e6d5d4f0bbd5b1d7a4" FOREIGN KEY (created_by) REFERENCES "user" (id));
	} . jobs_for('batch_job') . qq{
	SELECT batch_job.attach('batch_job');
	ALTER TABLE batch_job ADD extra text DEFAULT 'e';
	SELECT batch_job.soft_delete('batch_01'), batch_job.soft_delete('batch_06');
	GRANT SELECT, INSERT ON batch_job TO reader;

	-- a partitioned one; one partition has its columns in another order
	CREATE TABLE app.by_id (id text COLLATE "C" PRIMARY KEY, $columns) PARTITION BY RANGE (id);
	CREATE TABLE app.by_id_old PARTITION OF app.by_id FOR VALUES FROM (MINVALUE) TO ('batch_01');
	CREATE TABLE app.by_id_new ($columns, id text COLLATE "C" NOT NULL);
	ALTER TABLE app.by_id ATTACH PARTITION app.by_id_new FOR VALUES FROM ('batch_01') TO (MAXVALUE);
	} . jobs_for('app.by_id') . qq{
	SELECT batch_job.attach('app.by_id');
	DELETE FROM app.by_id WHERE id IN ('batch_00', 'batch_96');

	-- options that are not the defaults
	CREATE TABLE app.plain (id text PRIMARY KEY, $columns);
	SELECT batch_job.attach('app.plain', soft_delete => false, id_prefix => 'p');

	-- one whose old rows have no status yet
	CREATE TABLE app.old (id text PRIMARY KEY, $columns);
	} . jobs_for('app.old') . qq{
	SELECT batch_job.attach('app.old', backfill => false);
	INSERT INTO app.old (id, type, failed_at) VALUES ('new', 'x', '2024-01-01');
});

# Every row of every table as text, with the table's name; but those of some.
sub rows_of
{
	my ($db, $without) = @_;
	my $tables = $node->safe_psql($db, q{
		SELECT oid::regclass FROM pg_class
		 WHERE relkind = 'r' AND relnamespace IN ('public'::regnamespace, to_regnamespace('app'))
		 ORDER BY oid::regclass::text COLLATE "C"});
	my @selects = map { qq{SELECT '$_' || t::text AS line FROM $_ t} }
	  grep { !$without || !/$without/ } split /\n/, $tables;
	return $node->safe_psql($db, join(' UNION ALL ', @selects) . ' ORDER BY 1');
}

# What the catalog says, a line for each fact, which begins with the name of the table or view.
sub facts_of
{
	my $db = shift;
	return $node->safe_psql($db, q{
		WITH rel AS (
			SELECT c.*, c.oid::regclass::text AS name FROM pg_class c
			 WHERE relkind IN ('r', 'p', 'v') AND relnamespace IN ('public'::regnamespace, to_regnamespace('app')))
		SELECT concat_ws(' ', name, 'is', relkind, relowner::regrole, reloptions, relrowsecurity, relispartition,
		                 obj_description(oid, 'pg_class'),
		                 CASE relkind WHEN 'v' THEN regexp_replace(pg_get_viewdef(oid), '\s+', ' ', 'g') END) FROM rel
		UNION ALL
		SELECT concat_ws(' ', name, 'column', row_number() OVER (PARTITION BY a.attrelid ORDER BY attnum), attname,
		                 format_type(atttypid, atttypmod), attnotnull, attgenerated, attcollation::regcollation,
		                 pg_get_expr(adbin, adrelid))
		  FROM rel JOIN pg_attribute a ON attrelid = rel.oid AND attnum > 0 AND NOT attisdropped
		  LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
		UNION ALL
		SELECT concat_ws(' ', name, 'grants', grantee::regrole, privilege_type, is_grantable) FROM rel, aclexplode(relacl)
		UNION ALL
		SELECT concat_ws(' ', name, 'grants on', attname, grantee::regrole, privilege_type, is_grantable)
		  FROM rel JOIN pg_attribute ON attrelid = rel.oid, aclexplode(attacl)
		UNION ALL
		SELECT concat_ws(' ', name, 'constraint', conname, convalidated, pg_get_constraintdef(c.oid))
		  FROM rel JOIN pg_constraint c ON conrelid = rel.oid
		UNION ALL
		SELECT concat_ws(' ', name, 'index', pg_get_indexdef(indexrelid)) FROM rel JOIN pg_index ON indrelid = rel.oid
		UNION ALL
		SELECT concat_ws(' ', name, 'trigger', tgenabled, tgparentid <> 0, pg_get_triggerdef(t.oid))
		  FROM rel JOIN pg_trigger t ON tgrelid = rel.oid AND NOT tgisinternal
		UNION ALL
		SELECT concat_ws(' ', name, 'policy', polname, polroles::regrole[], pg_get_expr(polqual, polrelid))
		  FROM rel JOIN pg_policy ON polrelid = rel.oid
		UNION ALL
		SELECT concat_ws(' ', job_table, 'attached', a) FROM batch_job.attached() a
		ORDER BY 1});
}

my $facts = facts_of('source');
my $rows = rows_of('source');
my $rows_but_old = rows_of('source', '^app.old$');
# What is compared is all there: also after a change to the queries above.
like($facts, qr/^batch_job attached \(batch_job,batch_job_live,,t,.*,t\)$/m, 'source: Medusa\'s table is attached');
like($facts, qr/^app.old attached \(app.old,app.old_live,,t,.*,f\)$/m, 'source: one is not backfilled');
like($facts, qr/^app.old constraint batch_job_status_derived f CHECK .* NOT VALID$/m, 'source: its CHECK is not valid');
like($facts, qr/^app.batch_job_live grants reader DELETE t$/m, 'source: rights on the view');
like($facts, qr/^app.by_id_new trigger O t CREATE TRIGGER/m, 'source: partitions have the trigger');
like($facts, qr/^app.batch_job_live is v shop \{security_invoker=true\}.* the jobs/m, 'source: the view is its caller\'s');
is(scalar(() = $rows =~ /\n/g), 3 + 1 + 5 * 14 + 1 - 1, 'source: rows');
is(as_owner('source', 'SELECT count(DISTINCT status) FROM app.batch_job'), 7, 'source: of every status');

# In a restored database: it is alive.
sub works
{
	my ($db, $what) = @_;
	my $got = '';
	for my $name ('app.batch_job', 'batch_job', 'app.by_id')
	{
		$got .= as_owner($db, qq{
			INSERT INTO $name (type, status) VALUES ('after', 'failed') RETURNING batch_job.is_id(id), split_part(id, '_', 1), status;
			UPDATE $name SET pre_processed_at = now() WHERE type = 'after' RETURNING status, updated_at > created_at;
			DELETE FROM $name WHERE type = 'after' RETURNING id;
			SELECT count(deleted_at) FROM $name WHERE type = 'after';
			SELECT (batch_job.restore(id, '$name')).deleted_at IS NULL FROM $name WHERE type = 'after';
			DELETE FROM ${name}_live WHERE type = 'after' RETURNING type;
			SELECT count(*), count(deleted_at) FROM $name WHERE type = 'after';
		}) . "\n";
	}
	my $each = "created\npre_processed|t\n1\nt\nafter\n1|1\n";
	is($got, "t|job|${each}t|batch|${each}t|batch|${each}", "$what: works");
	is(as_owner($db, q{
			INSERT INTO app.plain (type) VALUES ('x') RETURNING split_part(id, '_', 1);
			DELETE FROM app.plain RETURNING type;
			CALL batch_job.backfill('app.old');
			SELECT count(*), count(status) FROM app.old;
			SELECT backfilled FROM batch_job.attached() WHERE job_table = 'app.old'::regclass}),
		"p\nx\n15|15\nt", "$what: works with other options, and is backfilled");
}

sub is_restored
{
	my ($db, $what) = @_;
	is(rows_of($db), $rows, "$what: rows");
	is(facts_of($db), $facts, "$what: catalog");
	works($db, $what);
}

sub pg_dump
{
	my ($who, $file, @options) = @_;
	$node->command_ok([ 'pg_dump', '-U', $who, '-f', $file, @options, 'source' ], "pg_dump @options by $who");
}

# Restores what pg_dump made, into a database; the first error ends it.
sub pg_restore
{
	my ($who, $db, $file, @options) = @_;
	$node->command_ok([ 'pg_restore', '-U', $who, '--exit-on-error', '-d', $db, @options, $file ],
		"pg_restore @options by $who");
}

sub run_script
{
	my ($who, $db, $file) = @_;
	$node->command_ok([ 'psql', '-XqAt', '-U', $who, '-v', 'ON_ERROR_STOP=1', '-o', '/dev/null', '-d', $db, '-f', $file ],
		"psql by $who");
}

my $n = 0;
for my $who ('shop', $superuser)
{
	my $file = "$dumps/$who";
	my $db;

	$db = create_database('r' . $n++);
	pg_dump($who, "$file.sql");
	run_script($who, $db, "$file.sql");
	is_restored($db, "plain by $who");

	$db = create_database('r' . $n++);
	pg_dump($who, "$file.dump", '-Fc');
	pg_restore($who, $db, "$file.dump");
	is_restored($db, "custom by $who");

	$db = create_database('r' . $n++);
	pg_dump($who, "$file.dir", '-Fd', '-j2');
	pg_restore($who, $db, "$file.dir", '-j2');
	is_restored($db, "directory by $who");

	$db = create_database('r' . $n++);
	pg_restore($who, $db, "$file.dump", "--section=$_") for 'pre-data', 'data', 'post-data';
	is_restored($db, "sections by $who");

	# Triggers are there already when the rows come: they must not touch them. But where a status was not known yet,
	# it is now.
	$db = create_database('r' . $n++);
	pg_dump($who, "$file.schema.sql", '--schema-only');
	pg_dump($who, "$file.data.sql", '--data-only');
	run_script($who, $db, "$file.schema.sql");
	run_script($who, $db, "$file.data.sql");
	is(rows_of($db, '^app.old$'), $rows_but_old, "schema, then data by $who: rows");
	is(facts_of($db), $facts, "schema, then data by $who: catalog");
	my $old = q{SELECT to_jsonb(t) - 'status' FROM app.old t ORDER BY id};
	is(as_owner($db, $old), as_owner('source', $old), "schema, then data by $who: rows without a status");
	is(as_owner($db, q{
			SELECT bool_and(status = batch_job.derive_status(pre_processed_at, confirmed_at, processing_at, completed_at,
			                                                  canceled_at, failed_at))
			  FROM app.old}), 't', "schema, then data by $who: their status is derived");
	works($db, "schema, then data by $who");
}

# Only a superuser can disable the triggers of foreign keys; then no status is derived either.
my $db = create_database('untriggered');
pg_dump($superuser, "$dumps/untriggered.sql", '--data-only', '--disable-triggers');
run_script('shop', $db, "$dumps/shop.schema.sql");
run_script($superuser, $db, "$dumps/untriggered.sql");
is_restored($db, 'schema, then data without triggers');

# INSERT instead of COPY, through the root of the partitions.
$db = create_database('inserted');
pg_dump('shop', "$dumps/inserts.sql", '--column-inserts', '--load-via-partition-root');
run_script('shop', $db, "$dumps/inserts.sql");
is_restored($db, 'restored by INSERT');

# One table alone, into a database that has the extension and what the table refers to.
sub create_surroundings
{
	my $name = shift;
	my $made = create_database($name);
	as_owner($made, q{
		CREATE EXTENSION batch_job;
		CREATE SCHEMA app;
		CREATE TABLE "user" (id varchar PRIMARY KEY, email text);
		INSERT INTO "user" SELECT 'u' || n, 'e' FROM generate_series(1, 3) n;
		CREATE TABLE app.tenant (id int PRIMARY KEY);
		INSERT INTO app.tenant VALUES (7);
		CREATE FUNCTION app.no_test() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
	});
	return $made;
}

# The lines about one table, and about another.
sub about
{
	my ($lines, @names) = @_;
	my $names = join '|', map { quotemeta } @names;
	return join "\n", grep { /^(?:$names)[ (]/ } split /\n/, $lines;
}

my @names = ('app.batch_job', 'app.batch_job_live');
for my $who ('shop', $superuser)
{
	$db = create_surroundings('r' . $n++);
	pg_dump($who, "$dumps/with_view_$who.dump", '-Fc', map { ('-t', $_) } @names);
	pg_restore($who, $db, "$dumps/with_view_$who.dump");
	is(about(rows_of($db), @names), about($rows, @names), "table and view by $who: rows");
	is(about(facts_of($db), @names), about($facts, @names), "table and view by $who: catalog");

	# Over itself: what is there is dropped first, in an order that works.
	as_owner($db, q{DELETE FROM app.batch_job_live; DROP TRIGGER zz_batch_job ON app.batch_job});
	pg_restore($who, $db, "$dumps/with_view_$who.dump", '--clean', '--if-exists');
	is(about(rows_of($db), @names), about($rows, @names), "table and view, restored over themselves, by $who: rows");
	is(about(facts_of($db), @names), about($facts, @names), "table and view, restored over themselves, by $who: catalog");

	# Without the view the facts of the table say that it has none; attach makes it.
	$db = create_surroundings('r' . $n++);
	pg_dump($who, "$dumps/without_view_$who.sql", '-t', 'app.batch_job');
	run_script($who, $db, "$dumps/without_view_$who.sql");
	is(about(rows_of($db), 'app.batch_job'), about($rows, 'app.batch_job'), "table by $who: rows");
	is(about(facts_of($db), 'app.batch_job'), about($facts, 'app.batch_job') =~ s/(app\.batch_job,)app\.batch_job_live/$1/r,
		"table by $who: catalog");
	is(as_owner($db, q{
			SELECT batch_job.attach('app.batch_job');
			INSERT INTO app.batch_job (type) VALUES ('after') RETURNING split_part(id, '_', 1), status;
			DELETE FROM app.batch_job_live WHERE type = 'after' RETURNING type;
			SELECT job_table, live_view, id_prefix FROM batch_job.attached()}),
		"app.batch_job_live\njob|created\nafter\napp.batch_job|app.batch_job_live|job", "table by $who: works");
}

$node->stop;
done_testing();
