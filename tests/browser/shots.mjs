// The pictures in the README: a server with something in it, photographed in light.
import fs from 'node:fs';
import path from 'node:path';
import { UserAgent } from '../clients/user-agent.mjs';
import { press } from './act.mjs';
import { startRelyingParty } from './rp.mjs';
import { documentScreenshots, startServer } from './server.mjs';

const limit = 200_000;
const ana = { username: 'ana@example.com', name: 'Ana Ruiz', password: 'seven quiet rivers run uphill' };
const uma = { username: 'uma', email: 'uma@example.com', name: 'Uma Okafor', password: 'correct horse battery staple' };
const scopes = ['openid', 'profile', 'email', 'offline_access', 'photos.read'];

export async function shots(browser, report) {
  const server = await startServer('sqlite', 'shots');
  const party = await startRelyingParty(server.url);
  try {
    await furnish(server, party);
    const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, reducedMotion: 'reduce', colorScheme: 'light' });
    const page = await context.newPage();
    const shoot = (name) => save(report, page, name);
    await page.goto(`${server.url}/console`);
    await signIn(page, ana);
    await shoot('overview');
    const address = await page.locator('main').getByRole('link', { name: 'Photo Printer' }).first().getAttribute('href');
    await page.goto(new URL(address.match(/\/console\/applications\/\w+/)[0], server.url).href);
    await shoot('keys');
    await page.setViewportSize({ width: 1280, height: 960 });
    await page.goto(await party.begin(scopes.join(' '), { prompt: 'login consent' }));
    await signIn(page, uma);
    await shoot('consent');
    await context.close();
  } finally {
    await party.close();
    await server.stop();
  }
}

async function signIn(page, { username, password }) {
  await page.fill('input[name=username]', username);
  await page.fill('input[name=password]', password);
  await press(page, page.locator('button#login-submit'));
}

async function save(report, page, name) {
  fs.mkdirSync(documentScreenshots, { recursive: true });
  const file = path.join(documentScreenshots, `${name}.png`);
  await page.screenshot({ path: file });
  const { size } = fs.statSync(file);
  report.check(`${name}.png is under 200 kB`, size < limit, size);
}

/** People, applications and some sign-ins, so that the pages have something to show. */
async function furnish(server, party) {
  const owner = await server.command(['admin', 'create', '--email', ana.username, '--password-stdin'], ana.password);
  const key = await server.command(['api-key', 'create', '--name', 'ci', '--all']);
  const ask = async (method, to, body, more = {}) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...more };
    const reply = await fetch(`${server.url}/api/v1/${to}`, { method, headers, body: body && JSON.stringify(body) });
    if (!reply.ok) throw new Error(`${method} ${to} answered ${reply.status}: ${await reply.text()}`);
    return reply;
  };
  const post = async (to, body) => (await ask('POST', to, body)).json();
  const tag = (await ask('GET', `users/${owner}`)).headers.get('etag');
  await ask('PATCH', `users/${owner}`, { name: ana.name }, { 'if-match': tag, 'content-type': 'application/merge-patch+json' });
  await post('users', { ...uma, email_verified: true });
  await post('resources', {
    identifier: 'https://photos.example.com', name: 'Photos', token_format: 'jwt',
    scopes: [{ name: 'photos.read', display_name: 'See your photos', description: 'It cannot change or delete them.', default: false }],
  });
  const printer = await post('applications', {
    name: 'Photo Printer', type: 'web', owner, environment: 'sandbox', redirect_uris: [party.callback],
    grant_types: ['authorization_code', 'refresh_token'], scopes,
  });
  await post('applications', { name: 'Store Admin', type: 'spa', owner, environment: 'sandbox', redirect_uris: ['https://shop.example.com/callback'] });
  await post('applications', { name: 'Nightly Billing', type: 'machine', owner, environment: 'sandbox', scopes: ['photos.read'] });
  const [client] = printer.clients;
  party.clientId = client.client_id;
  party.clientSecret = client.secrets[0].client_secret;
  for (let visits = 0; visits < 4; visits += 1) {
    const answer = await new UserAgent(server.url, uma).authorize(await party.begin(scopes.join(' ')), party.callback);
    await party.redeem(answer.searchParams.get('code'));
  }
  const end = new Date(Date.now() + 6.5 * 86_400_000).toISOString();
  await post(`applications/${printer.id}/clients/sandbox/secrets`, { label: 'deployed by CI', expires_at: end });
}
