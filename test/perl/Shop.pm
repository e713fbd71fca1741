# A shop's database with job tables of every kind, and what must be unchanged and work after it was moved by dump and restore,
# by pg_upgrade, or to a later version of the extension. It uses only features of version 0.1.0, and must stay so, because
# dumps made by released versions are kept and compared with it.
package Shop;

use strict;
use warnings;

use feature 'state';

use Exporter 'import';
use Test::More;

our @EXPORT = qw(create_roles create_database create_shop shop_sql as_owner rows_of facts_of same_lines is_alive);

# The columns of a table of Medusa, without the id.
my $job_columns = q{
	created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(), deleted_at timestamptz,
	type text NOT NULL, created_by varchar, context jsonb, result jsonb, dry_run boolean NOT NULL DEFAULT false,
	pre_processed_at timestamptz, processing_at timestamptz, confirmed_at timestamptz, completed_at timestamptz,
	canceled_at timestamptz, failed_at timestamptz};

# Every table with jobs. Options that are not named are as in a table attached without options.
my %tables = (
	'app.batch_job' => { live => 'app.batch_job_live', prefix => 'job', guard => 1 },
	'batch_job' => { live => 'batch_job_live' },
	'app.by_id' => { live => 'app.by_id_live' },
	'app.plain' => { live => 'app.plain_live', prefix => 'p', guard => 1, hard_delete => 1 },
	'app.unfilled' => {
		live => 'app.unfilled_live',
		more => q{
			CALL batch_job.backfill('app.unfilled');
			SELECT count(*) - count(status) FROM app.unfilled;
			SELECT backfilled FROM batch_job.attached() WHERE job_table = 'app.unfilled'::regclass;
		},
		outcome => "0\nt\n"
	},
	'app.delivery' => { live => 'before_live', guard => 1, events => 'before_event' },
	'app.by_type' => { live => 'app.by_type_live', events => 'app.by_type_event', runs => 'app.by_type_run' },
	'"My App"."Job ""x"""' => {
		live => '"My App"."Job ""x""_live"',
		prefix => 'q',
		guard => 1,
		events => '"My App"."Job ""x""_event"',
		runs => '"My App"."Job ""x""_run"',
		notify => 1,
		more => q{
			UPDATE "My App"."Job ""x""" SET created_by = 'ann', dry_run = true WHERE id = 'batch_01';
			SELECT batch_job.confirm('batch_01', actor => 'ann', job_table => '"My App"."Job ""x"""');
			\echo :SQLSTATE
		},
		outcome => "42501\n"
	},
);

# Jobs of every status, with fixed times, so that no change goes unnoticed.
sub jobs_for
{
	my ($name) = @_;
	return qq{
		INSERT INTO $name (id, type, created_by, context, result, created_at, updated_at, pre_processed_at, confirmed_at,
		                   processing_at, completed_at, canceled_at, failed_at)
		SELECT prefix || n, 'import', CASE WHEN n BETWEEN 1 AND 3 THEN 'u' || n END, '{"n": [1, {"a": null}]}',
		       '{"count": 3, "errors": ["a\\"b", {"message": "m", "code": "c"}]}', '2024-01-01', '2024-01-02 03:04:05.678901',
		       CASE WHEN n >= 1 THEN timestamptz '2024-01-03' END, CASE WHEN n >= 2 THEN timestamptz '2024-01-03' END,
		       CASE WHEN n >= 3 THEN timestamptz '2024-01-03' END, CASE WHEN n >= 4 THEN timestamptz '2024-01-03' END,
		       CASE WHEN n >= 5 THEN timestamptz '2024-01-03' END, CASE WHEN n >= 6 THEN timestamptz '2024-01-03' END
		  FROM generate_series(0, 6) n, (VALUES ('batch_0'), ('batch_9')) v (prefix);
	};
}

