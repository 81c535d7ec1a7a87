// A person at a relying party: sign in, deny, approve, be asked again or not, sign out; and what she sees when a request is wrong.
import { checkRefusal, heading, press, send, sendUnchecked, words } from './act.mjs';
import { checkStops, tabTo } from './keyboard.mjs';

export const scopes = ['openid', 'profile', 'email', 'offline_access', 'photos.read', 'photos.write'];
const asked = scopes.join(' ');

const login = (page) => page.locator('button#login-submit');
const consent = (page, what) => page.locator(`button#consent-${what}`);

export async function signIn(on) {
  const { page } = on.user;
  const { report, party, person } = on;
  await page.goto(await party.begin(asked));
  report.check('a stranger is led to sign in', new URL(page.url()).pathname.startsWith('/login'), page.url());
  report.equal('sign in is named so', await heading(page), 'Sign in');
  report.check('sign in names the application', (await words(page)).includes('Photo Printer'));
  report.equal('sign in lets password managers find the name', await page.locator('input[name=username]').getAttribute('autocomplete').then((it) => it?.split(' ').includes('username')), true);
  report.equal('sign in lets password managers find the password', await page.locator('input[name=password]').getAttribute('autocomplete'), 'current-password');
  await on.user.review('login');

  await page.fill('input[name=username]', person.username);
  await page.fill('input[name=password]', 'not her password');
  const response = await press(page, login(page));
  await checkRefusal(report, page, 'a wrong password', response, {});
  report.equal('a wrong password keeps the name', await page.inputValue('input[name=username]'), person.username);
  report.equal('a wrong password does not come back', await page.inputValue('input[name=password]'), '');
  await on.user.review('login-refused');

  await page.fill('input[name=password]', person.password);
  await press(page, login(page));
  report.check('who signed in is asked for consent', new URL(page.url()).pathname.startsWith('/consent'), page.url());
  await on.user.review('consent');
}

export async function deny(on) {
  const { page } = on.user;
  await press(page, consent(page, 'deny'));
  const answer = await on.party.answer();
  on.report.equal('deny answers access_denied', answer.error, 'access_denied');
  checkAnswer(on, 'deny', answer);
  on.report.equal('deny gives no code', answer.code, undefined);
}

export async function approveOnce(on) {
  const { page } = on.user;
  const { report, party } = on;
  await page.goto(await party.begin(asked));
  report.check('who is signed in is asked for consent only', new URL(page.url()).pathname.startsWith('/consent'), page.url());
  await page.uncheck('input[type=checkbox][name=scope][value="photos.write"]');
  await press(page, consent(page, 'allow-once'));
  const answer = await party.answer();
  checkAnswer(on, 'approve once', answer);
  const tokens = await redeem(on, answer.code);
  report.check('the unticked scope was not granted', !tokens.scope.split(' ').includes('photos.write'), tokens.scope);
  report.check('the ticked scope was granted', tokens.scope.split(' ').includes('photos.read'), tokens.scope);
  on.tokens = tokens;
}

export async function useTokens(on) {
  const { report, party, person } = on;
  const claims = await party.verify(on.tokens.id_token);
  const info = await party.userinfo(on.tokens.access_token);
  report.equal('userinfo answers', info.status, 200);
  report.equal('userinfo speaks of the subject of the ID token', info.body?.sub, claims.sub);
  report.equal('userinfo has the address', info.body?.email, person.email);
  const fresh = await party.refresh(on.tokens.refresh_token);
  report.equal('refresh answers', fresh.status, 200);
  report.check('refresh gives another access token', fresh.body.access_token && fresh.body.access_token !== on.tokens.access_token);
  report.equal('the new token is active', (await party.introspect(fresh.body.access_token)).active, true);
  report.equal('revocation answers', await party.revoke(fresh.body.refresh_token ?? on.tokens.refresh_token), 200);
  report.equal('after revocation the token is not active', (await party.introspect(fresh.body.access_token)).active, false);
  report.equal('after revocation userinfo refuses', (await party.userinfo(fresh.body.access_token)).status, 401);
  on.secrets.push(on.tokens.access_token, on.tokens.refresh_token, fresh.body.access_token);
}

export async function longName(on) {
  await on.user.page.goto(on.longRequest);
  on.report.check('the long name asks for consent', new URL(on.user.page.url()).pathname.startsWith('/consent'), on.user.page.url());
  await on.user.fits('consent, long name');
}

export async function approveAlways(on) {
  const { page } = on.user;
  const { report, party } = on;
  await page.goto(await party.begin(asked));
  report.check('approved once is asked again', new URL(page.url()).pathname.startsWith('/consent'), page.url());
  await press(page, consent(page, 'allow'));
  const answer = await party.answer();
  checkAnswer(on, 'approve always', answer);
  const tokens = await redeem(on, answer.code);
  report.equal('all ticked scopes were granted', tokens.scope.split(' ').sort().join(' '), [...scopes].sort().join(' '));

  await page.goto(await party.begin(asked));
  report.check('approved always is not asked again', page.url().startsWith(party.callback), page.url());
  checkAnswer(on, 'approved always', await party.answer());
}

