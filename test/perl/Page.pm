# The SQL of a page of documentation, with what the page shows of its output.
package Page;

use strict;
use warnings;

use Exporter 'import';
use IPC::Run;
use Test::More;

our @EXPORT = qw(slurp_lines links_of blocks_of output_of block_is_true blocks_are_true);

sub slurp_lines
{
	my ($path) = @_;
	open my $file, '<:encoding(UTF-8)', $path or die "$path: $!";
	return <$file>;
}

# Where its links lead, but for addresses: "path", "path#anchor" or "#anchor".
sub links_of
{
	my ($path) = @_;
	return grep { !/^\w+:/ } join('', slurp_lines($path)) =~ /\]\(([^)\s]+)\)/g;
}

# Blocks of SQL: each with the line it starts at, what its fence says behind "sql", and the output shown below it, if any.
sub blocks_of
{
	my ($path) = @_;
	my (@blocks, $language, $text, $line);
	for (slurp_lines($path))
	{
		$line++;
		if (/^```(\w*) ?(.*)/ && !defined $language)
		{
			($language, $text) = ($1, '');
			push @blocks, { line => $line, needs => $2 } if $language eq 'sql';
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

# output_of(CONNSTR, ROLE, BLOCK...): what each prints when they run one after the other in one session of psql.
sub output_of
{
	my ($connstr, $role, @blocks) = @_;
	my $mark = '---- next block ----';
	my $script = join "\n\\echo $mark\n", map { $_->{sql} } @blocks;
	my $out = '';
	IPC::Run::run([ 'psql', '-X', '-U', $role, '-d', $connstr ], '<', \$script, '>', \$out, '2>&1');
	return split /^\Q$mark\E\n/m, $out, -1;
}

# Tests that this is what the page shows below the block, or, where it shows nothing, that there is no error in it.
sub block_is_true
{
	my ($page, $block, $printed) = @_;
	my ($shown, $line) = @{$block}{qw(shown line)};
	if (defined $shown) { is(without_ids($printed), without_ids($shown), "output of the block at line $line of $page") }
	else { unlike($printed, qr/^(?:ERROR|FATAL)/m, "no error in the block at line $line of $page") }
	return;
}

# blocks_are_true(PAGE, CONNSTR, ROLE, BLOCK...): runs them as output_of does, and tests what each prints.
sub blocks_are_true
{
	my ($page, $connstr, $role, @blocks) = @_;
	my @printed = output_of($connstr, $role, @blocks);
	is(scalar @printed, scalar @blocks, "every block of $page ran");
	block_is_true($page, $blocks[$_], $printed[$_] // '') for 0 .. $#blocks;
	return;
}

1;
