# The pages are true. The SQL of each runs from top to bottom in one session, in a database of its own, and prints what the page
# shows; links lead somewhere, to the very heading; and the first paragraph tells the reader what the page is for. The reference
# is what docs/reference.sql prints, and its list of errors has every SQLSTATE that the source raises; and META.json, whose format
# wants the version again, has the right one.
#
# A page's role is reader, which owns the database. A fence says more behind "sql": `superuser` runs the block as a superuser
# (session settings are lost there), and the name of an extension leaves the page out where the server does not have it.
#
# TAP, because pg_regress cannot take its input from another file's middle.
use strict;
use warnings FATAL => 'all';

use File::Basename;
use File::Spec;
use FindBin;
use IPC::Run;
use lib "$FindBin::RealBin/../perl";
use Page;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# Pages whose SQL needs more than one server and one role: who runs it.
my %runs_elsewhere = (
	'docs/logical-replication.md' => 'test/t/090_logical_replication.pl',
	'docs/partitions.md' => 'test/t/165_partitions.pl',    # partitions of this month, writers that wait
	'docs/retention.md' => 'test/t/155_schedules.pl',       # pg_cron
	'docs/citus.md' => undef,                              # not in Debian: tried by hand, as it says
	'docs/orm.md' => undef,                                # written by test/orm/report from what was run
);

my $node = PostgreSQL::Test::Cluster->new('pages');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE ROLE reader LOGIN; CREATE ROLE app; CREATE ROLE monitor');
my %available = map { $_ => 1 } split /\n/, $node->safe_psql('postgres', 'SELECT name FROM pg_available_extensions');

# Each block, as whom the page says. Quiet, since becoming another role is no part of the page.
sub with_roles
{
	my $superuser = getpwuid $>;
	my ($role, @blocks) = 'reader';
	for my $block (@_)
	{
		my $wanted = $block->{needs} =~ /\bsuperuser\b/ ? $superuser : 'reader';
		my $become = $wanted eq $role ? '' : "\\set QUIET on\n\\c - $wanted\n\\set QUIET off\n";
		push @blocks, { %$block, sql => $become . $block->{sql} };
		$role = $wanted;
	}
	return @blocks;
}

sub page_is_true
{
	my ($path, @blocks) = @_;
	my $database = $path =~ s/\W/_/gr;
	$node->safe_psql('postgres', qq{CREATE DATABASE "$database" OWNER reader});
	blocks_are_true($path, $node->connstr($database), 'reader', with_roles(@blocks));
	return;
}

my @pages = glob '*.md docs/*.md bench/README.md examples/*/README.md';
for my $page (@pages)
{
	my @blocks = blocks_of($page) or next;
	if (exists $runs_elsewhere{$page})
	{
		my $test = $runs_elsewhere{$page} // next;
		like(join('', slurp_lines($test)), qr/\Q$page\E/, "$test runs $page");
		next;
	}
	my @missing = grep { !/^superuser$/ && !$available{$_} } map { split ' ', $_->{needs} } @blocks;
  SKIP:
	{
		skip "$page needs $missing[0]", 1 if @missing;
		page_is_true($page, @blocks);
	}
}

# What the reader has at the end of a page stands first, so that nobody reads the wrong one.
for my $page (glob 'docs/*.md')
{
	my (undef, $first) = grep { !/^<!--/ } split /\n{2,}/, join '', slurp_lines($page);
	like($first, qr/\byour?\b/i, "$page says first what it gives its reader");
}

# The anchors of a page's headings, as GitHub makes them, and those that it sets itself.
sub anchors_of
{
	my ($path) = @_;
	my (%times, %anchors, $in_block);
	for (slurp_lines($path))
	{
		$anchors{$_} = 1 for /<a (?:id|name)="([^"]+)"/g;
		$in_block = !$in_block if /^```/;
		next if $in_block || !/^#+ +(.*)/;
		my $anchor = lc($1) =~ s/\[([^\]]*)\]\([^)]*\)/$1/gr =~ s/[^\w\- ]//gr =~ tr/ /-/r;
		my $before = $times{$anchor}++;
		$anchors{ $before ? "$anchor-$before" : $anchor } = 1;
	}
	return \%anchors;
}

my %anchors = map { $_ => anchors_of($_) } @pages;
for my $page (@pages)
{
	my @dangling;
	for my $link (links_of($page))
	{
		my ($path, $anchor) = split /#/, $link, 2;
		my $target = $path eq '' ? $page : File::Spec->canonpath(dirname($page) . "/$path") =~ s,[^/]+/\.\./,,gr;
		push @dangling, $link if !-e $target || defined $anchor && $anchors{$target} && !$anchors{$target}{$anchor};
	}
	is_deeply(\@dangling, [], "links of $page lead somewhere");
}

# The reference is made from the catalog, by a role that need be no superuser. Stops where a function, an option or an SQLSTATE has
# no place in it.
$node->safe_psql('postgres', 'CREATE DATABASE reference OWNER reader');
$node->safe_psql('reference', 'CREATE EXTENSION batch_job');
my ($reference, $complaint) = ('', '');
IPC::Run::run([ 'psql', '-X', '-U', 'reader', '-d', $node->connstr('reference'), '-f', 'docs/reference.sql' ],
	'>', \$reference, '2>', \$complaint);
is($complaint, '', 'docs/reference.sql has a place for everything');
utf8::decode($reference);
is_deeply([ split /\n/, $reference ], [ split /\n/, join '', slurp_lines('docs/reference.md') ],
	'docs/reference.md is what docs/reference.sql prints; the command that writes it stands at its head');

# Every code that the source raises, by the server's own list of names.
my %code_of;
my $codes = $node->config_data('--includedir-server') . '/utils/errcodes.h';
for (slurp_lines($codes))
{
	next unless /^#define (ERRCODE_\w+) MAKE_SQLSTATE\((.*)\)/;
	my ($name, $characters) = ($1, $2);
	$code_of{$name} = join '', $characters =~ /'(.)'/g;
}
my %raised;
for my $path (glob 'src/*.c src/*/*.c')
{
	my $source = join "", slurp_lines($path);
	$raised{$1} = 1 while $source =~ /errcode\((ERRCODE_\w+)\)/g;
}
delete $raised{ERRCODE_INTERNAL_ERROR};    # no user can bring it about
# ours, in no list of the server's
@code_of{qw(ERRCODE_BATCH_JOB_PLAN_CHANGED ERRCODE_BATCH_JOB_RUN_IS_OVER)} = qw(BJ001 BJ002);
cmp_ok(scalar keys %raised, '>', 10, 'the source raises errors');
like($reference, qr/^\| `\Q$code_of{$_}\E` \|/m, "the list of errors has $_") for sort keys %raised;

my ($version) = join('', slurp_lines('batch_job.control')) =~ /^default_version = '(.*)'/m;
my @stated = join('', slurp_lines('META.json')) =~ /"version": "([^"]+)"/g;
is_deeply([ grep { $_ ne $version } @stated ], ['1.0.0'], "META.json states version $version, beside that of its format");

$node->stop;
done_testing();
