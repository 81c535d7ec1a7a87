// What holds of every page that a journey comes past: policy, console, other hosts, accessibility, width, weight.
import fs from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { violations } from './axe.mjs';

const wide = { width: 1280, height: 860 };
const narrow = { width: 360, height: 780 };
const arguments_ = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--force-color-profile=srgb',
];
const directives = {
  'default-src': /^'none'$/,
  'script-src': /^'nonce-[A-Za-z0-9+/_=-]{16,}'$/,
  'style-src': /^'self'$/,
  'base-uri': /^'none'$/,
  'frame-ancestors': /^'none'$/,
  'form-action': /^('self'|'none')( \S+)*$/,
  'require-trusted-types-for': /^'script'$/,
};

export function launch() {
  return chromium.launch({ executablePath: '/usr/bin/chromium', args: arguments_ });
}

/**
 * Every address of the control center that shows a page, as its router has them, in its order. Those
 * that only lead on to another are left out.
 */
function consolePages() {
  const source = fs.readFileSync(new URL('../../crates/console/src/routes.rs', import.meta.url), 'utf8');
  const leadsOn = ['/', '/applications/{id}', '/applications/{id}/keys/client', '/resources/{id}'];
  const rows = [...source.matchAll(/^ {4}"([^"]*)" => (.*);$/gm)];
  return rows.map(([, address, methods]) => ({
    address,
    shows: /\bget /.test(methods) && !leadsOn.includes(address),
    pattern: new RegExp(`^/console${address.replace(/\{\w+\}/g, '[^/]+')}$`),
  }));
}

/** A browser window of one person, watched from its first request. */
export class Window {
  #report;
  #origins;
  #refused = new Set();
  #pending = [];
  #followed = new Set();
  #reviewed = new Set();