export async function refusedRequests(on) {
  const { page } = on.user;
  const { report, party } = on;
  const stranger = new URL(await party.begin(asked));
  stranger.searchParams.set('client_id', 'app_sbx_nobody0000000000');
  const elsewhere = new URL(await party.begin(asked));
  elsewhere.searchParams.set('redirect_uri', `${party.callback}/`);
  for (const [name, address] of [['unknown-client', stranger], ['unknown-callback', elsewhere]]) {
    const response = await page.goto(address.href);
    report.check(`${name}: a 4xx, and no redirect`, response.status() >= 400 && response.status() < 500 && page.url().startsWith(on.server.url), `${response.status()} ${page.url()}`);
    report.check(`${name}: the page says what it is`, (await page.locator('h1, h2').allInnerTexts()).includes('Authorization error'), await heading(page));
    const text = await words(page);
    report.check(`${name}: it gives a trace ID`, /trace id/i.test(text), text);
    report.check(`${name}: it tells nobody what is registered`, !text.includes(party.callback) || name === 'unknown-client', text);
    await on.user.review(`error-${name}`);
  }
  await page.goto(`${on.server.url}/consent?request=cs_tx_none`);
  await on.user.review('error-request-gone');
  const missing = await page.goto(`${on.server.url}/no-such-page`);
  report.equal('an unknown page is a 404', missing.status(), 404);
  await on.user.review('error-not-found');
}

export async function signOut(on) {
  const { page } = on.user;
  const { report, party } = on;
  await page.goto(`${on.server.url}/logout`);
  await on.user.review('logout');
  await press(page, page.locator('button#logout-confirm'));
  report.check('it says that she is out', (await words(page)).includes('You are signed out'));
  await on.user.review('logged-out');
  await page.goto(await party.begin(asked));
  report.check('after that she signs in again', new URL(page.url()).pathname.startsWith('/login'), page.url());
}

/** The link that the administrator handed over sets another password, once. */
export async function newPassword(on) {
  const { page } = on.user;
  const { report, person } = on;
  await page.goto(on.passwordLink);
  await on.user.review('password');
  await page.fill('input[name=password]', 'too short');
  await checkRefusal(report, page, 'a short new password', await sendUnchecked(page, 'password'), { password: '' });
  person.password = 'four sleepy owls share one umbrella';
  on.secrets.push(person.password);
  await page.fill('input[name=password]', person.password);
  await send(page, 'password');
  await on.user.review('password-set');
  const again = await page.goto(on.passwordLink);
  report.check('the link works once', again.status() >= 400 && again.status() < 500 && await page.locator('input[name=password]').count() === 0, again.status());
  await on.user.review('password-link-used');
}

/** A person without a role signs in at the control center, and stays outside. */
export async function noRole(on) {
  const { page } = on.user;
  const { report, person } = on;
  await page.goto(`${on.server.url}/console/applications`);
  await page.fill('input[name=username]', person.email);
  await page.fill('input[name=password]', person.password);
  const response = await press(page, login(page));
  report.equal('the control center refuses who has no role', response.status(), 403);
  report.check('nothing of it is shown', !(await page.content()).includes('Photo Printer'));
  await on.user.review('console-no-role');
}

/** Sign in and consent with nothing but Tab, Space and Enter. */
export async function byKeyboard(on) {
  const { page } = on.user;
  const { report, party, person } = on;
  const few = 'openid profile photos.read';
  await page.goto(await party.begin(few, { prompt: 'login consent' }));
  await page.evaluate(() => document.activeElement?.blur());
  const toLogin = await tabTo(page, 'button#login-submit');
  report.check('sign in: at most 6 stops to its button', toLogin.length <= 6, toLogin.map((stop) => stop.name).join(', '));
  checkStops(report, 'sign in', toLogin);

  await page.goto(await party.begin(few, { prompt: 'login consent' }));
  await page.evaluate(() => document.activeElement?.blur());
  await tabTo(page, 'input[name=username]');
  await page.keyboard.type(person.username);
  await tabTo(page, 'input[name=password]');
  await page.keyboard.type(person.password);
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/consent/);
  const toApprove = await tabTo(page, 'button#consent-allow-once');
  report.check('consent: at most 6 stops to Approve once', toApprove.length <= 6, toApprove.map((stop) => stop.name).join(', '));
  checkStops(report, 'consent', toApprove);
  await page.keyboard.press('Enter');
  const answer = await party.answer();
  checkAnswer(on, 'by keyboard', answer);
  await redeem(on, answer.code);
}

function checkAnswer(on, what, answer) {
  on.report.equal(`${what} brings the state back`, answer.state, on.party.flow.state);
  on.report.equal(`${what} names the issuer`, answer.iss, on.server.url);
}

async function redeem(on, code) {
  const { report, party } = on;
  const reply = await party.redeem(code);
  if (!report.equal('the code is exchanged', reply.status, 200)) throw new Error(JSON.stringify(reply.body));
  report.equal('tokens are not stored on the way', reply.cacheControl, 'no-store');
  report.equal('the token type is Bearer', reply.body.token_type, 'Bearer');
  report.equal('expires_in is a number', typeof reply.body.expires_in, 'number');
  on.secrets.push(code);
  return reply.body;
}
