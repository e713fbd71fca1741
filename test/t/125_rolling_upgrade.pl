# The library is replaced, the extension updated, the server restarted and the old library put back, while workers work and
# people confirm and cancel jobs. Meanwhile sessions with the old library and sessions with the new one share the jobs. Every
# job is done once, nothing that was acknowledged is lost, limits hold, and clients get only errors that they must expect.
#
# Each client runs each statement in another session than the one before, as behind a pooler in transaction mode, so in every
# job one library continues what the other has begun.
#
# The new library is a copy of the old one in which one message has another text. For PostgreSQL it is a different file, and
# the message shows which of the two a session has loaded. One compiled for the test would contain the same code, and need a
# compiler and ten seconds. docs/releasing.md says what a real next version may change.
#
# Not for pg_regress: it needs a server whose library may be replaced, and which may be restarted.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";
use Audit;
use ExtensionCopy;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Session;
use Test::More;
use Time::HiRes qw(usleep);
use Workers;

my $db = 'shop';
my $limit = 4;

my $node = start_server('main', q{log_line_prefix = 'sqlstate=%e '});
my ($scripts, $library) = copy_extension($node)
  or plan skip_all => 'this server looks for extensions in its own directories only';
my %build = (old => PostgreSQL::Test::Utils::slurp_file($library));
$build{new} = $build{old} =~ s/invalid job id: "%s"/not a job's id: "%s"/r;
isnt($build{new}, $build{old}, 'there are two builds of the library');

# As a package manager does it: what a session has loaded stays as it is.
sub install_library
{
	my $which = shift;
	PostgreSQL::Test::Utils::append_to_file("$library.new", $build{$which});
	chmod 0755, "$library.new";
	rename "$library.new", $library or die "$library: $!";
	return;
}

make_queue($node, $db, ', events => true');
$node->safe_psql($db, qq{
	INSERT INTO batch_job_type (type, max_running, max_attempts, lease, backoff)
	VALUES ('import', $limit, 1000, '2 s', '0'), ('abandoned', NULL, 1000, '2 s', '0');
	INSERT INTO batch_job (type, pre_processed_at, confirmed_at) SELECT 'import', now(), now() FROM generate_series(1, 60);
	CREATE TABLE effect (job_id text, run text, step integer, library text);

	CREATE FUNCTION library() RETURNS text LANGUAGE plpgsql AS \$\$
	BEGIN
		PERFORM batch_job.id_timestamp('');
	EXCEPTION WHEN invalid_text_representation THEN
		RETURN CASE WHEN SQLERRM LIKE 'not a job%' THEN 'new' ELSE 'old' END;
	END \$\$;

	-- What a worker does next, in one transaction. Said again because its answer was lost, it does what is next then.
	CREATE FUNCTION work(id text, run text) RETURNS text LANGUAGE plpgsql AS \$\$
	DECLARE
		next integer;
	BEGIN
		IF batch_job.heartbeat(id, run) <> 'continue' THEN
			PERFORM batch_job.release(id, run);
			RETURN 'released';
		END IF;
		IF (SELECT status FROM batch_job job WHERE job.id = work.id) = 'created' THEN
			PERFORM batch_job.mark_pre_processed(id, '{"count": 3}', run);
			RETURN 'prepared';
		END IF;
		SELECT COALESCE(checkpoint::integer, 0) + 1 INTO next FROM batch_job_run r WHERE job_id = id AND r.run = work.run;
		IF next > 3 THEN
			PERFORM batch_job.complete(id, run => run);
			RETURN 'completed';
		END IF;
		INSERT INTO effect VALUES (id, run, next, library());
		PERFORM batch_job.heartbeat(id, run, next, 3, checkpoint => to_jsonb(next));
		RETURN 'step';
	END \$\$;

	CREATE FUNCTION are_runs_over() RETURNS boolean LANGUAGE plpgsql AS \$\$
	BEGIN
		PERFORM batch_job.rescue();
		RETURN NOT EXISTS (SELECT FROM batch_job_run WHERE state <> 'ended');
	END \$\$;
});

# Undefined are those that have no connection. What they prepare shows all columns of a job.
my @sessions = (undef) x 8;

