# A few workers send a hundred thousand heartbeats: these touch no index, write little WAL although the jobs are large, and
# the table of runs does not grow.
#
# Not for pg_regress: the server's statistics are exact only if nobody else is connected and sessions have ended, and it needs
# a setting of the server to write WAL without full-page images.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Workers;

my $db = 'beats';
my $jobs = 100;
my ($clients, $each) = (4, 25_000);
my $beats = $clients * $each;

# Autovacuum comes as it does, and the sessions look after lost workers now and then: both are part of it.
my $node = start_server('main', 'full_page_writes = off', 'autovacuum = on', 'autovacuum_naptime = 1s');
make_queue($node, $db);
add_jobs($node, $db, $jobs,
	result => q{jsonb_build_object('skus', (SELECT string_agg(gen_random_uuid()::text, '') FROM generate_series(1, 555 + 0 * n)))});
$node->safe_psql($db, qq{
	CREATE TABLE mine (n, id, run) AS
	SELECT row_number() OVER (), id, run FROM batch_job.claim(max => $jobs, lease => '10 min', worker => 'worker');
	ALTER TABLE mine ADD PRIMARY KEY (n);
	VACUUM ANALYZE});

my $size = q{SELECT pg_table_size('batch_job_run'), pg_indexes_size('batch_job_run')};
my ($table_before, $indexes_before) = split /\|/, $node->safe_psql($db, $size);
my $wal_before = $node->safe_psql($db, 'SELECT pg_current_wal_insert_lsn()');
finish_pgbench(
	start_pgbench($node->connstr($db), [ '-c', $clients, '-t', $each ], qq{
\\set n random(1, $jobs)
\\set done random(1, 1000000)
SELECT batch_job.heartbeat(id, run, items_done => :done, items_total => 1000000, message => 'importing') FROM mine WHERE n = :n;
}),
	"$beats heartbeats");
my $wal = $node->safe_psql($db, "SELECT (pg_current_wal_insert_lsn() - '$wal_before') / $beats");
cmp_ok($wal, '<=', 300, sprintf 'a heartbeat writes %.0f bytes of WAL', $wal);

$node->poll_query_until($db, "SELECT n_tup_upd >= $beats FROM pg_stat_user_tables WHERE relname = 'batch_job_run'")
  or die 'not all are counted';
my $hot = $node->safe_psql($db, q{SELECT n_tup_hot_upd / n_tup_upd::float FROM pg_stat_user_tables WHERE relname = 'batch_job_run'});
cmp_ok($hot, '>=', 0.99, "$hot of them touch no index");
is($node->safe_psql($db, q{SELECT n_tup_upd FROM pg_stat_user_tables WHERE relname = 'batch_job'}), $jobs,
	'none of them touches the job');
my ($table, $indexes) = split /\|/, $node->safe_psql($db, $size);
# Twenty bytes a heartbeat, where a table that kept each version would have two hundred: how many versions are there before one
# can be used again depends on how long the snapshots of a busy machine are held.
cmp_ok($table, '<=', $table_before + 20 * $beats, "the table of runs has grown from $table_before to $table bytes");
cmp_ok($indexes, '<=', $indexes_before + $beats, "its indexes from $indexes_before to $indexes");
is($node->safe_psql($db, q{SELECT count(*) FROM batch_job_run WHERE state = 'running' AND items_done > 0 AND message = 'importing'}), $jobs,
	'each run was heard');

$node->stop;
done_testing();