  /** `seen` is a folder for screenshots; without one, pages are watched and not inspected. */
  static async open(browser, report, { origins, scripts = true, seen = null }) {
    const window = new Window();
    window.#report = report;
    window.#origins = origins;
    window.seen = seen;
    window.scripts = scripts;
    window.context = await browser.newContext({ viewport: wide, javaScriptEnabled: scripts, reducedMotion: 'reduce', colorScheme: 'light' });
    window.context.setDefaultTimeout(30_000);
    window.context.on('page', (page) => window.#watch(page));
    window.page = await window.context.newPage();
    return window;
  }

  async close() {
    await Promise.all(this.#pending);
    await this.context.close();
  }

  #watch(page) {
    page.on('console', (message) => {
      if (message.type() !== 'error') return;
      // Chromium logs every document that came with a 4xx; a refused form is one.
      if (/^Failed to load resource/.test(message.text()) && this.#refused.has(message.location().url)) return;
      this.#report.check(`no console error on ${new URL(page.url()).pathname}`, false, message.text());
    });
    page.on('pageerror', (error) => this.#report.check(`no script error on ${page.url()}`, false, error.stack));
    page.on('request', (request) => {
      const address = new URL(request.url());
      if (!address.protocol.startsWith('http') || this.#origins.includes(address.origin)) return;
      this.#report.check('no request to another host', false, request.url());
    });
    page.on('response', (response) => {
      if (response.request().isNavigationRequest() && response.status() >= 400) this.#refused.add(response.url());
      this.#pending.push(this.#policy(response));
    });
  }

  async #policy(response) {
    const address = new URL(response.url());
    const headers = await response.allHeaders().catch(() => ({}));
    // The first origin is the server under test; the relying party's pages are its own affair.
    if (address.origin !== this.#origins[0] || !/^text\/html/.test(headers['content-type'] ?? '')) return;
    if (response.status() >= 300 && response.status() < 400) return;
    const page = `${response.request().method()} ${address.pathname}`;
    this.#report.check(`${page} answers without a server error`, response.status() < 500, response.status());
    const policy = new Map((headers['content-security-policy'] ?? '').split(';').map((part) => {
      const [name, ...values] = part.trim().split(/\s+/);
      return [name, values.join(' ')];
    }));
    const wrong = Object.entries(directives).filter(([name, expected]) => !expected.test(policy.get(name) ?? '')).map(([name]) => name);
    const loose = [...policy.values()].some((value) => /unsafe|\*/.test(value));
    // Swagger UI is the one page with a policy of its own: it writes style sheets, but its scripts are files of this server.
    const foreign = address.pathname.startsWith('/swagger/');
    const right = foreign ? policy.get('default-src') === "'none'" && policy.get('script-src') === "'self'" : !wrong.length && !loose;
    this.#report.check(`${page} has the strict policy`, right, `${wrong.join(', ')}: ${headers['content-security-policy']}`);
    this.#report.equal(`${page} is not sniffed`, headers['x-content-type-options'], 'nosniff');
  }

  /** Looks at the page as it stands: structure always; with screenshots, in each theme and width under axe. */
  async review(name) {
    this.#reviewed.add(new URL(this.page.url()).pathname);
    await this.#structure(name);
    await this.#links(name);
    await this.#width(name, 320);
    if (!this.scripts) await this.#rest();
    if (this.seen && !this.scripts) await this.#shoot(`${name}.noscript`);
    if (!this.seen || !this.scripts) return this.#rest();
    for (const [viewport, suffix] of [[wide, ''], [narrow, 'phone-']]) {
      for (const scheme of ['light', 'dark']) {
        await this.page.setViewportSize(viewport);
        await this.page.emulateMedia({ colorScheme: scheme });
        await this.#accessible(`${name} ${suffix}${scheme}`);
        if (scheme === 'light') await this.#legible(`${name} ${suffix}${scheme}`);
        await this.#shoot(`${name}.${suffix}${scheme}`);
      }
      await this.#width(name, viewport.width);
    }
    return this.#rest();
  }

  /** No page of the control center was left out. */
  reviewedAll() {
    const pages = consolePages();
    this.#report.check('the router names its pages', pages.filter((one) => one.shows).length > 30, pages.length);
    // The router takes the first address that fits, so `/new` is no identifier.
    const seen = new Set([...this.#reviewed].map((path) => pages.find((one) => one.pattern.test(path))));
    for (const one of pages) this.#report.check(`a review of /console${one.address}`, !one.shows || seen.has(one), 'nobody looked at it');
  }

  /** The page needs no sideways scrolling, on a phone or a desk, and there no table in it does either. */
  async fits(name) {
    await this.#width(name, 320);
    await this.#width(name, wide.width);
    const hidden = await this.page.evaluate(() => [...document.querySelectorAll('.tw')].filter((one) => one.checkVisibility() && one.scrollWidth > one.clientWidth).map((one) => one.getAttribute('aria-label')));
    this.#report.check(`${name} shows every column at ${wide.width}`, !hidden.length, hidden.join(', '));
    return this.#rest();
  }

  async #rest() {
    await this.page.setViewportSize(wide);
    await this.page.emulateMedia({ colorScheme: 'light' });
  }

  async #structure(name) {
    const found = await this.page.evaluate(() => {
      const all = (selector) => [...document.querySelectorAll(selector)];
      const shown = (element) => element.checkVisibility();
      const ids = all('[id]').map((element) => element.id);
      const inputs = all('input:not([type=hidden]), select, textarea').filter(shown);
      return {
        headings: all('h1').filter(shown).length,
        mains: all('main').length,
        language: document.documentElement.lang,
        title: document.title,
        doubled: ids.filter((id, index) => ids.indexOf(id) !== index),
        inline: all('*').filter((element) => [...element.attributes].some(({ name }) => name === 'style' || name.startsWith('on'))).map((element) => element.outerHTML.slice(0, 120)),
        unlabelled: inputs.filter((input) => !input.labels?.length && !input.getAttribute('aria-label')).map((input) => input.name),
        tabindex: all('[tabindex]').filter((element) => element.tabIndex > 0).length,
        dead: window.matchMedia('(scripting: none)').matches ? all('.js').filter(shown).map((element) => element.outerHTML.slice(0, 120)) : [],
      };
    });
    this.#report.equal(`${name} has one visible first heading`, found.headings, 1);
    this.#report.equal(`${name} has one main part`, found.mains, 1);
    this.#report.check(`${name} names its language and title`, found.language && found.title.includes(' · '), JSON.stringify([found.language, found.title]));
    this.#report.check(`${name} has no id twice`, !found.doubled.length, found.doubled.join(', '));
    this.#report.check(`${name} has no inline style or handler`, !found.inline.length, found.inline.join('\n'));
    this.#report.check(`${name} labels every field`, !found.unlabelled.length, found.unlabelled.join(', '));
    this.#report.equal(`${name} leaves the tab order natural`, found.tabindex, 0);
    this.#report.check(`${name} shows no control that needs a script`, !found.dead.length, found.dead.join('\n'));
  }

  /** Where the page leads within the server is there. */
  async #links(name) {
    const links = await this.page.locator('a[href]:not([href^="#"])').evaluateAll((all) => all.map((a) => a.href.split('#')[0]));
    for (const link of new Set(links)) {
      if (!link.startsWith(this.#origins[0]) || this.#followed.has(link)) continue;
      this.#followed.add(link);
      const answer = await this.context.request.get(link, { maxRedirects: 0, headers: { accept: 'text/html' } });
      this.#report.check(`${name} has no dead link`, answer.status() < 400, `${link} answers ${answer.status()}`);
    }
  }

  /** No text is drawn smaller than 11 px, in charts either. */
  async #legible(name) {
    const small = await this.page.evaluate(() => [...document.querySelectorAll('body *')].filter((element) => {
      const own = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
      if (!own || !element.checkVisibility() || element.closest('.vh, title, desc')) return false;
      const scale = element instanceof SVGGraphicsElement ? element.getScreenCTM().a : 1;
      return parseFloat(getComputedStyle(element).fontSize) * scale < 10.95;
    }).map((element) => `${getComputedStyle(element).fontSize} ${element.outerHTML.slice(0, 120)}`));
    this.#report.check(`${name} has no text under 11 px`, !small.length, small.slice(0, 3).join(' | '));
  }

  async #width(name, width) {
    await this.page.setViewportSize({ width, height: narrow.height });
    const over = await this.page.evaluate(() => {
      const room = document.documentElement.clientWidth;
      if (document.documentElement.scrollWidth <= room) return '';
      const wide = [...document.querySelectorAll('body *')].filter((element) => element.getBoundingClientRect().right > room + 0.5 && !element.closest('.tw, pre'));
      const ends = wide.filter((element) => !wide.some((other) => other !== element && element.contains(other)));
      return `${document.documentElement.scrollWidth - room} px too wide: ${ends.slice(0, 3).map((element) => element.outerHTML.slice(0, 160)).join(' | ')}`;
    });
    this.#report.check(`${name} does not scroll sideways at ${width}`, !over, over);
  }

  async #accessible(name) {
    const found = await violations(this.page);
    this.#report.check(`${name} has no axe violation`, !found.length, found.join('\n'));
  }

  /** The whole page in one window, so that what sticks to its edge lies where it would at the end. */
  async #shoot(name) {
    fs.mkdirSync(this.seen, { recursive: true });
    const { width, height } = this.page.viewportSize();
    const whole = await this.page.evaluate(() => document.documentElement.scrollHeight);
    await this.page.setViewportSize({ width, height: Math.max(height, whole) });
    await this.page.screenshot({ path: path.join(this.seen, `${name}.png`) });
    await this.page.setViewportSize({ width, height });
  }

  /** What a broken step left on the screen. */
  async keep(name, folder) {
    fs.mkdirSync(folder, { recursive: true });
    await this.page.screenshot({ path: path.join(folder, `failed.${name}.png`), fullPage: true }).catch(() => {});
    fs.writeFileSync(path.join(folder, `failed.${name}.html`), `<!-- ${this.page.url()} -->\n${await this.page.content().catch(() => '')}`);
  }
}

/** The bytes on the wire of one address with nothing cached, as somebody with these cookies loads it. */
export async function weight(browser, address, cookies = []) {
  const context = await browser.newContext({ viewport: wide });
  await context.addCookies(cookies);
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  let bytes = 0;
  session.on('Network.loadingFinished', (event) => { bytes += event.encodedDataLength; });
  await page.goto(address, { waitUntil: 'networkidle' });
  await context.close();
  return bytes;
}
