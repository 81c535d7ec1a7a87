// A small relying party: code flow with PKCE, state and nonce, by hand, so that each answer can be looked at.
import crypto from 'node:crypto';
import http from 'node:http';

const random = () => crypto.randomBytes(32).toString('base64url');

/** Listens on a name that is another site than the server's, as a real application would be. */
export async function startRelyingParty(issuer) {
  const party = new RelyingParty(issuer);
  await party.listen();
  return party;
}

class RelyingParty {
  #server;
  #waiting = [];
  #arrived = [];

  constructor(issuer) {
    this.issuer = issuer;
    this.clientId = null;
    this.clientSecret = null;
  }

  async listen() {
    this.#server = http.createServer((request, response) => this.#answer(request, response));
    await new Promise((resolve) => { this.#server.listen(0, '127.0.0.1', resolve); });
    this.origin = `http://localhost:${this.#server.address().port}`;
    this.callback = `${this.origin}/callback`;
  }

  close() {
    this.#server.closeAllConnections();
    return new Promise((resolve) => { this.#server.close(resolve); });
  }

  /** A new authorization request, remembered until its answer comes. */
  async begin(scope, more = {}) {
    this.metadata ??= await json(fetch(`${this.issuer}/.well-known/openid-configuration`));
    this.flow = { verifier: random(), state: random(), nonce: random() };
    const challenge = crypto.createHash('sha256').update(this.flow.verifier).digest('base64url');
    const address = new URL(this.metadata.authorization_endpoint);
    address.search = new URLSearchParams({
      response_type: 'code',
      client_id: this.clientId,
      redirect_uri: this.callback,
      scope,
      state: this.flow.state,
      nonce: this.flow.nonce,
      code_challenge: challenge,
      code_challenge_method: 'S256',
      ...more,
    });
    this.#arrived = [];
    return address.href;
  }

  /** The parameters that the browser brought back. */
  answer(timeout = 30_000) {
    if (this.#arrived.length) return Promise.resolve(this.#arrived.shift());
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('nothing came back to the callback URL')), timeout);
      this.#waiting.push((parameters) => { clearTimeout(timer); resolve(parameters); });
    });
  }

  redeem(code) {
    return this.#token({ grant_type: 'authorization_code', code, redirect_uri: this.callback, code_verifier: this.flow.verifier });
  }

  refresh(token) {
    return this.#token({ grant_type: 'refresh_token', refresh_token: token });
  }

  async userinfo(accessToken) {
    const reply = await fetch(this.metadata.userinfo_endpoint, { headers: { authorization: `Bearer ${accessToken}` } });
    return { status: reply.status, body: reply.ok ? await reply.json() : null };
  }

  async introspect(token) {
    return json(this.#post(this.metadata.introspection_endpoint, { token }));
  }

  async revoke(token) {
    return (await this.#post(this.metadata.revocation_endpoint, { token })).status;
  }

  /** Checks signature, issuer, audience, nonce and time of an ID token; answers with its claims. */
  async verify(idToken) {
    const [head, body, signature] = idToken.split('.');
    const header = JSON.parse(Buffer.from(head, 'base64url'));
    const { keys } = await json(fetch(this.metadata.jwks_uri));
    const jwk = keys.find((key) => key.kid === header.kid);
    if (!jwk) throw new Error(`the key ${header.kid} is not published`);
    if (header.alg !== 'ES256') throw new Error(`expected ES256, got ${header.alg}`);
    const key = { key: crypto.createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' };
    const signed = Buffer.from(`${head}.${body}`);
    if (!crypto.verify('sha256', signed, key, Buffer.from(signature, 'base64url'))) throw new Error('the signature is wrong');
    const claims = JSON.parse(Buffer.from(body, 'base64url'));
    const now = Date.now() / 1000;
    const wrong = [
      [claims.iss === this.issuer, 'iss'],
      [[claims.aud].flat().includes(this.clientId), 'aud'],
      [claims.nonce === this.flow.nonce, 'nonce'],
      [claims.exp > now && claims.iat <= now + 5, 'exp or iat'],
    ].filter(([right]) => !right).map(([, name]) => name);
    if (wrong.length) throw new Error(`wrong in the ID token: ${wrong.join(', ')}`);
    return claims;
  }

  async #token(fields) {
    const reply = await this.#post(this.metadata.token_endpoint, fields);
    return { status: reply.status, cacheControl: reply.headers.get('cache-control'), body: await reply.json() };
  }

  #post(address, fields) {
    const basic = [this.clientId, this.clientSecret].map(encodeURIComponent).join(':');
    const authorization = `Basic ${Buffer.from(basic).toString('base64')}`;
    return fetch(address, { method: 'POST', headers: { authorization }, body: new URLSearchParams(fields) });
  }

  #answer(request, response) {
    const address = new URL(request.url, this.origin);
    if (address.pathname !== '/callback') {
      response.writeHead(404).end();
      return;
    }
    const parameters = Object.fromEntries(address.searchParams);
    const next = this.#waiting.shift();
    if (next) next(parameters);
    else this.#arrived.push(parameters);
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end('<!doctype html><html lang="en"><title>Photo Printer</title><link rel="icon" href="data:,"><h1>Back at Photo Printer</h1>');
  }
}

async function json(reply) {
  const answer = await reply;
  if (!answer.ok) throw new Error(`${answer.url} answered ${answer.status}: ${(await answer.text()).slice(0, 300)}`);
  return answer.json();
}
