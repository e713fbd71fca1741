package Statements;

# Statements about jobs, drawn at random; each with what it does in the model.

use strict;
use warnings;

use Exporter qw(import);
use List::Util qw(min shuffle);
use Model;

our @EXPORT_OK = qw(chance draw_statement names one_of start_drawing);

# A time that is known, in SQL and in microseconds; any other is the database's own.
my $known_time = '2001-01-01 00:00:00+00';
my $known = 978307200 * 1_000_000;

my $few = 10;	# rows in a table
my @stamps = Model::stamps();

# Of this run.
my ($model, $sessions, $last_id);

# Begins a run of so many sessions, which the model knows.
sub start_drawing
{
	(my $seed, $model, $sessions) = @_;
	srand $seed;
	$last_id = 0;
	return;
}

sub one_of { return $_[ int rand @_ ] }
sub chance { return rand() < shift }
sub quoted { my $text = shift; return defined $text ? "'$text'" : 'NULL' }

# What may be written to a job.

sub new_id { return one_of('a', 'h', 'z') . ++$last_id }

# The id of a job that the session sees, or only another one, or nobody; often of one that another session has locked,
# and of one that may take a step, if one is named.
sub some_id
{
	my ($session, $table, $step) = @_;
	my @rows = $model->rows_seen_by(chance(0.95) ? $session : int rand $sessions, $table);
	my @contested = $model->contested($session, $table);
	my @ready = grep { $step && Model::may($step, $_) } @rows;
	@rows = @ready if @ready && chance(0.7);
	@rows = @contested if @contested && chance(0.3);
	return chance(0.03) || !@rows ? 'nobody' : one_of(@rows)->{id};
}

# An id that is in the way of a new one.
sub taken_id
{
	my ($session, $table) = @_;
	my @rows = $model->rows_seen_by($session, $table);
	return @rows ? one_of(@rows)->{id} : new_id();
}

