# Many sessions claim at once, in spite of a dead worker, old snapshots and backlogs: each job is given to one worker, limits
# are exact, no slot is lost, and the number of pages that a claim reads does not grow.
#
# Not for pg_regress, which does not have dozens of sessions, and whose server nobody may kill. Costs are measured in buffers,
# not in time.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Session;
use Test::More;
use Workers;

my $node = start_server('main', 'restart_after_crash = on', 'shared_buffers = 256MB');

sub claims_each_job_once
{
	my $db = 'once';
	my $jobs = 10_000;
	make_queue($node, $db, ', events => true');
	add_jobs($node, $db, $jobs);
	$node->safe_psql($db, 'CREATE UNLOGGED TABLE given (id text, run text)');
	my $load = start_pgbench($node->connstr($db), [ '-c', 64, '-t', 200 ],
		q{INSERT INTO given SELECT id, run FROM batch_job.claim('{import}');});
	finish_pgbench($load, '64 sessions');
	is($node->safe_psql($db, 'SELECT count(*), count(DISTINCT id) FROM given'), "$jobs|$jobs",
		'64 sessions: each job is given to one of them, and none is left');
	none($node, $db, 'SELECT FROM given g FULL JOIN batch_job_run r ON g.id = job_id AND g.run = r.run WHERE g.id IS NULL OR job_id IS NULL',
		'64 sessions: each has its run');
	is($node->safe_psql($db, q{SELECT count(*), count(DISTINCT job_id) FROM batch_job_event WHERE event = 'batch.processing'}),
		"$jobs|$jobs", '64 sessions: each job is started once');
	return;
}

sub limits_are_reached
{
	my $db = shift;
	my $run = 'SELECT * FROM batch_job_run WHERE type =';
	return running_at_most($node, $db, "$run 'total'") == 4
	  && running_at_most($node, $db, "$run 'both'") >= 4
	  && !grep { running_at_most($node, $db, "$run 'owner' AND created_by = 'usr_$_'") < 2 } 0 .. 3;
}

# Some of them give up, some finish their job in the transaction that has claimed it, some in the next one; some see the
# database as it was before they waited.
sub keeps_limits
{
	my $db = 'limits';
	make_queue($node, $db);
	$node->safe_psql($db, q{
		INSERT INTO batch_job_type (type, max_running, max_running_per_owner)
		VALUES ('total', 4, NULL), ('owner', NULL, 2), ('both', 5, 3);
		CREATE FUNCTION finish(id text, run text) RETURNS void LANGUAGE sql AS $$
			SELECT batch_job.complete(id, run => run) WHERE id <> '0' $$});
	add_jobs($node, $db, 30_000, type => "(ARRAY['total', 'owner', 'both'])[1 + n % 3]", created_by => "'usr_' || n / 3 % 4");
	my ($looks, @exceeded) = (0);
	my $observer = Session->new($node->connstr($db));
	# A busy machine may take seconds to connect them all.
	for my $seconds (4, 8, 16, 32, 64)
	{
		my @load = (
			start_pgbench($node->connstr($db), [ '-c', 32, '-T', $seconds ],
				("\\set id 0\n\\set run 0\nSELECT id, run FROM batch_job.claim() \\aset\n\\sleep 20 ms\nSELECT finish(:id, :run);\n") x 3,
				"BEGIN;\nSELECT finish(id, run) FROM batch_job.claim(max => 3);\nCOMMIT;\n",
				"BEGIN;\nSELECT count(*) FROM batch_job.claim(max => 8);\nROLLBACK;\n"),
			start_pgbench($node->connstr($db), [ '-c', 8, '-T', $seconds, '--max-tries', 1_000_000 ],
				map { "BEGIN ISOLATION LEVEL $_;\nSELECT finish(id, run) FROM batch_job.claim();\nCOMMIT;\n" }
				  'REPEATABLE READ', 'SERIALIZABLE'));
		my $end = time + $seconds;
		while (time < $end)
		{
			push @exceeded, @{ $observer->run(q{
				SELECT DISTINCT type, total, owner
				  FROM (SELECT type, count(*) OVER (PARTITION BY type) AS total, count(*) OVER (PARTITION BY type, created_by) AS owner
				          FROM batch_job_run WHERE state = 'running') run
				  JOIN batch_job_type USING (type)
				 WHERE total > max_running OR owner > max_running_per_owner})->{lines} };
			$looks++;
		}
		finish_pgbench($_, "limits, for $seconds s") for @load;
		last if limits_are_reached($db);
	}
	$observer->quit;
	is("@exceeded", '', "limits: exceeded at none of $looks moments");
	my $run = 'SELECT * FROM batch_job_run WHERE type =';
	is(running_at_most($node, $db, "$run 'total'"), 4, 'limits: of a type as many run at a time as may, and never more');
	# which takes luck: three of one owner and two of another
	cmp_ok(running_at_most($node, $db, "$run 'both'"), '>=', 4, 'limits: about so of one that has a limit for each owner, too');
	for my $owner (map { "usr_$_" } 0 .. 3)
	{
		is(running_at_most($node, $db, "$run 'owner' AND created_by = '$owner'"), 2, "limits: so of the jobs of $owner");
		cmp_ok(running_at_most($node, $db, "$run 'both' AND created_by = '$owner'"), '<=', 3, "limits: and where both are limited");
	}
	return;
}

