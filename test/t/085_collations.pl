# Collations that sort texts in another order than their bytes, or treat different texts as equal: attach warns where ids do
# not sort by time, for exactly these of all collations that there are; and whether somebody created a job is decided by the
# collation of created_by.
#
# Not for pg_regress, because the output would depend on whether the server has ICU, and on its version.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('collations');
$node->init;
$node->start;
plan skip_all => 'this server has no ICU'
  unless $node->safe_psql('postgres', q{SELECT count(*) FROM pg_collation WHERE collprovider = 'i'}) > 0;
$node->safe_psql('postgres', q{CREATE DATABASE shop TEMPLATE template0 ENCODING 'UTF8'});

# Generated ids, one of each hour of a year, and the least ids of these hours, in their order. Beside ICU's own
# collations of each language, those that a user may make.
$node->safe_psql('shop', q{
	CREATE EXTENSION batch_job;
	CREATE COLLATION numeric (provider = icu, locale = 'und-u-kn-true');
	CREATE COLLATION letters_first (provider = icu, locale = 'und-u-kr-latn-digit');
	CREATE COLLATION upper_first (provider = icu, locale = 'und-u-kf-upper');
	CREATE COLLATION without_marks (provider = icu, locale = 'und-u-ka-shifted');
	CREATE COLLATION ignore_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
	CREATE TABLE hour AS
	  SELECT at, batch_job.id_floor(at, 'a-b_1') AS floor,
	         batch_job.id_from_uuid(overlay(batch_job.id_to_uuid(batch_job.id_floor(at))::text PLACING substr(gen_random_uuid()::text, 15) FROM 15)::uuid, 'a-b_1') AS id
	    FROM generate_series('2024-01-01 00:00+00'::timestamptz, '2024-12-31 23:00+00', '1 hour') at;
	CREATE TABLE sorted AS
	  SELECT id COLLATE "C" AS id, lead(id COLLATE "C") OVER (ORDER BY id COLLATE "C") AS next FROM (SELECT id FROM hour UNION ALL SELECT floor FROM hour) s;
	CREATE TABLE tried AS
	  SELECT row_number() OVER (ORDER BY collname) AS n, collname::text AS name, oid::regcollation::text AS quoted FROM pg_collation
	   WHERE collprovider = 'i' AND (collname ~ '^[a-z]{2,3}-x-icu$' OR collnamespace = 'public'::regnamespace) OR collname IN ('C', 'POSIX');
	SELECT batch_job.create_table('model')});

my @collations = map { [ split /\|/ ] } split /\n/, $node->safe_psql('shop', 'SELECT n, name, quoted FROM tried ORDER BY n');
my $expected = $node->safe_psql('shop', join(' UNION ALL ', map {
	"SELECT '$_->[1]' WHERE EXISTS (SELECT FROM sorted WHERE id COLLATE $_->[2] >= next COLLATE $_->[2])" } @collations));
my ($status, $out, $err) = $node->psql('shop', join '', map { qq{
	CREATE TABLE t$_->[0] (LIKE model INCLUDING DEFAULTS);
	ALTER TABLE t$_->[0] ALTER id TYPE varchar COLLATE $_->[2], ADD PRIMARY KEY (id);
	SELECT batch_job.attach('t$_->[0]', id_prefix => 'a-b_1');
} } @collations);
is($status, 0, 'tables with ids of every collation are attached');
my @warned = $err =~ /WARNING:  ids of table "t\d+" do not sort by time in collation "([^"]+)"$/mg;
is_deeply([ sort @warned ], [ sort split /\n/, $expected ], 'attach warns where ids do not sort by time, and nowhere else');
my %warned = map { $_ => 1 } @warned;
is(join(' ', grep { $warned{$_} } 'C', 'POSIX', 'cs-x-icu', 'da-x-icu', 'en-x-icu', 'lt-x-icu', 'numeric', 'upper_first', 'without_marks'),
	'cs-x-icu da-x-icu lt-x-icu numeric', 'which are some that are known');
