
# A DELETE of several jobs through the live view while other sessions change them all the time, each change with a new entry
# in every index: no job is ever missing, so it has to find and count every one.
#
# Not for the isolation tester, which cannot stop a session between two entries of an index.

use strict;
use warnings;

use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $rounds = 2_000;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION batch_job;
	SELECT batch_job.create_table(guard => false);
	CREATE INDEX ON batch_job (updated_at);
	INSERT INTO batch_job (id, type) SELECT 'job_' || n, 'import' FROM generate_series(1, 8) n;

	-- how many jobs each of so many DELETEs counted, all undone
	CREATE TABLE counted (jobs bigint PRIMARY KEY, times bigint);
	CREATE PROCEDURE delete_and_undo(rounds int) LANGUAGE plpgsql AS $$
	DECLARE
		n bigint;
	BEGIN
		FOR i IN 1 .. rounds LOOP
			DELETE FROM batch_job_live;
			GET DIAGNOSTICS n = ROW_COUNT;
			ROLLBACK;
			INSERT INTO counted AS c VALUES (n, 1) ON CONFLICT (jobs) DO UPDATE SET times = c.times + 1;
			COMMIT;
		END LOOP;
	END $$;
});

my $script = PostgreSQL::Test::Utils::tempdir() . '/change.sql';
PostgreSQL::Test::Utils::append_to_file($script, q{
\set n random(1, 8)
UPDATE batch_job SET result = '{}' WHERE id = 'job_' || :n;
});
my $output = '';
my $load = IPC::Run::start(
	[ 'pgbench', '-n', '-M', 'prepared', '-c', 4, '-j', 2, '-T', 3600, '-f', $script, $node->connstr('postgres') ],
	'<', \undef, '>', \$output, '2>', \$output);
$node->safe_psql('postgres', "CALL delete_and_undo($rounds)");
$load->signal('TERM');
$load->finish;

is($node->safe_psql('postgres', 'SELECT jobs, times FROM counted ORDER BY 1'), "8|$rounds", 'each of them counted every job');
cmp_ok($node->safe_psql('postgres', q{SELECT n_tup_upd FROM pg_stat_user_tables WHERE relname = 'batch_job'}), '>', 8 * $rounds + 100,
	'and the jobs were changed meanwhile');

$node->stop;
done_testing();
