// A television: registered in the control center, and answered by a person in another browser.
import { checkRefusal, field, press, send, sendUnchecked, words } from './act.mjs';

const grant = 'urn:ietf:params:oauth:grant-type:device_code';
const asked = 'openid profile offline_access photos.read';

export async function registerDevice(on) {
  const { page } = on.admin;
  await page.goto(`${on.server.url}/console/applications/new`);
  await page.check('input[name=type][value=device]');
  if (on.scripts) on.report.check('a device needs no callback URL', !await field(page, 'redirect_uris').isVisible());
  await field(page, 'name').fill('Living Room TV');
  await send(page, 'name');
  const text = await words(page);
  on.device = text.match(/app_sbx_\w+/)?.[0];
  on.report.check('a device gets a client ID and no secret', on.device && !text.includes('cs_sbx_'), on.device);
  await on.admin.review('device-created');
  await page.goto(`${on.server.url}/console/applications?q=Living`);
  await press(page, page.getByRole('link', { name: 'Living Room TV', exact: true }));
  for (const section of ['grants', 'callbacks', 'scopes']) {
    await page.goto(page.url().replace(/(\/app_\w+).*/, `$1/${section}?env=sandbox`));
    await on.admin.review(`device-${section}`);
  }
  for (const box of await page.locator('input[type=checkbox][name=scopes]').all()) if (await box.isVisible() && await box.isEnabled()) await box.check();
  await send(page, 'scopes');
}

export async function connectDevice(on) {
  const { page } = on.user;
  const { report } = on;
  const first = await codes(on);
  await page.goto(first.verification_uri);
  await on.user.review('device-code');
  await page.fill('input[name=user_code]', 'BCDF-GHJK');
  const response = await sendUnchecked(page, 'user_code');
  await checkRefusal(report, page, 'a code that leads nowhere', response, { user_code: 'BCDF-GHJK' });
  await on.user.review('device-code-refused');

  await page.fill('input[name=user_code]', first.user_code.toLowerCase().replace('-', ''));
  await press(page, page.locator('button#device-continue'));
  const text = await words(page);
  for (const told of ['Living Room TV', first.user_code, 'someone sent you']) report.check(`the page that asks says ${told}`, text.includes(told));
  await on.user.review('device-confirm');
  await press(page, page.locator('button#device-allow'));
  report.check('she is told to go back to the device', (await words(page)).includes('go back to your device'));
  await on.user.review('device-done');
  const tokens = await poll(on, first);
  report.check('the device gets its tokens', tokens.access_token && tokens.refresh_token && tokens.id_token, JSON.stringify(tokens.error));

  const second = await codes(on);
  await page.goto(second.verification_uri_complete);
  report.equal('the complete address fills the code in', await page.inputValue('input[name=user_code]'), second.user_code);
  await press(page, page.locator('button#device-continue'));
  await press(page, page.locator('button#device-deny'));
  await on.user.review('device-denied');
  report.equal('the device hears no', (await poll(on, second)).error, 'access_denied');
}

function codes(on) {
  return post(on, 'device_authorization', { scope: asked });
}

function poll(on, { device_code }) {
  return post(on, 'token', { grant_type: grant, device_code });
}

async function post(on, path, parameters) {
  const body = new URLSearchParams({ client_id: on.device, ...parameters });
  const reply = await fetch(`${on.server.url}/${path}`, { method: 'POST', body });
  const answer = await reply.json();
  for (const name of ['device_code', 'user_code', 'access_token', 'refresh_token']) if (answer[name]) on.secrets.push(answer[name]);
  return answer;
}
