# Leases, and a clock that is changed: hours pass, the server is away, time goes back. A worker that is alive keeps its job
# however long that takes; dead workers lose theirs, but not all at once.
#
# Not for pg_regress, whose server has the machine's clock. Here libfaketime gives it another one (Debian's package
# libfaketime).

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Session;
use Test::More;
use Workers;

my ($libfaketime) = glob '/usr/lib/*/faketime/libfaketime.so.1';
plan skip_all => 'libfaketime is not there' unless defined $libfaketime;

my $clock = PostgreSQL::Test::Utils::tempdir() . '/clock';
my $now = 0;

# Seconds by which the server's clock is ahead of the machine's.
sub set_clock
{
	$now = shift;
	PostgreSQL::Test::Utils::append_to_file("$clock.new", sprintf "%+d\n", $now);
	rename "$clock.new", $clock or die "$clock: $!";
	return;
}

sub move_on
{
	my $seconds = shift;
	set_clock($now + $seconds);
	return;
}


# What it starts has that clock.
sub with_clock
{
	my $start = shift;
	local %ENV = (%ENV, LD_PRELOAD => $libfaketime, FAKETIME_TIMESTAMP_FILE => $clock, FAKETIME_NO_CACHE => 1,
		FAKETIME_DONT_FAKE_MONOTONIC => 1);
	return $start->();
}

set_clock(0);
my $node = with_clock(sub { start_server('main', 'synchronous_commit = off') });

# A queue of so many jobs; returns sessions.
sub queue
{
	my ($db, $jobs, $sessions) = @_;
	set_clock(0);
	make_queue($node, $db);
	add_jobs($node, $db, $jobs);
	return map { Session->new($node->connstr($db)) } 1 .. $sessions;
}

sub value
{
	my ($session, $sql) = @_;
	my $got = $session->run($sql);
	die "$sql gives $got->{sqlstate}: @{$got->{lines}}" if $got->{sqlstate} ne '00000';
	return join ',', @{ $got->{lines} };
}

# Claims one job: its id and run, as arguments of a function.
sub take
{
	my ($session, $worker) = @_;
	return value($session, "SELECT format('%L, %L', id, run) FROM batch_job.claim('{import}', worker => '$worker')");
}

# How many jobs the others get.
sub claims { return value(shift, 'SELECT count(*) FROM batch_job.claim()') }

sub beat
{
	my ($session, $mine) = @_;
	return value($session, "SELECT batch_job.heartbeat($mine)");
}

sub complete
{
	my ($session, $mine) = @_;
	$mine =~ s/, /, run => /;
	return value($session, "SELECT status FROM batch_job.complete($mine)");
}

sub runs { return value(shift, q{SELECT string_agg(concat_ws(' ', attempt, state, outcome), ', ' ORDER BY run) FROM batch_job_run}) }

is(value((queue('clock', 0, 1))[0], 'SELECT now()::date - current_date'), 0, 'the clock');
move_on(86_400);
cmp_ok($node->safe_psql('clock', 'SELECT extract(epoch FROM now())'), '>', time + 86_000, 'is the one that is set');

# A worker that sends a heartbeat every 20 seconds, and sometimes none for 80, which is longer than its lease.
{
	my ($worker, @others) = queue('long', 1, 3);
	my $mine = take($worker, 'steady');
	my ($given, $suspected, @answers) = (0, 0);
	for my $step (1 .. 540)
	{
		move_on(20);
		$given += claims($_) for @others;
		$suspected += value($worker, 'SELECT count(*) FROM batch_job_run WHERE suspect_at IS NOT NULL');
		push @answers, beat($worker, $mine) if $step % 50 > 3;
	}
	is(complete($worker, $mine), 'completed', 'three hours with a lease of a minute: done');
	is(runs($worker), '1 ended completed', 'three hours: by one run');
	is($given, 0, 'three hours: the others got nothing');
	is(join(' ', grep { $_ ne 'continue' } @answers), '', 'three hours: the worker was never told to stop');
	cmp_ok($suspected, '>', 0, 'three hours: though it was suspected when it was silent');
	$_->quit for $worker, @others;
}

{
	my ($worker, $other) = queue('stopped', 1, 2);
	my $mine = take($worker, 'stopped');
	move_on(600);
	is(beat($worker, $mine), 'continue', 'stopped for ten minutes, and nobody else came: it goes on');
	is(claims($other), 0, 'stopped: and has the job');
	is(complete($worker, $mine), 'completed', 'stopped: and completes it');

	$node->safe_psql('stopped', q{INSERT INTO batch_job (type, pre_processed_at, confirmed_at) VALUES ('import', now(), now())});
	$mine = take($worker, 'dead');
	move_on(61);
	is(claims($other), 0, 'dead: it is suspected when its lease is over');
	move_on(61);
	is(claims($other), 0, 'dead: and lost a lease later');
	is($worker->run("SELECT batch_job.heartbeat($mine)")->{sqlstate}, 'BJ002', 'dead: as it would hear');
	move_on(40);
	is(claims($other), 1, 'dead: then another worker gets the job');
	$_->quit for $worker, $other;
}

