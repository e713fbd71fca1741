# Several sessions run random statements on job tables of several shapes, and each statement must do what a model predicts.
# The model is written from the documentation and uses no database. After each statement, rows, statuses, references, ids,
# events and errors are compared.
#
# Not for pg_regress: the statements are random, and several sessions are open at once and wait for each other.
#
# The runs are always the same. PROPERTY_SEED=N, or random, makes a different one, and PROPERTY_STEPS=N a longer one.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../property", "$FindBin::RealBin/../perl";

use Events;
use List::Util qw(min sum);
use Model;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rows;
use Session;
use Statements qw(chance draw_statement names one_of start_drawing);
use Test::More;

my $number_of_sessions = 3;
my $steps = $ENV{PROPERTY_STEPS} // 1500;
my $seed = $ENV{PROPERTY_SEED};
my @seeds = !defined $seed ? (1, 2, 3) : $seed eq 'random' ? (time) : ($seed);
my $shown = 40;	# statements before what went wrong

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', 'fsync = off');
$node->start;
$node->safe_psql('postgres', 'CREATE ROLE shop LOGIN; GRANT SET ON PARAMETER session_replication_role TO shop');

# A run: each session has its number, its connection, and may be in a transaction that has failed.
my ($model, $rows, $observer, @sessions, @has_failed, @events, @trace);

# How often each statement was done, was refused, and has waited.
my %taken;

sub start_run
{
	my $run_seed = shift;
	my $db = "run_$run_seed";
	$node->safe_psql('postgres', "CREATE DATABASE $db OWNER shop");
	$node->command_ok([ 'psql', '-XqAt', '-U', 'shop', '-v', 'ON_ERROR_STOP=1', '-o', '/dev/null', '-d', $db,
			'-f', "$FindBin::RealBin/../property/tables.sql" ], "tables for seed $run_seed");
	$model = Model->new(
		created => { guard => 1, checks => 1, on_delete => 'null' },
		attached => { on_delete => 'cascade' },
		partitioned => { on_delete => 'cascade', partitioned => 1 });
	$rows = Rows->new($model);
	($observer, @sessions) = map { Session->new($node->connstr($db) . ' user=shop') } 0 .. $number_of_sessions;
	@events = map { Events->new($observer, $_) } $model->tables;
	@has_failed = @trace = ();
	start_drawing($run_seed, $model, $number_of_sessions);
	return;
}

sub compare_rows
{
	my $number = shift;
	$rows->compare($number, $sessions[$number]) unless $has_failed[$number];
	return;
}

# Transactions.

sub control
{
	my ($number, $sql) = @_;
	push @trace, "session $number: $sql;";
	my $got = $sessions[$number]->run($sql);
	die "$sql gives $got->{sqlstate}\n" if $got->{sqlstate} ne '00000';
	$has_failed[$number] = 0 if $sql =~ /^ROLLBACK/;
	return;
}

sub begin_transaction
{
	my $number = shift;
	$model->push_layer($number);
	control($number, 'BEGIN');
	return;
}

sub end_transaction
{
	my $number = shift;
	my $commits = !$has_failed[$number] && chance(0.7);
	if ($commits) { $model->commit($number) }
	else { $model->rollback($number) }
	control($number, $commits ? 'COMMIT' : 'ROLLBACK');
	return;
}

sub set_savepoint
{
	my $number = shift;
	$model->push_layer($number);
	control($number, 'SAVEPOINT s' . $model->depth($number));
	return;
}

# To any savepoint that there is.
sub roll_back_to_savepoint
{
	my $number = shift;
	my $depth = 1 + int rand $model->depth($number);
	$model->rollback_to($number, $depth);
	control($number, "ROLLBACK TO s$depth");
	return;
}

sub release_savepoint
{
	my $number = shift;
	my $depth = 1 + int rand $model->depth($number);
	$model->release($number, $depth);
	control($number, "RELEASE s$depth");
	return;
}

# How a transaction goes on, if not with a statement. One that has failed can but go back.
sub draw_control
{
	my $number = shift;
	my $has_savepoint = $model->depth($number) > 0;
	return $has_savepoint && chance(0.7) ? \&roll_back_to_savepoint : \&end_transaction if $has_failed[$number];
	return \&end_transaction if chance(0.12);
	return \&set_savepoint if chance(0.08);
	return unless $has_savepoint && chance(0.1);
	return one_of(\&roll_back_to_savepoint, \&roll_back_to_savepoint, \&release_savepoint);
}

# Statements.

