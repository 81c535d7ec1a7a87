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
  await device(issuer, parties, say);
  await bound(issuer, parties, say);
  await signing(issuer, parties, say);
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

async function device(issuer, parties, say) {
  const config = await client.discovery(new URL(issuer), parties.device.client_id, undefined, client.None(), http);
  const asked = await client.initiateDeviceAuthorization(config, { scope });
  assert.equal(asked.interval, 5);
  assert.match(asked.user_code, /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
  const grant = 'urn:ietf:params:oauth:grant-type:device_code';
  const early = client.genericGrantRequest(config, grant, { device_code: asked.device_code });
  await assert.rejects(early, { error: 'authorization_pending' });

  await new UserAgent(issuer, person).answer(asked.verification_uri_complete, 'device-allow');
  const tokens = await client.pollDeviceAuthorizationGrant(config, asked);
  assert.equal(tokens.claims().sub, parties.user);
  await hasClaims(config, tokens, parties.user);
  const fresh = await client.refreshTokenGrant(config, tokens.refresh_token);
  assert.notEqual(fresh.refresh_token, tokens.refresh_token);
  say('device: codes, pending, approval in another browser, ID token, userinfo, refresh');

  const refused = await client.initiateDeviceAuthorization(config, { scope });
  await new UserAgent(issuer, person).answer(refused.verification_uri_complete, 'device-deny');
  await assert.rejects(client.pollDeviceAuthorizationGrant(config, refused), { error: 'access_denied' });
  say('device: denial');
}

async function bound(issuer, parties, say) {
  const secret = client.ClientSecretBasic(parties.machine.client_secret);
  const server = await client.discovery(new URL(issuer), parties.machine.client_id, undefined, secret, http);
  assert.ok(server.serverMetadata().dpop_signing_alg_values_supported.includes('ES256'));
  const proven = { DPoP: client.getDPoPHandle(server, await client.randomDPoPKeyPair('ES256')) };
  const own = await client.clientCredentialsGrant(server, { scope: 'photos.read' }, proven);
  assert.equal(own.token_type, 'dpop');
  const known = await client.tokenIntrospection(server, own.access_token);
  assert.equal(known.token_type, 'DPoP');
  assert.equal(known.cnf.jkt, await proven.DPoP.calculateThumbprint());

  const config = await client.discovery(new URL(issuer), parties.public.client_id, undefined, client.None(), http);
  const keys = { DPoP: client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256')) };
  const tokens = await signIn(config, issuer, parties.user, keys);
  assert.equal(tokens.token_type, 'dpop');
  const claims = await client.fetchUserInfo(config, tokens.access_token, parties.user, keys);
  assert.equal(claims.email, person.email);
  const fresh = await client.refreshTokenGrant(config, tokens.refresh_token, {}, keys);
  await assert.rejects(client.fetchUserInfo(config, fresh.access_token, parties.user), (error) => error.status === 401);
  const others = { DPoP: client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256')) };
  await assert.rejects(client.refreshTokenGrant(config, fresh.refresh_token, {}, others), { error: 'invalid_grant' });
  say('DPoP: nonces, a code and a refresh token bound to a key, userinfo; another key opens nothing');
}

async function signing(issuer, parties, say) {
  const { client_id, jwk } = parties.signing;
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const key = await crypto.subtle.importKey('jwk', jwk, algorithm, false, ['sign']);
  const proof = client.PrivateKeyJwt({ key, kid: jwk.kid });
  const config = await client.discovery(new URL(issuer), client_id, undefined, proof, http);
  const tokens = await signIn(config, issuer, parties.user);
  const fresh = await client.refreshTokenGrant(config, tokens.refresh_token);
  const known = await client.tokenIntrospection(config, fresh.access_token);
  assert.equal(known.client_id, client_id);
  await client.tokenRevocation(config, fresh.access_token);
  assert.deepEqual(await client.tokenIntrospection(config, fresh.access_token), { active: false });
  const other = await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify']);
  const forged = client.PrivateKeyJwt({ key: other.privateKey, kid: jwk.kid });
  const stranger = await client.discovery(new URL(issuer), client_id, undefined, forged, http);
  await assert.rejects(client.tokenIntrospection(stranger, fresh.access_token), (error) => error.status === 401);
  say('signing: private_key_jwt at token, introspection and revocation');
}

async function signIn(config, issuer, user, keys) {
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
    ...(keys && { dpop_jkt: await keys.DPoP.calculateThumbprint() }),
  });
  const answer = await new UserAgent(issuer, person).authorize(address, callback);
  assert.equal(answer.searchParams.get('iss'), issuer);
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
  const tokens = await client.authorizationCodeGrant(config, answer, checks, undefined, keys);
  assert.equal(tokens.claims().sub, user);
  assert.ok(tokens.refresh_token);
  await assert.rejects(client.authorizationCodeGrant(config, answer, { ...checks, pkceCodeVerifier: client.randomPKCECodeVerifier() }, undefined, keys), { error: 'invalid_grant' });
  return tokens;
}

async function hasClaims(config, tokens, user) {
  const claims = await client.fetchUserInfo(config, tokens.access_token, user);
  assert.equal(claims.email, person.email);
  assert.equal(claims.email_verified, true);
  assert.equal(claims.name, person.name);
}