# No worker can send heartbeats meanwhile; when the server is back, others come first.
{
	my ($pool) = queue('away', 1000, 1);
	is(value($pool, q{SELECT count(*) FROM batch_job.claim(max => 1000, lease => '5 min')}), 1000, 'away: a thousand leases');
	$pool->quit;
	$node->stop;
	move_on(600);
	with_clock(sub { $node->start });
	($pool, my @others) = map { Session->new($node->connstr('away')) } 1 .. 17;
	for (1 .. 10)
	{
		is(join(' ', grep { $_ != 0 } map { claims($_) } @others), '', "away: others get nothing, $_") if $_ % 5 == 0;
		claims($_) for @others;
		move_on(5);
	}
	is(value($pool, q{SELECT count(*) FROM batch_job_run WHERE suspect_at IS NOT NULL AND state = 'running'}), 1000,
		'away: all are suspected');
	is(value($pool, q{
		SELECT directive, count(*) FROM batch_job.heartbeat((SELECT array_agg(job_id ORDER BY run) FROM batch_job_run),
		                                                    (SELECT array_agg(run ORDER BY run) FROM batch_job_run)) GROUP BY 1}),
		'continue|1000', 'away: and each keeps its job');
	move_on(30);
	is(claims($_), 0, 'away: none is lost') for @others[ 0, 1 ];
	is(value($pool, q{SELECT count(*) FROM batch_job_run WHERE state = 'running' AND suspect_at IS NULL}), 1000, 'away: none is suspected');
	$_->quit for $pool, @others;
}

{
	my ($worker, $other) = queue('forward', 2, 2);
	my $mine = take($worker, 'steady');
	move_on(10);
	is(beat($worker, $mine), 'continue', 'forward and back: a beat');
	move_on(3600);
	my $later = take($other, 'later');
	is(claims($other), 0, 'forward: others suspect the worker') for 1 .. 2;
	is(value($worker, 'SELECT count(suspect_at) FROM batch_job_run'), 1, 'forward: and nobody else');
	move_on(-3590);
	is(claims($other), 0, 'back: nobody is lost');
	is(beat($worker, $mine), 'continue', 'back: the worker goes on');
	is(value($worker, q{SELECT count(*) FROM batch_job_run WHERE worker = 'steady' AND suspect_at IS NULL
		AND lease_until BETWEEN now() + '50 s' AND now() + '61 s'}), 1, 'back: with a lease from now');
	move_on(30);
	is(claims($other), 0, 'back: nobody is lost later');
	is(complete($worker, $mine), 'completed', 'back: one completes its job');
	is(complete($other, $later), 'completed', 'back: so does the one that began in the future');
	is(runs($worker), '1 ended completed, 1 ended completed', 'back: each in one run');
	is(value($worker, 'SELECT count(*) FROM batch_job_run WHERE ended_at < claimed_at'), 0, 'back: none ended before it began');
	is(value($worker, 'SELECT count(*) FROM batch_job WHERE completed_at < processing_at'), 0, 'back: nor is a job over before it began');
	$_->quit for $worker, $other;
}

# Each look is bounded, and so are all of them at a time.
{
	my ($dead, @claimers) = queue('storm', 10_000, 17);
	$node->safe_psql('storm', q{INSERT INTO batch_job_type (type, backoff) VALUES ('import', '5 min')});
	is(value($dead, 'SELECT count(*) FROM batch_job.claim(max => 10000)'), 10_000, 'storm: 10,000 leases');
	move_on(600);
	my $look = sub {
		my ($column) = @_;
		my @counts;
		for my $round (1 .. 10)
		{
			die 'they get jobs' if grep { claims($_) != 0 } @claimers;
			push @counts, value($dead, "SELECT count(*) FROM batch_job_run WHERE $column");
			last if $counts[-1] == 10_000;
			move_on(2);
		}
		return @counts;
	};
	is(join(' ', $look->('suspect_at IS NOT NULL')), '1600 3200 4800 6400 8000 9600 10000', 'storm: each look finds a hundred');
	move_on(60);
	is(join(' ', $look->(q{outcome = 'lost'})), '1600 3200 4800 6400 8000 9600 10000', 'storm: each looks after a hundred');
	is(value($dead, q{
		SELECT min(retry_at - ended_at) >= '260 s', max(retry_at - ended_at) <= '330 s', max(retry_at - ended_at) - min(retry_at - ended_at) > '50 s',
		       count(DISTINCT retry_at) > 9000 FROM batch_job_run}), 't|t|t|t',
		'storm: and they do not come back together');
	$_->quit for $dead, @claimers;
}

# Whoever takes it dies.
{
	my ($other) = queue('killer', 1, 1);
	my $taken = 0;
	for my $step (1 .. 60)
	{
		my $worker = Session->new($node->connstr('killer'));
		$taken += claims($worker);
		$worker->quit;
		move_on(20);
	}
	is($taken, 3, 'killer: three workers have died of the job');
	is(runs($other), '1 ended lost, 2 ended lost, 3 ended lost', 'killer: each is an attempt');
	is(value($other, 'SELECT status FROM batch_job'), 'failed', 'killer: then it has failed');
	is(value($other, q{
		SELECT string_agg(concat_ws(' ', error->>'code', error->>'attempt', error->>'message' LIKE 'the worker was lost in attempt %'), ', ')
		  FROM batch_job, jsonb_array_elements(result->'errors') error}), 'worker_lost 1 t, worker_lost 2 t, worker_lost 3 t',
		'killer: for reasons that are told');
	$other->quit;
}

$node->stop;
done_testing();