# Runs as they are while workers work, and a type that has limits.
sub runs_for
{
	my ($name, $runs, $types) = @_;
	return qq{
		INSERT INTO $runs (job_id, run, type, created_by, priority, state, attempt, worker, claimed_at, heartbeat_at,
		                   lease_until, items_done, items_total, checkpoint, ended_at, outcome, error, retry_at)
		SELECT id, 'run_' || id || r.state, type, created_by, 0, r.state::batch_job.run_state, 1, 'w', '2024-01-03',
		       '2024-01-03', '2024-01-03 00:01', 3, 7, '{"page": 3}',
		       CASE WHEN r.state <> 'running' THEN timestamptz '2024-01-03' END, r.outcome::batch_job.run_outcome,
		       CASE r.outcome WHEN 'failed' THEN jsonb '"out of paper"' END,
		       CASE r.state WHEN 'waiting' THEN timestamptz '2024-01-04' END
		  FROM $name j,
		       (VALUES ('processing', 'ended', 'failed'), ('processing', 'running', NULL), ('confirmed', 'waiting', 'lost'))
		       r (status, state, outcome)
		 WHERE j.status = r.status::batch_job.status;
		INSERT INTO $types (type, max_running, lease, note) VALUES ('import', 4, '2 min', 'not too many');
	};
}

sub create_database
{
	my ($node, $db) = @_;
	$node->safe_psql('postgres', qq{CREATE DATABASE "$db" OWNER shop TEMPLATE template0});
	return $db;
}

# Runs SQL as the owner, who is no superuser; returns what it prints.
sub as_owner
{
	my ($node, $db, $sql) = @_;
	return $node->safe_psql($db, $sql, extra_params => [ '-U', 'shop' ]);
}

sub create_shop
{
	my ($node, $db) = @_;
	create_roles($node);
	create_database($node, $db);
	as_owner($node, $db, shop_sql());
	return;
}

sub create_roles
{
	my ($node) = @_;
	$node->safe_psql('postgres', 'CREATE ROLE shop LOGIN; CREATE ROLE reader');
	return;
}

