// The tests, or those of the files that are named, of the application that runs at ADDRESS.
const files = ['page', 'keyboard', 'broken', 'killed', 'large', 'hostile', 'pictures'];
for (const file of process.argv.length > 2 ? process.argv.slice(2) : files) await import(`./${file}.ts`);
