// The administrator's half: from the one-time link to a registered application with keys, an API and a user.
import fs from 'node:fs';
import { checkRefusal, field, heading, parseEnv, press, pressEnter, send, sendUnchecked, words } from './act.mjs';
import { tabTo, checkStops } from './keyboard.mjs';
import { scopes } from './people.mjs';

const password = 'seven quiet rivers run uphill';

export async function setUp(on) {
  const { page } = on.admin;
  const { report } = on;
  const link = await on.server.setupLink();
  on.secrets.push(password);
  report.check('the link leads to this server', link.startsWith(`${on.server.url}/setup`), link);
  await page.goto(link);
  await on.admin.review('setup');
  if (on.scripts) {
    await page.goto(link);
    await page.evaluate(() => document.activeElement?.blur());
    checkStops(report, 'set-up', await tabTo(page, 'button#setup-submit'));
  }

  await page.fill('input[name=name]', 'Ana Ruiz');
  await page.fill('input[name=email]', 'ana@example.com');
  await page.fill('input[name=password]', 'too short');
  const response = await sendUnchecked(page, 'password');
  await checkRefusal(report, page, 'a short password', response, { name: 'Ana Ruiz', email: 'ana@example.com', password: '' });
  await on.admin.review('setup-refused');

  await page.fill('input[name=password]', password);
  await send(page, 'password');
  report.check('the first administrator stands in the control center', new URL(page.url()).pathname.startsWith('/console'), page.url());

  const again = await page.goto(link);
  report.check('the link works once', again.status() >= 400 && again.status() < 500 && await page.locator('input[name=password]').count() === 0, again.status());
  await on.admin.review('setup-again');
}

export async function firstLook(on) {
  for (const [name, path] of [['overview-empty', ''], ['applications-empty', '/applications'], ['resources-empty', '/resources'], ['users-first', '/users']]) {
    await open(on, path);
    await on.admin.review(name);
  }
  await open(on, '/applications');
  on.report.check('an empty list says how to begin', (await words(on.admin.page)).includes('No applications yet'));
}

export async function register(on) {
  const { page } = on.admin;
  await open(on, '/applications/new');
  await on.admin.review('application-new');

  await field(page, 'redirect_uris').fill('https://printer.example.com/callback#top');
  const response = await sendUnchecked(page, 'redirect_uris');
  await checkRefusal(on.report, page, 'an application without a name', response, { redirect_uris: 'https://printer.example.com/callback#top' });
  await on.admin.review('application-new-refused');

  await field(page, 'name').fill('Photo Printer');
  await field(page, 'redirect_uris').fill(on.party.callback);
  await send(page, 'redirect_uris');
  await on.admin.review('application-created');
}

export async function takeKeys(on) {
  const { page } = on.admin;
  const { report, party } = on;
  const keys = await downloadEnv(on);
  report.equal('the .env file names the issuer', keys.OAUTH_ISSUER, on.server.url);
  report.equal('the .env file names the callback URL', keys.OAUTH_REDIRECT_URI, party.callback);
  report.check('the client ID is one of the sandbox', /^app_sbx_\w+$/.test(keys.OAUTH_CLIENT_ID), keys.OAUTH_CLIENT_ID);
  report.check('the secret is one of the sandbox', /^cs_sbx_\w{44}_\w{6}$/.test(keys.OAUTH_CLIENT_SECRET), keys.OAUTH_CLIENT_SECRET);
  const text = await words(page);
  report.check('the page shows the same keys', text.includes(keys.OAUTH_CLIENT_ID) && text.includes(keys.OAUTH_CLIENT_SECRET));
  party.clientId = keys.OAUTH_CLIENT_ID;
  party.clientSecret = keys.OAUTH_CLIENT_SECRET;
  on.secrets.push(keys.OAUTH_CLIENT_SECRET);

  await page.reload();
  report.check('a reload does not show the secret again', !(await page.content()).includes(keys.OAUTH_CLIENT_SECRET));
  report.check('a reload says that it was shown', /already shown/i.test(await words(page)), await heading(page));
  await on.admin.review('application-shown-again');

  await open(on, '/applications');
  report.equal('a reload registers nothing', await page.getByRole('link', { name: 'Photo Printer', exact: true }).count(), 1);
  on.printer = await addressOf(on, 'Photo Printer');
  await page.goto(`${on.printer}/keys?env=sandbox`);
  report.check('the keys page does not show it', !(await page.content()).includes(keys.OAUTH_CLIENT_SECRET));
}

