# recipe: migration
class CreateBatchJob < ActiveRecord::Migration[7.2]
  TIMES = %i[deleted_at pre_processed_at confirmed_at processing_at completed_at canceled_at failed_at].freeze

  def up
    create_table(:user, id: :text) { |t| t.text :email, null: false }
    create_table :batch_job, id: :text do |t|
      t.text :type, null: false
      t.text :created_by, index: true
      t.jsonb :context
      t.jsonb :result
      t.boolean :dry_run, null: false, default: false
      t.timestamptz :created_at, :updated_at, null: false, default: -> { 'now()' }
      t.timestamptz(*TIMES)
      t.integer :lock_version, null: false, default: 0  # optimistic locking, if you want it
      t.foreign_key :user, column: :created_by
    end
    enable_extension 'batch_job'
    execute "SELECT batch_job.attach('batch_job', events => true, notify => true)"
  end

  def down
    execute "SELECT batch_job.detach('batch_job', drop_status => true)"
    disable_extension 'batch_job'
    drop_table :batch_job_event
    drop_table :batch_job
    drop_table :user
  end
end
# end recipe
