// What people do on a page: press, type, read; each waits for the page that follows.

/** Presses something that leads to another page; answers with that page's response. */
export function press(page, locator) {
  return follow(page, () => locator.click());
}

/** Sends a form from one of its fields. */
export function pressEnter(page, locator) {
  return follow(page, () => locator.press('Enter'));
}

async function follow(page, act) {
  const answer = page.waitForResponse((response) => response.request().isNavigationRequest()
    && response.frame() === page.mainFrame() && !(response.status() >= 300 && response.status() < 400));
  const arrived = page.waitForEvent('framenavigated', (frame) => frame === page.mainFrame());
  // Whichever fails first is told; the other must not fail unheard.
  answer.catch(() => {});
  arrived.catch(() => {});
  await act();
  const response = await answer;
  await arrived;
  await page.waitForLoadState('load');
  return response;
}

/** The control of that name in the page's main part. */
export function field(page, name) {
  return page.locator(`main [name="${name}"]:not([type=hidden])`).first();
}

/** The form that holds a control of that name, with its one main button. */
export function form(page, name) {
  return page.locator('main form', { has: page.locator(`[name="${name}"]`) }).first();
}

/** Sends the form that holds a control of that name. */
export function send(page, name) {
  return press(page, form(page, name).locator('button.primary, button.danger').first());
}

export function heading(page) {
  return page.locator('h1:visible').innerText();
}

/** The text of the page's main part. */
export function words(page) {
  return page.locator('main').innerText();
}

/** Lets the browser send what its own checks would hold back, as the server must refuse it too. */
export function sendUnchecked(page, name) {
  return page.evaluate(() => { for (const one of document.forms) one.noValidate = true; }).then(() => send(page, name));
}

/** Claims that hold of every form that was refused: a summary first, titles marked, links to the fields, typed text kept. */
export async function checkRefusal(report, page, what, response, kept) {
  report.check(`${what} is refused with a 4xx`, response.status() >= 400 && response.status() < 500, response.status());
  const title = await page.title();
  report.check(`${what} marks the title`, title.startsWith('Error: '), title);
  const summary = page.locator('.errsum[role=alert]');
  if (!report.equal(`${what} has one summary`, await summary.count(), 1)) return;
  for (const target of await summary.locator('a').evaluateAll((links) => links.map((a) => a.getAttribute('href')))) {
    report.equal(`${what}: the summary leads to ${target}`, await page.locator(`[id="${target.slice(1)}"]`).count(), 1);
  }
  for (const [name, value] of Object.entries(kept)) {
    report.equal(`${what} keeps what was typed as ${name}`, await field(page, name).inputValue(), value);
  }
}

/** The lines of a .env file as a shell or a dotenv library reads them. */
export function parseEnv(text) {
  const entries = text.split('\n').filter((line) => line && !line.startsWith('#')).map((line) => {
    const found = line.match(/^([A-Z][A-Z0-9_]*)=(?:"([^"\\$`]*)"|'([^']*)'|([^\s"'#$`\\]*))$/);
    if (!found) throw new Error(`not a line of a .env file: ${line}`);
    return [found[1], found[2] ?? found[3] ?? found[4]];
  });
  return Object.fromEntries(entries);
}
