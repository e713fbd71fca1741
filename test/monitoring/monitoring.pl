# docs/monitoring.md and docs/monitoring/ are right: the queries of the page name the jobs that are stuck, and no others;
# Debian's exporter for SQL, with the file and the role of the page, shows what SQL says; Prometheus, with the rules, raises
# the alerts that are due, and no others.

use strict;
use warnings FATAL => 'all';

use Cwd;
use HTTP::Tiny;
use IPC::Run;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);

my $page = slurp_file('docs/monitoring.md');
my $collector = slurp_file('docs/monitoring/sql-exporter.yml');

# The first block of a language below a heading of the page.
sub block
{
	my ($heading, $language) = @_;
	my ($section) = $page =~ /^##+ \Q$heading\E\n(.*?)(?=^##+ |\z)/ms;
	my ($block) = ($section // '') =~ /^```$language\n(.*?)^```$/ms;
	return $block // die "no $language below $heading";
}

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
my ($hba, $ident) = block('Metrics', 'text') =~ /^(local .*)\n#.*\n(.*)$/m;
my ($me) = getpwuid $<;
my $others = slurp_file($node->data_dir . '/pg_hba.conf');
unlink $node->data_dir . '/pg_hba.conf';
append_to_file($node->data_dir . '/pg_hba.conf', "$hba\n$others");
append_to_file($node->data_dir . '/pg_ident.conf', $ident =~ s/\bpostgres\b/$me/r . "\n");
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE app; CREATE ROLE monitor LOGIN');

sub sql { return $node->safe_psql('app', $_[0]) }

# As the role that only watches.
my @watching = (extra_params => [ '-U', 'monitor' ]);
sub watch { return $node->safe_psql('app', $_[0], @watching) }

$node->command_ok([ 'psql', '-X', '-q', '-o', '/dev/null', '-v', 'ON_ERROR_STOP=1', '-d', 'app', '-f', 'test/monitoring/jobs.sql' ],
	'there are jobs in all states');
sql(block('Metrics', 'sql') . q{
	INSERT INTO consumer SELECT 'stopped', 5 UNION ALL
	SELECT name, max(seq) - behind FROM batch_job_event, (VALUES ('at work', 3), ('up to date', 0)) c (name, behind) GROUP BY name, behind});
sql('REVOKE ALL ON SCHEMA public FROM PUBLIC');
my $grants = block('A role that only watches', 'sql');
my ($columns) = $grants =~ /^(GRANT SELECT \([^)]*), start_after\) ON batch_job TO/m;
sql("$grants; $columns) ON legacy_job TO monitor");