sub claimed
{
	my ($db, $max) = @_;
	return $node->safe_psql($db, "SELECT count(*) FROM batch_job.claim('{import}', max => $max)");
}

# Slots are counted in the table of runs, so no slot is lost with a dead process.
sub loses_no_slot
{
	my $db = 'slots';
	make_queue($node, $db);
	add_jobs($node, $db, 100);
	$node->safe_psql($db, q{INSERT INTO batch_job_type (type, max_running) VALUES ('import', 4)});

	my $worker = Session->new($node->connstr($db));
	$worker->run('BEGIN');
	is($worker->run(q{SELECT count(*) FROM batch_job.claim('{import}', max => 10)})->{lines}[0], 4, 'slots: an open claim takes all');
	kill_backend($node, $worker);
	is(claimed($db, 3), 3, 'slots: they are free when the backend of an open claim is killed');

	$worker = Session->new($node->connstr($db));
	is($worker->run('SELECT count(*) FROM batch_job.claim()')->{lines}[0], 1, 'slots: a worker takes the last one');
	kill_backend($node, $worker);
	is(claimed($db, 10), 0, 'slots: it has its job until the lease is over, though its backend is killed');
	$node->stop('immediate');
	$node->start;
	is(claimed($db, 10), 0, 'slots: none is free when the server comes back after a crash at the limit');
	is($node->safe_psql($db, q{
		SELECT count(batch_job.heartbeat(job_id, run)) FROM (SELECT job_id, run FROM batch_job_run WHERE state = 'running' LIMIT 3) r}), 3,
		'slots: who lives goes on');

	$node->safe_psql($db, q{
		UPDATE batch_job_run SET claimed_at = now() - interval '9 min', heartbeat_at = now() - interval '9 min',
		       lease_until = now() - interval '8 min', suspect_at = now() - interval '7 min'
		 WHERE run = (SELECT max(run) FROM batch_job_run WHERE state = 'running')});
	is($node->safe_psql($db, 'SELECT state FROM batch_job.rescue()'), 'waiting', 'slots: the dead worker is noticed');
	is(claimed($db, 10), 1, 'slots: and its slot is free');
	$node->safe_psql($db, q{SELECT batch_job.complete(job_id, run => run) FROM batch_job_run WHERE state = 'running'});
	is(claimed($db, 10), 4, 'slots: all are free when the jobs are done');
	return;
}