# What the owner does to make the shop.
sub shop_sql
{
	return qq{
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
		CREATE INDEX own ON app.batch_job (tenant, status) WHERE deleted_at IS NULL;
		CREATE TABLE app.step (n int, job_id text REFERENCES app.batch_job ON DELETE CASCADE);
		SELECT batch_job.attach('app.batch_job');
		CREATE FUNCTION app.no_test() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN RETURN NEW; END \$\$;
		CREATE TRIGGER own BEFORE INSERT ON app.batch_job FOR EACH ROW WHEN (NEW.type = 'test') EXECUTE FUNCTION app.no_test();
		ALTER TABLE app.batch_job ENABLE ROW LEVEL SECURITY;
		CREATE POLICY own ON app.batch_job TO reader USING (created_by = current_user);
		GRANT SELECT, UPDATE (result, context) ON app.batch_job TO reader;
		GRANT SELECT, DELETE ON app.batch_job_live TO reader WITH GRANT OPTION;
		COMMENT ON VIEW app.batch_job_live IS 'the jobs';
		COMMENT ON COLUMN app.batch_job.status IS 'where it is';
		} . jobs_for('app.batch_job') . qq{
		INSERT INTO app.step SELECT 1, id FROM app.batch_job;
		DELETE FROM app.batch_job_live WHERE id = 'batch_00';

		-- Medusa's table, attached; then one more column, which the view does not show
		CREATE TABLE batch_job (
			id varchar NOT NULL CONSTRAINT "PK_e57f84d485145d5be96bc6d871e" PRIMARY KEY, $job_columns,
			CONSTRAINT "FK_cbc0d7bd4e6d5d4f0bbd5b1d7a4" FOREIGN KEY (created_by) REFERENCES "user" (id));
		} . jobs_for('batch_job') . qq{
		SELECT batch_job.attach('batch_job');
		ALTER TABLE batch_job ADD extra text DEFAULT 'e';
		SELECT batch_job.soft_delete('batch_01'), batch_job.soft_delete('batch_06');
		GRANT SELECT, INSERT ON batch_job TO reader;

		-- a partitioned one; one partition has its columns in another order
		CREATE TABLE app.by_id (id text COLLATE "C" PRIMARY KEY, $job_columns) PARTITION BY RANGE (id);
		CREATE TABLE app.by_id_old PARTITION OF app.by_id FOR VALUES FROM (MINVALUE) TO ('batch_01');
		CREATE TABLE app.by_id_new ($job_columns, id text COLLATE "C" NOT NULL);
		ALTER TABLE app.by_id ATTACH PARTITION app.by_id_new FOR VALUES FROM ('batch_01') TO (MAXVALUE);
		} . jobs_for('app.by_id') . qq{
		SELECT batch_job.attach('app.by_id');
		DELETE FROM app.by_id WHERE id IN ('batch_00', 'batch_96');

		-- options that are not the defaults
		CREATE TABLE app.plain (id text PRIMARY KEY, $job_columns);
		SELECT batch_job.attach('app.plain', soft_delete => false, guard => true, id_prefix => 'p');

		-- one whose old rows have no status yet
		CREATE TABLE app.unfilled (id text PRIMARY KEY, $job_columns);
		} . jobs_for('app.unfilled') . qq{
		SELECT batch_job.attach('app.unfilled', backfill => false);
		INSERT INTO app.unfilled (id, type, failed_at) VALUES ('new', 'x', '2024-01-01');

		-- events; the view and the event table stay where they are when the table is renamed and moved
		SELECT batch_job.create_table('before', events => true);
		} . jobs_for('before') . qq{
		DELETE FROM before_live WHERE id = 'batch_93';
		ALTER TABLE before RENAME TO delivery;
		ALTER TABLE delivery SET SCHEMA app;
		GRANT SELECT ON before_event TO reader;

		-- events and runs of a partitioned table
		CREATE TABLE app.by_type (id text, $job_columns, PRIMARY KEY (id, type)) PARTITION BY LIST (type);
		CREATE TABLE app.by_type_import PARTITION OF app.by_type FOR VALUES IN ('import');
		CREATE TABLE app.by_type_other PARTITION OF app.by_type DEFAULT;
		SELECT batch_job.attach('app.by_type', events => true, runs => true);
		} . jobs_for('app.by_type') . qq{
		UPDATE app.by_type SET type = 'export' WHERE id = 'batch_01';
		} . runs_for('app.by_type', 'app.by_type_run', 'app.by_type_type') . qq{

		-- every option, and names that must be quoted
		CREATE SCHEMA "My App";
		SELECT batch_job.create_table('"My App"."Job ""x"""', events => true, notify => true, confirm_by_other => true,
		                              id_prefix => 'q', runs => true);
		ALTER TABLE "My App"."Job ""x""" ADD "Note's" text DEFAULT 'a''b';
		SELECT batch_job.attach('"My App"."Job ""x"""');
		} . jobs_for('"My App"."Job ""x"""')
		  . runs_for('"My App"."Job ""x"""', '"My App"."Job ""x""_run"', '"My App"."Job ""x""_type"') . qq{
		SET batch_job.actor = 'ann';
		SELECT batch_job.cancel('batch_00', 'a "reason"', job_table => '"My App"."Job ""x"""');
	};
}

# The relations of the shop, without those of the extension; name is quoted and qualified as in SQL.
my $shop_relations = q{
	SELECT c.*, c.oid::regclass::text AS name
	  FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
	 WHERE nspname IN ('public', 'app', 'My App')};

# Every row of every table as text, and the value of every sequence, with the relation's name; except for some relations.
sub rows_of
{
	my ($node, $db, $without) = @_;
	my $relations = $node->safe_psql($db, "SELECT relkind, name FROM ($shop_relations) rel WHERE relkind IN ('r', 'S')");
	my %text_of = (r => 't::text', S => 'row(last_value, is_called)::text');
	my @selects;
	for (split /\n/, $relations)
	{
		my ($kind, $name) = split /\|/, $_, 2;
		next if $without && $name =~ /$without/;
		push @selects, "SELECT '" . quoted($name) . " ' || $text_of{$kind} FROM $name t";
	}
	return join "\n", sort split /\n/, $node->safe_psql($db, join(' UNION ALL ', @selects));
}

