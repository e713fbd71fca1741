# The contract with ActiveRecord. Job is on the live view, StoredJob on the table: see job.rb.
require 'active_record'
require 'pg'

# As `config.load_defaults 7.2` has it in an application; the second is read when the models are.
ActiveRecord::Base.partial_inserts = false
ActiveRecord.raise_on_assign_to_attr_readonly = true

require_relative '../contract'
require_relative 'job'

ActiveRecord::Base.establish_connection(adapter: 'postgresql')
ActiveRecord::Migration.verbose = false
ActiveRecord::SchemaDumper.ignore_tables = %w[batch_job_event]  # its xid8 is a type that the dumper does not know
MIGRATIONS = ActiveRecord::MigrationContext.new(File.join(__dir__, 'migrate'))
PLAIN = PG.connect  # what the database says, by another session

# Nothing keeps this one from writing the status, or from a DELETE on the table.
class CarelessJob < ActiveRecord::Base
  self.table_name = 'batch_job'
  self.inheritance_column = nil
end

# As if there were no column lock_version.
class UnlockedJob < CarelessJob
  self.table_name = 'batch_job'
  self.locking_column = nil
end

def assert(true_or_not, message = 'does not hold')
  raise message unless true_or_not
end

def assert_equal(expected, actual)
  assert expected == actual, "expected #{expected.inspect}, got #{actual.inspect}"
end

def assert_raises(error)
  yield
rescue error => e
  e
else
  raise "no #{error}"
end

def plain(sql, *values)
  PLAIN.exec_params(sql, values).values.flatten
end

# One column of the job, in the table.
def stored(job, column)
  plain("SELECT #{column} FROM batch_job WHERE id = $1", job.id).first
end

def make(**attributes)
  Job.create!(type: 'import', **attributes)
end

def sqlstate(error)
  error.cause.result.error_field(PG::Result::PG_DIAG_SQLSTATE)
end

def statements
  sent = []
  note = ->(*, payload) { sent << payload[:sql] unless payload[:name] == 'SCHEMA' }
  ActiveSupport::Notifications.subscribed(note, 'sql.active_record') { yield }
  sent
end

def dump
  out = StringIO.new
  ActiveRecord::SchemaDumper.dump(ActiveRecord::Base.connection_pool, out)
  out.string
end

# As db:schema:load does it.
def load_schema(text)
  ActiveRecord::Schema.verbose = false
  eval(text)
end

def left_behind
  plain(<<~SQL)
    SELECT relname FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v') AND relname !~ '^(schema_migrations|ar_)'
     UNION ALL
    SELECT extname FROM pg_extension WHERE extname <> 'plpgsql'
  SQL
end

# What a consumer does once: the new events, and its position moved in the same transaction.
def poll(max)
  ActiveRecord::Base.transaction do
    connection = ActiveRecord::Base.lease_connection
    position = connection.select_value('SELECT position FROM consumer FOR UPDATE')
    events = connection.select_all("SELECT seq, job_id, event FROM batch_job.read_events(#{position}, #{max})").to_a
    connection.update("UPDATE consumer SET position = #{events.last['seq']}") if events.any?
    events
  end
end

def prepared(**attributes)
  make(dry_run: true, **attributes).call(:mark_pre_processed)
end

MIGRATIONS.up
User.create!(id: 'usr_1', email: 'ann@example.com')
MIGRATED = dump  # before there was anything else

