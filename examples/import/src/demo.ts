// The server, and workers beside it that its page can kill: to look at, not for production.
import { fork, type ChildProcess } from 'node:child_process';
import { app } from './app.ts';
import { source } from './data-source.ts';

const workers = new Set<ChildProcess>();
let ending = false;

function startWorker() {
  if (ending) return;
  const worker = fork(new URL('worker.ts', import.meta.url));
  workers.add(worker);
  worker.on('exit', () => {
    workers.delete(worker);
    setTimeout(startWorker, 3000).unref();
  });
}

// One that has a job, if any has.
app.post('/api/kill-worker', async () => {
  const busy = await source.query(`SELECT worker FROM batch_job_run WHERE state = 'running'`);
  const names = busy.map(({ worker }: { worker: string }) => worker.replace(/^.*:/, ''));
  const victim = [...workers].find(({ pid }) => names.includes(String(pid))) ?? [...workers][0];
  victim?.kill('SIGKILL');
  return { killed: victim?.pid ?? null };
});

// Files to try it with, of 20,000 products each: the second changes some of the first, and has some that are wrong.
for (const [file, from] of [['spring.csv', 0], ['summer.csv', 2000]] as const) {
  app.get(`/${file}`, (_request, reply) => {
    const lines = Array.from({ length: 20000 }, (_, i) => {
      const n = from + i;
      const price = from && n % 997 === 0 ? 'ask us' : (1 + n % 90 + (from && n % 3 ? 0.5 : 0)).toFixed(2);
      return `P-${String(n).padStart(5, '0')},Product ${n},${price},${n % 50}`;
    });
    return reply.type('text/csv').send(['sku,name,price,stock', ...lines, ''].join('\n'));
  });
}

await import('./server.ts');
for (let i = 0; i < Number(process.env.WORKERS ?? 2); i++) startWorker();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, async () => {
    ending = true;
    for (const worker of workers) worker.kill('SIGTERM');
  });
}
