package Rows;

# Rows as a session sees them, against those of the model.

use strict;
use warnings;

use Model;

my @stamps = Model::stamps();
my @times = qw(created_at updated_at deleted_at);
my @columns = (qw(id created_by context result dry_run), @times, @stamps);

sub new
{
	my ($class, $model) = @_;
	my @tables = $model->tables;
	return bless {
		model => $model,
		jobs_query => join(' UNION ALL ', map { jobs_query($_) } @tables),
		references_query => join(' UNION ALL ', map { references_query($_) } @tables),
		was_made => {},		# ids
		last_ulid => {}		# of each session
	}, $class;
}

# Each job with its table, type and status, what derive_status says, and the columns of the model.
sub jobs_query
{
	my $table = shift;
	my $stamps = join ', ', map { $_ . '_at' } @stamps;
	my $microseconds = join ', ', map { "(extract(epoch FROM $_) * 1000000)::bigint" } @times, map { $_ . '_at' } @stamps;
	return "SELECT '$table', type, status, batch_job.derive_status($stamps), id, created_by, context::text, result::text,"
	  . " dry_run, $microseconds FROM $table";
}

sub references_query
{
	my $table = shift;
	return join ' UNION ALL ', map { "SELECT '$_', n, job FROM $_" } Model::referring($table);
}

sub compare
{
	my ($self, $number, $session) = @_;
	my $model = $self->{model};
	my %missing = map { ("$_->{table} $_->{type}" => $_) } map { $model->rows_seen_by($number, $_) } $model->tables;
	my @made;
	for my $line (@{ $session->run($self->{jobs_query})->{lines} })
	{
		my ($table, $type, $status, $derived, @values) = split /\|/, $line, -1;
		my $row = delete $missing{"$table $type"} or die "a row that must not be: $line\n";
		push @made, $row if ref $row->{id};
		compare_values($row, @values);
		my $expected = Model::status($row);
		die "the model says $expected: $line\n" if $status ne $expected || $derived ne $expected;
	}
	die 'rows are missing: ' . join(', ', sort keys %missing) . "\n" if %missing;
	$self->compare_made_ids($number, map { $_->{id} } sort { $a->{key} <=> $b->{key} } @made);
	$self->compare_references($number, $session);
	return;
}

# What only the database can know becomes known.
sub compare_values
{
	my ($row, @values) = @_;
	for my $i (0 .. $#columns)
	{
		my ($column, $value) = ($columns[$i], $values[$i]);
		my $expected = $row->{$column};
		my $is_right = !ref $expected ? $value eq $expected : $column eq 'id' || $value > $expected->{above};
		die "$row->{table}, $row->{type}: $column is '$value', the model says "
		  . (ref $expected ? "above $expected->{above}" : "'$expected'") . "\n" unless $is_right;
		$row->{$column} = $value;
	}
	return;
}

# Never is an id made twice, and those of a session rise.
sub compare_made_ids
{
	my ($self, $number, @ids) = @_;
	for my $id (@ids)
	{
		my ($ulid) = $id =~ /^(?:batch|job)_(\w{26})$/ or die "'$id' is no id\n";
		die "$id was made before\n" if $self->{was_made}{$id}++;
		die "$id is not above the last id of session $number\n" if $ulid le ($self->{last_ulid}{$number} // '');
		$self->{last_ulid}{$number} = $ulid;
	}
	return;
}

# Nothing refers to a job that is gone.
sub compare_references
{
	my ($self, $number, $session) = @_;
	my $model = $self->{model};
	my %missing;
	for my $table ($model->tables)
	{
		my %id = ('' => '', map { $_->{key} => $_->{id} } $model->rows_seen_by($number, $table));
		for my $referring (Model::referring($table))
		{
			$missing{"$referring|$_->{key}|$id{ $_->{job} }"} = 1 for $model->rows_seen_by($number, $referring);
		}
	}
	for my $line (@{ $session->run($self->{references_query})->{lines} })
	{
		delete $missing{$line} or die "a reference that must not be: $line\n";
	}
	die 'references are missing: ' . join(', ', sort keys %missing) . "\n" if %missing;
	return;
}

1;
