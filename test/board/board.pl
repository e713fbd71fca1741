# What the browser has made of the pages is what SQL says; hostile texts are texts; nothing is asked of anybody; and the
# pictures are pictures. Runs in the directory that has all that: see kind.sh and look.
use strict;
use warnings FATAL => 'all';

use Imager;
use JSON::PP;
use List::Util qw(max sum0);
use Mojo::DOM;
use Mojo::File qw(path);
use Mojo::Util qw(decode);
use Test::More;

# The states of open jobs, those that need attention first.
my @states = qw(suspect no_run retrying running unconfirmed paused waiting);
my %rank = map { $states[$_] => $_ } 0 .. $#states;
my $limit = 9; # of the open jobs on a page
my %seconds = (s => 1, min => 60, h => 3600, d => 86400);

# Spaces are not compared: HTML has one for many.
sub squeezed
{
	my ($text) = @_;
	$text //= '';
	return $text =~ s/\s+/ /gr =~ s/^ | $//gr;
}

sub text { my ($node) = @_; return squeezed($node && $node->all_text) }
sub own_text { my ($node) = @_; return squeezed($node && $node->text) }
sub count { my ($n) = @_; return $n || '' }
sub grouped { my ($n) = @_; 1 while $n =~ s/^(\d+)(\d{3})/$1,$2/; return $n }

# The cells of a table's body.
sub rows
{
	my ($dom, $section) = @_;
	return $dom->find("#$section tr")->map(sub { [ $_->children('td')->each ] })->grep(sub { @$_ })->each;
}

# A duration as the page shows it, in seconds, which are negative in the past; and its last unit.
sub in_seconds
{
	my ($text) = @_;
	my ($shown, $unit) = (0, 0);
	while ($text =~ /([\d.]+) (s|min|h|d)\b/g)
	{
		$shown += $1 * $seconds{$2};
		$unit = $seconds{$2};
	}
	return ($text =~ /^due for / ? -$shown : $shown, $unit);
}