# Like is(), but shows only the first line that differs.
sub same_lines
{
	my ($got, $expected, $what) = @_;
	return is_deeply([ split /\n/, $got ], [ split /\n/, $expected ], $what);
}

# The contents of the catalog, a line for each fact, which begins with the name of the relation; except for some. It is the
# same in every version of PostgreSQL, although 15 names the table with each column of a view, there is one more privilege
# from 17 on, and NOT NULL is a constraint from 18 on.
sub facts_of
{
	my ($node, $db, $without) = @_;
	my $facts = $node->safe_psql($db, qq{
		WITH rel AS ($shop_relations),
		viewed AS (
			SELECT live_view, quote_ident(relname) || '.' AS qualifier
			  FROM batch_job.attached() JOIN pg_class ON oid = job_table)
		SELECT concat_ws(' ', name, 'is', relkind, relowner::regrole, reloptions, relrowsecurity, relispartition,
		                 pg_get_expr(relpartbound, oid), obj_description(oid, 'pg_class'),
		                 CASE relkind WHEN 'v' THEN regexp_replace(
		                   replace(replace(pg_get_viewdef(oid), ' ' || qualifier, ' '), '(' || qualifier, '('), '\\s+', ' ', 'g')
		                 END)
		  FROM rel LEFT JOIN viewed ON live_view = oid
		UNION ALL
		SELECT concat_ws(' ', name, 'column', row_number() OVER (PARTITION BY a.attrelid ORDER BY attnum), attname,
		                 format_type(atttypid, atttypmod), attnotnull, attgenerated, attidentity, attcollation::regcollation,
		                 pg_get_expr(adbin, adrelid), col_description(a.attrelid, attnum))
		  FROM rel JOIN pg_attribute a ON attrelid = rel.oid AND attnum > 0 AND NOT attisdropped
		  LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
		 WHERE relkind <> 'i'
		UNION ALL
		SELECT concat_ws(' ', name, 'counts', seqtypid::regtype, seqstart, seqincrement, seqmin, seqmax, seqcache, seqcycle)
		  FROM rel JOIN pg_sequence ON seqrelid = rel.oid
		UNION ALL
		SELECT concat_ws(' ', name, 'grants', grantee::regrole, privilege_type, is_grantable)
		  FROM rel, aclexplode(relacl) WHERE privilege_type <> 'MAINTAIN'
		UNION ALL
		SELECT concat_ws(' ', name, 'grants on', attname, grantee::regrole, privilege_type, is_grantable)
		  FROM rel JOIN pg_attribute ON attrelid = rel.oid, aclexplode(attacl)
		UNION ALL
		SELECT concat_ws(' ', name, 'constraint', conname, convalidated, pg_get_constraintdef(c.oid),
		                 obj_description(c.oid, 'pg_constraint'))
		  FROM rel JOIN pg_constraint c ON conrelid = rel.oid AND contype <> 'n'
		UNION ALL
		SELECT concat_ws(' ', name, 'index', pg_get_indexdef(indexrelid)) FROM rel JOIN pg_index ON indrelid = rel.oid
		UNION ALL
		SELECT concat_ws(' ', name, 'trigger', tgenabled, tgparentid <> 0, pg_get_triggerdef(t.oid),
		                 obj_description(t.oid, 'pg_trigger'))
		  FROM rel JOIN pg_trigger t ON tgrelid = rel.oid AND NOT tgisinternal
		UNION ALL
		SELECT concat_ws(' ', name, 'policy', polname, polroles::regrole[], pg_get_expr(polqual, polrelid))
		  FROM rel JOIN pg_policy ON polrelid = rel.oid
		UNION ALL
		SELECT concat_ws(' ', job_table, 'attached', a) FROM batch_job.attached() a});
	return join "\n", grep { !$without || !/$without/ } sort split /\n/, $facts;
}

