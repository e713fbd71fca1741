package Runs;

# What jobs and their runs must be after each call of a worker, or of somebody else, as the documentation says it: told once more,
# without a database. One call after the other; the clock is what the test does to the columns that hold times.
#
# A job has its runs, oldest first. The last one alone may not be ended. A call gives its SQLSTATE, and what it returns,
# undef where the model does not know.

use strict;
use warnings;

use List::Util qw(first sum0);

my %is_over = map { $_ => 1 } qw(completed canceled failed);

# types: name => { max_running, max_running_per_owner, max_attempts }
sub new
{
	my ($class, %types) = @_;
	return bless { types => \%types, jobs => {} }, $class;
}

sub add
{
	my ($self, $id, %job) = @_;
	$self->{jobs}{$id} = { id => $id, status => 'confirmed', deleted => 0, runs => [], %job };
	return;
}

sub jobs { my $self = shift; return map { $self->{jobs}{$_} } sort keys %{ $self->{jobs} } }
sub is_over { return $is_over{ $_[0]{status} } // 0 }

# The run of a job that is not ended.
sub open_run
{
	my $job = shift;
	my $run = $job->{runs}[-1];
	return $run && $run->{state} ne 'ended' ? $run : undef;
}

sub running { my $run = open_run(shift); return $run && $run->{state} eq 'running' ? $run : undef }
sub ok { return ('00000', @_) }

# Claims.

sub is_claimable
{
	my $job = shift;
	my $run = open_run($job);
	return 0 if $job->{deleted} || is_over($job);
	return $run ? $run->{state} eq 'waiting' && $run->{is_due} : $job->{status} eq 'confirmed';
}

# How many more of these jobs run than may, if this one is taken.
sub has_slot
{
	my ($self, $job) = @_;
	my $type = $self->{types}{ $job->{type} };
	my @running = grep { $_->{type} eq $job->{type} && running($_) } $self->jobs;
	return 0 if defined $type->{max_running} && @running >= $type->{max_running};
	return 1 unless defined $type->{max_running_per_owner};
	return (grep { $_->{owner} eq $job->{owner} } @running) < $type->{max_running_per_owner};
}

# Which of them a worker may get depends on what its session remembers; that there are some does not.
sub claimable { my $self = shift; return grep { is_claimable($_) && $self->has_slot($_) } $self->jobs }

# The job was given with this run; returns what is wrong with that, and its attempt and checkpoint.
sub claimed
{
	my ($self, $id, $token) = @_;
	my $job = $self->{jobs}{$id};
	return 'it cannot be claimed' unless is_claimable($job);
	return 'its type has no slot' unless $self->has_slot($job);
	my $before = open_run($job);
	my $attempt = !$before ? 1 : $before->{attempt} + ($before->{outcome} =~ /^(?:failed|lost)$/ ? 1 : 0);
	$before->{state} = 'ended' if $before;
	push @{ $job->{runs} }, { token => $token, state => 'running', outcome => '', attempt => $attempt,
		checkpoint => $before ? $before->{checkpoint} : '' };
	$job->{status} = 'processing';
	return ('', $attempt, $job->{runs}[-1]{checkpoint});
}

# Calls with a run.

# The run if it is running; else the answer to who says what he has said before, or is told that it is over.
sub with_run
{
	my ($self, $id, $token, $outcome, $do) = @_;
	my $job = $self->{jobs}{$id};
	my $run = first { $_->{token} eq $token } @{ $job->{runs} };
	return 'BJ002' unless $run;
	return $do->($job, $run) if $run->{state} eq 'running';
	return 'BJ002' unless $outcome && $run->{outcome} =~ $outcome;
	return ok(undef);
}

sub end_run
{
	my ($run, $state, $outcome) = @_;
	@{$run}{qw(state outcome is_due is_expired suspect)} = ($state, $outcome, $state eq 'waiting', 0, 0);
	$run->{is_retried} = 1 if $outcome eq 'failed' && $state ne 'ended';
	return $state;
}

sub heartbeat
{
	my ($self, $id, $token, $checkpoint) = @_;
	return $self->with_run($id, $token, undef, sub {
		my ($job, $run) = @_;
		@{$run}{qw(checkpoint is_expired suspect)} = ($checkpoint, 0, 0);
		return ok($job->{deleted} || is_over($job) ? 'cancel' : $run->{to_pause} ? 'pause' : 'continue');
	});
}

# complete, fail
sub finish
{
	my ($self, $id, $token, $status) = @_;
	my $said = first { $_->{token} eq $token } @{ $self->{jobs}{$id}{runs} };
	my ($sqlstate, $answer) = $self->with_run($id, $token, $said && $said->{is_retried} ? undef : qr/^$status$/, sub {
		my ($job, $run) = @_;
		return 'P0002' if $job->{deleted};
		return '55000' if is_over($job);
		$job->{status} = $status;
		end_run($run, 'ended', $status);
		return ok(undef);
	});
	# said again when the job has been reopened or deleted
	my $job = $self->{jobs}{$id};
	return 'unknown' if $sqlstate eq '00000' && ($job->{status} ne $status || $job->{deleted});
	return ($sqlstate, $answer);
}

sub attempts_left
{
	my ($self, $job, $run) = @_;
	return $run->{attempt} < ($self->{types}{ $job->{type} }{max_attempts} // 3);
}

# Another attempt, with what it was for, or the end of the job.
sub next_attempt
{
	my ($self, $job, $run, $outcome) = @_;
	return end_run($run, $run->{to_pause} ? 'paused' : 'waiting', $outcome) if $job->{deleted} || $self->attempts_left($job, $run);
	$job->{status} = 'failed';
	return end_run($run, 'ended', $outcome);
}

sub retry
{
	my ($self, $id, $token) = @_;
	return $self->with_run($id, $token, qr/^failed$/, sub {
		my ($job, $run) = @_;
		if (is_over($job)) { end_run($run, 'ended', 'failed') }
		else { $self->next_attempt($job, $run, 'failed') }
		return ok($run->{state} eq 'ended' ? 'f' : 't');
	});
}

sub release
{
	my ($self, $id, $token) = @_;
	return $self->with_run($id, $token, qr/^(?:released|canceled)$/, sub {
		my ($job, $run) = @_;
		return ok(end_run($run, 'ended', 'canceled')) if is_over($job);
		return ok(end_run($run, $run->{to_pause} ? 'paused' : 'waiting', 'released'));
	});
}

# Calls of others.

sub with_job
{
	my ($self, $id, $do) = @_;
	my $job = $self->{jobs}{$id};
	return 'P0002' if $job->{deleted};
	return '55000' if is_over($job);
	return $do->($job, open_run($job));
}

sub complete_without_run
{
	my ($self, $id) = @_;
	my $job = $self->{jobs}{$id};
	return 'P0002' if $job->{deleted};
	return '55000' if running($job) || $job->{status} ne 'processing' && $job->{status} ne 'completed';
	$job->{status} = 'completed';
	return ok(undef);
}

# A run that waits or is paused is not looked at when its job is over: it ends when somebody comes across it.
sub end_idle
{
	my ($self, $job) = @_;
	my $run = open_run($job);
	return end_run($run, 'ended', 'canceled') if $run && $run->{state} ne 'running';
	return;
}

sub cancel
{
	my ($self, $id) = @_;
	my $job = $self->{jobs}{$id};
	return 'P0002' if $job->{deleted};
	return ok(undef) if $job->{status} eq 'canceled';
	return '55000' if is_over($job);
	$job->{status} = 'canceled';
	return ok(undef);
}

sub reopen
{
	my ($self, $id) = @_;
	my $job = $self->{jobs}{$id};
	return 'P0002' if $job->{deleted};
	return '55000' if $job->{status} !~ /^(?:failed|canceled)$/ || running($job);
	$self->end_idle($job);
	$job->{status} = 'confirmed';
	return ok(undef);
}

sub soft_delete { my ($self, $id) = @_; $self->{jobs}{$id}{deleted} = 1; return ok(undef) }
sub restore { my ($self, $id) = @_; $self->{jobs}{$id}{deleted} = 0; return ok(undef) }

sub pause
{
	my ($self, $id) = @_;
	return $self->with_job($id, sub {
		my ($job, $run) = @_;
		return '55000' if !$run && $job->{status} eq 'processing';
		push @{ $job->{runs} }, $run = { token => '', state => 'paused', outcome => 'released', attempt => 1, checkpoint => '', never => 1 }
		  unless $run;
		$run->{state} = 'paused' if $run->{state} eq 'waiting';
		$run->{to_pause} = 1;
		return ok($run->{state});
	});
}

sub resume
{
	my ($self, $id) = @_;
	return $self->with_job($id, sub {
		my ($job, $run) = @_;
		return ok('') unless $run;
		$run->{to_pause} = 0;
		@{$run}{qw(state is_due)} = ($run->{never} ? 'ended' : 'waiting', 1) if $run->{state} eq 'paused';
		return ok($run->{state});
	});
}

# What becomes of runs whose lease is over.
sub rescue
{
	my $self = shift;
	for my $job ($self->jobs)
	{
		my $run = open_run($job) // next;
		if ($run->{state} ne 'running') { $self->end_idle($job) if is_over($job) }
		elsif (!$run->{is_expired}) { next }
		elsif (is_over($job)) { end_run($run, 'ended', 'canceled') }
		elsif (($run->{suspect} // 0) < 2) { $run->{suspect} ||= 1 }
		elsif ($job->{deleted}) { end_run($run, 'waiting', 'released') }
		else
		{
			$self->next_attempt($job, $run, 'lost');
			$run->{is_due} = 0;
		}
	}
	return;
}

# As a query gives it: each job with its runs.
sub lines
{
	my $self = shift;
	return map {
		my $job = $_;
		join '|', @{$job}{qw(id status)}, $job->{deleted} ? 't' : 'f',
		  join(' ', map { join ':', @{$_}{qw(attempt state outcome checkpoint)} } @{ $job->{runs} })
	} $self->jobs;
}

1;
