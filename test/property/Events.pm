package Events;

# A consumer of the events of a job table, who reads while others write, and what must be true of all that it has read.

use strict;
use warnings;

my @columns = qw(seq id event from to previous_id reason);

sub new
{
	my ($class, $session, $table) = @_;
	return bless { session => $session, table => $table, position => 0, read => [] }, $class;
}

sub query { my ($self, $sql) = @_; return @{ $self->{session}->run($sql)->{lines} } }

# Reads at most so many events more.
sub consume
{
	my ($self, $max) = @_;
	my @lines = $self->query("SELECT seq, job_id, event, from_status, to_status, detail->>'previous_id', detail->>'reason'"
		  . " FROM batch_job.read_events($self->{position}, $max, '$self->{table}')");
	for my $line (@lines)
	{
		my %event;
		@event{@columns} = split /\|/, $line, -1;
		die "event $event{seq} of $self->{table} comes after $self->{position}\n" if $event{seq} <= $self->{position};
		$self->{position} = $event{seq};
		push @{ $self->{read} }, \%event;
	}
	return;
}

# To be called when all transactions are over: reads the rest, for which those of the server's own workers must be over
# too, and checks everything. expected: the events in the order of their transactions, as the model has them.
sub check
{
	my ($self, @expected) = @_;
	$self->drain;
	$self->compare(@expected);
	$self->replay;
	return;
}

# Each event is read once.
sub drain
{
	my $self = shift;
	my $written = join ' ', $self->query("SELECT seq FROM $self->{table}_event ORDER BY seq");
	my $deadline = time + 60;
	my $read;
	while (($read = join ' ', map { $_->{seq} } @{ $self->{read} }) ne $written)
	{
		die "$self->{table}: events read are ($read), there are ($written)\n" if time > $deadline;
		$self->consume(1000);
	}
	return;
}

# Each change of each job has left the events that it must.
sub compare
{
	my ($self, @expected) = @_;
	my %expected = events_by_id(map { { %$_, id => ${ $_->{id} } } } @expected);
	my %read = events_by_id(@{ $self->{read} });
	for my $id (sort keys %{ { %expected, %read } })
	{
		my ($expected, $read) = map { $_ // '' } $expected{$id}, $read{$id};
		die "$self->{table}, $id: events are ($read), the model says ($expected)\n" if $read ne $expected;
	}
	return;
}

sub events_by_id
{
	my %events;
	push @{ $events{ $_->{id} } }, join ' ', @{$_}{qw(event from to reason)} for @_;
	return map { $_ => join ', ', @{ $events{$_} } } keys %events;
}

# Events alone tell where each job is, and which are gone.
sub replay
{
	my $self = shift;
	my %job;
	for my $event (@{ $self->{read} })
	{
		my $id = $event->{id};
		$job{$id} = delete $job{ $event->{previous_id} } if $event->{previous_id} ne '';
		my $before = $job{$id} // { status => '' };
		die "$self->{table}: event $event->{seq} of $id is from $event->{from}, it was $before->{status}\n"
		  if $event->{from} ne $before->{status};
		my $is_deleted = $event->{event} eq 'batch.deleted' || ($before->{is_deleted} && $event->{event} ne 'batch.restored');
		$job{$id} = { status => $event->{to}, is_deleted => $is_deleted };
		delete $job{$id} if $event->{to} eq '';
	}
	my $told = join ' ', map { "$_|$job{$_}{status}|" . ($job{$_}{is_deleted} ? 't' : 'f') } sort keys %job;
	my $there = join ' ', $self->query(
		qq{SELECT id, status, deleted_at IS NOT NULL FROM $self->{table} ORDER BY id COLLATE "C"});
	die "$self->{table}: events tell of ($told), there is ($there)\n" if $told ne $there;
	return;
}

1;