# Entries of claimed jobs cannot be removed from the indexes; a session skips them once a second, not with each claim, and less
# often if there are many.
sub claims_under_a_snapshot
{
	my $db = 'held';
	make_queue($node, $db);
	add_jobs($node, $db, 20_100, start_after => "now() - random() * interval '1 h'");	# each on another page than the one before
	$node->safe_psql($db, 'VACUUM ANALYZE');
	my $reader = Session->new($node->connstr($db));
	$reader->run($_) for 'BEGIN ISOLATION LEVEL REPEATABLE READ', 'SELECT count(*) FROM batch_job_run';
	$node->safe_psql($db, q{CALL note_costs('held', 20000, 'SELECT * FROM batch_job.claim()')});
	is($node->safe_psql($db, q{SELECT count(*) FROM batch_job_run}), 20_000, 'snapshot: 20,000 claims');
	my $worker = Session->new($node->connstr($db));
	$worker->run($_) for q{CALL note_costs('look', 1, 'SELECT * FROM batch_job.claim()')}, 'SELECT pg_sleep(1.1)',
	  q{CALL note_costs('later', 1, 'SELECT * FROM batch_job.claim()')};
	$_->quit for $reader, $worker;
	my ($look, $later) = map { $node->safe_psql($db, "SELECT buffers FROM costs WHERE what = '$_'") } qw(look later);
	cmp_ok($later, '<', $look / 10, "snapshot: a look at the head reads $look buffers, a claim a second later $later: it does not look again");
	my ($first, $last) = split /\|/, $node->safe_psql($db, q{
		SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY buffers) FILTER (WHERE nth <= 1000),
		       percentile_disc(0.5) WITHIN GROUP (ORDER BY buffers) FILTER (WHERE nth > 19000) FROM costs WHERE what = 'held'});
	cmp_ok($last, '<=', 1.5 * $first, "snapshot: of the last thousand most read $last buffers, of the first $first");
	my $slow = $node->safe_psql($db, q{SELECT count(*) FROM costs WHERE what = 'held' AND buffers > 1000});
	diag("snapshot: $slow claims of 20,000 had to pass over what was claimed before: "
		  . $node->safe_psql($db, q{SELECT round(avg(buffers)) FROM costs WHERE what = 'held'}) . ' buffers a claim');
	return;
}

# A worker that is in the middle of a backlog looks at all priorities once a second; a claim takes its time after that look.
sub takes_the_urgent_one_soon
{
	my $db = 'urgent';
	make_queue($node, $db);
	add_jobs($node, $db, 5000);
	my $worker = Session->new($node->connstr($db));
	$worker->begin(q{
		DO $$ BEGIN
			FOR i IN 1 .. 5000 LOOP
				PERFORM batch_job.claim();
				EXIT WHEN EXISTS (SELECT FROM batch_job WHERE id = 'urgent' AND processing_at IS NOT NULL);
				COMMIT;
				PERFORM pg_sleep(0.01);
			END LOOP;
		END $$});
	$node->poll_query_until($db, 'SELECT count(*) > 10 FROM batch_job_run') or die 'the worker does not begin';
	my $there = $node->safe_psql($db, q{
		INSERT INTO batch_job (id, type, priority, pre_processed_at, confirmed_at) VALUES ('urgent', 'import', -1, now(), now());
		SELECT clock_timestamp()});
	is($worker->end->{sqlstate}, '00000', 'urgent: the worker goes on');
	$worker->quit;
	is($node->safe_psql($db, qq{
		SELECT count(*) FILTER (WHERE job_id = 'urgent'),
		       count(*) FILTER (WHERE claimed_at > '$there'::timestamptz + interval '1.5 s' AND job_id <> 'urgent') FROM batch_job_run}), '1|0',
		'urgent: what has a higher priority is taken within a second, whatever waits');
	return;
}

# The buffers that half of such statements of a session read at most. Not all: the first one plans, which reads the catalog,
# and so does, once a second, the one that looks from the head and for lost workers.
sub median_buffers
{
	my ($session, $what, $sql) = @_;
	my $sqlstate = $session->run("CALL note_costs(\$what\$$what\$what\$, 11, \$sql\$ $sql \$sql\$)")->{sqlstate};
	die "$what: $sqlstate" if $sqlstate ne '00000';
	return $session->run(
		"SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY buffers) FROM costs WHERE what = \$what\$$what\$what\$")->{lines}[0];
}

my $tables = q{'{batch_job, batch_job_run, batch_job_type}'::regclass[]};
my @statistics = (
	[ 'stale statistics', 'SELECT' ],
	[ 'fresh statistics', 'ANALYZE' ],
	[ 'no statistics', qq{
		DELETE FROM pg_statistic WHERE starelid = ANY ($tables);
		UPDATE pg_class SET reltuples = -1, relpages = 0
		 WHERE oid = ANY ($tables) OR oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = ANY ($tables))} ]);

