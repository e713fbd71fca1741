# Workers and others make random calls for jobs, with their own runs and with lost ones, and each call must do what a model
# predicts. The model is written from the documentation and uses no database. After each call, jobs and runs are compared.
#
# Not for pg_regress: the calls are random, and time passes by changes to the columns that hold times. Races between sessions
# are left to the isolation specs.
#
# The runs are always the same. PROPERTY_SEED=N, or random, makes a different one, and PROPERTY_STEPS=N a longer one.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../property", "$FindBin::RealBin/../perl";
use List::Util qw(min);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Runs;
use Session;
use Test::More;
use Workers;

my $steps = $ENV{PROPERTY_STEPS} // 1500;
my $seed = $ENV{PROPERTY_SEED};
my @seeds = !defined $seed ? (1, 2) : $seed eq 'random' ? (time) : ($seed);
my @ids = map { "job$_" } 1 .. 9;
my $shown = 30;

my $node = start_server('main');
my ($model, $session, @trace, @given, %done);

sub one_of { return $_[ int rand @_ ] }

sub start_run
{
	my $db = 'run_' . shift;
	make_queue($node, $db, ', events => true');
	$session = Session->new($node->connstr($db));
	$session->run(q{INSERT INTO batch_job_type (type, max_running, max_running_per_owner, max_attempts) VALUES ('few', 2, NULL, 2), ('owned', NULL, 1, NULL)});
	$model = Runs->new(few => { max_running => 2, max_attempts => 2 }, owned => { max_running_per_owner => 1 }, free => {});
	@trace = @given = ();
	for my $id (@ids)
	{
		my ($type, $owner) = (one_of(qw(few owned free)), one_of(qw(usr_1 usr_2)));
		$session->run("INSERT INTO batch_job (id, type, created_by, pre_processed_at, confirmed_at) VALUES ('$id', '$type', '$owner', now(), now())");
		$model->add($id, type => $type, owner => $owner);
	}
	return;
}

sub query
{
	my $sql = shift;
	push @trace, "$sql;";
	return $session->run($sql);
}

# A call and what the model says of it: SQLSTATE and answer.
sub compare
{
	my ($sql, $sqlstate, $answer) = @_;
	my $got = query($sql);
	die "SQLSTATE $got->{sqlstate}, the model says $sqlstate: @{$got->{lines}}\n" if $sqlstate ne 'unknown' && $got->{sqlstate} ne $sqlstate;
	die "it gives (@{$got->{lines}}), the model says ($answer)\n" if defined $answer && "@{$got->{lines}}" ne $answer;
	return;
}

# Claims and heartbeats look after lost runs when they like; so that all is known, a look follows each. Claims
# also end runs of jobs that are over, if they come across them: a look before leaves none.
sub rescue
{
	query('SELECT count(*) FROM batch_job.rescue()');
	$model->rescue;
	return;
}

sub claim
{
	rescue();
	my $max = one_of(1, 1, 2, 3);
	my $could = $model->claimable;
	my $got = query("SELECT id, run, attempt, checkpoint FROM batch_job.claim(max => $max)");
	my @lines = @{ $got->{lines} };
	die "$got->{sqlstate}: @lines\n" if $got->{sqlstate} ne '00000';
	die "it gives @{[scalar @lines]} jobs, of $could\n" if @lines > $max || !@lines != !$could;
	for (@lines)
	{
		my ($id, $run, @state) = split /\|/, $_, -1;
		my ($wrong, @expected) = $model->claimed($id, $run);
		die "$id: $wrong\n" if $wrong;
		die "$id: (@state), the model says (@expected)\n" if "@state" ne "@expected";
		push @given, [ $id, $run ];
	}
	rescue();
	return scalar @lines;
}

# Time passes for the runs that are so; what the columns say is what it is for the model.
sub let_time_pass
{
	my ($which, $sql) = @_;
	query($sql);
	$which->($_) for grep { defined } map { Runs::open_run($_) } $model->jobs;
	return;
}