# Each query names what is stuck in its way, in its first column, and nothing else.
my %stuck = (
	'Processed by nobody' => [q{nobody's}],
	'Running without progress' => [qw(exporting stalled)],
	'Lost by its worker, and not rescued' => ['forgotten'],
	'Waiting for a confirmation' => ['unconfirmed'],
	'Retrying again and again' => [ 'given back again and again', 'retrying again and again' ],
	'Due, but nobody takes them' => [qw(audit export report)]);
my @queries = map { block($_, 'sql') } sort keys %stuck;
my ($section) = $page =~ /^## Stuck jobs\n(.*?)^## /ms;
is_deeply([ sort $section =~ /^### (.*)/mg ], [ sort keys %stuck ], 'every way to be stuck is tested');
for my $way (sort keys %stuck)
{
	my @named = sort map { (split /\|/)[0] } split /\n/, watch(block($way, 'sql'));
	is_deeply(\@named, $stuck{$way}, "stuck: $way");
}

# What the file asks, as the exporter takes it apart.
my @asked = $collector =~ /^        query: \|\n((?:          .*\n)+)/mg;
is(scalar @asked, scalar(() = $collector =~ /^      - name:/mg), 'every metric has its query');
push @queries, @asked, 'SELECT * FROM batch_job_progress', q{SELECT * FROM batch_job.progress('legacy_job')};

# The role reads nothing else; and each right is needed.
for my $statement ('SELECT context FROM batch_job', 'SELECT checkpoint FROM batch_job_run',
	'SELECT detail FROM batch_job_event', 'UPDATE batch_job SET type = type', 'UPDATE batch_job_type SET note = note',
	'SELECT batch_job.claim()', 'SELECT batch_job.rescue()')
{
	my (undef, undef, $error) = $node->psql('app', $statement, @watching);
	like($error, qr/permission denied/, "not for the role: $statement");
}
my @rights = split /\n/, sql(q{
	SELECT format('SELECT (%I) ON %s', attname, attrelid::regclass) FROM pg_attribute, aclexplode(attacl) WHERE grantee = 'monitor'::regrole
	UNION ALL SELECT format('%s ON %s', privilege_type, c.oid::regclass) FROM pg_class c, aclexplode(relacl) WHERE grantee = 'monitor'::regrole
	UNION ALL SELECT format('%s ON SCHEMA %I', privilege_type, nspname) FROM pg_namespace, aclexplode(nspacl) WHERE grantee = 'monitor'::regrole});
cmp_ok(scalar @rights, '>', 30, 'the role has rights');
for my $right (@rights)
{
	my (undef, undef, $error) = $node->psql('app', join ";\n", 'BEGIN', "REVOKE $right FROM monitor", 'SET LOCAL ROLE monitor', @queries);
	like($error, qr/permission denied|no table "batch_job" on the search path/, "is needed: $right");
}

# The programs, with an environment of their own: the exporter panics at variables that it does not know.
my $http = HTTP::Tiny->new(timeout => 5);
my (@programs, @logs);

sub start_program
{
	my ($name, @command) = @_;
	push @logs, "$PostgreSQL::Test::Utils::log_path/$name.log";
	my @environment = ('env', '-i', 'PGHOST=' . $node->host, 'PGPORT=' . $node->port);
	push @programs, IPC::Run::start([ @environment, @command ], '<', \undef, '>', $logs[-1], '2>&1');
	return;
}

END { local $?; $_->kill_kill for @programs }

sub wait_for
{
	my ($what, $condition) = @_;
	for (1 .. 600)
	{
		return pass($what) if $condition->();
		usleep(100_000);
	}
	diag(slurp_file($_)) for @logs;
	return fail($what);
}

my $exporter = '127.0.0.1:' . PostgreSQL::Test::Cluster::get_free_port();
my $prometheus = '127.0.0.1:' . PostgreSQL::Test::Cluster::get_free_port();

# "NAME LABELS...", without those of the connection => value
sub metrics
{
	my %metrics;
	for ($http->get("http://$exporter/metrics")->{content} =~ /^(sql_batch_job_\w+\{.*)$/mg)
	{
		my ($name, $labels, $value) = /^sql_batch_job_(\w+)\{(.*)\} (\S+)$/;
		my %label = $labels =~ /(\w+)="([^"]*)"/g;
		delete @label{qw(driver host database user sql_job)};
		$metrics{ join ' ', $name, map { $label{$_} } sort keys %label } = $value;
	}
	return \%metrics;
}

# The same, by SQL, of a superuser.
sub expected
{
	my %expected;
	for (split /\n/, sql(q{
		SELECT concat_ws(' ', 'queue', key, t.job_table, type), CASE
		         WHEN key = 'oldest_due' THEN COALESCE(EXTRACT(epoch FROM value::interval), 0)::text
		         WHEN key LIKE 'max_running%' THEN COALESCE(value, '+Inf')
		         WHEN key = 'type_paused' THEN value::boolean::integer::text ELSE value END
		  FROM batch_job.attached() t, batch_job.queue_stats(t.job_table) q, jsonb_each_text(to_jsonb(q) - 'type')
		UNION ALL
		SELECT CASE WHEN key ~ '_(median|p95)$'
		         THEN concat_ws(' ', 'seconds', split_part(key, '_', 2), t.job_table, split_part(key, '_', 1), type)
		         ELSE concat_ws(' ', 'hour', key, t.job_table, type) END,
		       CASE WHEN key ~ '_(median|p95)$' THEN EXTRACT(epoch FROM value::interval)::text ELSE value END
		  FROM batch_job.attached() t, batch_job.job_stats('1 hour', t.job_table) s, jsonb_each_text(to_jsonb(s) - 'type')
		 WHERE value IS NOT NULL
		UNION ALL SELECT 'consumer events stopped', (max(seq) - 5)::text FROM batch_job_event
		UNION ALL VALUES ('consumer events at work', '3'), ('consumer events up to date', '0'),
		  ('consumer seconds stopped', '3600'), ('consumer seconds at work', '0'), ('consumer seconds up to date', '0')}))
	{
		my ($metric, $value) = split /\|/;
		$expected{$metric} = $value;
	}
	return \%expected;
}

sub same
{
	my ($metric, $is, $must) = @_;
	return $is eq $must if $is =~ /Inf/;
	return abs($is - $must) < ($metric =~ /oldest_due|consumer seconds/ ? 120 : 1e-6);
}

my $tempdir = PostgreSQL::Test::Utils::tempdir;
append_to_file("$tempdir/sql-exporter.yml", $collector =~ s/interval: 30s/interval: 1s/r);
start_program('exporter', 'prometheus-sql-exporter', '-config.file', "$tempdir/sql-exporter.yml", '-web.listen-address', $exporter);
wait_for('the exporter answers', sub { scalar grep { /^consumer/ } keys %{ metrics() } });
my ($metrics, $expected) = (metrics(), expected());
is_deeply([ sort keys %$metrics ], [ sort keys %$expected ], 'the exporter shows every value that SQL has, and no others');
my @wrong = grep { !same($_, $metrics->{$_}, $expected->{$_}) } grep { exists $metrics->{$_} } sort keys %$expected;
is(join("\n", map { "$_: $metrics->{$_}, must be $expected->{$_}" } @wrong), '', 'and each as SQL says it');
cmp_ok($metrics->{"queue $_ batch_job import"}, '>', 0, "there are $_ jobs")
  for qw(waiting due running retrying paused suspect unconfirmed no_run oldest_due slots_used);

# Prometheus, as the page sets it up.
command_ok([ 'promtool', 'check', 'rules', 'docs/monitoring/alerts.yml' ], 'promtool: the rules are in order');
command_ok([ 'promtool', 'test', 'rules', 'docs/monitoring/alerts_test.yml' ], 'promtool: their unit tests pass');
my $rules = getcwd . '/docs/monitoring/alerts.yml';
append_to_file("$tempdir/prometheus.yml", "global: {scrape_interval: 1s, evaluation_interval: 1s}\n" .
	block('Metrics', 'yaml') =~ s/localhost:9237/$exporter/r =~ s{/etc/prometheus/batch_job.yml}{$rules}r);
start_program('prometheus', 'prometheus', "--config.file=$tempdir/prometheus.yml", "--storage.tsdb.path=$tempdir/tsdb",
	"--web.listen-address=$prometheus");

# Alerts that are due, also those that wait for how long they must be so.
sub alerts
{
	my $answer = $http->get("http://$prometheus/api/v1/alerts");
	return [] if !$answer->{success};
	return [ sort map { join ' ', grep { defined } @{ $_->{labels} }{qw(alertname type consumer query)} }
		@{ decode_json($answer->{content})->{data}{alerts} } ];
}

wait_for('Prometheus has alerts', sub { scalar @{ alerts() } });
sleep 2; # and no more of them
is_deeply(alerts(), [ 'BatchJobConsumerBehind stopped', 'BatchJobFailures mail', 'BatchJobNoWorker invoice', 'BatchJobNoWorker report',
	'BatchJobOldestDue export', 'BatchJobOldestDue mail', 'BatchJobOldestDue report', 'BatchJobSuspect import', 'BatchJobWorkersLost mail' ], 'which are these');

# A right that is missing is told.
sql('REVOKE SELECT ON consumer FROM monitor');
wait_for('stale metrics are an alert', sub { scalar grep { $_ eq 'BatchJobMetricsStale batch_job_consumer' } @{ alerts() } });
ok(exists metrics()->{'consumer events stopped'}, 'for the exporter goes on showing them');
# Also where it is not the first of the tables that may not be read.
sql(q{SELECT batch_job.create_table('unwatched')});
wait_for('so is a table that is not watched', sub { scalar grep { $_ eq 'BatchJobMetricsStale batch_job_queue' } @{ alerts() } });

$_->kill_kill for splice @programs;
$node->stop;
done_testing();