sub connect_session
{
	my $session = Session->new($node->connstr($db));
	$session->run(q{
		PREPARE claim(text) AS SELECT * FROM batch_job.claim('{import, abandoned}', worker => $1);
		PREPARE work(text, text) AS SELECT work($1, $2);
		PREPARE review(text) AS SELECT batch_job.plan_digest(id) FROM batch_job WHERE id = $1 AND status = 'pre_processed';
		PREPARE confirm(text, text) AS SELECT * FROM batch_job.confirm($1, $2);
		PREPARE cancel(text) AS SELECT * FROM batch_job.cancel($1)});
	$session->run('SELECT library()');	# which loads it
	return $session;
}

sub drop_session
{
	my $number = shift;
	eval { $sessions[$number]->quit };
	undef $sessions[$number];
	return;
}

sub libraries
{
	return join ' ', map { $_->run('SELECT library()')->{lines}[0] } @sessions;
}

# What was acknowledged, by job.
my %acknowledged = (asked => {}, confirmed => {}, canceled => {}, completed => {});

sub worker_says
{
	my $worker = shift;
	return $worker->{id} ? "EXECUTE work('$worker->{id}', '$worker->{run}')" : "EXECUTE claim('$worker->{name}')";
}

sub worker_hears
{
	my ($worker, $sqlstate, $line) = @_;
	delete @$worker{qw(run id)} if $sqlstate eq 'BJ002';
	return if $sqlstate ne '00000' || !defined $line;
	if (!$worker->{id})
	{
		@$worker{qw(run id)} = (split /\|/, $line)[ 0, 6 ];
		return;
	}
	$acknowledged{completed}{ $worker->{id} } = 1 if $line eq 'completed';
	delete @$worker{qw(run id)} if $line ne 'step';
	return;
}

# Some jobs are canceled at once, when they were reviewed, or when they were confirmed.
my @ways = ([qw(ask review confirm)], [qw(ask cancel)], [qw(ask review cancel)], [qw(ask review confirm cancel)]);
my ($asked, $is_closing) = (0, 0);

sub person_says
{
	my $person = shift;
	if (!$person->{todo} || !@{ $person->{todo} })
	{
		return 'SELECT' if $is_closing;
		@$person{qw(id todo)} = ('job_' . ++$asked, [ @{ $ways[ $asked % @ways ] } ]);
	}
	my $what = $person->{todo}[0];
	return "INSERT INTO batch_job (id, type, dry_run) VALUES ('$person->{id}', 'import', true) ON CONFLICT (id) DO NOTHING"
	  if $what eq 'ask';
	return "EXECUTE $what('$person->{id}'" . ($what eq 'confirm' ? ", '$person->{digest}')" : ')');
}

# A step can be repeated without an error if its answer was lost; a completed job can no longer be canceled.
sub person_hears
{
	my ($person, $sqlstate, $line) = @_;
	my $what = $person->{todo}[0] // return;
	return if $what eq 'review' && !defined($person->{digest} = $line);
	$acknowledged{ { ask => 'asked', confirm => 'confirmed', cancel => 'canceled' }->{$what} }{ $person->{id} } = 1
	  if $sqlstate eq '00000' && $what ne 'review';
	shift @{ $person->{todo} };
	return;
}

my @clients = (
	(map { { says => \&worker_says, hears => \&worker_hears, name => "worker $_" } } 1 .. 6),
	(map { { says => \&person_says, hears => \&person_hears } } 1 .. 2));

# All clients send their next statement, and something may happen while they wait. A client that has lost its connection connects again.
my ($round, $lost) = (0, 0);

