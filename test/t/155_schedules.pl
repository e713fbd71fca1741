# The schedules of docs/workers.md are taken by pg_cron, and what they run does what the page says. TAP, because pg_cron
# wants to be in shared_preload_libraries, which a server of its own can have.
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('schedules');
my $sharedir = $node->config_data('--sharedir');
plan skip_all => 'pg_cron is not installed' unless -e "$sharedir/extension/pg_cron.control";

my $page = slurp_file('docs/workers.md');
my ($schedules) = $page =~ /```text\n(SELECT cron\.schedule.*?)```/s;
ok($schedules, 'the page has schedules');

$node->init;
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'pg_cron'\ncron.database_name = 'postgres'");
$node->start;
$node->safe_psql('postgres',
	'CREATE EXTENSION pg_cron; CREATE EXTENSION batch_job; SELECT batch_job.create_table(runs => true)');
$node->safe_psql('postgres', $schedules);
is($node->safe_psql('postgres', 'SELECT string_agg(schedule, chr(10) ORDER BY jobid) FROM cron.job'),
	"0 2 * * *\n* * * * *", 'pg_cron takes them');

# twice, as when somebody runs a schedule by hand; without waiting for two at night
for (1 .. 2)
{
	$node->safe_psql('postgres', $_)
	  for split /;;\n/, $node->safe_psql('postgres', q{SELECT string_agg(command, E';;\n' ORDER BY jobid) FROM cron.job});
}
is($node->safe_psql('postgres', 'SELECT type, status, count(*) FROM batch_job GROUP BY 1, 2'),
	'export|confirmed|1', 'there is one job for the night');

$node->stop;
done_testing();
