# A copy of the extension for one server, whose files a test may change.
package ExtensionCopy;

use strict;
use warnings;

use Exporter 'import';
use File::Basename;
use PostgreSQL::Test::Utils;

our @EXPORT = qw(copy_extension);

# copy_extension(NODE): makes the server look first into a directory with a copy; returns the directory of its scripts and the
# path of its library. This needs the settings of 18, or those of Debian's 15 to 17; without either it returns nothing.
sub copy_extension
{
	my ($node) = @_;
	my ($setting, $value) = split /\|/, $node->safe_psql('postgres', q{
		SELECT name, setting FROM pg_settings WHERE name IN ('extension_control_path', 'extension_destdir')}) or return;
	my ($share, $lib) = map { $node->config_data($_) } '--sharedir', '--pkglibdir';
	my $stage = $value =~ /^(?!\$system)(.*?)(?:\Q$share\E:.*)?$/ ? $1 : '';
	my $copy = PostgreSQL::Test::Utils::tempdir();
	for my $installed ("$share/extension/batch_job*", "$lib/batch_job*")
	{
		my $directory = $copy . dirname($installed);
		PostgreSQL::Test::Utils::system_or_bail('mkdir', '-p', $directory);
		PostgreSQL::Test::Utils::system_or_bail('cp', glob("$stage$installed"), $directory);
	}
	$node->append_conf('postgresql.conf',
		$setting eq 'extension_destdir'
		? "extension_destdir = '$copy'"
		: "extension_control_path = '$copy$share:\$system'\ndynamic_library_path = '$copy$lib:\$libdir'");
	$node->restart;
	my ($library) = glob("$copy$lib/batch_job.*");
	return ("$copy$share/extension", $library);
}

1;