export async function callbackBeforeGrant(on) {
  const { page } = on.admin;
  const { report } = on;
  await open(on, '/applications/new');
  await field(page, 'name').fill('Store Admin');
  await field(page, 'redirect_uris').fill('');
  await send(page, 'redirect_uris');
  await open(on, '/applications');
  on.store = await addressOf(on, 'Store Admin');
  await page.goto(`${on.store}/grants?env=sandbox`);
  const code = page.locator('main input[type=checkbox][name=grant_types][value=authorization_code]');
  const machine = page.locator('main input[type=checkbox][name=grant_types][value=client_credentials]');
  report.check('without a callback URL the code grant is locked', await code.isDisabled());
  const reason = await code.evaluate((box) => (box.getAttribute('aria-describedby') ?? '').split(' ').map((id) => document.getElementById(id)?.innerText).join(' '));
  report.check('the reason is in view and tied to the box', reason.includes('Add a callback URL above to turn this on'), reason);
  report.check('the callback URL stands before the grants', await page.evaluate(() => {
    const address = document.querySelector('main [name=redirect_uris]:not([type=hidden])');
    const box = document.querySelector('main [value=authorization_code]:not([type=hidden])');
    return Boolean(address.compareDocumentPosition(box) & Node.DOCUMENT_POSITION_FOLLOWING);
  }));
  await on.admin.review('grants-locked');

  const wrong = 'http://shop.example.com/callback';
  await field(page, 'redirect_uris').fill(wrong);
  await machine.check();
  const response = await sendUnchecked(page, 'redirect_uris');
  await checkRefusal(report, page, 'a callback URL that may not be', response, { redirect_uris: wrong });
  report.check('a refused form keeps the boxes that were ticked', await machine.isChecked());
  await on.admin.review('grants-refused');

  await page.goto(`${on.store}/grants?env=sandbox`);
  await field(page, 'redirect_uris').fill('https://shop.example.com/callback');
  if (on.scripts) {
    report.check('a valid address switches the box on at once', await code.isEnabled() && await code.isChecked());
    report.equal('and says so', await page.locator('#live').innerText(), 'Authorization code is now on');
  }
  await send(page, 'redirect_uris');
  report.check('one submit saves the address and the grant', await code.isEnabled() && await code.isChecked());
  report.check('the page says so', (await words(page)).includes('Authorization code is now on'));
  await on.admin.review('grants');
  await page.goto(`${on.store}/callbacks?env=sandbox`);
  report.equal('the address was saved', await field(page, 'redirect_uris').inputValue(), 'https://shop.example.com/callback');
}

/** With scripts the box is unlocked and ticked by an address; what she unticks after that stays off. */
export async function codeStaysOff(on) {
  const { page } = on.admin;
  const { report } = on;
  await open(on, '/applications/new');
  await field(page, 'name').fill('Kiosk');
  await field(page, 'redirect_uris').fill('');
  await send(page, 'redirect_uris');
  await open(on, '/applications');
  on.kiosk = await addressOf(on, 'Kiosk');
  await page.goto(`${on.kiosk}/grants?env=sandbox`);
  const box = (value) => page.locator(`main input[type=checkbox][name=grant_types][value=${value}]`);
  await field(page, 'redirect_uris').fill('https://kiosk.example.com/callback');
  report.check('the address ticks the box', await box('authorization_code').isChecked());
  await box('authorization_code').uncheck();
  await box('refresh_token').check();
  const refused = await send(page, 'redirect_uris');
  report.equal('a refresh token needs another grant', refused.status(), 422);
  report.check('the box stays as she left it', await box('authorization_code').isEnabled() && !await box('authorization_code').isChecked());
  await on.admin.review('grants-unticked');
  await box('refresh_token').uncheck();
  await box('client_credentials').check();
  await send(page, 'redirect_uris');
  report.check('the code grant stays off', !await box('authorization_code').isChecked() && await box('client_credentials').isChecked(), await words(page));
}

