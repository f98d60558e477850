// Runs every case in Node with the real packages and writes down what came of it.
// Usage: node record.js <folder of cases> <folder for recordings>; places of databases in PG and MYSQL as JSON.
'use strict';
const fs = require('fs');
const path = require('path');
const vm = require('vm');
const [cases, recordings] = process.argv.slice(2);
const configuration = { pg: JSON.parse(process.env.PG), mysql: JSON.parse(process.env.MYSQL) };

async function run(file) {
  const code = fs.readFileSync(path.join(cases, file), 'utf8');
  const make = vm.runInThisContext(`(function (configuration, require) { return (${code}\n) })`, { filename: file });
  const script = make(configuration, require);
  const answer = await new Promise((resolve, reject) => {
    Promise.resolve(script((error, data) => (error ? reject(error) : resolve(data)))).catch(reject);
  });
  fs.writeFileSync(path.join(recordings, file.replace(/\.js$/, '.json')), JSON.stringify(answer, null, 1) + '\n');
  console.log(`${file}: ${Array.isArray(answer) ? answer.length : Object.keys(answer).length}`);
}

// The server of `http.js`; `tests/recordings/server.rs` is the same for the tests.
const server = require('http').createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    const { url, method, headers } = request;
    const body = Buffer.concat(parts).toString();
    const json = (status, value) => { response.writeHead(status, { 'Content-Type': 'application/json' }); response.end(JSON.stringify(value)); };
    if (url.startsWith('/status/')) json(Number(url.slice(8)), { error: url.slice(8) });
    else if (url.startsWith('/redirect')) { response.writeHead(Number(url.slice(9) || 302), { Location: '/echo?moved' }); response.end(); }
    else if (url === '/bytes') { response.writeHead(200, { 'Content-Type': 'application/octet-stream' }); response.end(Buffer.from([0, 255, 195, 40])); }
    else if (url === '/text') { response.writeHead(200, { 'Content-Type': 'text/plain' }); response.end('plain é'); }
    else if (url === '/slow') setTimeout(() => json(200, {}), 1000);
    else json(200, { method, path: url, body, type: headers['content-type'] || null, accept: headers.accept || null, mine: headers['x-mine'] || null, authorization: headers.authorization || null });
  });
});

(async () => {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  configuration.server = `http://127.0.0.1:${server.address().port}`;
  for (const file of fs.readdirSync(cases).sort()) {
    if (file.endsWith('.js')) await run(file);
  }
  process.exit(0);
})().catch((error) => { console.error(error); process.exit(1); });
