package Model;

# What jobs, people, and the rows that refer to jobs must be after each statement, as the documentation says it: told once
# more, without a database. Knows transactions and savepoints of several sessions under READ COMMITTED, and who waits
# for whom.
#
# A row is a hash that no statement changes: it is replaced. That of a job has its columns, '' for NULL, and timestamps
# in microseconds; what only the database can know is fresh() until it has been seen.

use strict;
use warnings;

my @stamps = qw(pre_processed confirmed processing completed canceled failed);

# The steps of the life cycle that an UPDATE may take where guard is on.
my %edges = (
	created => [qw(pre_processed canceled failed)],
	pre_processed => [qw(confirmed canceled failed)],
	confirmed => [qw(processing canceled failed)],
	processing => [qw(completed canceled failed)]);

my @open = qw(created pre_processed confirmed processing);

# Functions of the life cycle: what they set, from which statuses they may start, and in which they are done already.
my %transitions = (
	mark_pre_processed => { sets => 'pre_processed', from => ['created'], done => [qw(pre_processed confirmed)] },
	confirm => { sets => 'confirmed', from => ['pre_processed'], done => ['confirmed'] },
	start => { sets => 'processing', from => ['confirmed'], done => [] },
	complete => { sets => 'completed', from => ['processing'], done => ['completed'] },
	fail => { sets => 'failed', from => [ @open, 'failed' ], done => [] },
	cancel => { sets => 'canceled', from => \@open, done => ['canceled'] });

# tables: name => { guard, checks: is context an object, partitioned, on_delete: of created_by, cascade or null }
sub new
{
	my ($class, %tables) = @_;
	return bless { tables => \%tables, committed => {}, layers => {}, events => [], last => 0 }, $class;
}

sub tables
{
	my $self = shift;
	my @names = sort keys %{ $self->{tables} };
	return @names;
}

sub stamps { return @stamps }

# Tables that refer to a job table.
sub referring
{
	my $table = shift;
	return map { $table . $_ } qw(_step _note _hold);
}

# Does the status of a job let it take a step?
sub may
{
	my ($name, $row) = @_;
	return $row->{deleted_at} eq '' && is_one_of(status($row), @{ $transitions{$name}{from} });
}

# A value that the database chooses, above another.
sub fresh
{
	my $above = shift // 0;
	return { above => ref $above ? $above->{above} : $above };
}

sub status
{
	my $row = shift;
	my $status = 'created';
	for (@stamps)
	{
		$status = $_ if $row->{$_} ne '';
	}
	return $status;
}

# The statement is refused with this SQLSTATE.
sub refuse { die { sqlstate => shift } }

# Sessions, their transactions, and statements in them. Each savepoint and each statement is a layer of rows over those
# below; what is not in any layer is as it was committed.

sub layers
{
	my ($self, $session) = @_;
	return $self->{layers}{$session} //= [];
}

sub in_transaction { return @{ layers(@_) } > 0 }
sub depth { return @{ layers(@_) } - 1 }
sub push_layer { push @{ layers(@_) }, { rows => {}, exclusive => {}, shared => {}, events => [] }; return }
sub pop_layer { pop @{ layers(@_) }; return }

sub merge_layer
{
	my ($self, $session) = @_;
	my $top = pop @{ $self->layers($session) };
	my $below = $self->layers($session)->[-1] or return $self->commit_layer($top);
	for my $table (keys %{ $top->{rows} })
	{
		@{ $below->{rows}{$table} }{ keys %{ $top->{rows}{$table} } } = values %{ $top->{rows}{$table} };
	}
	for my $lock ('exclusive', 'shared')
	{
		@{ $below->{$lock} }{ keys %{ $top->{$lock} } } = values %{ $top->{$lock} };
	}
	push @{ $below->{events} }, @{ $top->{events} };
	return;
}

sub commit_layer
{
	my ($self, $layer) = @_;
	for my $table (keys %{ $layer->{rows} })
	{
		while (my ($key, $row) = each %{ $layer->{rows}{$table} })
		{
			if ($row) { $self->{committed}{$table}{$key} = $row }
			else { delete $self->{committed}{$table}{$key} }
		}
	}
	push @{ $self->{events} }, @{ $layer->{events} };
	return;
}

sub commit
{
	my ($self, $session) = @_;
	$self->merge_layer($session) while $self->in_transaction($session);
	return;
}

sub rollback { my ($self, $session) = @_; $self->{layers}{$session} = []; return }

sub rollback_to
{
	my ($self, $session, $depth) = @_;
	$self->pop_layer($session) while $self->depth($session) >= $depth;
	$self->push_layer($session);
	return;
}

