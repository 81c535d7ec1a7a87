// Real clients against the built server, on each database: openid-client 6 here, Authlib in a Python of its own.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Report } from '../browser/report.mjs';
import { databases, startServer } from '../browser/server.mjs';
import { openidClient } from './openid-client.mjs';
import { callback, person, provision } from './provision.mjs';

const python = process.env.COUNTERSIGN_TEST_PYTHON || 'python3';
const script = fileURLToPath(new URL('authlib_client.py', import.meta.url));
const say = (step) => console.log(`    ${step}`);

function authlib(given) {
  return new Promise((resolve, reject) => {
    const child = spawn(python, [script], { stdio: ['pipe', 'pipe', 'pipe'] });
    let errors = '';
    child.once('error', reject);
    createInterface({ input: child.stdout }).on('line', say);
    child.stderr.setEncoding('utf8').on('data', (text) => { errors += text; });
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`${python} ended with ${code}\n${errors}`))));
    child.stdin.end(JSON.stringify(given));
  });
}

const report = new Report();
for (const kind of databases()) {
  report.begin(`real clients, ${kind}`);
  let server;
  const started = await report.step('server', async () => { server = await startServer(kind, `clients-${kind}`); });
  if (!started) continue;
  let parties;
  if (await report.step('user and clients registered', async () => { parties = await provision(server); })) {
    await report.step('openid-client', () => openidClient(server.url, parties, say));
    await report.step('Authlib', () => authlib({ issuer: server.url, callback, person, ...parties }));
  }
  report.check('the server ends in good order', await server.stop(), server.output().slice(-600));
}
process.exitCode = report.finish();
