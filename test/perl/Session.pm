package Session;

# A session of psql that runs one statement after the other. It can wait for a lock while another session goes on, and
# returns the SQLSTATE.

use strict;
use warnings;

use IPC::Open2;
use IO::Handle;
use IO::Select;

my $marker = 'end of statement';

sub new
{
	my ($class, $connstr) = @_;
	my $self = bless {}, $class;
	$self->{pid} = open2($self->{from}, $self->{to}, 'sh', '-c', 'exec psql -XAtq -d "$1" 2>&1', 'psql', $connstr);
	$self->{readable} = IO::Select->new($self->{from});
	$self->run("\\set VERBOSITY verbose\nSET client_min_messages = error");
	# A statement that waits unexpectedly is an error, and does not stop the test.
	$self->run(q{SET lock_timeout = '60s'});
	$self->{backend} = $self->run('SELECT pg_backend_pid()')->{lines}[0];
	return $self;
}

# Begins a statement; data for COPY FROM STDIN follows it.
sub begin
{
	my ($self, $sql, $data) = @_;
	$self->{to}->print("$sql;\n" . ($data // '') . "\\echo $marker\n");
	$self->{to}->flush;
	return;
}

sub has_ended
{
	my $self = shift;
	return $self->{readable}->can_read(0);
}

# The outcome of the statement: its SQLSTATE, and the lines that it printed.
sub end
{
	my $self = shift;
	my @lines;
	my $sqlstate = '00000';
	while (defined(my $line = $self->{from}->getline))
	{
		chomp $line;
		return { sqlstate => $sqlstate, lines => \@lines } if $line eq $marker;
		# psql's variable SQLSTATE does not know of COPY
		$sqlstate = $1 if $line =~ /^(?:ERROR|FATAL):  (\w{5}): /;
		push @lines, $line;
	}
	die "psql has ended: @lines";
}

sub run
{
	my ($self, $sql, $data) = @_;
	$self->begin($sql, $data);
	return $self->end;
}

sub quit
{
	my $self = shift;
	close $self->{to};
	waitpid $self->{pid}, 0;
	return;
}

1;
