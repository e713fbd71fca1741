# The models, as an application has them below app/models.
require 'active_record'

class User < ActiveRecord::Base
  self.table_name = 'user'
  has_many :jobs, foreign_key: :created_by, inverse_of: :creator
end

# recipe: job
class Job < ActiveRecord::Base
  self.table_name = 'batch_job_live'  # a view on which DELETE keeps the row, and says DELETE 1
  self.primary_key = 'id'             # a view has none that could be looked up
  self.inheritance_column = nil       # `type` is what kind of job, not a subclass

  STATUSES = %w[created pre_processed confirmed processing completed canceled failed].freeze

  attribute :dry_run, default: false  # nor has a view defaults, and Rails sends NULL for nil
  attr_readonly :status
  enum :status, STATUSES.index_by(&:itself), instance_methods: false
  belongs_to :creator, class_name: 'User', foreign_key: :created_by, optional: true

  # A function of the life cycle, then the job as it is now: job.call(:complete, result: { count: 2 })
  def call(function, **arguments)
    values = { id: id, **arguments }.transform_values { |value| value.is_a?(Hash) ? value.to_json : value }
    names = values.keys.map { |name| "#{name} => :#{name}" }.join(', ')
    self.class.lease_connection.execute(self.class.sanitize_sql(["SELECT batch_job.#{function}(#{names})", values]))
    reload
  end
end
# end recipe

# The same on the table, for an application that hides by itself what it has deleted.
# recipe: stored
class StoredJob < ActiveRecord::Base
  self.table_name = 'batch_job'
  self.inheritance_column = nil
  default_scope { where(deleted_at: nil) }
  scope :with_discarded, -> { unscope(where: :deleted_at) }

  def discard = update!(deleted_at: Time.current)
  def undiscard = update!(deleted_at: nil)
end
# end recipe

# recipe: confirm
# A person has seen the preview and says yes; reviewed is the plan_digest that was shown with it.
def confirm(job, reviewed)
  Job.transaction(requires_new: true) { job.call(:confirm, plan_digest: reviewed) }
  :confirmed
rescue ActiveRecord::StatementInvalid => e
  case e.cause.result.error_field(PG::Result::PG_DIAG_SQLSTATE)
  when '55000' then :too_late  # the status is not the right one: another person was faster, or canceled it
  when 'BJ001' then :stale     # the plan has changed: show it again
  else raise
  end
end
# end recipe
