# The README and docs/workers.md are true: their SQL runs from top to bottom in one session and prints what they show; the
# README's reference names every function and its list of errors every SQLSTATE; and META.json, whose format wants the version again, has the right one.
# TAP, because pg_regress cannot take its input from another file's middle.
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

sub slurp_lines
{
	my ($path) = @_;
	open my $file, '<:encoding(UTF-8)', $path or die "$path: $!";
	return <$file>;
}

# Blocks of SQL, each with the line it starts at and the output shown below it, if any.
sub blocks_of
{
	my ($path) = @_;
	my (@blocks, $language, $text, $line);
	for (slurp_lines($path))
	{
		$line++;
		if (/^```(\w*)/ && !defined $language)
		{
			($language, $text) = ($1, '');
			push @blocks, { line => $line } if $language eq 'sql';
		}
		elsif (/^```/)
		{
			$blocks[-1]{sql} = $text if $language eq 'sql';
			$blocks[-1]{shown} = $text
			  if $language eq 'text' && @blocks && !exists $blocks[-1]{closed};
			$language = undef;
		}
		elsif (defined $language) { $text .= $_ }
		elsif (/\S/ && @blocks && exists $blocks[-1]{sql}) { $blocks[-1]{closed} = 1 }
	}
	return @blocks;
}

# Ids differ from run to run; nothing else may, not even the lowest id of a time.
sub without_ids
{
	my ($text) = @_;
	$text =~ s/_[0-7][0-9A-HJKMNP-TV-Z]{25}\b(?<!0{16})/_ULID/g;
	return $text;
}

my $node = PostgreSQL::Test::Cluster->new('readme');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE ROLE reader LOGIN; CREATE ROLE app');

# The SQL of a page runs from top to bottom in one session, in a database of its own, and prints what the page shows.
sub page_is_true
{
	my ($path, $database) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $database OWNER reader");
	my @blocks = blocks_of($path);
	cmp_ok(scalar(grep { $_->{shown} } @blocks), '>=', 5, "$path shows SQL with its output");
	my $mark = '---- next block ----';
	my $script = join "\n\\echo $mark\n", map { $_->{sql} } @blocks;
	my $out = '';
	IPC::Run::run([ 'psql', '-X', '-U', 'reader', '-d', $node->connstr($database) ], '<', \$script, '>', \$out, '2>&1');
	my @printed = split /^\Q$mark\E\n/m, $out, -1;
	is(scalar @printed, scalar @blocks, "every block of $path ran");
	for my $i (0 .. $#blocks)
	{
		my ($got, $shown, $line) = ($printed[$i] // '', $blocks[$i]{shown}, $blocks[$i]{line});
		if (defined $shown) { is(without_ids($got), without_ids($shown), "output of the block at line $line of $path") }
		else { unlike($got, qr/^ERROR/m, "no error in the block at line $line of $path") }
	}
	return;
}
page_is_true('README.md', 'readme');
page_is_true('docs/workers.md', 'workers');

my $readme = join '', slurp_lines('README.md');
my @functions = split /\n/, $node->safe_psql('readme',
	"SELECT DISTINCT proname FROM pg_proc WHERE pronamespace = 'batch_job'::regnamespace ORDER BY 1");
cmp_ok(scalar @functions, '>', 15, 'there are functions');
like($readme, qr/`$_\(/, "the reference has $_") for @functions;

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
like($readme, qr/^\| `\Q$code_of{$_}\E` \|/m, "the list of errors has $_") for sort keys %raised;

my ($version) = join('', slurp_lines('batch_job.control')) =~ /^default_version = '(.*)'/m;
my @stated = join('', slurp_lines('META.json')) =~ /"version": "(\d+\.\d+\.\d+)"/g;
is_deeply([ grep { $_ ne $version } @stated ], ['1.0.0'], "META.json states version $version, beside that of its format");

$node->stop;
done_testing();
