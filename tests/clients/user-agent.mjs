// A person with a plain HTTP program instead of a browser: cookies, redirects and the forms of the pages.
const tag = /<(\/?)(form|input|button)\b((?:[^>"']|"[^"]*"|'[^']*')*)>/gi;
const attribute = /([a-z][\w-]*)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/gi;
const entities = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

export class UserAgent {
  #cookies = new Map();

  constructor(origin, { username, password }) {
    this.origin = origin;
    this.username = username;
    this.password = password;
  }

  /** Follows an authorization request to the client's callback, signing in and approving on the way. */
  async authorize(address, callback) {
    let reply = await this.#go(address, callback);
    for (let pages = 0; pages < 5; pages += 1) {
      if (reply.callback) return new URL(reply.callback);
      const login = find(reply.forms, 'login-submit');
      const consent = find(reply.forms, 'consent-allow-once');
      if (login) reply = await this.#submit(reply, login, 'login-submit', { username: this.username, password: this.password }, callback);
      else if (consent) reply = await this.#submit(reply, consent, 'consent-allow-once', {}, callback);
      else throw new Error(`neither sign in nor consent at ${reply.address} (${reply.status}): ${text(reply.body)}`);
    }
    throw new Error(`no way back to ${callback}; last at ${reply.address}: ${text(reply.body)}`);
  }

  /** Answers a device at the address it shows, with the button of this name, signing in on the way. */
  async answer(address, decision) {
    let reply = await this.#go(address);
    for (let pages = 0; pages < 5; pages += 1) {
      const button = ['login-submit', 'device-continue', decision].find((name) => find(reply.forms, name));
      if (!button) throw new Error(`nothing to answer at ${reply.address} (${reply.status}): ${text(reply.body)}`);
      const typed = button === 'login-submit' ? { username: this.username, password: this.password } : {};
      reply = await this.#submit(reply, find(reply.forms, button), button, typed);
      if (button === decision) return reply;
    }
    throw new Error(`no answer taken; last at ${reply.address}: ${text(reply.body)}`);
  }

  #submit(reply, form, button, typed, callback) {
    const fields = new URLSearchParams();
    for (const control of form.controls) {
      const { name, type = 'text', value = '' } = control;
      if (!name || 'disabled' in control) continue;
      if (control.tag === 'button') {
        if (control.id === button) fields.append(name, value);
      } else if (type === 'checkbox' || type === 'radio') {
        if ('checked' in control) fields.append(name, control.value ?? 'on');
      } else {
        fields.append(name, typed[name] ?? value);
      }
    }
    const pressed = form.controls.find((control) => control.id === button);
    const action = new URL(pressed.formaction ?? form.action ?? reply.address, reply.address);
    return this.#go(action, callback, fields);
  }

  async #go(address, callback, fields) {
    let next = new URL(address);
    let body = fields;
    for (let hops = 0; hops < 10; hops += 1) {
      const headers = { accept: 'text/html', cookie: [...this.#cookies].map((pair) => pair.join('=')).join('; ') };
      if (body) headers.origin = this.origin;
      const reply = await fetch(next, { method: body ? 'POST' : 'GET', body, headers, redirect: 'manual' });
      this.#keep(reply.headers.getSetCookie());
      const location = reply.headers.get('location');
      if (!location) {
        const page = await reply.text();
        return { address: next.href, status: reply.status, body: page, forms: forms(page) };
      }
      await reply.arrayBuffer();
      next = new URL(location, next);
      if (next.href.startsWith(callback)) return { callback: next.href };
      body = undefined;
    }
    throw new Error(`redirected without end, last to ${next}`);
  }

  #keep(lines) {
    for (const line of lines) {
      const [pair, ...rest] = line.split(';').map((part) => part.trim());
      const [name, value] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
      if (rest.some((part) => /^max-age=0$/i.test(part))) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
  }
}

function find(all, button) {
  return all.find((form) => form.controls.some((control) => control.id === button));
}

function forms(page) {
  const found = [];
  for (const [, close, kind, rest] of page.matchAll(tag)) {
    const name = kind.toLowerCase();
    if (close) continue;
    const attributes = Object.fromEntries([...rest.matchAll(attribute)].map(([, key, ...values]) => [key.toLowerCase(), unescape(values.find((value) => value !== undefined) ?? '')]));
    if (name === 'form') found.push({ ...attributes, controls: [] });
    else found.at(-1)?.controls.push({ tag: name, ...attributes });
  }
  return found;
}

function unescape(value) {
  return value
    .replace(/&#x([0-9a-f]+);/gi, (_, code) => String.fromCodePoint(parseInt(code, 16)))
    .replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
    .replace(/&(amp|lt|gt|quot|apos);/g, (_, name) => entities[name]);
}

function text(page) {
  return page.replace(/<(script|style|head)\b[\s\S]*?<\/\1>/g, '').replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ').slice(0, 600);
}