sub release
{
	my ($self, $session, $depth) = @_;
	$self->merge_layer($session) while $self->depth($session) >= $depth;
	return;
}

# After an error nothing is left of the innermost subtransaction, which is yet to be ended.
sub abort
{
	my ($self, $session) = @_;
	$self->pop_layer($session);
	$self->push_layer($session);
	return;
}

# Does what a statement does, or nothing if it is refused or must wait. Returns { sqlstate, lines } that the statement
# gives, or { waits_for => session, table, key, lock }, or { unsure => 1 }: that is the server's business, not the
# extension's.
sub statement
{
	my ($self, $session, $effect) = @_;
	local $self->{session} = $session;
	$self->push_layer($session);
	my $lines = eval { $effect->($self) };
	if ($@)
	{
		die $@ unless ref $@;
		$self->pop_layer($session);
		return { lines => undef, %{ $@ } };
	}
	$self->merge_layer($session);
	return { sqlstate => '00000', lines => $lines };
}

# Rows as the session sees them.

sub row
{
	my ($self, $table, $key) = @_;
	for my $layer (reverse @{ $self->layers($self->{session}) })
	{
		return $layer->{rows}{$table}{$key} if exists $layer->{rows}{$table}{$key};
	}
	return $self->{committed}{$table}{$key};
}