sub say_and_hear
{
	my $meanwhile = shift;
	$round++;
	$_ //= eval { connect_session() } for @sessions;
	usleep(50_000) unless grep { defined } @sessions;
	for my $i (0 .. $#sessions)
	{
		my $session = $sessions[ ($i + $round) % @sessions ] or next;
		$session->begin($clients[$i]{says}->($clients[$i]));
	}
	$meanwhile->() if $meanwhile;
	for my $i (0 .. $#sessions)
	{
		my $number = ($i + $round) % @sessions;
		next unless $sessions[$number];
		my $got = eval { $sessions[$number]->end };
		if ($got) { $clients[$i]{hears}->($clients[$i], $got->{sqlstate}, $got->{lines}[0]) }
		else { drop_session($number); $lost++ }
	}
	return;
}

sub go_on_until
{
	my ($what, $condition) = @_;
	my $deadline = time + 300;
	until ($condition->())
	{
		if (time > $deadline) { fail("in five minutes: $what"); last }
		say_and_hear();
	}
	return;
}

# Until so many more jobs are done, in sessions that are all there.
sub complete_some
{
	my ($count, $what) = @_;
	my $before = keys %{ $acknowledged{completed} };
	go_on_until($what, sub { keys %{ $acknowledged{completed} } >= $before + $count && !grep { !defined } @sessions });
	return;
}

# Application servers are restarted, one after the other.
sub replace_half
{
	my ($which, $expected) = @_;
	install_library($which);
	drop_session($_) for 0, 2, 4, 6;
	complete_some(15, "jobs while $which sessions come in");
	is(libraries(), $expected, "$which library: who connects has it, others go on");
	return;
}

local $SIG{PIPE} = 'IGNORE';
complete_some(5, 'jobs with the old library');
my $observer = connect_session();
replace_half('new', 'new old new old new old new old');
cmp_ok($node->safe_psql($db, q{
	SELECT count(*) FROM (SELECT FROM effect GROUP BY job_id HAVING count(DISTINCT library) = 2) shared}),
	'>', 5, 'both libraries have worked on one job');

# docs/upgrading.md says how to find the sessions that have the old one.
SKIP:
{
	skip 'no /proc', 1 unless -r "/proc/$$/maps";
	my @maps = map { PostgreSQL::Test::Utils::slurp_file("/proc/$_->{backend}/maps") } @sessions;
	is(join(' ', map { /\Qbatch_job.so (deleted)\E/ ? 'old' : 'new' } @maps), libraries(),
		'a file that is gone tells who has the old library');
}

# Within one query of an old session.
$observer->run(q{
	SET log_min_messages = panic;
	SELECT set_config(name, 'on', false) FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query')});
like($observer->run('SELECT batch_job.id_timestamp(type) FROM batch_job_type')->{lines}[0], qr/not a job's id/,
	'its parallel workers have the new library');
$observer->run('RESET ALL');
is($observer->run('SELECT library()')->{lines}[0], 'old', 'itself it has the old one');
$observer->quit;

# Each update replaces every function.
my ($version) = PostgreSQL::Test::Utils::slurp_file('batch_job.control') =~ /^default_version = '(.*)'$/m;
my $script = PostgreSQL::Test::Utils::slurp_file("$scripts/batch_job--$version.sql");
my @functions = $script =~ /^(CREATE FUNCTION [^;]*\nLANGUAGE C [^;]*;)/mg;
cmp_ok(scalar @functions, '>', 50, 'functions to replace');
for my $next ('9.0.1', '9.0.2', '9.0.3')
{
	PostgreSQL::Test::Utils::append_to_file("$scripts/batch_job--$version--$next.sql",
		join "\n", map { s/^CREATE/CREATE OR REPLACE/r } @functions);
	say_and_hear(sub { $node->safe_psql($db, "ALTER EXTENSION batch_job UPDATE TO '$next'") });
	complete_some(5, "jobs after the update to $next");
	$version = $next;
}
is($node->safe_psql($db, q{SELECT extversion FROM pg_extension WHERE extname = 'batch_job'}), '9.0.3', 'updated while they work');

# A worker disappears after one step of its job, in the middle of the next one.
sub restart_server
{
	my $mode = shift;
	my $abandoned = connect_session();
	my ($run, $id) = split /\|/, $abandoned->run(q{
		BEGIN;
		INSERT INTO batch_job (type, pre_processed_at, confirmed_at) VALUES ('abandoned', now(), now());
		SELECT run, id, work(id, run) FROM batch_job.claim('{abandoned}');
		COMMIT})->{lines}[0];
	$abandoned->run("BEGIN; EXECUTE work('$id', '$run'); EXECUTE work('$id', '$run')");
	$lost = 0;
	my ($restart, $output);
	say_and_hear(sub {
		$restart = IPC::Run::start([ 'pg_ctl', 'restart', '-w', '-m', $mode, '-D', $node->data_dir, '-l', $node->logfile ],
			'<', \undef, '>', \$output, '2>', \$output);
	});
	go_on_until("restart, $mode", sub { $lost >= @sessions });
	complete_some(10, "jobs after the restart, $mode");
	ok($restart->finish, "restart, $mode") or diag($output);
	ok(!eval { $abandoned->run('COMMIT') }, "restart, $mode: a transaction is cut off");
	is($node->safe_psql($db, "SELECT string_agg(step::text, ' ') FROM effect WHERE run = '$run'"), '1',
		"restart, $mode: and has done nothing");
	eval { $abandoned->quit };
	return;
}

restart_server('fast');
is(libraries(), join(' ', ('new') x @sessions), 'after a restart all have the new library');
replace_half('old', 'old new old new old new old new');
restart_server('immediate');
is(libraries(), join(' ', ('old') x @sessions), 'and all the old one, which was put back');

$is_closing = 1;
go_on_until('every person is done', sub { !grep { $_->{todo} && @{ $_->{todo} } } @clients });
go_on_until('every job is over', sub {
	$node->safe_psql($db, q{SELECT count(*) FROM batch_job WHERE status < 'completed'}) eq '0';
});
ok($node->poll_query_until($db, 'SELECT are_runs_over()'), 'and every run');
$_->quit for @sessions;

# What a client must expect: its session is ended, or the server is away; somebody else has the job, or has canceled it.
my %expected = map { $_ => 1 } qw(57P01 57P02 57P03 08003 08006 40001 55000 BJ002);
my %got;
$got{$_}++ for PostgreSQL::Test::Utils::slurp_file($node->logfile) =~ /^sqlstate=(\w{5}) (?:ERROR|FATAL|PANIC):/mg;
note(join ', ', map { "$got{$_} times $_" } sort keys %got);
is(join(' ', grep { !$expected{$_} } sort keys %got), '', 'no error but those that a client must expect');
cmp_ok($got{'57P01'}, '>=', @sessions, 'and these were met');

none($node, $db, q{SELECT FROM batch_job WHERE status NOT IN ('completed', 'canceled')}, 'every job is done, or was canceled');
none($node, $db, q{SELECT FROM effect GROUP BY job_id, step HAVING count(*) > 1}, 'no step was done twice');
none($node, $db, q{SELECT FROM effect LEFT JOIN batch_job_run USING (job_id, run) WHERE batch_job_run.run IS NULL},
	'nor by a run that never was');
none($node, $db, q{
	SELECT FROM batch_job LEFT JOIN effect ON id = job_id WHERE status = 'completed'
	 GROUP BY id HAVING array_agg(step ORDER BY step) <> '{1,2,3}'},
	'of a job that is done every step was');
none($node, $db, q{
	SELECT FROM batch_job JOIN batch_job_run ON id = job_id
	 GROUP BY id HAVING count(*) FILTER (WHERE outcome = 'completed') <> (status = 'completed')::integer},
	'and one run has done it');
cmp_ok(running_at_most($node, $db, q{SELECT * FROM batch_job_run WHERE type = 'import'}), '<=', $limit,
	'never were more running than may');
audit($node, $db, 'batch_job', 'batch_job');

# keeps(WHAT, CONDITION): the jobs of which that was acknowledged are such.
sub keeps
{
	my ($what, $condition) = @_;
	my $count = keys %{ $acknowledged{$what} };
	my $ids = join ', ', map { "'$_'" } keys %{ $acknowledged{$what} };
	cmp_ok($count, '>', 5, "$what: acknowledged for $count jobs");
	is($node->safe_psql($db, "SELECT count(*) FROM batch_job WHERE id IN ($ids) AND $condition"), $count, "$what: and true of them all");
	return;
}

keeps('asked', 'true');
keeps('confirmed', 'confirmed_at IS NOT NULL');
keeps('canceled', q{status = 'canceled'});
keeps('completed', q{status = 'completed'});

$node->stop;
done_testing();
