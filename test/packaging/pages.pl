# pages.pl DIRECTORY: the pages that are installed there lead to each other, and have their pictures. Links out of there are for
# those who have the sources; so is examples/import/, and CHANGELOG.md has another name in Debian's packages.
use strict;
use warnings;

use File::Basename;
use File::Find;
use FindBin;
use lib "$FindBin::RealBin/../perl";
use Page;

chdir $ARGV[0] or die "$ARGV[0]: $!\n";

my @pages;
find({ wanted => sub { push @pages, $_ if /\.md$/ }, no_chdir => 1 }, '.');
my @dangling;
for my $page (@pages)
{
	my @links = grep { /\.(?:md|png|svg)$/ && !m{\bexamples/import/|^(?:\.\./)*CHANGELOG\.md$} } map { s/#.*//r } links_of($page);
	push @dangling, map { "$page: $_\n" } grep { !-e dirname($page) . "/$_" } @links;
}
print @dangling;
exit(@dangling != 0 || !-s 'README.md' || !grep { m{^\./docs/} } @pages);