sub keys_of
{
	my ($self, $table) = @_;
	my %keys = map { $_ => 1 } map { keys %{ $_->{rows}{$table} // {} } }
	  { rows => $self->{committed} }, @{ $self->layers($self->{session}) };
	my @keys = sort { $a <=> $b } grep { $self->row($table, $_) } keys %keys;
	return @keys;
}

sub rows_seen_by
{
	my ($self, $session, $table) = @_;
	local $self->{session} = $session;
	return map { $self->row($table, $_) } $self->keys_of($table);
}

sub find
{
	my ($self, $table, $column, $value) = @_;
	return grep { $self->row($table, $_)->{$column} eq $value } $self->keys_of($table);
}

# Locks. What a session has written nobody else can write until its transaction is over. Who refers to a row shares it:
# it may be written, but neither removed nor get another key.

# Another session that is in the way of a lock on a row: exclusive, shared, or written, as an UPDATE takes it that
# leaves the key alone.
sub holder
{
	my ($self, $table, $key, $lock) = @_;
	for my $session (sort keys %{ $self->{layers} })
	{
		next if $session eq $self->{session};
		for my $layer (@{ $self->layers($session) })
		{
			my $is_written = exists $layer->{rows}{$table}{$key};
			my $is_exclusive = $layer->{exclusive}{"$table $key"};
			my $is_shared = $layer->{shared}{"$table $key"};
			return $session if $lock eq 'shared' ? $is_exclusive : $is_written || ($lock eq 'exclusive' && $is_shared);
		}
	}
	return;
}

# Rows that the session sees and another one has.
sub contested
{
	my ($self, $session, $table) = @_;
	local $self->{session} = $session;
	return map { $self->row($table, $_) } grep { defined $self->holder($table, $_, 'exclusive') } $self->keys_of($table);
}

sub await
{
	my ($self, $table, $key, $lock) = @_;
	my $holder = $self->holder($table, $key, $lock);
	die { waits_for => $holder, table => $table, key => $key, lock => $lock } if defined $holder;
	return;
}

sub write_row
{
	my ($self, $table, $key, $row, $lock) = @_;
	my $layer = $self->layers($self->{session})->[-1];
	$self->await($table, $key, $lock);
	$layer->{rows}{$table}{$key} = $row;
	$layer->{exclusive}{"$table $key"} = 1 if $lock eq 'exclusive';
	return;
}

# A statement that has waited for a row has locked it, even if it then finds that the row is no longer one of its own.
sub keep_lock
{
	my ($self, $session, $table, $key, $lock) = @_;
	local $self->{session} = $session;
	my $row = $self->row($table, $key);
	$self->write_row($table, $key, $row, $lock) if $row && $lock ne 'shared' && $self->in_transaction($session);
	return;
}

# Has the session moved a row to another partition, which its id chooses?
sub has_left_partition
{
	my ($self, $session, $table, $key) = @_;
	return 0 unless $self->{tables}{$table} && $self->{tables}{$table}{partitioned};
	local $self->{session} = $session;
	my $row = $self->row($table, $key);
	return $row && $row->{id} ne $self->{committed}{$table}{$key}{id};
}

sub share
{
	my ($self, $table, $key) = @_;
	$self->await($table, $key, 'shared');
	$self->layers($self->{session})->[-1]{shared}{"$table $key"} = 1;
	return;
}

# The key of the row that a foreign key refers to.
sub refer
{
	my ($self, $table, $column, $value) = @_;
	my ($key) = $self->find($table, $column, $value);
	refuse('23503') unless defined $key;
	$self->share($table, $key);
	return $key;
}

sub new_key { my $self = shift; return ++$self->{last} }

# Jobs.

sub event
{
	my ($self, $row, $event, $from, $to) = @_;
	push @{ $self->layers($self->{session})->[-1]{events} },
	  { table => $row->{table}, id => \$row->{id}, event => "batch.$event", from => $from, to => $to,
		reason => $event eq 'canceled' ? $self->{reason} // '' : '' };
	return;
}

# Of a table, in the order in which their transactions were committed.
sub events_of
{
	my ($self, $table) = @_;
	return grep { $_->{table} eq $table } @{ $self->{events} };
}

sub step_events
{
	my ($self, $row, $status, @set) = @_;
	for my $stamp (@set)
	{
		next if rank($stamp) < rank($status);
		$self->event($row, $stamp, $status, $stamp);
		$status = $stamp;
	}
	return;
}

sub rank
{
	my $status = shift;
	my ($rank) = grep { $stamps[$_] eq $status } 0 .. $#stamps;
	return $rank // -1;
}

sub insert
{
	my ($self, $table, $key, $row) = @_;
	# the partition is chosen before the trigger makes an id
	refuse('23514') if $self->{tables}{$table}{partitioned} && defined $row->{id} && $row->{id} eq '';
	$row = { table => $table, key => $key, type => "job$key", id => '', created_by => '', context => '', result => '',
		dry_run => 'f', created_at => fresh(), updated_at => fresh(), deleted_at => '', (map { $_ => '' } @stamps), %$row };
	$row->{id} = fresh() if $row->{id} eq '';
	$self->check_row($row);
	$self->check_unique($row) unless ref $row->{id};
	$self->write_row($table, $key, $row, 'exclusive');
	$self->event($row, 'created', '', 'created');
	$self->step_events($row, 'created', grep { $row->{$_} ne '' } @stamps);
	$self->event($row, 'deleted', status($row), status($row)) if $row->{deleted_at} ne '';
	return $row;
}

sub check_row
{
	my ($self, $row) = @_;
	refuse('23514') if $self->{tables}{ $row->{table} }{checks} && $row->{context} =~ /^\[/;
	return;
}

sub check_unique
{
	my ($self, $row) = @_;
	for my $other ($self->find($row->{table}, 'id', $row->{id}))
	{
		die { unsure => 1 } if defined $self->holder($row->{table}, $other, 'exclusive');
		refuse('23505');
	}
	return;
}

# created_by, once the statement has changed its rows.
sub check_references
{
	my ($self, @rows) = @_;
	$self->refer('person', 'id', $_->{created_by}) for grep { $_->{created_by} ne '' } @rows;
	return;
}

# An UPDATE of one row.
sub update
{
	my ($self, $old, %change) = @_;
	my ($table, $key) = @{$old}{qw(table key)};
	my $renamed = exists $change{id} && $change{id} ne $old->{id};
	my $new = { %$old, %change, updated_at => fresh($old->{updated_at}) };
	$self->await($table, $key, exists $change{id} ? 'exclusive' : 'written');
	$self->guard($old, $new) if $self->{tables}{$table}{guard};
	$self->check_row($new);
	$self->check_unique($new) if $renamed;
	$self->write_row($table, $key, $new, exists $change{id} ? 'exclusive' : 'written');
	$self->update_events($old, $new);
	return $new;
}

# Without triggers: neither updated_at nor an event tells of it.
sub update_as_replica
{
	my ($self, $old, %change) = @_;
	$self->write_row($old->{table}, $old->{key}, { %$old, %change }, 'written');
	return;
}

# A step of the life cycle at a time; what is set stays.
sub guard
{
	my ($self, $old, $new) = @_;
	for my $column ('id', 'created_at', grep { $old->{$_} ne '' } @stamps)
	{
		refuse('55000') if $new->{$column} ne $old->{$column};
	}
	my @set = grep { $old->{$_} eq '' && $new->{$_} ne '' } @stamps;
	return if "@set" eq 'pre_processed confirmed' && status($old) eq 'created' && $new->{dry_run} eq 'f';
	refuse('55000') if @set > 1 || grep { !is_one_of($_, @{ $edges{ status($old) } // [] }) } @set;
	return;
}

sub is_one_of
{
	my ($what, @these) = @_;
	return grep { $_ eq $what } @these;
}

# What was set above the status are steps; whatever else has changed is an update.
sub update_events
{
	my ($self, $old, $new) = @_;
	my $before = status($old);
	my $kept = status({ map { $_ => $new->{$_} ne '' ? $old->{$_} : '' } @stamps });
	my $renamed = $new->{id} ne $old->{id};
	my $restored = $old->{deleted_at} ne '' && $new->{deleted_at} eq '';
	my $deleted = $old->{deleted_at} eq '' && $new->{deleted_at} ne '';

	$self->event($new, 'updated', $before, $before) if $renamed;
	$self->event($new, 'restored', $before, $before) if $restored;
	$self->event($new, 'updated', $before, $kept)
	  if $kept ne $before || (status($new) eq $before && !$renamed && !$restored && !$deleted);
	$self->step_events($new, $kept, grep { $old->{$_} eq '' && $new->{$_} ne '' } @stamps);
	$self->event($new, 'deleted', status($new), status($new)) if $deleted;
	return;
}

# The row itself goes, unless others hold it; with it those that refer to it by ON DELETE CASCADE.
sub remove
{
	my ($self, $row) = @_;
	my ($table, $key) = @{$row}{qw(table key)};
	$self->write_row($table, $key, undef, 'exclusive');
	$self->event($row, 'deleted', status($row), '');
	for my $hold ($self->find("${table}_hold", 'job', $key))
	{
		$self->await("${table}_hold", $hold, 'exclusive');
		refuse('23503');
	}
	$self->write_row("${table}_step", $_, undef, 'exclusive') for $self->find("${table}_step", 'job', $key);
	for my $note ($self->find("${table}_note", 'job', $key))
	{
		$self->write_row("${table}_note", $note, { %{ $self->row("${table}_note", $note) }, job => '' }, 'written');
	}
	return;
}

# DELETE on the table: sets deleted_at, where it is not set; the row is locked all the same.
sub delete_softly
{
	my ($self, $row) = @_;
	$self->write_row($row->{table}, $row->{key}, $row, 'exclusive');
	$self->update($row, deleted_at => fresh()) if $row->{deleted_at} eq '';
	return;
}

# Passes over rows that others have.
sub purge
{
	my ($self, $table, $deleted_before) = @_;
	my @rows = grep { $_->{deleted_at} ne '' && $_->{deleted_at} <= $deleted_before }
	  map { $self->row($table, $_) } grep { !defined $self->holder($table, $_, 'exclusive') } $self->keys_of($table);
	$self->remove($_) for @rows;
	return scalar @rows;
}

# A function of the life cycle; returns the job as it gives it.
sub transition
{
	my ($self, $name, $table, $id, %argument) = @_;
	my $transition = $transitions{$name};
	my $row = $self->live_job($table, $id);
	my $status = status($row);
	my $is_done = is_one_of($status, @{ $transition->{done} });
	refuse('55000') unless $is_done || may($name, $row);
	refuse('BJ001') if $argument{wrong_digest};
	return $row if $is_done;

	my %change = map { $_ => fresh() } grep { $row->{$_} eq '' } $transition->{sets};
	$change{confirmed} = fresh() if $name eq 'mark_pre_processed' && $row->{dry_run} eq 'f';
	$change{result} = with_count($row->{result}, $argument{count}) if defined $argument{count};
	$change{result} = with_error($row->{result}, $argument{error}) if defined $argument{error};
	local $self->{reason} = $argument{reason};
	return $self->update($row, %change);
}

sub live_job
{
	my ($self, $table, $id) = @_;
	my ($key) = $self->find($table, 'id', $id);
	my $row = defined $key ? $self->row($table, $key) : undef;
	refuse('P0002') if !$row || $row->{deleted_at} ne '';
	return $row;
}

# A result as jsonb writes it: count, then errors.
sub with_count
{
	my ($result, $count) = @_;
	my ($errors) = $result =~ /("errors": .*)\}/;
	return '{' . join(', ', qq{"count": $count}, $errors // ()) . '}';
}

sub with_error
{
	my ($result, $error) = @_;
	my ($count) = $result =~ /("count": \d+)/;
	my ($errors) = $result =~ /"errors": \[(.*)\]/;
	return '{' . join(', ', $count // (), '"errors": [' . join(', ', $errors // (), qq{"$error"}) . ']') . '}';
}

# Jobs of a person go too, or are nobody's.
sub remove_person
{
	my ($self, $key) = @_;
	my $id = $self->row('person', $key)->{id};
	my @jobs = map { my $table = $_; map { $self->row($table, $_) } $self->find($table, 'created_by', $id) }
	  $self->tables;
	$self->write_row('person', $key, undef, 'exclusive');
	$self->await($_->{table}, $_->{key}, 'exclusive') for @jobs;
	for my $job (@jobs)
	{
		if ($self->{tables}{ $job->{table} }{on_delete} eq 'cascade') { $self->remove($job) }
		else { $self->update($job, created_by => '') }
	}
	return;
}

1;
