# Job tables go with pg_upgrade from each version of PostgreSQL to the next: what is in them and around them is as it was,
# and they work; and what each version has written goes on to those that follow.
#
# Beside test/t, because it takes a machine that has all of them: see test/upgrade.

use strict;
use warnings;

use lib 'test/perl';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Shop;
use Test::More;

# Clusters are alike, whatever is the default of their version.
sub create_cluster
{
	my ($version) = @_;
	my $node = PostgreSQL::Test::Cluster->new("pg$version", install_path => "/usr/lib/postgresql/$version");
	my @without_checksums = $version >= 18 ? ('--no-data-checksums') : ();
	$node->init(extra => [ '--encoding=UTF8', '--locale=C.UTF-8', '--locale-provider=libc', @without_checksums ]);
	return $node;
}

sub upgrade
{
	my ($old, $new, $what) = @_;
	$new->command_ok(
		[
			'pg_upgrade', '--no-sync', '-s', $new->host,
			'-d', $old->data_dir, '-b', $old->config_data('--bindir'), '-p', $old->port,
			'-D', $new->data_dir, '-B', $new->config_data('--bindir'), '-P', $new->port
		],
		"$what: pg_upgrade");
	return;
}

my ($first, @versions) = map { m{/(\d+)/bin} } sort glob '/usr/lib/postgresql/*/bin/postgres';
cmp_ok(scalar @versions, '>', 0, 'there is more than one version');
my $old = create_cluster($first);
$old->start;
create_shop($old, 'shop');
my $rows = rows_of($old, 'shop');
my $facts = facts_of($old, 'shop');
for my $version (@versions)
{
	my $what = $old->name . " to $version";
	my $new = create_cluster($version);
	$old->stop;
	upgrade($old, $new, $what);
	$new->start;
	like($new->safe_psql('shop', 'SHOW server_version'), qr/^$version/, "$what: it is another version");
	same_lines(rows_of($new, 'shop'), $rows, "$what: rows");
	same_lines(facts_of($new, 'shop'), $facts, "$what: catalog");
	is_alive($new, 'shop', $what);
	$rows = rows_of($new, 'shop');
	$facts = facts_of($new, 'shop');
	$old = $new;
}

# What depends on what has come along as well. But pg_upgrade keeps the owner of no extension.
my (undef, undef, $refusal) = $old->psql('shop', 'DROP EXTENSION batch_job');
like($refusal, qr/cannot drop extension batch_job because other objects depend on it/, 'in the end: the extension is in use');
$old->safe_psql('shop', 'SET client_min_messages = error; DROP EXTENSION batch_job CASCADE');
is($old->safe_psql('shop', q{SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgname ~ 'batch_job'}), 0,
	'in the end: and takes its triggers along');

$old->stop;
done_testing();
