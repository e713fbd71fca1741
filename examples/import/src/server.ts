// Starts the server, at PORT or else at a port that is free.
import { app } from './app.ts';
import { source } from './data-source.ts';

await source.initialize();
console.log(`The shop is at ${await app.listen({ host: process.env.HOST ?? '127.0.0.1', port: Number(process.env.PORT ?? 0) })}`);
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, async () => {
    await app.close();
    await source.destroy();
  });
}