# durations_are(WHAT, [TEXT, SECONDS]...): each is shown as long as it is, or not at all. The clock has moved between the page
# and what SQL said.
sub durations_are
{
	my ($what, @pairs) = @_;
	my @wrong;
	for (@pairs)
	{
		my ($text, $expected) = @$_;
		my ($shown, $unit) = in_seconds($text);
		push @wrong, "'$text' is not " . ($expected // 'nothing')
		  if !defined $expected ? $text ne '' : !$unit || abs($shown - $expected) > $unit + 5;
	}
	is(join("\n", @wrong), '', $what);
	return;
}

sub kind_of
{
	my ($job) = @_;
	return $job->{state} // ($job->{status} eq 'processing' ? 'no_run' : 'unconfirmed');
}

sub in_words
{
	my ($error) = @_;
	return squeezed(ref $error ? join ': ', grep { defined } @$error{qw(code message)} : $error);
}

sub compare_totals
{
	my ($dom, $facts) = @_;
	my %total = map { my $state = $_; $state => sum0 map { $_->{$state} } @{ $facts->{queue} } } @states;
	is_deeply([ $dom->find('#now dt')->map(\&text)->each ], [ map { tr/_/ /r } @states ], 'the states');
	is_deeply([ $dom->find('#now dd')->map(\&text)->each ], [ @total{@states} ], 'how many jobs there are of each');
	is_deeply(
		[ $dom->find('#now i')->map(sub { "$_->{class} $_->{style}" })->each ],
		[ map { "$_ flex:$total{$_}" } grep { $total{$_} } @states ],
		'and the bar of them');
	return;
}

sub compare_queue
{
	my ($dom, $facts) = @_;
	my @rows = map { [ map { text($_) } @$_ ] } rows($dom, 'queue');
	my @queue = @{ $facts->{queue} };
	durations_are('queue: for how long the oldest job is due',
		map { [ splice(@{ $rows[$_] }, 2, 1), $queue[$_]{oldest_due_s} ] } 0 .. $#rows);
	my @expected;
	for my $type (@queue)
	{
		my @limits = $type->{type_paused} ? 'paused' : ();
		push @limits, "$type->{slots_used} of $type->{max_running}" if defined $type->{max_running};
		push @limits, "$type->{owner_slots_used} of $type->{max_running_per_owner} for one owner"
		  if defined $type->{max_running_per_owner};
		push @expected, [
			squeezed($type->{type}),
			(map { count($_) } @$type{qw(due waiting running suspect retrying paused unconfirmed no_run)}),
			join ', ', @limits
		];
	}
	is_deeply(\@rows, \@expected, 'queue: all the rest');
	return;
}

# A job's row, without what depends on the clock.
sub shown_job
{
	my ($state, $job, $progress, $when, $worker) = @_;
	my $bar = $progress->at('i');
	return {
		kind => $state->parent->{class},
		state => text($state->at('.pill')),
		attempt => text($state->at('small')),
		type => own_text($job),
		id => text($job->at('small')),
		items => text($progress->at('span')),
		percent => text($progress->at('span + span')),
		bar => $bar ? $bar->{style} : '',
		message => text($progress->at('small:not(.warn)')),
		error => text($progress->at('.warn')),
		worker => own_text($worker),
	};
}

sub expected_job
{
	my ($job) = @_;
	my $kind = kind_of($job);
	my $percent = $job->{percent};
	my $items = defined $job->{items_done} ? grouped($job->{items_done}) : '';
	$items .= defined $job->{items_total} ? ' of ' . grouped($job->{items_total}) : ' items' if $items ne '';
	return {
		kind => $kind,
		state => $kind =~ tr/_/ /r,
		attempt => defined $job->{attempt} ? "attempt $job->{attempt} of $job->{max_attempts}" : '',
		type => squeezed($job->{type}),
		id => squeezed($job->{id}),
		items => $items,
		percent => defined $percent ? int($percent) . ' %' : '',
		bar => defined $percent ? sprintf('width:%s%%', $percent) : '',
		message => squeezed($job->{message}),
		error => $kind eq 'running' ? '' : in_words($job->{last_error}),
		worker => squeezed($job->{worker}),
	};
}

sub by_attention
{
	return $rank{ kind_of($a) } <=> $rank{ kind_of($b) }
	  || ($b->{stalled_s} // -1) <=> ($a->{stalled_s} // -1)
	  || ($a->{due_s} // 0) <=> ($b->{due_s} // 0)
	  || $a->{id} cmp $b->{id};
}

sub compare_jobs
{
	my ($dom, $facts) = @_;
	my @open = sort by_attention @{ $facts->{jobs} };
	my @jobs = @open > $limit ? @open[ 0 .. $limit - 1 ] : @open;
	my @rows = rows($dom, 'jobs');
	my $number = @open > $limit ? "the first $limit of " . @open : @open;
	is(text($dom->at('#jobs h2 span')), $number, 'open jobs: how many there are');
	is_deeply([ map { shown_job(@$_) } @rows ], [ map { expected_job($_) } @jobs ],
		'open jobs: those that need attention first');
	my @times;
	for (0 .. $#rows)
	{
		my ($job, $when, $worker) = ($jobs[$_], @{ $rows[$_] }[ 3, 4 ]);
		my $waits = kind_of($job) =~ /^(waiting|retrying)$/;
		push @times, [ text($when), $waits ? $job->{due_s} : kind_of($job) eq 'no_run' ? $job->{started_s} : $job->{eta_s} ],
		  [ text($worker->at('small:not(.warn)')), $job->{quiet_s} ],
		  [ text($worker->at('.warn')), ($job->{stalled_s} // 0) > 300 ? $job->{stalled_s} : undef ];
	}
	durations_are('open jobs: when they are done or due, when their workers were heard, and came further', @times);
	return;
}

sub compare_failures
{
	my ($dom, $facts) = @_;
	my @rows = map { [ map { text($_) } @$_ ] } rows($dom, 'failures');
	my @failed = @{ $facts->{failed} };
	durations_are('failures: how long ago', map { [ shift @{ $rows[$_] }, $failed[$_]{ago_s} ] } 0 .. $#rows);
	is_deeply(\@rows, [ map { [ squeezed($_->{type}), in_words($_->{error}), squeezed($_->{id}) ] } @failed ],
		'failures: the last first');
	return;
}

sub gone_wrong
{
	my ($type) = @_;
	my @said = ([ 'attempts failed', $type->{failed_attempts} ], [ 'workers lost', $type->{lost} ]);
	return join ', ', map { "$_->[0]: $_->[1]" } grep { $_->[1] } @said;
}

sub compare_durations
{
	my ($dom, $facts) = @_;
	my @rows = rows($dom, 'durations');
	my @stats = @{ $facts->{stats} };
	is_deeply(
		[ map { [ own_text($_->[0]), text($_->[0]->at('small')), map { text($_) } @$_[ 1 .. 3 ] ] } @rows ],
		[ map { [ squeezed($_->{type}), gone_wrong($_), map { count($_) } @$_{qw(completed failed canceled)} ] } @stats ],
		'durations: how many jobs were over');
	my (@times, @bars, @expected);
	for my $row (0 .. $#rows)
	{
		for my $stage (0 .. 3)
		{
			my ($cell, $median, $p95) = ($rows[$row][ 4 + $stage ], map { $stats[$row]{$_}[$stage] } qw(median p95));
			my $longest = max 0.001, map { $_->{p95}[$stage] // 0 } @stats;
			push @times, [ text($cell->at('span')), $median ], [ text($cell->at('small')), $p95 ];
			push @bars, $cell->find('i')->map(attr => 'style')->each;
			push @expected, map { sprintf 'width:%.1f%%', 100 * $_ / $longest } $median, $p95 - $median if defined $median;
		}
	}
	durations_are('durations: median and 95 %', @times);
	is_deeply(\@bars, \@expected, 'durations: the bars');
	return;
}

# Nothing on the page does anything, leads or reaches anywhere, whatever the texts of the database are like.
sub is_inert
{
	my ($dom) = @_;
	my %harmless = map { $_ => 1 } qw(html head meta style title body header h1 h2 span time section dl div dt dd i small br
	  table tbody tr th td class lang charset name content align valign border);
	my (%tags, @attributes);
	$dom->find('*')->each(
		sub {
			$tags{ $_->tag }++;
			my $id = $_->{id} // '';
			push @attributes, grep {
				     !$harmless{$_}
				  && !($_ eq 'id' && $id =~ /^[a-z]+$/)
				  && !($_ eq 'style' && $_[0]{style} =~ /^(?:width|flex):[\d.]+%?$/)
			} keys %{ $_->attr };
		});
	is_deeply([ grep { !$harmless{$_} } sort keys %tags ], [], 'no element but those that show');
	is_deeply(\@attributes, [], 'no attribute that does anything');
	is($tags{style}, 1, 'one style');
	unlike($dom->at('style')->text, qr/url|import|@(?!media)|:\/\//, 'which names no other file');
	return;
}

sub compare
{
	my ($name) = @_;
	my $facts = JSON::PP->new->utf8->decode(path("$name.json")->slurp);
	my $dom = Mojo::DOM->new(decode('UTF-8', path("$name.dom")->slurp));
	is_inert($dom);
	is(text($dom->at('title')), squeezed($facts->{table}), 'title');
	is(text($dom->at('h1')), squeezed($facts->{table}), 'the table');
	is(text($dom->at('header span')), $facts->{database}, 'the database');
	$_ //= [] for @$facts{qw(queue jobs failed stats)};
	compare_totals($dom, $facts);
	compare_queue($dom, $facts);
	compare_jobs($dom, $facts);
	compare_failures($dom, $facts);
	compare_durations($dom, $facts);
	return;
}

sub is_picture
{
	my ($file, $width, $height) = @_;
	my $picture = Imager->new(file => $file, type => 'png') or return fail("$file: " . Imager->errstr);
	is_deeply([ $picture->getwidth, $picture->getheight ], [ $width, $height ], "$file has its size");
	cmp_ok($picture->getcolorcount, '>', 50, "$file is not empty");
	return $picture;
}

sub brightness
{
	my ($picture) = @_;
	my ($red, $green, $blue) = $picture->getpixel(x => 2, y => 2)->rgba;
	return $red + $green + $blue;
}

for my $name (qw(shop hostile empty))
{
	subtest($name, \&compare, $name);
}
cmp_ok(brightness(is_picture('shop.png', 2400, 2448)), '>', 600, 'it is light');
cmp_ok(brightness(is_picture('dark.png', 1200, 1200)), '<', 150, 'and dark, for those who like that');
cmp_ok(-s 'shop.png', '<', 400_000, 'the picture is small enough for README');
done_testing();
