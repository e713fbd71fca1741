# What pg_stat_statements records for a DELETE through the live view: with track = top only the DELETE, as one statement with
# its rows; with track = all also the UPDATE that it runs for each row.
#
# Not for pg_regress, whose server has not loaded pg_stat_statements.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
plan skip_all => 'this PostgreSQL has no pg_stat_statements'
  unless -e $node->config_data('--pkglibdir') . '/pg_stat_statements.so';
$node->init;
$node->append_conf('postgresql.conf', 'shared_preload_libraries = pg_stat_statements');
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION batch_job;
	CREATE EXTENSION pg_stat_statements;
	SELECT batch_job.create_table('quiet');
	SELECT batch_job.create_table('recorded', events => true);
	INSERT INTO quiet (id, type) SELECT 'job_' || n, 'import' FROM generate_series(1, 30) n;
	INSERT INTO recorded (id, type) SELECT 'job_' || n, 'import' FROM generate_series(1, 30) n});

# What is booked while a session runs a statement: top or nested, command, table, calls, rows.
sub booked
{
	my ($track, $sql) = @_;
	$node->safe_psql('postgres', 'SELECT pg_stat_statements_reset()');
	$node->safe_psql('postgres', "SET pg_stat_statements.track = '$track';\n$sql");
	return $node->safe_psql('postgres', q{
		SELECT CASE WHEN toplevel THEN 'top' ELSE 'nested' END, found[1], found[2], calls, rows
		  FROM pg_stat_statements, regexp_match(query, '(DELETE|UPDATE|INSERT)(?: FROM| INTO)?\s+(?:public\.)?(\w+)') AS found
		 WHERE found IS NOT NULL ORDER BY toplevel DESC, 2});
}

for my $table (qw(quiet recorded))
{
	is(booked('top', "DELETE FROM ${table}_live WHERE id < 'job_2'"), "top|DELETE|${table}_live|1|11",
		"$table: one statement, the DELETE, with its rows");
	is(booked('top', "UPDATE $table SET deleted_at = now() WHERE id LIKE 'job_2%' AND deleted_at IS NULL"), "top|UPDATE|$table|1|11",
		"$table: as for one UPDATE");
}
is(booked('all', q{DELETE FROM quiet_live WHERE id < 'job_5'}),
	"top|DELETE|quiet_live|1|3\nnested|UPDATE|quiet|3|3", 'within it, one UPDATE for each row');
is(booked('all', q{DELETE FROM recorded_live WHERE id < 'job_5'}),
	"top|DELETE|recorded_live|1|3\nnested|INSERT|recorded_event|3|3\nnested|UPDATE|recorded|3|3", 'and one INSERT of its event');

$node->stop;
done_testing();
