import { DataTypes, Model, QueryTypes, Sequelize } from 'sequelize';

const { PGHOST: host, PGPORT: port, PGUSER: username, PGDATABASE: database } = process.env;
export const connect = (options) =>
  new Sequelize({ dialect: 'postgres', host, port, username, database, logging: false, ...options });
export const sequelize = connect();

// recipe: user
export class User extends Model {}

User.init({
  id: { type: DataTypes.TEXT, primaryKey: true },
  email: DataTypes.TEXT,
}, { sequelize, tableName: 'user', timestamps: false });
// end recipe

// recipe: job
export const statuses = ['created', 'pre_processed', 'confirmed', 'processing', 'completed', 'canceled', 'failed'];

const attributes = () => ({
  id: { type: DataTypes.TEXT, primaryKey: true },
  type: { type: DataTypes.TEXT, allowNull: false },
  context: DataTypes.JSONB,
  result: DataTypes.JSONB,
  dryRun: DataTypes.BOOLEAN,
  createdAt: DataTypes.DATE,
  updatedAt: DataTypes.DATE,
  preProcessedAt: DataTypes.DATE,
  confirmedAt: DataTypes.DATE,
  processingAt: DataTypes.DATE,
  completedAt: DataTypes.DATE,
  canceledAt: DataTypes.DATE,
  failedAt: DataTypes.DATE,
  status: DataTypes.ENUM(statuses), // the database's word: read it, never write it
});

const settings = {
  sequelize,
  underscored: true,
  createdAt: false, // columns like any other: the database fills them in
  updatedAt: false,
  version: true, // a column of its own: only Sequelize counts it
  hooks: {
    beforeSave: (job, options) => { options.returning = true; }, // else an UPDATE leaves status and updatedAt stale
  },
};

export class Job extends Model {
  // One step of the life cycle, or restore: await job.step('complete', [{ count: 2 }], { transaction })
  async step(name, args = [], { transaction } = {}) {
    const bind = [this.id, ...args];
    await sequelize.query(`SELECT batch_job.${name}(${bind.map((_, i) => `$${i + 1}`)})`, { bind, transaction });
    return this.reload({ transaction });
  }
}

Job.init(attributes(), { ...settings, tableName: 'batch_job_live' });
Job.belongsTo(User, { as: 'creator', foreignKey: 'createdBy' });
// end recipe

// recipe: table
export class StoredJob extends Model {}

StoredJob.init(attributes(), { ...settings, tableName: 'batch_job', paranoid: true });
StoredJob.belongsTo(User, { as: 'creator', foreignKey: 'createdBy' });
// end recipe

// recipe: error
// Confirms what was reviewed; false: the plan has changed meanwhile, review it again.
export async function confirm(job, digest) {
  try {
    await job.step('confirm', [digest]);
    return true;
  } catch (error) {
    if (error.original?.code === 'BJ001') return false;
    throw error; // 55000: not its turn; error.original.detail says why
  }
}
// end recipe

// recipe: poll
export class Consumer extends Model {}

Consumer.init({
  name: { type: DataTypes.TEXT, primaryKey: true },
  position: DataTypes.BIGINT,
}, { sequelize, tableName: 'consumer', timestamps: false });

// Hands at most max events to the worker; the position moves if that succeeds, and only then.
export const poll = (name, max, work) => sequelize.transaction(async (transaction) => {
  const consumer = await Consumer.findByPk(name, { lock: true, transaction });
  const events = await sequelize.query('SELECT seq, job_id, event FROM batch_job.read_events($1, $2)',
    { bind: [consumer.position, max], type: QueryTypes.SELECT, transaction });
  for (const event of events) await work(event, transaction);
  if (events.length) await consumer.update({ position: events.at(-1).seq }, { transaction });
  return events.length;
});
// end recipe