# Lets the statement wait until the session that is in its way has ended its transaction, and whoever else is then.
# Returns what is expected then, what comes, and who that was.
sub run_waiting
{
	my ($number, $statement, $expected) = @_;
	my @waits;
	push @trace, "session $number waits: $statement->{sql};";
	$sessions[$number]->begin($statement->{sql});
	wait_until_blocked($number);
	while (defined $expected->{waits_for})
	{
		end_transaction($expected->{waits_for});
		push @waits, $expected;
		$expected = $model->statement($number, $statement->{effect});
	}
	if ($expected->{sqlstate} eq '00000')
	{
		$model->keep_lock($number, @{$_}{qw(table key lock)}) for @waits;
	}
	return ($expected, $sessions[$number]->end, map { $_->{waits_for} } @waits);
}

sub wait_until_blocked
{
	my $number = shift;
	my $is_blocked = "SELECT cardinality(pg_blocking_pids($sessions[$number]{backend})) > 0";
	until ($observer->run($is_blocked)->{lines}[0] eq 't')
	{
		die "a statement that must wait does not\n" if $sessions[$number]->has_ended;
	}
	return;
}

# Does the model know what the statement does after it has waited? Not if it is about several jobs, nor if the job that
# it waits for leaves its partition: PostgreSQL refuses to follow it (40001).
sub may_wait
{
	my ($statement, $expected) = @_;
	return $statement->{by_id} && !$model->has_left_partition(@{$expected}{qw(waits_for table key)});
}

# Returns whether it was run.
sub run_statement
{
	my ($number, $statement) = @_;
	my $expected = $model->statement($number, $statement->{effect});
	my $must_wait = defined $expected->{waits_for};
	my ($got, @ended);
	return 0 if $expected->{unsure} || ($must_wait && !may_wait($statement, $expected));

	if ($must_wait) { ($expected, $got, @ended) = run_waiting($number, $statement, $expected) }
	else
	{
		push @trace, "session $number: $statement->{sql};" . ($statement->{data} ? "\n$statement->{data}" : '');
		$got = $sessions[$number]->run(@{$statement}{qw(sql data)});
	}
	compare_answers($got, $expected);
	fail_transaction($number) if $expected->{sqlstate} ne '00000' && $model->in_transaction($number);
	compare_rows($_) for $number, @ended;
	$taken{ $statement->{name} }{ $expected->{sqlstate} eq '00000' ? 'done' : 'refused' }++;
	$taken{ $statement->{name} }{waited}++ if $must_wait;
	return 1;
}

sub compare_answers
{
	my ($got, $expected) = @_;
	die "SQLSTATE $got->{sqlstate}, the model says $expected->{sqlstate}: @{$got->{lines}}\n"
	  if $got->{sqlstate} ne $expected->{sqlstate};
	die "it gives (@{$got->{lines}}), the model says (@{$expected->{lines}})\n"
	  if $expected->{lines} && "@{$got->{lines}}" ne "@{$expected->{lines}}";
	return;
}

sub fail_transaction
{
	my $number = shift;
	$model->abort($number);
	$has_failed[$number] = 1;
	return;
}

# Runs.

sub run_some_statement
{
	my $number = shift;
	my $statement;
	do { $statement = draw_statement($number) } until $statement && run_statement($number, $statement);
	return;
}

sub take_step
{
	my $number = int rand $number_of_sessions;
	my $control = $model->in_transaction($number) ? draw_control($number) : chance(0.4) ? \&begin_transaction : undef;
	if ($control)
	{
		$control->($number);
		compare_rows($number);
	}
	else { run_some_statement($number) }
	one_of(@events)->consume(1 + int rand 20) if chance(0.1);
	return;
}

# Ends all transactions, and compares what can be known then only.
sub settle
{
	for my $number (grep { $model->in_transaction($_) } 0 .. $number_of_sessions - 1)
	{
		end_transaction($number);
		compare_rows($number);
	}
	$_->check($model->events_of($_->{table})) for @events;
	return;
}

# Returns what went wrong.
sub run
{
	my $run_seed = shift;
	start_run($run_seed);
	eval {
		for my $step (1 .. $steps)
		{
			take_step();
			settle() if $step % 200 == 0 || $step == $steps;
		}
	};
	my $error = $@;
	$_->quit for @sessions, $observer;
	return $error;
}

for my $run_seed (@seeds)
{
	is(run($run_seed), '', "seed $run_seed, $steps steps: all is as the model says")
	  or diag(join "\n", 'The last statements:', @trace[ -min($shown, scalar @trace) .. -1 ],
		"To repeat it: PROPERTY_SEED=$run_seed PROPERTY_STEPS=$steps");
}

# Nothing is proved by what was not done. These two are always refused.
for my $name (names())
{
	my %count = (done => 0, refused => 0, waited => 0, %{ $taken{$name} // {} });
	my $must_be = $name =~ /^(?:confirm_unseen|update_job_wrongly)$/ ? 'refused' : 'done';
	cmp_ok($count{$must_be}, '>', 0, "$name: done $count{done}, refused $count{refused}, waited $count{waited}");
}
cmp_ok(sum(map { $_->{waited} // 0 } values %taken), '>', 0, 'sessions have waited for each other');

$node->stop;
done_testing();
