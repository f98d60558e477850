// `fetch`, `axios`, `node:http`, as clients of a small server (`configuration.server`).
async function run(callback) {
  const axios = require('axios'), http = require('http');
  const { server } = configuration;
  const results = [];
  const attempt = async (name, work) => {
    try { results.push([name, await work()]); } catch (error) {
      results.push([name, 'throws', error.name, error.code || (error.cause && error.cause.code) || null, error.response ? [error.response.status, error.response.data] : null]);
    }
  };
  await attempt('fetch', async () => { const r = await fetch(server + '/echo?a=1'); return [r.status, r.ok, r.headers.get('content-type'), (await r.json()).method]; });
  await attempt('fetch post', async () => (await (await fetch(server + '/echo', { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-Mine': 'é' }, body: JSON.stringify({ a: 1 }) })).json()).body);
  await attempt('fetch form', async () => { const told = await (await fetch(server + '/echo', { method: 'POST', body: new URLSearchParams({ a: 'b c', d: '&' }) })).json(); return [told.type, told.body]; });
  await attempt('fetch 404', async () => { const r = await fetch(server + '/status/404'); return [r.status, r.ok, await r.text()]; });
  await attempt('fetch redirect', async () => { const r = await fetch(server + '/redirect', { method: 'POST', body: 'x' }); const told = await r.json(); return [r.status, r.redirected, told.method, told.path, told.body]; });
  await attempt('fetch manual', async () => { const r = await fetch(server + '/redirect', { redirect: 'manual' }); return [r.status, r.headers.get('location')]; });
  await attempt('fetch error', async () => fetch(server + '/redirect', { redirect: 'error' }));
  await attempt('fetch 307', async () => { const told = await (await fetch(server + '/redirect307', { method: 'PUT', body: 'kept' })).json(); return [told.method, told.body]; });
  await attempt('fetch refused', async () => fetch('http://127.0.0.1:65533/'));
  await attempt('fetch abort', async () => { const c = new AbortController(); setTimeout(() => c.abort(), 20); await fetch(server + '/slow', { signal: c.signal }); });
  await attempt('fetch nonsense', async () => fetch('nonsense'));
  await attempt('fetch bytes', async () => Buffer.from(await (await fetch(server + '/bytes')).arrayBuffer()).toString('hex'));
  await attempt('axios get', async () => { const r = await axios.get(server + '/echo', { params: { a: 1, b: ['x', 'y'], c: null } }); return [r.status, r.statusText, r.data.path, r.headers['content-type'], r.data.accept]; });
  await attempt('axios post', async () => { const r = await axios.post(server + '/echo', { a: 1, b: 'é' }, { headers: { 'X-Mine': 'v' } }); return [r.data.type, r.data.body, r.data.mine]; });
  await attempt('axios form', async () => { const r = await axios.post(server + '/echo', new URLSearchParams({ a: 'b c' })); return [r.data.type, r.data.body]; });
  await attempt('axios text', async () => (await axios({ url: server + '/echo', method: 'put', data: 'text' })).data.body);
  await attempt('axios auth', async () => (await axios.get(server + '/echo', { auth: { username: 'me', password: 'pä:ss' } })).data.authorization);
  await attempt('axios 404', async () => axios.get(server + '/status/404'));
  await attempt('axios 500', async () => axios.get(server + '/status/500'));
  await attempt('axios validate', async () => (await axios.get(server + '/status/404', { validateStatus: () => true })).status);
  await attempt('axios redirect', async () => (await axios.get(server + '/redirect')).data.path);
  await attempt('axios no redirect', async () => axios.get(server + '/redirect', { maxRedirects: 0 }));
  await attempt('axios timeout', async () => axios.get(server + '/slow', { timeout: 50 }));
  await attempt('axios refused', async () => axios.get('http://127.0.0.1:65533/'));
  await attempt('axios create', async () => { const api = axios.create({ baseURL: server, headers: { common: {}, 'X-Mine': 'base' } }); const r = await api.get('/echo'); return [r.data.mine, r.data.path]; });
  await attempt('axios interceptors', async () => { const api = axios.create({ baseURL: server }); api.interceptors.request.use((config) => { config.headers['X-Mine'] = 'intercepted'; return config; }); api.interceptors.response.use((r) => r.data.mine); return api.get('/echo'); });
  await attempt('axios is', async () => { try { await axios.get(server + '/status/404'); } catch (error) { return [axios.isAxiosError(error), error.message, error.isAxiosError]; } });
  await attempt('axios buffer', async () => Buffer.from((await axios.get(server + '/bytes', { responseType: 'arraybuffer' })).data).toString('hex'));
  await attempt('axios text response', async () => (await axios.get(server + '/text')).data);
  await attempt('http get', () => new Promise((resolve, reject) => {
    http.get(server + '/echo', { headers: { 'X-Mine': 'h' } }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => { body += chunk; });
      response.on('end', () => resolve([response.statusCode, response.headers['content-type'], JSON.parse(body).mine]));
    }).on('error', reject);
  }));
  await attempt('http post', () => new Promise((resolve, reject) => {
    const { hostname, port } = new URL(server);
    const request = http.request({ hostname, port, path: '/echo', method: 'POST', headers: { 'Content-Type': 'text/plain', 'Content-Length': 4 } }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('end', () => resolve(JSON.parse(Buffer.concat(parts).toString()).body));
    });
    request.on('error', reject);
    request.write('te');
    request.end('xt');
  }));
  await attempt('http redirect', () => new Promise((resolve) => http.get(server + '/redirect', (response) => { response.resume(); resolve([response.statusCode, response.headers.location]); })));
  await attempt('http refused', () => new Promise((resolve, reject) => http.get('http://127.0.0.1:65533/', resolve).on('error', reject)));
  callback(null, results);
}