# The tables work, except for some: ids, statuses, soft and final deletion, the guard, runs that are removed with their job,
# new events after the existing ones, and notifications.
sub is_alive
{
	my ($node, $db, $what, $without) = @_;
	state $calls = 0;
	my $type = 'after ' . $calls++;
	my @names = grep { !$without || !/$without/ } sort keys %tables;
	my $script = "LISTEN batch_job;\n" . join '', map { "\\echo '" . quoted($_) . "'\n" . work_in($_, $type) } @names;
	my (undef, $got) = $node->psql($db, $script, on_error_stop => 0, extra_params => [ '-U', 'shop' ]);
	my $notified = () = $got =~ /^Asynchronous notification "batch_job" with payload ".*"events": \["batch\..*"\]}"/mg;
	$got =~ s/^Asynchronous notification .*\n//mg;
	is("$got\n", join('', map { "$_\n" . outcome_in($_, $type) } @names), "$what: works");
	return is($notified, 7 * grep({ $tables{$_}{notify} } @names), "$what: notifies");
}

sub quoted
{
	my ($name) = @_;
	return $name =~ s/'/''/gr;
}

# A job from its beginning to its end.
sub work_in
{
	my ($name, $type) = @_;
	my $table = $tables{$name};
	my $regclass = quoted($name);
	my $script = '';
	$script .= "SELECT max(seq) AS position FROM $table->{events} \\gset\n" if $table->{events};
	$script .= qq{
		INSERT INTO $name (type, status) VALUES ('$type', 'failed')
			RETURNING batch_job.is_id(id), split_part(id, '_', 1), status;
		UPDATE $name SET pre_processed_at = now() WHERE type = '$type' RETURNING status, updated_at > created_at;
		UPDATE $name SET pre_processed_at = NULL WHERE type = '$type';
		\\echo :SQLSTATE
		DELETE FROM $name WHERE type = '$type' RETURNING type;
		SELECT count(*), count(deleted_at) FROM $name WHERE type = '$type';
	};
	$script .= qq{
		SELECT (batch_job.restore(id, '$regclass')).deleted_at IS NULL FROM $name WHERE type = '$type';
		DELETE FROM $table->{live} WHERE type = '$type' RETURNING type;
		SELECT count(*), count(deleted_at) FROM $name WHERE type = '$type';
	} unless $table->{hard_delete};
	$script .= qq{
		INSERT INTO $table->{runs} (job_id, run, type, priority, state, attempt, claimed_at, heartbeat_at, lease_until)
			SELECT id, 'run_' || id, type, 0, 'running', 1, now(), now(), now() FROM $name WHERE type = '$type' RETURNING state;
		SET batch_job.soft_delete = off;
		DELETE FROM $name WHERE type = '$type' RETURNING type;
		RESET batch_job.soft_delete;
		SELECT count(*) > 0, count(*) FILTER (WHERE type = '$type') FROM $table->{runs};
	} if $table->{runs};
	$script .= "SELECT event, seq > :position FROM batch_job.read_events(:position, job_table => '$regclass');\n"
	  if $table->{events};
	return $script . ($table->{more} // '');
}

# What that prints.
sub outcome_in
{
	my ($name, $type) = @_;
	my $table = $tables{$name};
	my $prefix = $table->{prefix} // 'batch';
	my $refused = $table->{guard} ? '55000' : '00000';
	my @events = ('created', 'pre_processed', $table->{guard} ? () : 'updated', 'deleted', 'restored', 'deleted');
	push @events, 'deleted' if $table->{runs};
	my @lines = ("t|$prefix|created", 'pre_processed|t', $refused);
	push @lines, $table->{hard_delete} ? ($type, '0|0') : ('1|1', 't', $type, '1|1');
	push @lines, 'running', $type, 't|0' if $table->{runs};
	push @lines, map { "batch.$_|t" } @events if $table->{events};
	return join('', map { "$_\n" } @lines) . ($table->{outcome} // '');
}

1;
