// In the form of umzug; with sequelize-cli `module.exports = { up: (queryInterface) => ..., down: ... }`.
import { DataTypes, literal } from 'sequelize';

// recipe: migration
export const up = ({ context: queryInterface }) => queryInterface.sequelize.transaction(async (transaction) => {
  await queryInterface.createTable('user', {
    id: { type: DataTypes.TEXT, primaryKey: true },
    email: DataTypes.TEXT,
  }, { transaction });
  await queryInterface.createTable('batch_job', {
    id: { type: DataTypes.TEXT, primaryKey: true },
    type: { type: DataTypes.TEXT, allowNull: false },
    created_by: { type: DataTypes.TEXT, references: { model: 'user', key: 'id' } },
    context: DataTypes.JSONB,
    result: DataTypes.JSONB,
    dry_run: { type: DataTypes.BOOLEAN, allowNull: false, defaultValue: false },
    created_at: { type: DataTypes.DATE, allowNull: false, defaultValue: literal('now()') },
    updated_at: { type: DataTypes.DATE, allowNull: false, defaultValue: literal('now()') },
    pre_processed_at: DataTypes.DATE,
    confirmed_at: DataTypes.DATE,
    processing_at: DataTypes.DATE,
    completed_at: DataTypes.DATE,
    canceled_at: DataTypes.DATE,
    failed_at: DataTypes.DATE,
    deleted_at: DataTypes.DATE,
    version: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 0 },
  }, { transaction });
  await queryInterface.addIndex('batch_job', ['created_by'], { transaction });
  await queryInterface.createTable('consumer', {
    name: { type: DataTypes.TEXT, primaryKey: true },
    position: { type: DataTypes.BIGINT, allowNull: false, defaultValue: 0 },
  }, { transaction });
  await queryInterface.sequelize.query('CREATE EXTENSION IF NOT EXISTS batch_job', { transaction });
  await queryInterface.sequelize.query(
    "SELECT batch_job.attach('batch_job', events => true, notify => true)", { transaction });
});

export const down = ({ context: queryInterface }) => queryInterface.sequelize.transaction(async (transaction) => {
  const options = { transaction };
  await queryInterface.sequelize.query("SELECT batch_job.detach('batch_job', drop_status => true)", options);
  await queryInterface.sequelize.query('DROP EXTENSION batch_job', options);
  for (const table of ['batch_job_event', 'batch_job', 'consumer', 'user']) {
    await queryInterface.dropTable(table, options);
  }
});
// end recipe
