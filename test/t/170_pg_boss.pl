# What docs/pg-boss.md shows of JavaScript stands so in the programs of examples/pg-boss, which test/orm/pg_boss runs.
#
# TAP, because pg_regress does not read pages.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";
use Page;
use Test::More;

my $programs = join '', map { slurp_lines($_) } glob 'examples/pg-boss/*.mjs';
my @shown = join('', slurp_lines('docs/pg-boss.md')) =~ /^```js\n(.*?)^```/msg;

cmp_ok(scalar @shown, '>', 5, 'the page shows JavaScript');
ok(index($programs, $_) >= 0, 'a program has ' . (/(.*)/)[0]) for @shown;

done_testing();
