# The rooms of src/ are as docs/architecture.md describes them: each file includes only headers of its own room or of rooms
# further up, and the Makefile lists all their files.
#
# Not for pg_regress, because it reads the sources.

use strict;
use warnings;

use PostgreSQL::Test::Utils;
use Test::More;

my $page = slurp_file('docs/architecture.md');
my @rooms = $page =~ /^\| `(\w+)\/` \|/mg;
my %floor = map { $rooms[$_] => $_ } 0 .. $#rooms;
$floor{''} = @rooms;    # the library's own start is above them all

my @directories = map { m{src/(\w+)/} } grep { -d && $_ ne 'src/update/' } glob 'src/*/';
is_deeply([ sort @rooms ], [ sort @directories ], 'the page has every room');

my @includes;
for my $file (glob 'src/*.[ch] src/*/*.[ch]')
{
	my ($room) = $file =~ m{^src/(\w+)/};
	# PostgreSQL's own headers are in folders, too, of other names
	push @includes, map { [ $file, $room // '', $_ ] } grep { exists $floor{$_} } slurp_file($file) =~ /^\s*#\s*include\s*["<](\w+)\/\w+\.h[">]/mg;
}
cmp_ok(scalar @includes, '>', 100, 'there are includes');
my @wrong = grep { $floor{ $_->[2] } > $floor{ $_->[1] } } @includes;
is(join('', map { "$_->[0] includes from $_->[2]/\n" } @wrong), '', 'none runs from a lower room to a higher one');

is(join(' ', grep { slurp_file($_) =~ /^\s*#\s*include\s*["<][^">]*\.\./m } glob 'src/*.[ch] src/*/*.[ch]'), '', 'none goes by way of ..');
is(join(' ', glob 'src/*/*/*.[ch]'), '', 'no room has rooms within');

# Two files that include each other are one.
my %edges;
for my $file (glob 'src/*/*.[ch]')
{
	my ($stem) = $file =~ m{^src/(.*)\.};
	$edges{$stem}{$_} = 1 for grep { $_ ne $stem } slurp_file($file) =~ /^\s*#\s*include\s*["<](\w+\/\w+)\.h[">]/mg;
}
sub reaches
{
	my ($from, $to, $seen) = @_;
	return 0 if $seen->{$from}++;
	return 1 if $edges{$from}{$to};
	return scalar grep { reaches($_, $to, $seen) } keys %{ $edges{$from} };
}
is(join(' ', grep { reaches($_, $_, {}) } sort keys %edges), '', 'no file includes itself by way of others');

my $makefile = slurp_file('Makefile');
my ($objects) = $makefile =~ /^OBJS = \\\n((?:.*\\\n)*.*\n)/m;
is_deeply([ sort $objects =~ m{(src/\S+)\.o}g ], [ sort map { s/\.c$//r } glob 'src/*.c src/*/*.c' ], 'the Makefile has every C file');
my ($parts) = $makefile =~ /^ROOMS = (.*)$/m;
is($parts, join(' ', @rooms), 'and the rooms in their order, each with its part of the install script');
ok(-e "src/$_/install.sql", "which $_ has") for @rooms;

# The page names files; they must be there.
my @named = $page =~ /`((?:src\/)?(?:\w+\/)?\w+\.[ch])`/g;
cmp_ok(scalar @named, '>', 20, 'the page names files');
is(join(' ', grep { !-e $_ && !-e "src/$_" } @named), '', 'which are there');

done_testing();