/** What is copied as lines goes into a field each, those that are missing are added. */
export async function pasteAddresses(on) {
  const { page } = on.admin;
  const { report } = on;
  await page.goto(`${on.kiosk}/callbacks?env=sandbox`);
  const lines = page.locator('main input[name=redirect_uris]');
  const before = await lines.count();
  const pasted = ['https://kiosk.example.com/a', 'https://kiosk.example.com/b', 'https://kiosk.example.com/c'];
  await lines.last().focus();
  await lines.last().evaluate((input, text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text', text);
    input.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  }, `${pasted.join('\r\n')}\n`);
  report.equal('each line has a field', await lines.count(), before + 2);
  report.equal('and is said', await page.locator('#live').innerText(), '3 lines pasted, each into a field of its own');
  await on.admin.review('callbacks-pasted');
  await send(page, 'redirect_uris');
  const saved = await lines.evaluateAll((all) => all.map((input) => input.value).filter(Boolean));
  report.equal('all are saved', saved.slice(-3).join(' '), pasted.join(' '));
}

export async function callbackUrls(on) {
  const { page } = on.admin;
  const { report } = on;
  await page.goto(`${on.printer}/callbacks?env=sandbox`);
  const lines = page.locator('main input[name=redirect_uris]');
  const before = await lines.count();
  await lines.nth(1).fill('http://printer.example.com/oauth/callback');
  await press(page, page.locator('main button[name=add]').first());
  report.check('Add another gives more lines', await lines.count() > before, await lines.count());
  report.equal('Add another keeps what was typed', await lines.nth(1).inputValue(), 'http://printer.example.com/oauth/callback');

  const response = await sendUnchecked(page, 'redirect_uris');
  await checkRefusal(report, page, 'a callback URL over http', response, { redirect_uris: on.party.callback });
  report.equal('the refused address stays', await lines.nth(1).inputValue(), 'http://printer.example.com/oauth/callback');
  report.check('it says what to change', (await words(page)).includes('https://'));
  await on.admin.review('callbacks-refused');

  await lines.nth(1).fill('https://printer.example.com/oauth/callback');
  await send(page, 'redirect_uris');
  report.equal('both addresses are saved', (await lines.evaluateAll((all) => all.map((input) => input.value).filter(Boolean))).join(' '), `${on.party.callback} https://printer.example.com/oauth/callback`);
  await on.admin.review('callbacks');

  await page.goto(`${on.store}/callbacks?env=sandbox`);
  await lines.first().fill('');
  await send(page, 'redirect_uris');
  report.check('removing the last address asks first', (await words(page)).includes('This turns off Authorization code'), await heading(page));
  await on.admin.review('callbacks-asks');
  await page.goto(`${on.store}/callbacks?env=sandbox`);
  report.equal('asking changed nothing', await lines.first().inputValue(), 'https://shop.example.com/callback');
}