# Up to three that the session sees.
sub some_ids
{
	my ($session, $table) = @_;
	my @ids = map { $_->{id} } $model->rows_seen_by($session, $table);
	return (shuffle(@ids))[ 0 .. min(int rand 3, $#ids) ];
}

sub some_person
{
	my $session = shift;
	my @people = $model->rows_seen_by($session, 'person');
	return chance(0.03) || !@people ? 'nobody' : one_of(@people)->{id};
}

my %some = (
	id => sub { return chance(0.05) ? taken_id(@_) : one_of(new_id(), new_id(), '', undef) },
	created_by => sub { return chance(0.2) ? undef : some_person(@_) },
	context => sub { return one_of('{"a": 1}', '{"a": 2, "b": 1}', '{}', undef) },
	dry_run => sub { return one_of('t', 'f') },
	status => sub { return one_of('created', @stamps, undef) },
	deleted_at => sub { return one_of($known_time, undef, undef) },
	map { ($_ . '_at' => sub { return one_of($known_time, undef) }) } @stamps);

# Columns of new jobs, and for each job its values in their order.
sub new_jobs
{
	my ($session, $table) = @_;
	my @columns = grep { chance(/^(?:id|dry_run)$/ ? 0.4 : /_at$/ ? 0.1 : 0.25) } sort keys %some;
	my @jobs = map { +{ key => $model->new_key, map { $_ => $some{$_}->($session, $table) } @columns } } 0 .. int rand 3;
	return ([ 'type', @columns ], map { [ $_->{key}, "job$_->{key}", @{$_}{@columns} ] } @jobs);
}

# As the model has it: stamps have shorter names there, and the status is no column.
sub row_of
{
	my ($columns, @values) = @_;
	my %row;
	@row{@$columns} = map { !defined ? '' : $_ eq $known_time ? $known : $_ } @values;
	for my $stamp (grep { exists $row{ $_ . '_at' } } @stamps)
	{
		$row{$stamp} = delete $row{ $stamp . '_at' };
	}
	delete $row{status};
	return \%row;
}

# What comes of them.
sub insert_jobs
{
	my ($m, $table, $columns, @jobs) = @_;
	my @rows;
	for my $job (@jobs)
	{
		my ($key, @values) = @$job;
		push @rows, $m->insert($table, $key, row_of($columns, @values));
	}
	$m->check_references(@rows);
	return type_and_status(@rows);
}

sub job
{
	my ($m, $table, $id) = @_;
	return map { $m->row($table, $_) } $m->find($table, 'id', $id);
}

sub jobs { my ($m, $table, @ids) = @_; return map { job($m, $table, $_) } @ids }
sub live { return grep { $_->{deleted_at} eq '' } @_ }
sub types { return map { $_->{type} } @_ }
sub type_and_status { return map { "$_->{type}|" . Model::status($_) } @_ }

# For a statement that changes several jobs, in an order that nobody knows.
sub await_jobs
{
	my ($m, @rows) = @_;
	$m->await($_->{table}, $_->{key}, 'exclusive') for @rows;
	return;
}

# What an UPDATE sets: SQL, and for the model.
my %assignments = (
	(map {
		my $stamp = $_;
		($stamp => sub {
			return chance(0.15) ? ("${stamp}_at = NULL", $stamp => '')
			  : chance(0.2) ? ("${stamp}_at = '$known_time'", $stamp => $known)
			  : ("${stamp}_at = clock_timestamp()", $stamp => Model::fresh()) })
	  } @stamps),
	id => sub { my $id = chance(0.1) ? taken_id(@_) : new_id(); return ("id = '$id'", id => $id) },
	created_at => sub { return ("created_at = '$known_time'", created_at => $known) },
	created_by => sub {
		my $person = $some{created_by}->(@_);
		return ('created_by = ' . quoted($person), created_by => $person // '') },
	context => sub {
		my ($session, $table) = @_;
		my $context = $model->{tables}{$table}{checks} && chance(0.2) ? '[1]' : $some{context}->();
		return ('context = ' . quoted($context), context => $context // '') },
	dry_run => sub { my $dry_run = one_of('t', 'f'); return ("dry_run = '$dry_run'", dry_run => $dry_run) },
	deleted_at => sub {
		return chance(0.3) ? ('deleted_at = NULL', deleted_at => '')
		  : chance(0.3) ? ("deleted_at = '$known_time'", deleted_at => $known)
		  : ('deleted_at = now()', deleted_at => Model::fresh()) },
	status => sub { return ("status = '" . one_of(@stamps) . q{'}) },
	type => sub { return 'type = type' });

sub some_assignments
{
	my ($session, $table) = @_;
	my (@sql, %change);
	for my $column ((shuffle(sort keys %assignments))[ 0 .. int rand 3 ])
	{
		my ($sql, %set) = $assignments{$column}->($session, $table);
		push @sql, $sql;
		%change = (%change, %set);
	}
	return (join(', ', @sql), %change);
}

sub update_jobs
{
	my ($m, $rows, %change) = @_;
	my @rows = map { $m->update($_, %change) } @$rows;
	$m->check_references(@rows) if exists $change{created_by};
	return @rows;
}

# The statements. Each gives its SQL, what it does in the model, which returns the lines that it prints, and whether the
# model also knows that after it has waited for another session: it is about one job, by its id.

sub by_function
{
	my ($function, $arguments, $effect) = @_;
	return sub {
		my ($session, $table) = @_;
		my $id = some_id($session, $table, $effect ? () : $function);
		my ($sql, @given) = $arguments ? $arguments->($id, $table) : ('');
		return {
			sql => "SELECT status, deleted_at IS NOT NULL FROM batch_job.$function('$id'$sql, job_table => '$table')",
			by_id => 1,
			effect => sub {
				my $row = $effect ? $effect->(shift, $table, $id, @given) : $_[0]->transition($function, $table, $id, @given);
				return [ Model::status($row) . '|' . ($row->{deleted_at} eq '' ? 'f' : 't') ];
			} } };
}

sub count_given { my $count = int rand 100; return (qq{, result => '{"count": $count}'}, count => $count) }

my %statements = (
	insert => sub {
		my ($session, $table) = @_;
		my ($columns, @jobs) = new_jobs($session, $table);
		my @values = map { my ($key, @values) = @$_; '(' . join(', ', map { quoted($_) } @values) . ')' } @jobs;
		return {
			sql => "INSERT INTO " . one_of($table, "${table}_live") . ' (' . join(', ', @$columns) . ') VALUES '
			  . join(', ', @values) . ' RETURNING type, status',
			effect => sub { return [ insert_jobs(shift, $table, $columns, @jobs) ] } } },

	copy => sub {
		my ($session, $table) = @_;
		my ($columns, @jobs) = new_jobs($session, $table);
		my @lines = map { my ($key, @values) = @$_; join("\t", map { $_ // '\N' } @values) . "\n" } @jobs;
		return {
			sql => "COPY $table (" . join(', ', @$columns) . ') FROM STDIN',
			data => join('', @lines, "\\.\n"),
			effect => sub { insert_jobs(shift, $table, $columns, @jobs); return [] } } },

	create => sub {
		my ($session, $table) = @_;
		my ($key, $id, $person) = ($model->new_key, new_id(), some_person($session));
		return {
			sql => "SELECT type, status FROM batch_job.create('job$key', created_by => '$person', id => '$id',"
			  . " job_table => '$table')",
			effect => sub {
				return [ insert_jobs(shift, $table, [qw(type created_by id)], [ $key, "job$key", $person, $id ]) ] } } },

	on_conflict => sub {
		my ($session, $table) = @_;
		my ($key, $id) = ($model->new_key, chance(0.2) ? new_id() : taken_id($session, $table));
		my ($sql, %change) = one_of('', 'context', 'canceled');
		($sql, %change) = $assignments{$sql}->($session, $table) if $sql;
		return {
			sql => "INSERT INTO $table (id, type) VALUES ('$id', 'job$key') ON CONFLICT (id) DO "
			  . ($sql ? "UPDATE SET $sql" : 'NOTHING') . ' RETURNING type, status',
			effect => sub {
				my $m = shift;
				my @rows = job($m, $table, $id);
				await_jobs($m, @rows);
				return [] if @rows && !$sql;
				return [ @rows ? type_and_status(update_jobs($m, \@rows, %change))
					: insert_jobs($m, $table, [qw(type id)], [ $key, "job$key", $id ]) ];
			} } },

	merge => sub {
		my ($session, $table) = @_;
		my @ids = (some_ids($session, $table), chance(0.5) ? new_id() : ());
		my @jobs = map { [ $model->new_key, $_ ] } @ids or return;
		my $matched = one_of('DELETE', 'DO NOTHING', 'context', 'canceled', 'processing');
		my ($sql, %change) = $assignments{$matched} ? $assignments{$matched}->($session, $table) : ();
		my $action = $sql ? "UPDATE SET $sql" : $matched;
		return {
			sql => "MERGE INTO $table job USING (VALUES " . join(', ', map { "('$_->[1]', 'job$_->[0]')" } @jobs)
			  . ") new (id, type) ON job.id = new.id WHEN MATCHED THEN $action"
			  . ' WHEN NOT MATCHED THEN INSERT (id, type) VALUES (id, type)',
			effect => sub {
				my $m = shift;
				my %there = map { $_->{id} => $_ } jobs($m, $table, @ids);
				await_jobs($m, values %there) unless $action eq 'DO NOTHING';
				for (@jobs)
				{
					my ($key, $id) = @$_;
					if (!$there{$id}) { insert_jobs($m, $table, [qw(type id)], [ $key, "job$key", $id ]) }
					elsif ($sql) { $m->update($there{$id}, %change) }
					elsif ($action eq 'DELETE') { $m->delete_softly($there{$id}) }
				}
				return [];
			} } },

	update => sub {
		my ($session, $table) = @_;
		my $id = some_id($session, $table);
		my ($sql, %change) = some_assignments($session, $table);
		my $live = chance(0.5);
		return {
			sql => "UPDATE $table" . ($live ? '_live' : '') . " SET $sql WHERE id = '$id' RETURNING type, status",
			by_id => 1,
			effect => sub {
				my $m = shift;
				my @rows = job($m, $table, $id);
				@rows = live(@rows) if $live;
				return [ type_and_status(update_jobs($m, \@rows, %change)) ];
			} } },

	update_many => sub {
		my ($session, $table) = @_;
		my @ids = some_ids($session, $table) or return;
		my ($sql, %change) = $assignments{ one_of('context', 'canceled', 'deleted_at', 'confirmed') }->($session, $table);
		return {
			sql => "UPDATE $table SET $sql WHERE id IN (" . join(', ', map { quoted($_) } @ids) . ')',
			effect => sub {
				my $m = shift;
				my @rows = jobs($m, $table, @ids);
				await_jobs($m, @rows);
				update_jobs($m, \@rows, %change);
				return [];
			} } },

	delete => sub {
		my ($session, $table) = @_;
		my $id = some_id($session, $table);
		return {
			sql => "DELETE FROM $table WHERE id = '$id' RETURNING type",
			by_id => 1,
			effect => sub { my $m = shift; $m->delete_softly($_) for job($m, $table, $id); return [] } } },

	delete_live => sub {
		my ($session, $table) = @_;
		my $id = some_id($session, $table);
		return {
			sql => "DELETE FROM ${table}_live WHERE id = '$id' RETURNING type",
			by_id => 1,
			effect => sub {
				my $m = shift;
				my @rows = live(job($m, $table, $id));
				update_jobs($m, \@rows, deleted_at => Model::fresh());
				return [ types(@rows) ];
			} } },

	# Fails at one of them, now and then; on the table no row is returned, so none can.
	delete_many => sub {
		my ($session, $table) = @_;
		my @ids = some_ids($session, $table) or return;
		my $failing = chance(0.3) ? one_of(@ids) : '';
		my $live = chance(0.7);
		return {
			sql => "DELETE FROM $table" . ($live ? '_live' : '') . ' WHERE id IN (' . join(', ', map { quoted($_) } @ids)
			  . ") RETURNING 1 / (id <> '$failing')::int",
			effect => sub {
				my $m = shift;
				my @rows = jobs($m, $table, @ids);
				await_jobs($m, @rows);
				if (!$live)
				{
					$m->delete_softly($_) for @rows;
					return [];
				}
				@rows = live(@rows);
				Model::refuse('22012') if grep { $_->{id} eq $failing } @rows;
				update_jobs($m, \@rows, deleted_at => Model::fresh());
				return [ (1) x @rows ];
			} } },

	remove => sub {
		my ($session, $table) = @_;
		my $id = some_id($session, $table);
		my $live = chance(0.5);
		return {
			sql => "SELECT remove('$table" . ($live ? '_live' : '') . "', '$id')",
			by_id => 1,
			effect => sub {
				my $m = shift;
				my @rows = job($m, $table, $id);
				@rows = live(@rows) if $live;
				$m->remove($_) for @rows;
				return [ scalar @rows ];
			} } },

	purge => sub {
		my ($session, $table) = @_;
		my $recent = chance(0.5);
		return {
			sql => "SELECT batch_job.purge('" . ($recent ? 0 : 1) . " days', job_table => '$table')",
			effect => sub { return [ shift->purge($table, $recent ? 'inf' : $known) ] } } },

	cancel_unconfirmed => sub {
		my ($session, $table) = @_;
		return {
			sql => "SELECT batch_job.cancel_unconfirmed('0 days', '$table')",
			effect => sub {
				my $m = shift;
				my @keys = grep { !defined $m->holder($table, $_, 'written') } $m->keys_of($table);
				my @rows = grep { Model::status($_) eq 'pre_processed' } live(map { $m->row($table, $_) } @keys);
				update_jobs($m, \@rows, canceled => Model::fresh());
				return [ scalar @rows ];
			} } },

	(map { ($_ => by_function($_)) } qw(confirm start)),
	cancel => by_function('cancel', sub { return chance(0.5) ? (q{, 'too late'}, reason => 'too late') : ('') }),
	mark_pre_processed => by_function('mark_pre_processed', \&count_given),
	complete => by_function('complete', \&count_given),
	fail => by_function('fail', sub { my $error = one_of('a', 'b'); return (", '$error'::text", error => $error) }),
	confirm_unseen => by_function('confirm', sub { return (", 'another digest'", wrong_digest => 1) }),
	update_job => by_function('update', sub { return (q{, context => '{"a": 7}', result => '{"count": 7}'}) }, sub {
		my ($m, $table, $id) = @_;
		my $row = $m->live_job($table, $id);
		return $m->update($row, context => $row->{context} =~ /"b": 1/ ? '{"a": 7, "b": 1}' : '{"a": 7}',
			result => Model::with_count($row->{result}, 7)) }),
	update_job_wrongly => by_function('update', sub { return (q{, context => '[1]'}) }, sub { Model::refuse('22023') }),
	soft_delete => by_function('soft_delete', undef, sub {
		my ($m, $table, $id) = @_;
		my ($row) = job($m, $table, $id) or Model::refuse('P0002');
		return live($row) ? $m->update($row, deleted_at => Model::fresh()) : $row }),
	restore => by_function('restore', undef, sub {
		my ($m, $table, $id) = @_;
		my ($row) = job($m, $table, $id) or Model::refuse('P0002');
		return live($row) ? $row : $m->update($row, deleted_at => '') }),

	# Where triggers are off, the CHECK still refuses a lie.
	as_replica => sub {
		my ($session, $table) = @_;
		my $id = some_id($session, $table);
		my $lie = chance(0.5);
		my $change = $lie ? q{status = (CASE status WHEN 'failed' THEN 'created' ELSE 'failed' END)::batch_job.status}
		  : q{context = '{}'};
		return {
			sql => 'SELECT update_as_replica(' . join(', ', map { "\$\$$_\$\$" } $table, $change, $id) . ')',
			by_id => 1,
			effect => sub {
				my $m = shift;
				for my $row (job($m, $table, $id))
				{
					$m->await($table, $row->{key}, 'written');
					Model::refuse('23514') if $lie;
					$m->update_as_replica($row, context => '{}');
				}
				return [''];
			} } },

	add_person => sub {
		my $key = $model->new_key;
		return {
			sql => "INSERT INTO person VALUES ('person$key')",
			effect => sub { shift->write_row('person', $key, { id => "person$key" }, 'exclusive'); return [] } } },

	remove_person => sub {
		my $session = shift;
		my $person = some_person($session);
		return {
			sql => "DELETE FROM person WHERE id = '$person'",
			effect => sub { my $m = shift; $m->remove_person($_) for $m->find('person', 'id', $person); return [] } } },

	refer => sub {
		my ($session, $table) = @_;
		my ($key, $id, $referring) = ($model->new_key, some_id($session, $table), one_of(Model::referring($table)));
		return {
			sql => "INSERT INTO $referring VALUES ($key, '$id')",
			by_id => 1,
			effect => sub {
				my $m = shift;
				my $job = $m->refer($table, 'id', $id);
				$m->write_row($referring, $key, { key => $key, job => $job }, 'exclusive');
				return [];
			} } },

	let_go => sub {
		my ($session, $table) = @_;
		return {
			sql => "DELETE FROM ${table}_hold",
			effect => sub {
				my $m = shift;
				$m->write_row("${table}_hold", $_, undef, 'exclusive') for $m->keys_of("${table}_hold");
				return [];
			} } });

# How often: as many jobs are made as are taken away, and most live to see something.
my @making = qw(insert copy create merge add_person);
my @thinning = qw(remove remove_person cancel_unconfirmed);
my @others = (qw(update update merge), grep { my $name = $_; !grep { $_ eq $name } @thinning } sort keys %statements);

# Returns { name, sql, data, by_id, effect }, or nothing where there is nothing to speak of.
sub draw_statement
{
	my $session = shift;
	my $table = one_of($model->tables);
	my $is_empty = grep { my @rows = $model->rows_seen_by($session, $_); @rows < $few } $table, 'person';
	my $name = one_of($is_empty && chance(0.5) ? @making : chance(0.1) ? @thinning : @others);
	my $statement = $statements{$name}->($session, $table) or return;
	return { %$statement, name => $name };
}

sub names
{
	my @names = sort keys %statements;
	return @names;
}

1;
