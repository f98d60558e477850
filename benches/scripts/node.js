// Runs a custom-database script in Node with the real packages: CALLERS at a time for SECONDS, then says how many calls it
// made in a second. Arguments: script, configuration (JSON), callers, seconds, users.
const fs = require('fs');
const path = require('path');
const [script, configurationJson, callers, seconds, users] = process.argv.slice(2);
const packages = require('module').createRequire(path.join(process.cwd(), 'x.js'));
const configuration = JSON.parse(configurationJson);
const getUser = new Function('require', 'configuration', `return (${fs.readFileSync(script, 'utf8')})`)(packages, configuration);

function call(email) {
  return new Promise((resolve, reject) => getUser(email, (error, profile) => {
    if (error || !profile || profile.email !== email) reject(error || new Error('no profile')); else resolve();
  }));
}

async function caller(end, counts) {
  while (process.hrtime.bigint() < end) {
    await call(`user${1 + Math.floor(Math.random() * Number(users))}@example.com`);
    counts.done += 1;
  }
}

async function main() {
  await caller(process.hrtime.bigint() + 300000000n, { done: 0 });
  const counts = { done: 0 };
  const start = process.hrtime.bigint();
  const end = start + BigInt(seconds) * 1000000000n;
  await Promise.all(Array.from({ length: Number(callers) }, () => caller(end, counts)));
  console.log(counts.done / (Number(process.hrtime.bigint() - start) / 1e9));
  process.exit(0);
}
main().catch((error) => { console.error(error); process.exit(1); });