export async function keys(on) {
  const { page } = on.admin;
  const { report } = on;
  const sandbox = `${on.printer}/keys?env=sandbox`;
  await page.goto(`${on.printer}/keys/new?env=sandbox`);
  await on.admin.review('secret-new');
  await field(page, 'label').fill('web-02');
  await send(page, 'label');
  const second = (await downloadEnv(on)).OAUTH_CLIENT_SECRET;
  await page.goto(sandbox);
  const rows = page.locator('main tbody tr');
  report.equal('both secrets are listed', await rows.count(), 2);
  await on.admin.review('keys');

  await press(page, rows.filter({ hasText: 'web-02' }).locator('a[href*="/rotate"]'));
  await on.admin.review('secret-rotate');
  await send(page, 'overlap_hours');
  const third = (await downloadEnv(on)).OAUTH_CLIENT_SECRET;
  report.check('rotation gives another secret', third && third !== second);
  await page.goto(sandbox);
  report.equal('the old secret stays for the overlap', await rows.count(), 3);
  await on.admin.review('keys-overlap');
  on.secrets.push(second, third);

  await press(page, rows.filter({ hasText: 'web-02' }).first().locator('a[href*="/revoke"]'));
  await on.admin.review('secret-revoke');
  await press(page, page.locator('main form[action*="/revoke"] button').first());
  report.check('it says that the secret is revoked', /revoked/.test(await words(page)));

  await page.goto(`${on.printer}/keys?env=production`);
  await on.admin.review('keys-production-none');
  await field(page, 'redirect_uris').fill('http://localhost:3000/callback');
  const response = await sendUnchecked(page, 'redirect_uris');
  await checkRefusal(report, page, 'localhost in production', response, { redirect_uris: 'http://localhost:3000/callback' });
  await field(page, 'redirect_uris').fill('https://printer.example.com/callback');
  await send(page, 'redirect_uris');
  const production = await downloadEnv(on);
  report.check('production keys say so', production.OAUTH_CLIENT_ID.startsWith('app_prd_') && production.OAUTH_CLIENT_SECRET.startsWith('cs_prd_'));
  on.secrets.push(production.OAUTH_CLIENT_SECRET);
  await on.admin.review('keys-production-created');
  await page.goto(`${on.printer}/keys?env=production`);
  await on.admin.review('keys-production');
  await page.goto(`${on.printer}/keys/public?env=sandbox`);
  await on.admin.review('keys-public');
}

export async function apiAndScopes(on) {
  const { page } = on.admin;
  await open(on, '/resources/new');
  await on.admin.review('resource-new');
  await field(page, 'name').fill('Photos');
  await field(page, 'identifier').fill('photos example');
  const response = await sendUnchecked(page, 'identifier');
  await checkRefusal(on.report, page, 'an identifier that is none', response, { name: 'Photos', identifier: 'photos example' });
  await on.admin.review('resource-new-refused');
  await field(page, 'identifier').fill('https://photos.example.com');
  await send(page, 'identifier');

  await open(on, '/resources');
  const photos = await addressOf(on, 'Photos');
  const described = [['photos.read', 'See your photos', 'It cannot change or delete them.'], ['photos.write', 'Change your photos', 'Add, edit and delete them.']];
  for (const [name, shown, description] of described) {
    await page.goto(`${photos}/scopes/new`);
    if (name === 'photos.read') await on.admin.review('scope-new');
    await field(page, 'name').fill(name);
    await field(page, 'display_name').fill(shown);
    await field(page, 'description').fill(description);
    await send(page, 'display_name');
  }
  await page.goto(`${photos}/scopes`);
  for (const [name] of described) on.report.equal(`${name} is listed`, await page.locator('main tbody th', { hasText: name }).count(), 1);
  await on.admin.review('resource-scopes');
  await press(page, page.locator('main tbody a', { hasText: 'Edit photos.read' }));
  await on.admin.review('scope');
  await page.goto(`${photos}/scopes`);
  await press(page, page.locator('main tbody a', { hasText: 'Remove photos.read' }));
  await on.admin.review('scope-remove');
  await page.goto(`${photos}/settings`);
  await on.admin.review('resource-settings');
  await page.goto(`${photos}/delete`);
  await on.admin.review('resource-delete');
  await open(on, '/resources');
  await on.admin.review('resources');

  await page.goto(`${on.printer}/scopes?env=sandbox`);
  for (const scope of scopes) await page.locator(`main input[type=checkbox][name=scopes][value="${scope}"]`).check();
  await send(page, 'scopes');
  for (const scope of scopes) on.report.check(`the application may ask for ${scope}`, await page.locator(`main input[type=checkbox][name=scopes][value="${scope}"]`).isChecked());
  await on.admin.review('application-scopes');
}