my %calls = (
	claim => \&claim,
	heartbeat => sub {
		my ($id, $run) = @_;
		my $checkpoint = int rand 100;
		compare("SELECT batch_job.heartbeat('$id', '$run', checkpoint => '$checkpoint')", $model->heartbeat($id, $run, $checkpoint));
		return rescue();
	},
	complete => sub { my ($id, $run) = @_; return compare("SELECT FROM batch_job.complete('$id', run => '$run')", $model->finish($id, $run, 'completed')) },
	fail => sub { my ($id, $run) = @_; return compare("SELECT FROM batch_job.fail('$id', 'error', '$run')", $model->finish($id, $run, 'failed')) },
	retry => sub { my ($id, $run) = @_; return compare("SELECT batch_job.retry('$id', '$run', 'error', '0') IS NOT NULL", $model->retry($id, $run)) },
	release => sub { my ($id, $run) = @_; return compare("SELECT batch_job.release('$id', '$run')", $model->release($id, $run)) },
	rescue => \&rescue,
	lapse => sub {
		return let_time_pass(sub { $_[0]{is_expired} = 1 if $_[0]{state} eq 'running' }, q{
			UPDATE batch_job_run SET claimed_at = now() - interval '3 h', heartbeat_at = now() - interval '2 h', lease_until = now() - interval '1 h'
			 WHERE state = 'running'});
	},
	go_on => sub {
		return let_time_pass(sub { $_[0]{suspect} = 2 if $_[0]{suspect}; $_[0]{is_due} = 1 if $_[0]{state} eq 'waiting' }, q{
			UPDATE batch_job_run SET suspect_at = CASE WHEN suspect_at IS NOT NULL THEN now() - interval '2 h' END,
			       retry_at = CASE state WHEN 'waiting' THEN now() - interval '1 min' ELSE retry_at END
			 WHERE state IN ('running', 'waiting')});
	},
	(map { my $name = $_; ($name => sub { my ($id) = @_; return compare("SELECT batch_job.$name('$id')", $model->$name($id)) }) } qw(pause resume)),
	(map { my $name = $_; ($name => sub { my ($id) = @_; return compare("SELECT FROM batch_job.$name('$id')", $model->$name($id)) }) }
		qw(cancel reopen soft_delete restore)),
	complete_without_run => sub { my ($id) = @_; return compare("SELECT FROM batch_job.complete('$id')", $model->complete_without_run($id)) },
);
my %weights = (claim => 6, heartbeat => 3, complete => 2, retry => 3, release => 3, lapse => 2, go_on => 3, reopen => 3, restore => 3, resume => 3);
my @drawn = map { ($_) x ($weights{$_} // 1) } sort keys %calls;

sub take_step
{
	my $name = one_of(@drawn);
	my @mine = map { [ $_->{id}, Runs::running($_)->{token} ] } grep { Runs::running($_) } $model->jobs;
	my $about = $name =~ /^(?:heartbeat|complete|fail|retry|release)$/ ? one_of(@mine, @mine, @given[ -min(20, scalar @given) .. -1 ], [ one_of(@ids), 'run_none' ])
	  : [ one_of(@ids) ];
	$calls{$name}->(@$about);
	$done{$name}++;
	my $there = join "\n", @{ $session->run(q{
		SELECT id, status, deleted_at IS NOT NULL,
		       (SELECT string_agg(concat_ws(':', attempt, state, COALESCE(outcome::text, ''), COALESCE(checkpoint::text, '')), ' ' ORDER BY run)
		          FROM batch_job_run WHERE job_id = id)
		  FROM batch_job ORDER BY id COLLATE "C"})->{lines} };
	my $expected = join "\n", $model->lines;
	die "there is\n$there\nthe model says\n$expected\n" if $there ne $expected;
	return;
}

for my $run_seed (@seeds)
{
	srand $run_seed;
	start_run($run_seed);
	my $step = 0;
	eval { take_step() while $step++ < $steps };
	is($@, '', "seed $run_seed, $steps steps: all is as the model says")
	  or diag(join "\n", 'The last calls:', @trace[ -min($shown, scalar @trace) .. -1 ], "To repeat it: PROPERTY_SEED=$run_seed PROPERTY_STEPS=$steps");
	is(join('', @{ $session->run(q{
		SELECT count(*) FROM (SELECT FROM batch_job_run WHERE state <> 'ended' GROUP BY job_id HAVING count(*) > 1) two})->{lines} }), 0,
		"seed $run_seed: no job has two runs that are not ended");
	$session->quit;
}
cmp_ok($done{$_} // 0, '>', 0, "$_: done") for sort keys %calls;

$node->stop;
done_testing();
