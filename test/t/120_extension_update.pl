# An older version that was updated is the same extension as a newly installed one: everything in the catalog is compared.
# Tables made by the older version work with the present library, before and after ALTER EXTENSION UPDATE, and are like new
# ones after another call of attach.
#
# This is tested for every released version, and for an invented one, which tests the comparison itself: it must report what
# an update script forgets.
#
# Not for pg_regress: it needs servers that find other versions of the extension than the installed one.

use strict;
use warnings;

use lib 'test/perl';

use ExtensionCatalog;
use ExtensionCopy;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Shop;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
my ($scripts) = copy_extension($node) or plan skip_all => 'this server looks for extensions in its own directories only';
my ($present) = slurp_file('batch_job.control') =~ /^default_version = '(.*)'$/m;
my $script = slurp_file("$scripts/batch_job--$present.sql");
my $dumps = PostgreSQL::Test::Utils::tempdir();
my $superuser = $node->safe_psql('postgres', 'SELECT current_user');
create_shop($node, 'shop');
my $facts = extension_facts($node, 'shop');
unlike($facts, qr/ is not compared$/m, 'what the extension has is compared');
like($facts, qr/^function batch_job\.derive_status\(.* has proparallel s$/m, 'as to all its properties');

sub write_script
{
	my ($versions, $text) = @_;
	unlink "$scripts/batch_job--$versions.sql";
	append_to_file("$scripts/batch_job--$versions.sql", $text);
	return;
}

# The SQLSTATE that SQL ends with, as a role.
sub outcome_of
{
	my ($role, $db, $sql) = @_;
	my ($status, undef, $stderr) = $node->psql($db, $sql, extra_params => [ '-U', $role, '-v', 'VERBOSITY=sqlstate' ]);
	return $status == 0 ? '00000' : $stderr =~ /ERROR:  (\w{5})$/m ? $1 : $stderr;
}

# The differences: what should not be there with a plus, what is missing with a minus.
sub differences
{
	my ($got, $expected) = @_;
	my %count;
	$count{$_}++ for split /\n/, $got;
	$count{$_}-- for split /\n/, $expected;
	return map { ($count{$_} > 0 ? '+' : '-') . $_ } grep { $count{$_} } sort keys %count;
}

# As attach makes tables now.
sub attach_again
{
	my ($db) = @_;
	as_owner($node, $db, q{SELECT batch_job.attach(job_table) FROM batch_job.attached()});
	return facts_of($node, $db);
}

$node->command_ok([ 'pg_dump', '-U', 'shop', '-f', "$dumps/shop.sql", 'shop' ], 'tables of the present version');
is_alive($node, 'shop', 'installed');
my $tables = attach_again('shop');

# The tables of an older version, then the update. The owner does it all, who is no superuser.
my $n = 0;
sub updates
{
	my ($version, $dump) = @_;
	my $db = create_database($node, 'updated' . $n++);
	as_owner($node, $db, "CREATE EXTENSION batch_job VERSION '$version'");
	$node->command_ok([ 'psql', '-Xq', '-U', 'shop', '-v', 'ON_ERROR_STOP=1', '-o', '/dev/null', '-d', $db, '-f', $dump ],
		"$version: tables that it made");
	is_alive($node, $db, "$version, present library");
	my $rows = rows_of($node, $db);
	is(outcome_of('shop', $db, 'ALTER EXTENSION batch_job UPDATE'), '00000', "$version: updated");
	is(join("\n", differences(extension_facts($node, $db), $facts)), '', "$version: as if newly installed");
	same_lines(rows_of($node, $db), $rows, "$version: rows as before the update");
	is_alive($node, $db, "$version, updated");
	same_lines(attach_again($db), $tables, "$version: tables as if newly made");
	is_alive($node, $db, "$version, attached again");
	return;
}

my @released = slurp_file('CHANGELOG.md') =~ /^## \[(\d+\.\d+\.\d+)\]/mg;
my @frozen = map { m{--(.*)\.sql$} } glob 'src/update/released/*.sql';
is_deeply([ sort @frozen ], [ sort @released ], 'every released version is frozen');
for my $version (@released)
{
	my $frozen = slurp_file("src/update/released/batch_job--$version.sql");
	if ($version eq $present) { is($script, $frozen, "$version: what was released stays as it is") }
	else { write_script($version, $frozen) }
	updates($version, "test/released/$version.sql");
}

# A version that never was: its script is the present one with some parts undone. "new" is such a part, and "old" what
# stands there instead, or behind everything else; "update" makes the one of the other, if "new" does not say it.
my $old_version = '0.0.9';
my %parts = (
	'function batch_job.id_from_uuid(' => {
		new => qr/^CREATE FUNCTION batch_job\.id_from_uuid.*?^COMMENT ON FUNCTION .*?;\n/ms,
		old => '',
	},
	'function batch_job.digest_plan(' => {
		new => qr/^COMMENT ON FUNCTION batch_job\.digest_plan.*?;\n/ms,
		old => "COMMENT ON FUNCTION batch_job.digest_plan(text, jsonb, jsonb) IS 'a digest';\n",
	},
	'function batch_job.merge_object(' => {
		new => qr/^CREATE FUNCTION batch_job\.merge_object\(.*?;\n/ms,
		old => "CREATE FUNCTION batch_job.merge_object(old jsonb, new jsonb) RETURNS jsonb\n"
		  . "LANGUAGE SQL IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE\nRETURN coalesce(old, '{}') || coalesce(new, '{}');\n",
	},
	# another symbol of the library, which is there for older versions
	'function batch_job.live_view(' => {
		new => qr/^CREATE FUNCTION batch_job\.live_view\(.*?;\n/ms,
		old => "CREATE FUNCTION batch_job.live_view(job_table regclass) RETURNS regclass\n"
		  . "LANGUAGE C STABLE STRICT PARALLEL RESTRICTED\nAS 'MODULE_PATHNAME', 'batch_job_event_table';\n",
	},
	'function batch_job.is_id(' => {
		old => "ALTER FUNCTION batch_job.is_id(text) PARALLEL UNSAFE;\n",
		update => "ALTER FUNCTION batch_job.is_id(text) PARALLEL SAFE;\n",
	},
	'function batch_job.id_floor(' => {
		old => "ALTER FUNCTION batch_job.id_floor COST 7;\n",
		update => "ALTER FUNCTION batch_job.id_floor COST 1;\n",
	},
	'function batch_job.purge(' => {
		old => "REVOKE EXECUTE ON FUNCTION batch_job.purge FROM PUBLIC;\n",
		update => "GRANT EXECUTE ON FUNCTION batch_job.purge TO PUBLIC;\n",
	},
	'schema batch_job' => {
		old => "GRANT CREATE ON SCHEMA batch_job TO PUBLIC;\n",
		update => "REVOKE CREATE ON SCHEMA batch_job FROM PUBLIC;\n",
	},
	'function batch_job.forgotten(' => {
		old => "CREATE FUNCTION batch_job.forgotten() RETURNS integer LANGUAGE SQL RETURN 1;\n",
		update => "DROP FUNCTION batch_job.forgotten();\n",
	},
);
my $old_script = $script;
for my $part (values %parts)
{
	my $new = $part->{new} // qr/\z/;
	$old_script =~ s/($new)/$part->{old}/ or BAIL_OUT("nothing is $new");
	$part->{update} //= $1 =~ s/^CREATE FUNCTION/CREATE OR REPLACE FUNCTION/r;
}
write_script($old_version, $old_script);
my $update = "$old_version--$present";
write_script($update, join '', map { $_->{update} } values %parts);

# Its tables do not know one of the options.
my $old_tables = slurp_file("$dumps/shop.sql");
cmp_ok($old_tables =~ s/, 'confirm_by_other', 'off'//g, '>', 3, 'there are tables to be older');
append_to_file("$dumps/old.sql", $old_tables);
updates($old_version, "$dumps/old.sql");

# Update scripts that forget something, or do too much.
my $outdated = create_database($node, 'outdated');
as_owner($node, $outdated, "CREATE EXTENSION batch_job VERSION '$old_version'");
isnt(extension_facts($node, $outdated), $facts, 'the old version is another');

sub is_noticed
{
	my ($about, $text, $what) = @_;
	write_script($update, $text);
	$node->safe_psql('postgres', "CREATE DATABASE wrongly_updated OWNER shop TEMPLATE $outdated");
	is(outcome_of('shop', 'wrongly_updated', 'ALTER EXTENSION batch_job UPDATE'), '00000', "$what: update");
	my @differences = differences(extension_facts($node, 'wrongly_updated'), $facts);
	cmp_ok(scalar @differences, '>', 0, "$what: is noticed");
	is_deeply([ grep { !/^[-+]\Q$about\E/ } @differences ], [], "$what: and nothing else");
	$node->safe_psql('postgres', 'DROP DATABASE wrongly_updated');
	return;
}

for my $forgotten (sort keys %parts)
{
	is_noticed($forgotten, join('', map { $_ eq $forgotten ? '' : $parts{$_}{update} } keys %parts), "$forgotten forgotten");
}
my $right = join '', map { $_->{update} } values %parts;
my %superfluous = (
	'type batch_job.status ' => "ALTER TYPE batch_job.status ADD VALUE 'lost';\n",
	'type batch_job.batch_job ' => "ALTER TYPE batch_job.batch_job ADD ATTRIBUTE note text;\n",
	'sequence batch_job.other ' => "CREATE SEQUENCE batch_job.other;\n",
	'function batch_job.start(' => "ALTER FUNCTION batch_job.start SET search_path = public;\n",
	'function batch_job.cancel(' => "ALTER EXTENSION batch_job DROP FUNCTION batch_job.cancel;\n",
	'extension ' => "COMMENT ON EXTENSION batch_job IS 'jobs';\n",
);
is_noticed($_, $right . $superfluous{$_}, "$_ changed") for sort keys %superfluous;

# An update that fails changes nothing: to a version that does not exist, by somebody else, and on a server with the old
# library, which lacks a symbol that the new script names.
my $newer = '9.9.9';
write_script("$present--$newer",
	"CREATE FUNCTION batch_job.newer() RETURNS text LANGUAGE C AS 'MODULE_PATHNAME', 'batch_job_newer';\n");
is(outcome_of('shop', 'shop', q{ALTER EXTENSION batch_job UPDATE TO 'nonexistent'}), '22023', 'update to no version');
is(outcome_of($superuser, $outdated, 'SET ROLE reader; ALTER EXTENSION batch_job UPDATE'), '42501',
	'update by somebody else');
is(outcome_of('shop', 'shop', "ALTER EXTENSION batch_job UPDATE TO '$newer'"), '42883', 'update with an old library');
is(join("\n", differences(extension_facts($node, 'shop'), $facts)), '', 'not updated: as it was');
is_alive($node, 'shop', 'not updated');

$node->stop;
done_testing();
