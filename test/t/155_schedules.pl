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
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'pg_cron'\ncron.database_name = 'postgres'\ncron.use_background_workers = on\n");
$node->start;
$node->safe_psql('postgres',
	'CREATE EXTENSION pg_cron; CREATE EXTENSION batch_job; SELECT batch_job.create_table(runs => true)');
$node->safe_psql('postgres', $schedules);
is($node->safe_psql('postgres', 'SELECT string_agg(schedule, chr(10) ORDER BY jobid) FROM cron.job'),
	"0 2 * * *\n* * * * *", 'pg_cron takes them');

# Not at two at night, but each second, or each minute where pg_cron is older than 1.5: so the night's job is asked for again.
for my $schedule ('1 seconds', '* * * * *')
{
	my ($status) = $node->psql('postgres', "SELECT cron.alter_job(jobid, schedule => '$schedule') FROM cron.job");
	last if $status == 0;
}
ok( $node->poll_query_until('postgres', q{
		SELECT count(DISTINCT jobid) = 2 FROM cron.job_run_details WHERE status = 'succeeded'}),
	'pg_cron runs them');
$node->safe_psql('postgres', q{SELECT command FROM cron.job WHERE jobname = 'nightly-export'} . ' \\gexec');
is($node->safe_psql('postgres', q{SELECT count(*) FROM cron.job_run_details WHERE status = 'failed'}), '0', 'none fails');
is($node->safe_psql('postgres', 'SELECT type, status, count(*) FROM batch_job GROUP BY 1, 2'),
	'export|confirmed|1', 'there is one job for the night');

$node->stop;
done_testing();
