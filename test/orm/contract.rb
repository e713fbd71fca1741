# The contract for tests in Ruby: runs one check after the other and reports them as TAP.
#
#   contract 'ActiveRecord', version, 'create.id' => -> { ... }, ...
#
# A check passes unless it raises. What it returns, a string, is its note; `raise Skip, why` where the ORM has no such
# thing.
class Skip < StandardError; end

def contract(orm, version, checks)
  names = File.readlines(File.join(__dir__, 'contract')).grep(/^[a-z]/).map { |line| line.split.first }
  failed = 0
  report = lambda do |result, name, comment = nil|
    comment = comment.is_a?(String) ? " # #{comment.gsub(/\s+/, ' ')}" : ''
    puts "#{result} - #{orm} #{version}: #{name}#{comment}"
    $stdout.flush
  end
  names.each do |name|
    raise NotImplementedError, name unless checks.key?(name)

    report.call('ok', name, checks[name].call)
  rescue Skip => e
    report.call('ok', name, "SKIP #{e.message}")
  rescue StandardError, ScriptError => e
    failed += 1
    report.call('not ok', name)
    puts e.full_message(highlight: false).gsub(/^/, '# ')
  end
  (checks.keys - names).each do |name|
    failed += 1
    report.call('not ok', name, 'not in the contract')
  end
  exit(failed.zero? ? 0 : 1)
end
