# A history of a million events is read completely and in order, at once, in pages and from behind its end, and without
# exhausting the server's memory.
#
# Not for pg_regress: a million rows take too long there, and the memory is that of a server process.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $events = 1_000_000;
my $page = 300_000;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
# of which a process may touch all, and that would count as its own
$node->append_conf('postgresql.conf', "shared_buffers = '16MB'\nmax_wal_size = '2GB'\n");
$node->start;
$node->safe_psql('postgres', qq{
	CREATE EXTENSION batch_job;
	SELECT batch_job.create_table(events => true);
	DROP INDEX batch_job_event_job_id_seq_idx;
	INSERT INTO batch_job_event (job_id, event, actor, at, xid, horizon)
	SELECT 'job_' || n % 1000, 'batch.updated', 'test', now(), pg_current_xact_id(), pg_current_xact_id()
	  FROM generate_series(1, $events) n;
});

sub read_events
{
	my ($after, $max) = @_;
	return $node->safe_psql('postgres', "
		SELECT count(*), min(seq), max(seq), coalesce(bool_and(seq = $after + n), true)
		  FROM (SELECT seq, row_number() OVER () AS n FROM batch_job.read_events($after, $max)) e");
}

is(read_events(0, 2**31 - 1), "$events|1|$events|t", 'all events at once');
is(read_events($events - 1, 2**31 - 1), "1|$events|$events|t", 'the last one');
is(read_events($events, 2**31 - 1), '0|||t', 'none behind it');

my $position = 0;
my @pages;
while ($position < $events && @pages < 10)
{
	my ($count, $first, $last, $in_order) = split /\|/, read_events($position, $page);
	last if $count == 0;
	push @pages, "$count from $first" . ($in_order eq 't' ? '' : ', not in order');
	$position = $last;
}
is("@pages", '300000 from 1 300000 from 300001 300000 from 600001 100000 from 900001', 'page by page, nothing twice, nothing left out');

# Where numbers are missing, what is behind the gap comes as well when nobody can fill it.
$node->safe_psql('postgres', 'DELETE FROM batch_job_event WHERE seq % 1000 BETWEEN 10 AND 989');
is($node->safe_psql('postgres', "SELECT count(*), min(seq), max(seq) FROM batch_job.read_events(0, 2147483647)"),
	20 * $events / 1000 . "|1|$events", 'with a thousand gaps');

SKIP:
{
	skip 'no /proc', 1 unless -r '/proc/self/status';
	my $status = $node->safe_psql('postgres', q{
		SET work_mem = '4MB';
		INSERT INTO batch_job_event (job_id, event, actor, at, xid, horizon)
		SELECT 'job', 'batch.updated', 'test', now(), '3', '3' FROM generate_series(1, 500000);
		SELECT count(*) FROM batch_job.read_events(0, 2147483647);
		SELECT pg_read_file('/proc/self/status');
	});
	my ($kilobytes) = $status =~ /^VmHWM:\s*(\d+) kB/m;
	cmp_ok($kilobytes, '<', 120 * 1024, 'half a million events do not stay in memory');
}

done_testing();