CHECKS = {
  'create.id' => lambda {
    job = make
    assert job.id.start_with?('batch_01')
    assert_equal [job.id], plain('SELECT id FROM batch_job WHERE id = $1', job.id)
  },

  'create.status' => lambda {
    job = make
    assert_equal nil, job.status
    assert_equal 'created', job.reload.status
    assert_equal 'created', CarelessJob.create!(type: 'import').status
    'after reload; on the table by the default'
  },

  'create.given' => lambda {
    assert_equal 'my_1', make(id: 'my_1').id
    assert_equal ['my_1'], plain("SELECT id FROM batch_job WHERE id = 'my_1'")
  },

  'create.bulk' => lambda {
    jobs = Job.create!([{ type: 'bulk' }, { type: 'bulk' }, { type: 'bulk' }])
    rows = StoredJob.insert_all!([{ type: 'bulk' }, { type: 'bulk' }], returning: %i[id status]).rows
    assert_equal %w[created created], rows.map(&:last)
    assert_raises(ArgumentError) { Job.insert_all!([{ type: 'bulk' }]) }
    ids = jobs.map(&:id) + rows.map(&:first)
    assert_equal ids.sort, plain("SELECT id FROM batch_job WHERE type = 'bulk' ORDER BY id COLLATE \"C\"")
    'create!; insert_all! on the table only: ids'
  },

  'status.read' => lambda {
    job = make
    plain('UPDATE batch_job SET confirmed_at = now(), processing_at = now() WHERE id = $1', job.id)
    assert_equal 'processing', Job.find(job.id).status
    job.reload.update!(failed_at: Time.current)
    assert_equal 'processing', job.status
    assert_equal 'failed', job.reload.status
    'after its own update: reload'
  },

  'status.query' => lambda {
    now = Time.current
    times = { failed_at: now }, { processing_at: now }, {}, { completed_at: now }, {}
    times.each { |time| make(type: 'query', **time) }
    jobs = Job.where(type: 'query')
    assert_equal %w[created created processing completed failed], jobs.order(:status).pluck(:status)
    assert_equal %w[created created processing], jobs.where(status: ...'completed').order(:status).pluck(:status)
    assert_equal({ 'created' => 2, 'processing' => 1, 'completed' => 1, 'failed' => 1 }, jobs.group(:status).count)
    assert_equal 1, jobs.processing.count
  },

  'status.write' => lambda {
    job = CarelessJob.create!(type: 'import', status: 'failed')
    assert_equal 'failed', job.status
    assert_equal 'created', stored(job, :status)
    job.reload.update!(status: 'completed', confirmed_at: Time.current)
    assert_equal 'confirmed', stored(job, :status)
    assert_raises(ActiveRecord::ReadonlyAttributeError) { make.reload.status = 'failed' }
    'the object keeps the wrong one until reload; attr_readonly'
  },

  'lifecycle.call' => lambda {
    job = make
    assert_equal 'confirmed', job.call(:mark_pre_processed, result: { count: 2 }).status
    assert_equal 'processing', job.call(:start).status
    assert_equal 'completed', job.call(:complete, result: { advancement_count: 2 }).status
    assert_equal({ 'count' => 2, 'advancement_count' => 2 }, job.result)
    assert_equal 'completed', stored(job, :status)
  },

  'lifecycle.error' => lambda {
    error = assert_raises(ActiveRecord::StatementInvalid) { make.call(:start) }
    assert_equal '55000', sqlstate(error)
    assert error.cause.is_a?(PG::ObjectNotInPrerequisiteState)

    job = prepared(context: { file: 'spring.csv' })
    reviewed = plain('SELECT batch_job.plan_digest($1)', job.id).first
    plain(%q(SELECT batch_job.update($1, result => '{"count": 40000}')), job.id)
    error = assert_raises(ActiveRecord::StatementInvalid) { job.call(:confirm, plan_digest: reviewed) }
    assert_equal 'BJ001', sqlstate(error)

    assert_equal :stale, confirm(job, reviewed)
    assert_equal :confirmed, confirm(job, plain('SELECT batch_job.plan_digest($1)', job.id).first)
    Job.transaction do
      assert_equal :too_late, confirm(make, nil)
      assert_equal 'created', make.reload.status  # a transaction around it goes on
    end
    'StatementInvalid; cause.result.error_field has it'
  },

  'json.values' => lambda {
    value = { 'rows' => [1, [2, { 'ä' => '東京 😀' }], true], 'of' => { 'quote' => %q('"\\:x?$1) } }
    job = make(context: value, result: value).reload
    assert_equal [value, value], [job.context, job.result]
    texts = plain('SELECT context, result FROM batch_job WHERE id = $1', job.id)
    assert_equal [value, value], texts.map { JSON.parse(_1) }
    job.update!(context: { 'rows' => [] })
    assert_equal({ 'rows' => [] }, job.reload.context)
  },

  'json.numbers' => lambda {
    value = { 'sixteen' => 9_007_199_254_740_991, 'fraction' => 0.1, 'nineteen' => 9_223_372_036_854_775_807 }
    job = make(context: value)
    assert_equal value, job.reload.context
    assert_equal '9223372036854775807', stored(job, "context ->> 'nineteen'")
    plain(%q(UPDATE batch_job SET context = '{"long": 0.12345678901234567890123}' WHERE id = $1), job.id)
    assert_equal 0.12345678901234568, job.reload.context['long']
    'all exact; a fraction is a Float, of 17 digits'
  },

  'json.null' => lambda {
    job = make(context: { 'none' => nil }, result: nil)
    assert_equal [{ 'none' => nil }, nil], job.reload.then { [_1.context, _1.result] }
    assert_equal %w[null t], plain("SELECT context -> 'none', result IS NULL FROM batch_job WHERE id = $1", job.id)
    job.update!(context: nil)
    assert_equal 't', stored(job, 'context IS NULL')
  },

  'time.zone' => lambda {
    instant = Time.utc(2026, 3, 29, 1, 30, 0.123r)
    stored_instant = ->(job) { stored(job, %q(batch_job.to_json(batch_job) ->> 'confirmed_at')) }
    ["'Asia/Kolkata'", "'America/St_Johns'", 'DEFAULT'].each do |zone|
      plain("ALTER DATABASE orm_activerecord SET timezone = #{zone}")
      Job.lease_connection.reconnect!
      job = make(confirmed_at: instant.getlocal('+05:45')).reload
      assert_equal instant, job.confirmed_at
      assert_equal '2026-03-29T01:30:00.123Z', stored_instant.call(job)
    end
    # It sends UTC without saying so, and has told the session: who tells it something else shifts every time.
    Job.lease_connection.execute("SET timezone = 'Asia/Kolkata'")
    assert_equal '2026-03-28T20:00:00.123Z', stored_instant.call(make(confirmed_at: instant))
    Job.lease_connection.reconnect!
    'it sets the session to UTC, and must be let'
  },

  'delete.view' => lambda {
    first, *others = Array.new(3) { make(type: 'delete') }
    assert first.destroy!.destroyed?
    assert_equal 2, Job.where(id: others).delete_all
    assert_equal 0, Job.where(type: 'delete').count
    assert_equal ['3'], plain("SELECT count(*) FROM batch_job WHERE type = 'delete' AND deleted_at IS NOT NULL")
  },

  'delete.restore' => lambda {
    job = make
    job.destroy!
    plain('SELECT batch_job.restore($1)', job.id)
    assert_equal job.id, Job.find(job.id).id
    assert_equal 't', stored(job, 'deleted_at IS NULL')
  },

  'delete.own' => lambda {
    job = StoredJob.create!(type: 'import')
    job.discard
    assert_equal 'f', stored(job, 'deleted_at IS NULL')
    assert !StoredJob.exists?(job.id) && !Job.exists?(job.id)
    StoredJob.with_discarded.find(job.id).undiscard
    assert StoredJob.exists?(job.id) && Job.exists?(job.id)
    assert_equal 't', stored(job, 'deleted_at IS NULL')
  },

  'delete.table' => lambda {
    locked, unlocked = [CarelessJob, UnlockedJob].map { |model| model.create!(type: 'import') }
    assert_raises(ActiveRecord::StaleObjectError) { locked.destroy! }
    assert_equal 't', stored(locked, 'deleted_at IS NULL')  # rolled back
    assert unlocked.destroy!.destroyed?
    assert_equal 0, CarelessJob.where(id: locked.id).delete_all
    assert_equal %w[f f], [locked, unlocked].map { |job| stored(job, 'deleted_at IS NULL') }
    'StaleObjectError; without lock_version nothing'
  },

  'relation.eager' => lambda {
    2.times { make(type: 'eager', created_by: 'usr_1') }
    jobs = nil
    assert_equal 2, statements { jobs = Job.where(type: 'eager').includes(:creator).to_a }.size
    assert_equal [], statements { assert_equal %w[ann@example.com] * 2, jobs.map { _1.creator.email } }
    joined = statements { Job.where(type: 'eager').eager_load(:creator).each { _1.creator.email } }
    assert_equal 1, joined.size
  },

  'relation.lazy' => lambda {
    job = Job.find(make(created_by: 'usr_1').id)
    assert_equal 1, statements { assert_equal 'ann@example.com', job.creator.email }.size
    assert_equal nil, make.creator
    assert User.find('usr_1').jobs.exists?(job.id)
  },

  'upsert' => lambda {
    row = { id: 'up_1', type: 'import' }
    assert_raises(ArgumentError) { Job.upsert(row, unique_by: :id) }
    StoredJob.upsert({ **row, context: { a: 1 } }, unique_by: :id)
    StoredJob.upsert({ **row, context: { a: 2 } }, unique_by: :id, returning: %i[id status])
    assert_equal [{ 'a' => 2 }, 'created'], Job.find('up_1').then { [_1.context, _1.status] }
    assert_equal ['1'], plain("SELECT count(*) FROM batch_job WHERE id = 'up_1'")
    StoredJob.find('up_1').discard
    StoredJob.upsert(row, unique_by: :id)
    assert StoredJob.exists?('up_1')  # the default scope is in the row
    'on the table: of a view it finds no unique index'
  },

  'page' => lambda {
    ids = Array.new(7) { make(type: 'page').id }
    jobs = Job.where(type: 'page')
    assert_equal ids, jobs.find_each(batch_size: 3).map(&:id)
    assert_equal ids, [0, 3, 6].flat_map { |offset| jobs.order(:id).limit(3).offset(offset).ids }
    assert_equal ids[3..5], jobs.where(id: (ids[2]..)).where.not(id: ids[2]).order(:id).limit(3).ids
  },

  'lock' => lambda {
    job = make
    first, second = Array.new(2) { Job.find(job.id) }
    first.update!(context: { by: 'first' })
    assert_raises(ActiveRecord::StaleObjectError) { second.update!(context: { by: 'second' }) }
    assert_equal 'first', stored(job, "context ->> 'by'")
    # SQL and the functions do not count it up.
    stale = Job.find(job.id)
    plain('SELECT batch_job.mark_pre_processed($1)', job.id)
    stale.update!(context: { by: 'stale' })
    assert_equal %w[confirmed stale], [stored(job, :status), stored(job, "context ->> 'by'")]
    'StaleObjectError; lock_version counts own writes only'
  },

  'migrate.up' => lambda {
    assert_equal [20_260_101_000_000], MIGRATIONS.get_all_versions
    assert_equal %w[batch_job batch_job_live batch_job_event t],
                 plain('SELECT job_table, live_view, event_table, notify FROM batch_job.attached()')
  },

  'migrate.down' => lambda {
    MIGRATIONS.down
    assert_equal [], left_behind
    # In its own transaction: what fails leaves nothing.
    plain('CREATE TABLE batch_job_live ()')
    error = assert_raises(StandardError) { MIGRATIONS.up }
    assert_equal '42P07', error.cause.cause.result.error_field(PG::Result::PG_DIAG_SQLSTATE)
    assert_equal %w[batch_job_live], left_behind
    plain('DROP TABLE batch_job_live')
    MIGRATIONS.up
    Job.reset_column_information
    assert_equal 'created', make.reload.status
  },

  'migrate.drift' => lambda {
    assert_equal MIGRATED, dump
    assert MIGRATED.include?('enum_type: "batch_job.status"')
    assert !MIGRATED.include?('batch_job_live')
    # schema.rb makes the extension's schema, which is the extension's to make, and lacks the view and the triggers.
    MIGRATIONS.down
    assert_raises(ActiveRecord::StatementInvalid) { load_schema(MIGRATED) }
    Job.lease_connection.drop_schema('batch_job')
    load_schema(MIGRATED.sub('create_schema "batch_job"', ''))
    assert_equal %w[batch_job batch_job user], left_behind.sort
    Job.lease_connection.execute("SELECT batch_job.attach('batch_job', events => true, notify => true)")
    assert_equal MIGRATED, dump
    'none, but schema.rb cannot be loaded: structure.sql'
  },

  'events.listen' => lambda {
    listener = ActiveRecord::Base.lease_connection.raw_connection
    listener.exec('LISTEN batch_job')
    plain("INSERT INTO batch_job (type) VALUES ('import')")
    heard = nil
    listener.wait_for_notify(10) { |_, _, payload| heard = JSON.parse(payload) }
    listener.exec('UNLISTEN *')
    assert_equal({ 'table' => 'public.batch_job', 'events' => ['batch.created'] }, heard)
  },

  'events.poll' => lambda {
    plain('CREATE TABLE consumer AS SELECT coalesce(max(seq), 0) AS position FROM batch_job_event')
    job = make.call(:mark_pre_processed).call(:start)
    job.destroy!
    events = []
    until (some = poll(2)).empty?
      events += some
    end
    assert_equal %w[created pre_processed confirmed processing deleted].map { [job.id, "batch.#{_1}"] },
                 events.map { [_1['job_id'], _1['event']] }
    assert_equal events.map { _1['seq'] }.sort.uniq, events.map { _1['seq'] }
    assert_equal [], poll(2)
  }
}.freeze

contract 'ActiveRecord', ActiveRecord.version, CHECKS
