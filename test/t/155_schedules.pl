# docs/retention.md is true: its SQL runs from top to bottom, with pg_cron where it is installed, and prints what it shows. pg_cron
# takes the schedules of this page and of docs/workers.md, and what they run does what the pages say.
#
# TAP, because pg_cron wants to be in shared_preload_libraries, which a server of its own can have.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";
use Page;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $page = 'docs/retention.md';
my $node = PostgreSQL::Test::Cluster->new('schedules');
my $has_cron = -e $node->config_data('--sharedir') . '/extension/pg_cron.control';
note('no pg_cron: what needs it is left out') unless $has_cron;

$node->init;
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'pg_cron'\ncron.database_name = 'postgres'\ncron.use_background_workers = on\n")
  if $has_cron;
$node->start;
$node->safe_psql('postgres', 'CREATE ROLE shop_owner LOGIN; ALTER DATABASE postgres OWNER TO shop_owner');

# The page, but for what a superuser does, which needs nothing that comes before it.
my @blocks = grep { $has_cron || $_->{needs} !~ /pg_cron/ } blocks_of($page);
$node->safe_psql('postgres', $_->{sql}) for grep { $_->{needs} =~ /superuser/ } @blocks;
blocks_are_true($page, $node->connstr('postgres'), 'shop_owner', grep { $_->{needs} !~ /superuser/ } @blocks);

# What is due when the procedure is called the next time.
$node->safe_psql('postgres', q{
	UPDATE batch_job SET deleted_at = now() - interval '31 days' WHERE id = 'old';
	INSERT INTO batch_job (id, type, created_at, pre_processed_at, dry_run)
	SELECT 'nobody', 'import', at, at, true FROM (VALUES (now() - interval '31 days')) v (at);
	INSERT INTO batch_job (id, type, created_at, pre_processed_at, failed_at)
	SELECT 'failed', 'import', at, at, at FROM (VALUES (now() - interval '91 days')) v (at);
	SET session_replication_role = replica;
	UPDATE batch_job_event SET at = now() - interval '2 years'});
my $left = q{
	SELECT string_agg(concat_ws(' ', id, status, CASE WHEN deleted_at IS NOT NULL THEN 'deleted' END), ', ' ORDER BY id) FROM public.batch_job};
my $tidy = 'failed failed deleted, new completed, nobody canceled, preview canceled';
my $unread = q{SELECT count(*) FILTER (WHERE seq <= position), count(*) > 0 FROM public.batch_job_event, public.consumer};

if (!$has_cron)
{
	$node->safe_psql('postgres', 'CALL tidy_jobs()');
	is($node->safe_psql('postgres', $left), $tidy, 'the procedure does what the page says');
	is($node->safe_psql('postgres', $unread), '0|t', 'events that nobody has read are kept');
	$node->stop;
	done_testing();
	exit;
}

# The schedules of workers, by another role, whose tables are in another schema.
my ($schedules) = slurp_file('docs/workers.md') =~ /```text\n(SELECT cron\.schedule.*?)```/s;
ok($schedules, 'docs/workers.md has schedules');
my $superuser = getpwuid $>;
$node->safe_psql('postgres', qq{CREATE SCHEMA night; ALTER ROLE "$superuser" SET search_path = night});
$node->safe_psql('postgres', 'SELECT batch_job.create_table(runs => true)');
$node->safe_psql('postgres', $schedules);
is($node->safe_psql('postgres', q{SELECT string_agg(schedule, ', ' ORDER BY jobid) FROM cron.job}),
	'30 3 * * *, 0 4 * * 0, 0 2 * * *, * * * * *', 'pg_cron takes them');

# Not at night, but each second, or each minute where pg_cron is older than 1.5: so the night's job is asked for again.
for my $schedule ('1 seconds', '* * * * *')
{
	my ($status) = $node->psql('postgres', "SELECT cron.alter_job(jobid, schedule => '$schedule') FROM cron.job WHERE jobname <> 'tidy-cron'");
	last if $status == 0;
}
ok( $node->poll_query_until('postgres', q{
		SELECT count(DISTINCT jobid) = 3 FROM cron.job_run_details WHERE status = 'succeeded'}),
	'pg_cron runs them');
$node->safe_psql('postgres', q{SELECT command FROM cron.job WHERE jobname IN ('nightly-export', 'tidy-cron')} . ' \\gexec');
is($node->safe_psql('postgres', q{SELECT count(*) FROM cron.job_run_details WHERE status = 'failed'}), '0', 'none fails');
is($node->safe_psql('postgres', 'SELECT type, status, count(*) FROM batch_job GROUP BY 1, 2'),
	'export|confirmed|1', 'there is one job for the night');
is($node->safe_psql('postgres', $left), $tidy, 'the procedure does what the page says');
is($node->safe_psql('postgres', $unread), '0|t', 'events that nobody has read are kept');

$node->stop;
done_testing();
