# distribution.pl DIRECTORY: the META.json there is as the PGXN Meta Spec 1.0.0 wants it, and the files that it and the
# documentation name are there. Prints TAP.

use strict;
use warnings;

use File::Basename;
use FindBin;
use JSON::PP;
use lib "$FindBin::RealBin/../perl";
use Page;
use Test::More;

chdir $ARGV[0] or die "$ARGV[0]: $!\n";

sub slurp
{
	my ($path) = @_;
	open my $file, '<:raw', $path or die "$path: $!\n";
	local $/ = undef;
	return <$file>;
}

# Kinds of values, as the specification calls them.
my $semver = qr/\d+\.\d+\.\d+(?:-?[A-Za-z][\w.-]*)?/;
my $range = qr/(?:[<>]=?|[!=]=)?\s*(?:$semver|0)/;
my %is = (
	string => qr/\A.+\z/s,
	term => qr{\A[^\s/\\[:cntrl:]]{2,}\z},
	tag => qr{\A[^/\\[:cntrl:]]{1,255}\z},
	version => qr/\A$semver\z/,
	versions => qr/\A$range(?:,\s*$range)*\z/,
	url => qr{\Ahttps?://[^/\s]+},
	email => qr/@/,
	status => qr/\A(?:stable|testing|unstable)\z/,
	phase => qr/\A(?:configure|build|test|runtime|develop)\z/,
	relation => qr/\A(?:requires|recommends|suggests|conflicts)\z/,
	license => qr/\A(?:agpl_3|apache_[12]_[01]|artistic_[12]|bsd|gpl_[123]|lgpl_[23]_[01]|mit|mozilla_1_[01]|open_source|perl_5|postgresql)\z/,
);

# What the specification says of each key. A list may be one value; "*" are keys of a kind; with "!" a key must be there.
my %spec = (
	'!name' => 'term',
	'!version' => 'version',
	'!abstract' => 'string',
	'!maintainer' => ['string'],
	'!license' => ['license'],
	'!meta-spec' => { '!version' => 'version', url => 'url' },
	'!provides' => {
		'*term' => { '!file' => 'string', '!version' => 'version', abstract => 'string', docfile => 'string' } },
	description => 'string',
	generated_by => 'string',
	no_index => { file => ['string'], directory => ['string'] },
	prereqs => { '*phase' => { '*relation' => { '*term' => 'versions' } } },
	release_status => 'status',
	resources => {
		homepage => 'url',
		bugtracker => { web => 'url', mailto => 'email' },
		repository => { web => 'url', url => 'url', type => 'string' } },
	tags => ['tag'],
);

# What is wrong with a value, each with where.
sub faults
{
	my ($where, $spec, $value) = @_;
	return map { faults("$where\[]", $spec->[0], $_) } ref $value eq 'ARRAY' ? @$value : $value if ref $spec eq 'ARRAY';
	return faults_of_map($where, $spec, $value) if ref $spec;
	return if defined $value && !ref $value && $value =~ $is{$spec};
	return "$where is no $spec";
}

sub faults_of_map
{
	my ($where, $spec, $map) = @_;
	return "$where is no map" if ref $map ne 'HASH';
	my @faults = map { "$where lacks $_" } grep { !exists $map->{$_} } map { /^!(.*)/ } keys %$spec;
	my ($kind) = map { /^\*(.*)/ } keys %$spec;
	for my $key (sort keys %$map)
	{
		my $of_key = $spec->{"!$key"} // $spec->{$key};
		$of_key //= $spec->{"*$kind"} if $kind && $key =~ $is{$kind};
		next if !$of_key && $key =~ /^x_/i;
		push @faults, $of_key ? faults("$where/$key", $of_key, $map->{$key}) : "$where/$key is unknown";
	}
	return @faults;
}

my $meta = decode_json(slurp('META.json'));
is(join("\n", faults('META.json', \%spec, $meta)), '', 'META.json is as the specification of PGXN wants it');
is($meta->{'meta-spec'}{version}, '1.0.0', 'META.json: that is the version it follows');
is_deeply([ grep { !exists $meta->{$_} } qw(description generated_by no_index prereqs release_status tags) ], [],
	'META.json has what is optional and known');

my ($version) = slurp('batch_job.control') =~ /^default_version = '(.*)'$/m;
my $extension = $meta->{provides}{batch_job};
is_deeply([ $meta->{name}, $meta->{version}, $extension->{version} ], [ 'batch_job', $version, $version ],
	'META.json: name and versions are those of the extension');
my @named = (@{$extension}{qw(file docfile)}, @{ $meta->{no_index}{file} }, @{ $meta->{no_index}{directory} });
is_deeply([ grep { !-e } @named ], [], 'META.json: what it names is there');
is_deeply([ grep { !-s } qw(Makefile README.md LICENSE CHANGELOG.md batch_job.control) ], [], 'what everybody looks for is there');

# Between two releases packaging/deb adds an entry of its own.
my ($packaged) = slurp('packaging/debian/changelog') =~ /^[\w-]+ \(([\d.]+)-\d+\)/;
is($packaged, $version, 'packaging/debian/changelog begins with this version') if $version !~ /-/;

my @pages = glob '*.md docs/*.md bench/*.md examples/*/*.md';
my @dangling;
for my $page (@pages)
{
	my @links = grep { $_ ne '' } map { s/#.*//r } links_of($page);
	push @dangling, map { "$page: $_" } grep { !-e dirname($page) . "/$_" } @links;
}
is_deeply(\@dangling, [], 'what the documentation links to is there');

done_testing();
