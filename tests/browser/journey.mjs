// The main job from an empty server to a used token, with scripts or without, on one database.
import path from 'node:path';
import * as administrator from './administrator.mjs';
import * as device from './device.mjs';
import * as people from './people.mjs';
import { Window, weight } from './pages.mjs';
import { startRelyingParty } from './rp.mjs';
import { screenshots, startServer } from './server.mjs';

const steps = [
  ['the one-time link makes the first administrator', 'admin', administrator.setUp],
  ['the control center is empty and says what to do', 'admin', administrator.firstLook],
  ['a web application is registered', 'admin', administrator.register],
  ['its .env file is downloaded, and the secret is shown once', 'admin', administrator.takeKeys],
  ['the code grant waits for a callback URL', 'admin', administrator.callbackBeforeGrant],
  ['callback URLs are added and refused', 'admin', administrator.callbackUrls],
  ['secrets are generated, rotated and revoked', 'admin', administrator.keys],
  ['an API and its scopes are described', 'admin', administrator.apiAndScopes],
  ['a user is made', 'admin', administrator.user],
  ['a television is registered', 'admin', device.registerDevice],
  ['every other page of the control center', 'admin', administrator.otherPages],
  ['long names and hosts', 'admin', administrator.longNames],
  ['two people change one thing', 'admin', administrator.conflict],
  ['the administrator chooses colours, leaves and comes back', 'admin', administrator.leave],
  ['a person signs in', 'user', people.signIn],
  ['she denies', 'user', people.deny],
  ['she approves once, without one scope', 'user', people.approveOnce],
  ['the tokens are used, refreshed and revoked', 'user', people.useTokens],
  ['she approves always', 'user', people.approveAlways],
  ['a long name fits the consent page', 'user', people.longName],
  ['she connects a television', 'user', device.connectDevice],
  ['wrong requests end on a page', 'user', people.refusedRequests],
  ['she signs out', 'user', people.signOut],
  ['she sets another password', 'user', people.newPassword],
  ['the control center is not hers', 'user', people.noRole],
];
const withScripts = [
  ['sign in and consent by keyboard alone', 'user', people.byKeyboard],
  ['a code grant that she unticks stays off', 'admin', administrator.codeStaysOff],
  ['callback URLs are pasted all at once', 'admin', administrator.pasteAddresses],
];

/** One run. `inspect` looks at each page in every theme and width; otherwise pages are only watched. */
export async function journey(browser, report, { kind, scripts, inspect }) {
  const name = `${kind}, ${scripts ? 'with scripts' : 'without scripts'}`;
  const folder = `journey-${kind}-${scripts ? 'scripts' : 'noscript'}`;
  report.begin(name);
  const on = { report, browser, kind, scripts, secrets: [] };
  if (!await report.step('server and relying party', () => prepare(on, folder))) return;
  const options = { origins: [on.server.url, on.party.origin], scripts, seen: inspect ? screenshots : null };
  on.admin = await Window.open(browser, report, options);
  on.user = await Window.open(browser, report, options);
  for (const [step, who, action] of [...steps, ...(scripts ? withScripts : [])]) {
    if (!await report.step(step, () => action(on))) await on[who].keep(`${folder}.${action.name}`, path.join(screenshots, 'failed'));
  }
  if (inspect && scripts) on.admin.reviewedAll();
  if (inspect && scripts) await report.step('pages are light', () => weigh(on));
  await on.user.close();
  await on.admin.close();
  await on.party.close();
  report.check('the server ends in good order', await on.server.stop());
  noSecrets(on);
}

async function prepare(on, folder) {
  on.server = await startServer(on.kind, folder);
  on.party = await startRelyingParty(on.server.url);
}

async function weigh(on) {
  const cookies = await on.admin.context.cookies();
  const pages = [
    ['sign in', await on.party.begin('openid'), []],
    ['overview', `${on.server.url}/console`, cookies],
  ];
  for (const [name, address, theirs] of pages) {
    const bytes = await weight(on.browser, address, theirs);
    on.report.fact(`first page, ${name}`, `${(bytes / 1000).toFixed(1)} kB on the wire`);
    on.report.check(`${name} weighs under 100 kB with nothing cached`, bytes > 0 && bytes < 100_000, bytes);
  }
}

/** What only its owner may know is in no line that the server printed. */
function noSecrets(on) {
  const output = on.server.output();
  for (const secret of on.secrets) {
    on.report.check('no secret is in the log', !output.includes(secret), `${secret.slice(0, 8)}…`);
  }
}
