// openid-client 6 as its own documentation uses it; only plain http on loopback is allowed besides.
import assert from 'node:assert/strict';
import * as client from 'openid-client';
import { callback, person } from './provision.mjs';
import { UserAgent } from './user-agent.mjs';

const http = { execute: [client.allowInsecureRequests] };
const scope = 'openid profile email offline_access';

/** Runs every flow; `say` names each step as it is done. */
export async function openidClient(issuer, parties, say) {
  await confidential(issuer, parties, say);
  await open(issuer, parties, say);
  await machine(issuer, parties, say);
}

async function confidential(issuer, parties, say) {
  const { client_id, client_secret } = parties.confidential;
  const config = await client.discovery(new URL(issuer), client_id, undefined, client.ClientSecretBasic(client_secret), http);
  assert.equal(config.serverMetadata().issuer, issuer);
  say('confidential: discovery');

  const tokens = await signIn(config, issuer, parties.user);
  say('confidential: code with PKCE, state, nonce and iss; ID token verified');
  await hasClaims(config, tokens, parties.user);
  say('confidential: userinfo');

  const fresh = await client.refreshTokenGrant(config, tokens.refresh_token);
  assert.notEqual(fresh.access_token, tokens.access_token);
  const before = await client.tokenIntrospection(config, fresh.access_token);
  assert.equal(before.active, true);
  assert.equal(before.sub, parties.user);
  assert.equal(before.client_id, client_id);
  say('confidential: refresh and introspection');

  const refreshToken = fresh.refresh_token ?? tokens.refresh_token;
  await client.tokenRevocation(config, refreshToken);
  for (const token of [refreshToken, fresh.access_token, tokens.access_token]) {
    assert.deepEqual(await client.tokenIntrospection(config, token), { active: false });
  }
  await assert.rejects(client.refreshTokenGrant(config, refreshToken), { error: 'invalid_grant' });
  await assert.rejects(client.fetchUserInfo(config, fresh.access_token, parties.user), (error) => error.status === 401);
  say('confidential: revocation ends the refresh token and its access tokens');
}

async function open(issuer, parties, say) {
  const config = await client.discovery(new URL(issuer), parties.public.client_id, undefined, client.None(), http);
  const tokens = await signIn(config, issuer, parties.user);
  await hasClaims(config, tokens, parties.user);
  const fresh = await client.refreshTokenGrant(config, tokens.refresh_token);
  assert.notEqual(fresh.refresh_token, tokens.refresh_token);
  say('public: code with PKCE, userinfo, rotated refresh token');

  await client.tokenRevocation(config, fresh.refresh_token);
  await assert.rejects(client.refreshTokenGrant(config, fresh.refresh_token), { error: 'invalid_grant' });
  say('public: revocation');
}

async function machine(issuer, parties, say) {
  const { client_id, client_secret } = parties.machine;
  const config = await client.discovery(new URL(issuer), client_id, undefined, client.ClientSecretBasic(client_secret), http);
  const tokens = await client.clientCredentialsGrant(config, { scope: 'photos.read' });
  assert.equal(tokens.scope ?? 'photos.read', 'photos.read');
  assert.equal(tokens.refresh_token, undefined);
  const known = await client.tokenIntrospection(config, tokens.access_token);
  assert.equal(known.active, true);
  assert.ok([known.aud].flat().includes('https://photos.example.com'));
  say('machine: client credentials for an API');
}

async function signIn(config, issuer, user) {
  const verifier = client.randomPKCECodeVerifier();
  const state = client.randomState();
  const nonce = client.randomNonce();
  const address = client.buildAuthorizationUrl(config, {
    redirect_uri: callback,
    scope,
    state,
    nonce,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  const answer = await new UserAgent(issuer, person).authorize(address, callback);
  assert.equal(answer.searchParams.get('iss'), issuer);
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
  const tokens = await client.authorizationCodeGrant(config, answer, checks);
  assert.equal(tokens.claims().sub, user);
  assert.ok(tokens.refresh_token);
  await assert.rejects(client.authorizationCodeGrant(config, answer, { ...checks, pkceCodeVerifier: client.randomPKCECodeVerifier() }), { error: 'invalid_grant' });
  return tokens;
}

async function hasClaims(config, tokens, user) {
  const claims = await client.fetchUserInfo(config, tokens.access_token, user);
  assert.equal(claims.email, person.email);
  assert.equal(claims.email_verified, true);
  assert.equal(claims.name, person.name);
}