export async function user(on) {
  const { page } = on.admin;
  const { report } = on;
  on.person = { username: 'uma', email: 'uma@example.com', name: 'Uma Okafor', password: 'correct horse battery staple' };
  on.secrets.push(on.person.password);
  await open(on, '/users/new');
  await on.admin.review('user-new');
  await field(page, 'username').fill('u m a');
  await field(page, 'email').fill(on.person.email);
  await field(page, 'name').fill(on.person.name);
  const response = await sendUnchecked(page, 'email');
  await checkRefusal(report, page, 'a user name with blanks', response, { username: 'u m a', email: on.person.email, name: on.person.name });
  await on.admin.review('user-new-refused');

  await field(page, 'username').fill(on.person.username);
  await page.locator('main input[name=first][value=password]').check();
  await field(page, 'password').fill(on.person.password);
  await send(page, 'email');
  report.check('the user has a page', /\/console\/users\/usr_\w+$/.test(page.url()), page.url());
  await on.admin.review('user');
  on.userPage = page.url();
  for (const [name, below] of [['user-reset', 'reset'], ['user-sign-out', 'sign-out'], ['user-delete', 'delete']]) {
    await page.goto(`${on.userPage}/${below}`);
    await on.admin.review(name);
  }
  await page.goto(`${on.userPage}/reset`);
  await send(page, 'nonce');
  on.passwordLink = (await words(page)).match(/https?:\/\/\S+/)?.[0];
  report.check('a reset gives a link to hand over', on.passwordLink?.startsWith(on.server.url), on.passwordLink);
  await on.admin.review('user-reset-link');
  await open(on, '/users');
  await on.admin.review('users');
}

export async function otherPages(on) {
  const { page } = on.admin;
  const { report } = on;
  for (const [name, path] of [
    ['application-settings', 'settings'], ['application-tokens', 'tokens?env=sandbox'], ['application-danger', 'danger'], ['application-delete', 'danger/delete'],
  ]) {
    await page.goto(`${on.printer}/${path}`);
    await on.admin.review(name);
  }
  for (const [name, path] of [
    ['overview', ''], ['applications', '/applications'], ['applications-none', '/applications?q=nothing+like+this'], ['platform-grants', '/grants'],
    ['platform-grant-off', '/grants/authorization_code/off'], ['search', '/search?q=photo'], ['search-none', '/search?q=nothing+like+this'],
  ]) {
    await open(on, path);
    await on.admin.review(name);
  }
  report.equal('an unknown page is a 404', (await page.goto(`${on.server.url}/console/applications/app_00000000000000000000000000/keys`)).status(), 404);
  await on.admin.review('console-not-found');

  await open(on, '');
  await page.fill('#q', on.party.clientSecret);
  const found = await pressEnter(page, page.locator('#q'));
  report.check('a secret in the search stays out of the address and the page', !page.url().includes('cs_') && !(await page.content()).includes(on.party.clientSecret));
  report.check('what it found is not stored', (found.headers()['cache-control'] ?? '').includes('no-store'));
  await on.admin.review('search-secret');
  await open(on, '');
  await page.fill('#q', `OAUTH_CLIENT_SECRET=${on.party.clientSecret}`);
  await pressEnter(page, page.locator('#q'));
  report.check('so does one within a line', !page.url().includes('cs_') && !(await page.content()).includes(on.party.clientSecret));

  if (on.scripts) {
    await page.goto(`${on.server.url}/swagger`);
    await page.waitForSelector('.swagger-ui .opblock');
  }
  await page.goto(`${on.server.url}/problems`);
  await on.admin.review('problems');
  await press(page, page.locator('main a[href^="/problems/"]').first());
  await on.admin.review('problem');
}

