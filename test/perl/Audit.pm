# What must be true of a job table with events at any time, whatever was done to it and whatever happened to the server.
package Audit;

use strict;
use warnings;

use Exporter 'import';
use Test::More;

our @EXPORT = qw(audit);

# Each query counts the jobs or events that break the rule; "job" and "event" are the tables.
my @rules = (
	[ 'every status is the derived one', q{
		SELECT count(*) FROM job
		 WHERE status IS DISTINCT FROM batch_job.derive_status(pre_processed_at, confirmed_at, processing_at, completed_at,
		                                                       canceled_at, failed_at)} ],
	[ 'every job was created once', q{
		SELECT count(*) FROM (SELECT FROM event WHERE event = 'batch.created' GROUP BY job_id HAVING count(*) > 1) twice} ],
	[ 'every event goes on where the one before it has left the job', q{
		SELECT count(*) FROM (SELECT from_status, lag(to_status) OVER (PARTITION BY job_id ORDER BY seq) AS before FROM event) e
		 WHERE from_status IS DISTINCT FROM before} ],
	[ 'the last event of every job is its status', q{
		SELECT count(*) FROM (SELECT DISTINCT ON (job_id) job_id, to_status FROM event ORDER BY job_id, seq DESC) e
		  FULL JOIN job ON id = job_id
		 WHERE status::text IS DISTINCT FROM to_status} ],
	[ 'the events say which jobs are deleted', q{
		SELECT count(*) FROM (SELECT DISTINCT ON (job_id) job_id, event FROM event
		                       WHERE event IN ('batch.created', 'batch.deleted', 'batch.restored')
		                       ORDER BY job_id, seq DESC) e
		  JOIN job ON id = job_id
		 WHERE (deleted_at IS NOT NULL) <> (event = 'batch.deleted')} ],
);

# audit(NODE, DATABASE, TABLE, WHAT): a test for each rule.
sub audit
{
	my ($node, $database, $table, $what) = @_;
	my $tables = "WITH job AS (SELECT * FROM $table), event AS (SELECT * FROM ${table}_event)";
	for my $rule (@rules)
	{
		my ($name, $sql) = @$rule;
		is($node->safe_psql($database, $tables . $sql), 0, "$what: $name");
	}
	return;
}

1;
