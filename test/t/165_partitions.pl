# docs/partitions.md is right: its SQL runs from top to bottom, with pg_partman where it is installed, and prints what the
# page shows. Its promises for jobs that are moved hold: jobs, history and runs stay unchanged, and writers wait meanwhile.
# TAP, because pg_regress cannot take its input from a page, and because of the writers.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";
use Page;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Session;
use Test::More;

my $page = 'docs/partitions.md';
my $node = PostgreSQL::Test::Cluster->new('partitions');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE ROLE app_owner LOGIN');
my $partman =
  $node->safe_psql('postgres', q{SELECT split_part(default_version, '.', 1) FROM pg_available_extensions WHERE name = 'pg_partman'});
note($partman ? "pg_partman $partman" : 'no pg_partman: what needs it is left out');

# The page was written in November 2026.
my ($month, $this_month) = split /\|/, $node->safe_psql('postgres', q{
	SELECT to_char(month + interval '1 month', 'YYYY_MM'), to_char(month, 'YYYYMM01') FROM (VALUES (now() AT TIME ZONE 'UTC')) m (month)});

sub of_this_month
{
	my ($text) = @_;
	return $text =~ s/2026_12\b/$month/gr =~ s/20261101\b/$this_month/gr;
}

my @blocks = grep { $_->{needs} !~ /pg_partman ?(\d*)/ || $partman && ($1 || $partman) == $partman } blocks_of($page);
for my $block (@blocks)
{
	$block->{$_} = of_this_month($block->{$_}) for grep { defined $block->{$_} } qw(sql shown);
}

sub make_database
{
	my ($database) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $database OWNER app_owner");
	$node->safe_psql($database, 'CREATE EXTENSION batch_job');
	return;
}

# The block in which this is, and the transaction that is in that block, statement by statement.
sub block_with
{
	my ($text) = @_;
	my @found = grep { index($_->{sql}, $text) >= 0 } @blocks;
	die "$page has no block with: $text" unless @found;
	return $found[0];
}

sub transaction_with
{
	my ($text) = @_;
	my ($transaction) = block_with($text)->{sql} =~ /^(BEGIN;.*?^COMMIT;)$/ms or die "no transaction with: $text";
	return split /;\n/, $transaction =~ s/;$//r;
}

# The page itself. What a superuser has to do comes first.
make_database('page');
$node->safe_psql('page', $_->{sql}) for grep { $_->{needs} =~ /superuser/ } @blocks;
blocks_are_true($page, $node->connstr('page'), 'app_owner', grep { $_->{needs} !~ /superuser/ } @blocks);

# What must not change when jobs move.
my %kept = (
	jobs => q{SELECT j::text FROM batch_job j WHERE type <> 'writer' ORDER BY 1},
	history => q{SELECT e::text FROM batch_job_event e WHERE job_id IN (SELECT id FROM batch_job WHERE type <> 'writer') ORDER BY seq},
	runs => q{SELECT r::text FROM batch_job_run r ORDER BY 1},
);

# The transaction of the page that has this statement in it moves jobs, while another session wants to write a job.
sub moves
{
	my ($what, $statement, $job, $partition) = @_;
	my %before = map { $_ => $node->safe_psql('moved', $kept{$_}) } keys %kept;
	my $mover = Session->new($node->connstr('moved') . ' user=app_owner');
	my $writer = Session->new($node->connstr('moved') . ' user=app_owner');
	$mover->run("SET TimeZone = 'UTC'");
	$mover->run("$_\n") for block_with($statement)->{sql} =~ /^(SELECT [^;]* \\gset)$/mg;
	my ($begin, $detach, @others) = transaction_with($statement);
	$mover->run($_)->{sqlstate} eq '00000' or die "$what: $_" for $begin, $detach;
	$writer->begin("INSERT INTO batch_job (id, type) VALUES ($job, 'writer') RETURNING tableoid::regclass");
	$node->poll_query_until('moved', "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = $writer->{backend}")
	  or die 'the writer does not wait';
	is_deeply([ grep { $mover->run($_)->{sqlstate} ne '00000' } @others ], [], "$what: the jobs move");
	is_deeply($writer->end, { sqlstate => '00000', lines => [$partition] }, "$what: a writer waits, and writes where the job belongs");
	$_->quit for $mover, $writer;
	is($node->safe_psql('moved', $kept{$_}), $before{$_}, "$what: $_ as before") for sort keys %kept;
	is($node->safe_psql('moved', q{SELECT count(*) FROM batch_job_event JOIN batch_job ON id = job_id WHERE type = 'writer'}),
		$node->safe_psql('moved', q{SELECT count(*) FROM batch_job WHERE type = 'writer'}), "$what: what the writer did is recorded");
	return;
}

make_database('moved');
output_of($node->connstr('moved'), 'app_owner', block_with('LIKE batch_job_before INCLUDING ALL) PARTITION BY RANGE (id)'));
# of next month, and of the ninth, with runs, some of them over, and one soft-deleted
$node->safe_psql('moved', qq{
	SET ROLE app_owner;
	SET TimeZone = 'UTC';
	CREATE FUNCTION id_in(months integer, n integer) RETURNS text LANGUAGE sql
	RETURN batch_job.id_floor(date_trunc('month', now()) + make_interval(months => months, hours => n));
	INSERT INTO batch_job (id, type, context, pre_processed_at, confirmed_at)
	SELECT id_in(1, n), 'stray', jsonb_build_object('n', n), now(), now() FROM generate_series(1, 20) n;
	DO \$\$ BEGIN PERFORM batch_job.complete(id, '{"count": 1}', run => run) FROM batch_job.claim('{stray}', 5); END \$\$;
	SELECT batch_job.claim('{stray}', 5);
	DELETE FROM batch_job_live WHERE id = id_in(1, 20)});