/** Names and hosts that are as long as they may be and hold no place to break them. */
export async function longNames(on) {
  const { page } = on.admin;
  const name = 'W'.repeat(100);
  const host = `${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(50)}.example`;
  const callback = `https://${host}/callback`;
  await open(on, '/applications/new');
  await field(page, 'name').fill(name);
  await field(page, 'redirect_uris').fill(callback);
  await send(page, 'redirect_uris');
  await on.admin.fits('keys shown once, long name');
  const clientId = await page.locator('#client-id').innerText();
  await open(on, '/applications');
  await on.admin.fits('applications, long name');
  const long = (await page.locator('main tbody th a', { hasText: name }).getAttribute('href')).match(/^.*\/applications\/\w+/)[0];
  for (const section of ['settings', 'callbacks?env=sandbox', 'grants?env=sandbox', 'keys?env=sandbox', 'scopes?env=sandbox', 'tokens?env=sandbox', 'danger', 'danger/delete', 'keys?env=production']) {
    await page.goto(`${on.server.url}${long}/${section}`);
    await on.admin.fits(`application ${section}, long name`);
  }
  for (const path of ['', `/search?q=${name}`, '/grants/authorization_code/off']) {
    await open(on, path);
    await on.admin.fits(`console${path.slice(0, 12)}, long name`);
  }
  const query = new URLSearchParams({ response_type: 'code', client_id: clientId, redirect_uri: callback, scope: 'openid', state: 'a-state-of-some-length', nonce: 'a-nonce', code_challenge_method: 'S256', code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM' });
  on.longRequest = `${on.server.url}/authorize?${query}`;
  await page.goto(on.longRequest);
  await on.admin.fits('sign in, long name');
}

/** Two windows at one form: the second to save is told, and keeps what was typed. */
export async function conflict(on) {
  const { page } = on.admin;
  const { report } = on;
  const other = await on.admin.context.newPage();
  for (const one of [page, other]) await one.goto(`${on.printer}/settings`);
  await field(other, 'description').fill('Prints photos.');
  await send(other, 'description');
  await other.close();
  await field(page, 'description').fill('Prints photos, in colour.');
  const response = await send(page, 'description');
  report.equal('the second to save is told of the first', response.status(), 409);
  report.equal('what was typed stays', await field(page, 'description').inputValue(), 'Prints photos, in colour.');
  report.check('what the other saved stands beside it', (await words(page)).includes('Prints photos.'));
  await on.admin.review('conflict');
}

export async function leave(on) {
  const { page } = on.admin;
  const { report } = on;
  await open(on, '');
  await page.locator('.top details.menu summary').click();
  await press(page, page.locator('.top button[name=theme][value=dark]'));
  report.equal('dark stays chosen', await page.locator('html').getAttribute('data-theme'), 'dark');
  await page.locator('.top details.menu summary').click();
  await press(page, page.locator('.top button[name=theme][value=auto]'));
  report.equal('and the system’s choice again', await page.locator('html').getAttribute('data-theme'), null);

  await page.locator('.top details.menu summary').click();
  await press(page, page.locator('.top form[action="/console/sign-out"] button'));
  await open(on, '/users');
  report.check('after that the control center asks to sign in', new URL(page.url()).pathname.startsWith('/login'), page.url());
  await on.admin.review('console-login');
  await page.fill('input[name=username]', 'ana@example.com');
  await page.fill('input[name=password]', password);
  await send(page, 'password');
  report.equal('and leads back to where she wanted to go', new URL(page.url()).pathname, '/console/users');
}

function open(on, path) {
  return on.admin.page.goto(`${on.server.url}/console${path}`);
}

/** The address of the thing of that name in a list. */
async function addressOf(on, name) {
  const link = await on.admin.page.locator('main').getByRole('link', { name, exact: true }).first().getAttribute('href');
  const found = new URL(link, on.server.url).href.match(/^.*\/console\/(?:applications|resources)\/\w+/);
  if (!found) throw new Error(`${link} leads to nothing that has a page`);
  return found[0];
}

async function downloadEnv(on) {
  const { page } = on.admin;
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator('main a[download]').first().click()]);
  on.report.check('the file is named after the application', /^photo-printer\.(sandbox|production)\.env$/.test(download.suggestedFilename()), download.suggestedFilename());
  return parseEnv(fs.readFileSync(await download.path(), 'utf8'));
}
