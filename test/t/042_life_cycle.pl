# The diagram of the life cycle, docs/life-cycle.svg, shows what the functions do: docs/life-cycle.dot is what
# docs/life-cycle.sql prints, and the SVG has the same nodes and arrows. Not its bytes: those differ between versions of graphviz.
#
# TAP, because pg_regress compares with files in expected/ only.
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE ROLE reader LOGIN; CREATE DATABASE shop OWNER reader');
$node->safe_psql('shop', 'CREATE EXTENSION batch_job');

my $printed = PostgreSQL::Test::Utils::tempdir() . '/life-cycle.dot';
$node->command_ok([ 'psql', '-X', '-U', 'reader', '-d', 'shop', '-f', 'docs/life-cycle.sql', '-o', $printed ],
	'every function is tried on every state');
my $dot = slurp_file('docs/life-cycle.dot');
is(slurp_file($printed), $dot, 'docs/life-cycle.dot is what it prints');
is($node->safe_psql('shop', q{SELECT count(*) FROM pg_class WHERE relname = 'job'}), 0, 'and it leaves nothing behind');

my @arrows = map { s/^(\w+) -> (\w+) \[label="([^"]*)".*/$1 $2 $3/r } grep { / -> / } map { s/^ +//r } split /\n/, $dot;
cmp_ok(scalar @arrows, '>', 5, 'there are arrows');
my $svg = slurp_file('docs/life-cycle.svg');
my @drawn;
for my $edge ($svg =~ m{<g id="edge\d+" class="edge">(.*?)</g>}gs)
{
	my ($from, $to) = $edge =~ m{<title>(\w+)&#45;&gt;(\w+)</title>};
	push @drawn, "$from $to " . join '\n', $edge =~ m{<text[^>]*>(.*?)</text>}g;
}
is_deeply([ sort @drawn ], [ sort @arrows ], 'docs/life-cycle.svg has these arrows');
my @nodes = $svg =~ m{<g id="node\d+" class="node">\s*<title>(.*?)</title>}g;
my @statuses = split /\n/, $node->safe_psql('shop', 'SELECT unnest(enum_range(NULL::batch_job.status))');
is_deeply([ sort @nodes ], [ sort @statuses ], 'and every status');

$node->stop;
done_testing();