like($err, qr/WARNING: .*\nDETAIL:  .* batch_job\.id_floor\(.*\nHINT:  .* id COLLATE "C" .*\(id COLLATE "C"\)/, 'the warning tells what to write');

# What the warning is about: jobs of a day, counted by a range of ids as they come and as the warning says.
my ($danish) = map { $_->[0] } grep { $_->[1] eq 'da-x-icu' } @collations;
$node->safe_psql('shop', qq{
	INSERT INTO t$danish (id, type) SELECT id, 'x' FROM hour;
	CREATE INDEX by_time ON t$danish (id COLLATE "C");
	ANALYZE t$danish});
sub other_than_24
{
	my ($id) = @_;
	return $node->safe_psql('shop', qq{
		SELECT count(*) FROM generate_series('2024-01-01 00:00+00'::timestamptz, '2024-12-31', '1 day') day
		 WHERE (SELECT count(*) FROM t$danish WHERE $id >= batch_job.id_floor(day, 'a-b_1') AND $id < batch_job.id_floor(day + '1 day', 'a-b_1')) <> 24});
}
cmp_ok(other_than_24('id'), '>', 0, 'a range in that collation has other jobs');
is(other_than_24('id COLLATE "C"'), 0, 'a range in collation "C" has the right ones');
like($node->safe_psql('shop', qq{EXPLAIN SELECT * FROM t$danish WHERE id COLLATE "C" < batch_job.id_floor('2024-01-02 00:00+00', 'a-b_1')}),
	qr/by_time/, 'and its index serves it');

# Each time that attach runs, and in the database's own collation; not for a created table.
($status, $out, $err) = $node->psql('shop', qq{SELECT batch_job.attach('t$danish')});
like($err, qr/WARNING:  ids of table "t$danish" do not sort by time/, 'attach run again warns again');
$node->safe_psql('postgres', q{CREATE DATABASE danish TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'da' LOCALE 'C'});
($status, $out, $err) = $node->psql('danish', q{
	CREATE EXTENSION batch_job;
	SELECT batch_job.create_table('model', events => true);
	CREATE TABLE t (LIKE model INCLUDING DEFAULTS);
	ALTER TABLE t ALTER id TYPE text COLLATE "default", ADD PRIMARY KEY (id);
	SELECT batch_job.attach('t')});
is(join("\n", $err =~ /^.*WARNING:.*$/mg), 'psql:<stdin>:6: WARNING:  ids of table "t" do not sort by time in collation "default"',
	'in a database of such a collation, attach warns and create_table does not');

# Who created a job is told by the collation of created_by, and told so.
$node->safe_psql('shop', q{
	SELECT batch_job.create_table('folded', confirm_by_other => true);
	DROP VIEW folded_live;
	ALTER TABLE folded ALTER created_by TYPE text COLLATE ignore_case;
	SELECT batch_job.attach('folded');
	INSERT INTO folded (id, type, created_by, dry_run, pre_processed_at) VALUES ('j', 'x', 'Ann', true, now()), ('k', 'x', NULL, true, now())});
for my $actor ('Ann', 'ann', 'ANN')
{
	($status, $out, $err) = $node->psql('shop', qq{\\set VERBOSITY verbose\nSELECT batch_job.confirm('j', actor => '$actor', job_table => 'folded')});
	like($err, qr/ERROR:  42501: cannot confirm job "j": it was created by "$actor", who also confirms it\n/, "$actor is Ann, and the error says so");
}
is($node->safe_psql('shop', q{SELECT (batch_job.confirm('j', actor => 'Anna', job_table => 'folded')).status, (batch_job.confirm('k', actor => 'ann', job_table => 'folded')).status}),
	'confirmed|confirmed', 'anybody else confirms');
is($node->safe_psql('shop', q{SELECT (batch_job.confirm('j', actor => 'ann', job_table => 'folded')).status}), 'confirmed', 'said again, nobody is asked');

$node->stop;
done_testing();
