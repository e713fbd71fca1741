// HTTP: the page, and what it asks for. Who is signed in is a cookie that anybody can write: sessions are your business.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import type { EntityManager } from 'typeorm';
import { source } from './data-source.ts';
import { BatchJob, StoredJob, Upload, User } from './entities.ts';
import { as, jobState, listJobs } from './jobs.ts';
import { jobTypes, makePlan, plain, UnreadableFile, type JobType } from './products.ts';

class Refusal extends Error {
  constructor(readonly statusCode: number, message: string) { super(message); }
}

const noSuchImport = () => new Refusal(404, 'There is no such import.');

export const app = Fastify({
  bodyLimit: 50 * 1024 * 1024, forceCloseConnections: true, routerOptions: { maxParamLength: 100_000 },
});
app.addContentTypeParser('text/csv', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
app.setNotFoundHandler(() => { throw new Refusal(404, 'There is nothing here.'); });

app.addHook('preHandler', async ({ params }) => {
  const { id = 'none' } = params as { id?: string };
  if (!/^\w{1,100}$/.test(id)) throw noSuchImport();
});

app.addHook('onSend', async (_request, reply) => {
  reply.headers({ 'content-security-policy': "default-src 'self'; img-src 'self' data:", 'x-content-type-options': 'nosniff' });
});

// What the database refuses, in words for people.
app.setErrorHandler<Error & { code?: string; statusCode?: number }>(async (error, request, reply) => {
  const { id } = request.params as { id?: string };
  const sentence = `${error.message.charAt(0).toUpperCase()}${error.message.slice(1)}.`;
  switch (error.code) {
    case 'BJ001':
      return reply.code(409).send({ error: 'The plan has changed since you saw it. Here is the new one.', ...await jobState(id!) });
    case '42501': return reply.code(403).send({ error: 'You may not confirm your own job: somebody else has to.' });
    case 'P0002': return reply.code(404).send({ error: noSuchImport().message });
    case '55000': return reply.code(409).send({ error: sentence });
    case '22021': case '22P02': return reply.code(400).send({ error: sentence });
    case 'FST_ERR_CTP_BODY_TOO_LARGE': return reply.code(413).send({ error: 'The file is larger than 50 MB.' });
  }
  if ((error.statusCode ?? 500) >= 500) console.error(error);
  return reply.code(error.statusCode ?? 500).send({ error: error.statusCode ? error.message : 'Something went wrong here.' });
});

type Request = FastifyRequest<{ Params: { id: string }; Querystring: Record<string, string | undefined> }>;

async function userOf(request: FastifyRequest) {
  const id = /(?:^|; )user=([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:;|$)/.exec(request.headers.cookie ?? '')?.[1];
  const user = id && await source.manager.findOneBy(User, { id });
  if (!user) throw new Refusal(401, 'Say who you are.');
  return user;
}

// A name is a label, never a path.
const label = (name: unknown = '') => plain(String(name).replace(/^.*[/\\]/s, ''), 200).replace(/^\.+$/, '') || 'products.csv';

function fileOf({ query, body }: Request) {
  if (!Buffer.isBuffer(body)) throw new Refusal(415, 'Send a file of the type text/csv.');
  const sha256 = createHash('sha256').update(body).digest('hex');
  return { content: body, context: { file: label(query.name), bytes: body.length, sha256 } };
}

// The job, locked, for changes that are its creator's alone: a rule of this shop, not of the extension.
async function ownJob(manager: EntityManager, id: string, user: User, kind: typeof BatchJob | typeof StoredJob = BatchJob) {
  const job = await manager.findOne(kind, { where: { id }, withDeleted: true, lock: { mode: 'pessimistic_write' } });
  if (!job) throw noSuchImport();
  if (job.createdBy !== user.id) throw new Refusal(403, 'Only the person who uploaded the file may do that.');
  return job;
}

app.get('/api/users', () => source.manager.find(User, { order: { name: 'ASC' } }));

app.get('/api/jobs', ({ query: { status, type, deleted } }: Request) =>
  listJobs({ status: status as BatchJob['status'] || undefined, type: type || undefined, deleted: deleted === 'true' }));

app.post('/api/jobs', async (request: Request, reply) => {
  const user = await userOf(request);
  const { content, context } = fileOf(request);
  const { type = 'product-import', dry_run } = request.query;
  if (!jobTypes.includes(type as JobType)) throw new Refusal(400, 'There is no such type of import.');
  const job = await as(user, async (manager) => {
    const job = await manager.save(manager.create(BatchJob, { type, context, dryRun: dry_run === 'true', createdBy: user.id }));
    await manager.insert(Upload, { jobId: job.id, content });
    return job;
  });
  return reply.code(201).send({ id: job.id });
});

// Another file for a job that nobody has confirmed. A plan that is there already is made anew here, in the same transaction:
// the job cannot go back to the workers, and a confirmation waits, to find that the digest has changed.
app.put('/api/jobs/:id/file', async (request: Request) => {
  const { id } = request.params;
  const user = await userOf(request);
  const { content, context } = fileOf(request);
  await as(user, async (manager) => {
    const { status, type } = await ownJob(manager, id, user);
    if (status !== 'created' && status !== 'pre_processed') throw new Refusal(409, 'It is too late for another file.');
    const plan = status === 'created' ? null : await makePlan(manager, type as JobType, content).catch((error) => {
      throw error instanceof UnreadableFile ? new Refusal(422, error.message) : error;
    });
    await manager.query('SELECT FROM batch_job.update($1, $2, $3)', [id, context, plan]);
    await manager.update(Upload, { jobId: id }, { content });
  });
  return {};
});

app.post('/api/jobs/:id/confirm', async (request: Request) => {
  const { digest } = (request.body ?? {}) as { digest?: string };
  if (typeof digest !== 'string') throw new Refusal(400, 'Say what you have seen: its digest.');
  const user = await userOf(request);
  await as(user, (manager) => manager.query('SELECT FROM batch_job.confirm($1, $2, $3)', [request.params.id, digest, user.id]));
  return {};
});

for (const step of ['pause', 'resume']) {
  app.post(`/api/jobs/:id/${step}`, async (request: Request) => {
    await as(await userOf(request), (manager) => manager.query(`SELECT FROM batch_job.${step}($1)`, [request.params.id]));
    return {};
  });
}

app.post('/api/jobs/:id/cancel', async (request: Request) => {
  const user = await userOf(request);
  await as(user, async (manager) => {
    await ownJob(manager, request.params.id, user);
    await manager.query('SELECT FROM batch_job.cancel($1)', [request.params.id]);
  });
  return {};
});

app.post('/api/jobs/:id/restore', async (request: Request) => {
  const user = await userOf(request);
  await as(user, async (manager) => {
    await ownJob(manager, request.params.id, user, StoredJob);
    await manager.query('SELECT FROM batch_job.restore($1)', [request.params.id]);
  });
  return {};
});

app.delete('/api/jobs/:id', async (request: Request) => {
  const user = await userOf(request);
  await as(user, async (manager) => {
    const { id } = await ownJob(manager, request.params.id, user);
    await manager.delete(BatchJob, { id });
  });
  return {};
});

async function stateOf({ params: { id } }: Request) {
  const state = await jobState(id);
  if (!state) throw noSuchImport();
  return state;
}

app.get('/api/jobs/:id', stateOf);

// A cell that a spreadsheet would take for a formula is told to be text.
const cell = (value: unknown) => `"${String(value ?? '').replace(/^[=+\-@\t\r]/, "'$&").replaceAll('"', '""')}"`;

app.get('/api/jobs/:id/errors.csv', async (request: Request, reply) => {
  const { job } = await stateOf(request);
  const lines = (job.result?.errors ?? []).map(({ line, sku, message }) => [line, sku, message].map(cell).join());
  return reply.type('text/csv; charset=utf-8').header('content-disposition', 'attachment; filename="errors.csv"')
    .send(['line,sku,message', ...lines, ''].join('\r\n'));
});

// Server-sent events: all there is to know of the job, whenever that has changed.
app.get('/api/jobs/:id/stream', async (request: Request, reply) => {
  await stateOf(request);
  reply.hijack();
  reply.raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  try {
    for (let last = ''; !reply.raw.closed; await sleep(250)) {
      const state = await jobState(request.params.id);
      const now = state ? `data: ${JSON.stringify(state)}\n\n` : 'event: gone\ndata: {}\n\n';
      if (now === last || reply.raw.writableNeedDrain) continue; // nothing new, or for somebody who does not read
      reply.raw.write(now);
      last = now;
    }
  } finally {
    reply.raw.end();
  }
});

for (const [path, file, type] of [
  ['/', 'index.html', 'text/html'], ['/app.js', 'app.js', 'text/javascript'], ['/style.css', 'style.css', 'text/css'],
]) {
  const content = readFileSync(new URL(`../public/${file}`, import.meta.url));
  app.get(path, (_request, reply: FastifyReply) => reply.type(`${type}; charset=utf-8`).send(content));
}