# Other jobs than those that are claimed: 100,000 for tonight, 200,000 of another type, 100,000 of an owner who has reached
# the limit.
sub reads_no_backlog
{
	my $db = 'backlog';
	make_queue($node, $db);
	$node->safe_psql($db, q{INSERT INTO batch_job_type (type, max_running_per_owner) VALUES ('owned', 100)});
	add_jobs($node, $db, 10, type => "'few'");
	$node->safe_psql($db, 'VACUUM ANALYZE');
	add_jobs($node, $db, 100_000, type => "'tonight'", start_after => "now() + interval '8 h'");
	add_jobs($node, $db, 200_000, type => "'many'");
	add_jobs($node, $db, 100_000, type => "'owned'", created_by => "'usr_busy'");
	add_jobs($node, $db, 500, type => "'tonight'");
	add_jobs($node, $db, 500, type => "'few'", start_after => "now() - interval '1 h'");
	add_jobs($node, $db, 500, type => "'owned'", created_by => "'usr_' || n % 10");
	is($node->safe_psql($db, q{SELECT created_by, count(*) FROM batch_job.claim('{owned}', max => 100) GROUP BY 1}),
		'usr_busy|100', 'backlog: an owner is busy');
	my @too_much;
	for (@statistics)
	{
		my ($name, $sql) = @$_;
		$node->safe_psql($db, $sql);
		for my $mode (qw(auto force_generic_plan force_custom_plan))
		{
			my $session = Session->new($node->connstr($db));
			$session->run("SET plan_cache_mode = $mode");
			for my $types ("'{tonight}'", "'{few}'", "'{owned}'", "'{few,tonight}'", "'{another}'", 'NULL')
			{
				my $buffers = median_buffers($session, "$name, $mode, $types", "SELECT * FROM batch_job.claim($types)");
				push @too_much, "$types reads $buffers with $name, $mode" if $buffers > ($types eq "'{another}'" ? 15 : 100);
			}
			# what runs is counted where there is a limit
			$session->run(q{SELECT batch_job.complete(job_id, run => run) FROM batch_job_run WHERE state = 'running' AND created_by <> 'usr_busy'});
			$session->quit;
		}
	}
	is(join(', ', @too_much), '', 'backlog: claims read no more than without, whatever the planner knows');
	is($node->safe_psql($db, q{SELECT count(*) > 300 FROM batch_job_run WHERE type <> 'owned' OR created_by <> 'usr_busy'}), 't',
		'backlog: they were given jobs');
	return;
}

# Workers poll all the time. One that gets no job must not load the database: not if there are no jobs, nor if all of them
# are for later, taken, or beyond a limit.
sub costs_nothing_when_idle
{
	my $db = 'idle';
	make_queue($node, $db);
	my $session = Session->new($node->connstr($db));
	my $claim = sub {
		my ($what, $most) = @_;
		my $sql = "SELECT * FROM batch_job.claim('{import}')";
		$session->run("CALL note_costs('warm', 3, \$\$$sql\$\$)");
		$session->run(q{SELECT pg_sleep(1.1)});	# so that the next one looks for lost workers, too
		my $before = $node->safe_psql($db, 'SELECT pg_current_wal_insert_lsn()');
		$session->run("SELECT count(*) FROM ($sql) none") for 1 .. 20;
		is($node->safe_psql($db, 'SELECT pg_current_wal_insert_lsn()'), $before, "idle, $what: no WAL");
		$session->run(q{SELECT pg_sleep(1.1)});
		my $with_look = $session->run("SELECT buffers FROM cost(\$\$$sql\$\$)")->{lines}[0];
		cmp_ok(median_buffers($session, $what, $sql), '<=', 10, "idle, $what: at most 10 buffers");
		cmp_ok($with_look, '<=', $most, "idle, $what: with the look for lost workers at most $most");
		return;
	};
	$claim->('no jobs', 15);
	add_jobs($node, $db, 1000, start_after => q{now() + interval '8 h'});
	$claim->('all for later', 15);
	$session->quit;
	return;
}

claims_each_job_once();
keeps_limits();
loses_no_slot();
claims_under_a_snapshot();
takes_the_urgent_one_soon();
reads_no_backlog();
costs_nothing_when_idle();

$node->stop;
done_testing();
