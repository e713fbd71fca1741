// The contract for tests in JavaScript and TypeScript: runs one check after the other and reports them as TAP.
//
//   await contract('Kysely', version, { 'create.id': async () => { ... return 'a note for the table'; }, ... });
//
// A check passes unless it throws. What it returns, a string, is its note; `throw new Skip(why)` where the ORM has no
// such thing.
import { readFileSync } from 'node:fs';

export class Skip extends Error {}

const names = readFileSync(new URL('contract', import.meta.url), 'utf8')
  .split('\n').filter((line) => /^[a-z]/.test(line)).map((line) => line.split(/\s/, 1)[0]);

export async function contract(orm, version, checks) {
  let failed = 0;
  const report = (result, name, comment) =>
    console.log(`${result} - ${orm} ${version}: ${name}${comment ? ` # ${comment.replace(/\s+/g, ' ')}` : ''}`);
  for (const name of names) {
    try {
      if (!checks[name]) throw new Error('not implemented');
      const note = await checks[name]();
      report('ok', name, note);
    } catch (error) {
      if (error instanceof Skip) {
        report('ok', name, `SKIP ${error.message}`);
        continue;
      }
      failed++;
      report('not ok', name);
      console.log(String(error.stack ?? error).replace(/^/gm, '# '));
    }
  }
  for (const name of Object.keys(checks).filter((name) => !names.includes(name))) {
    failed++;
    report('not ok', name, 'not in the contract');
  }
  process.exitCode = failed ? 1 : 0;
  // A connection that a failed check has left open must not hold up the end.
  setTimeout(() => process.exit(), 5000).unref();
}