is($node->safe_psql('moved', q{SELECT tableoid::regclass, count(*) FROM batch_job WHERE type = 'stray' GROUP BY 1}),
	'batch_job_default|20', 'jobs are in the default partition');
moves('one month', "RENAME TO batch_job_$month", 'id_in(1, 21)', "batch_job_$month");
$node->safe_psql('moved', q{
	SET ROLE app_owner;
	SET TimeZone = 'UTC';
	INSERT INTO batch_job (id, type, pre_processed_at, confirmed_at)
	SELECT CASE n % 2 WHEN 0 THEN id_in(9, n) ELSE 'order-' || n END, 'far', now(), now() FROM generate_series(1, 20) n;
	SELECT batch_job.claim('{far}', 5)});
moves('some of them', 'CREATE TABLE batch_job_far', 'id_in(9, 21)', 'batch_job_far');
is($node->safe_psql('moved', 'SELECT tableoid::regclass, count(*) FROM batch_job GROUP BY 1 ORDER BY min(tableoid::regclass::text)'),
	"batch_job_$month|21\nbatch_job_before|1\nbatch_job_default|10\nbatch_job_far|11", 'every job is where it belongs');
moves('all to one table', 'CREATE TABLE batch_job_whole', 'id_in(1, 22)', 'batch_job');
is($node->safe_psql('moved', q{
	SELECT DISTINCT (batch_job.complete(job_id, run => run)).status FROM batch_job_run WHERE state = 'running'}),
	'completed', 'workers go on with the jobs that have moved');

# By created_at an id is not unique over all partitions, and says so.
# Where there is no pg_partman, nobody has made partitions.
$node->safe_psql('page', q{CREATE TABLE IF NOT EXISTS delivery_default PARTITION OF delivery DEFAULT});
is($node->safe_psql('page', q{
	INSERT INTO delivery (id, created_at, type) VALUES ('twice', now() - interval '1 month', 'x'), ('twice', now(), 'x') RETURNING type}),
	"x\nx", 'by created_at, two jobs may have one id');
my ($status, undef, $stderr) = $node->psql('page', q{\set VERBOSITY sqlstate
	SELECT batch_job.cancel('twice', job_table => 'delivery')});
like($stderr, qr/ERROR:  21000/, 'but no function by id takes one of them');

# A history by seq: its first numbers are dropped, and a consumer goes on.
is($node->safe_psql('page', q{
	SET ROLE app_owner;
	SET client_min_messages = warning;
	CREATE TABLE counted_event (LIKE report_job_event INCLUDING ALL EXCLUDING INDEXES, PRIMARY KEY (seq)) PARTITION BY RANGE (seq);
	CREATE TABLE counted_event_1 PARTITION OF counted_event FOR VALUES FROM (1) TO (101);
	CREATE TABLE counted_event_101 PARTITION OF counted_event FOR VALUES FROM (101) TO (201);
	DO $$ BEGIN PERFORM batch_job.create_table('counted', events => true); END $$;
	INSERT INTO counted (type) SELECT 'x' FROM generate_series(1, 150);
	DROP TABLE counted_event_1;
	SELECT count(*), min(seq), max(seq) FROM batch_job.read_events(100, job_table => 'counted')}),
	'50|101|150', 'events partitioned by seq are read');

if ($partman)
{
	my @tables = grep { $_ ne 'shipment' || $partman >= 5 } qw(delivery shipment);
	for my $table (@tables)
	{
		my $range = qq{SELECT min(bounds), max(bounds) FROM pg_class, pg_get_expr(relpartbound, oid) bounds
			WHERE oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = '$table'::regclass) AND bounds <> 'DEFAULT'};
		my ($first, $last) = split /\|/, $node->safe_psql('page', $range);
		$node->safe_psql('page', qq{
			UPDATE partman.part_config SET premake = 6, retention = '1 month' WHERE parent_table = 'public.$table'});
		$node->safe_psql('page', 'SET ROLE app_owner; CALL partman.run_maintenance_proc()');
		my ($first_later, $last_later) = split /\|/, $node->safe_psql('page', $range);
		cmp_ok($first_later, 'gt', $first, "$table: old months go");
		cmp_ok($last_later, 'gt', $last, "$table: new months come");
	}

	# pg_partman deletes what it moves, and finds it still there.
	$node->safe_psql('page', q{INSERT INTO delivery (type, created_at) VALUES ('old', now() - interval '1 year')});
	(undef, undef, $stderr) = $node->psql('page', q{SELECT partman.partition_data_time('public.delivery')});
	like($stderr, qr/ERROR:  updated partition constraint for default partition "delivery_default" would be violated by some row/,
		'pg_partman does not move jobs');
	is($node->safe_psql('page', q{
		SET ROLE app_owner;
		SET batch_job.soft_delete = off;
		DO $$ BEGIN PERFORM partman.partition_data_time('public.delivery', p_batch_count => 100); END $$;
		SELECT string_agg(event, ' ' ORDER BY seq) FROM delivery JOIN delivery_event ON job_id = id WHERE type = 'old'}),
		'batch.created batch.deleted batch.created', 'nor does it without soft deletion, as the history has it');
}

$node->stop;
done_testing();
