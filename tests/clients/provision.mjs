// What an operator prepares for the clients, through the command line and the management API alone.
export const callback = 'http://127.0.0.1:9/callback';
export const person = { username: 'uma', email: 'uma@example.com', name: 'Uma Okafor', password: 'correct horse battery staple' };

/** A user, a confidential, a public, a machine, a device and a signing client. */
export async function provision(server) {
  const key = await server.command(['api-key', 'create', '--name', 'client-tests', '--all']);
  const post = async (path, body) => {
    const reply = await fetch(`${server.url}/api/v1/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (reply.status !== 201) throw new Error(`POST ${path} answered ${reply.status}: ${await reply.text()}`);
    return reply.json();
  };
  const user = await post('users', { ...person, email_verified: true, status: 'active' });
  await post('resources', {
    identifier: 'https://photos.example.com',
    name: 'Photos',
    token_format: 'jwt',
    scopes: [{ name: 'photos.read', display_name: 'See your photos', description: 'It cannot change or delete them.', default: false }],
  });
  const scopes = ['openid', 'profile', 'email', 'offline_access'];
  const code = { environment: 'sandbox', redirect_uris: [callback], grant_types: ['authorization_code', 'refresh_token'], scopes };
  const confidential = await post('applications', { name: 'Photo Printer', type: 'web', ...code });
  const open = await post('applications', { name: 'Photo Viewer', type: 'spa', ...code });
  const machine = await post('applications', { name: 'Nightly Billing', type: 'machine', environment: 'sandbox', scopes: ['photos.read'] });
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  const jwk = { ...(await crypto.subtle.exportKey('jwk', pair.privateKey)), kid: 'k1', key_ops: undefined, ext: undefined };
  const signing = await post('applications', {
    name: 'Ledger',
    type: 'web',
    ...code,
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [{ ...jwk, d: undefined }] },
  });
  const device = await post('applications', { name: 'Living Room TV', type: 'device', environment: 'sandbox', scopes });
  return {
    user: user.id,
    confidential: credentials(confidential),
    public: credentials(open),
    machine: credentials(machine),
    device: credentials(device),
    signing: { ...credentials(signing), jwk },
  };
}

function credentials(application) {
  const [client] = application.clients;
  return { client_id: client.client_id, client_secret: client.secrets?.[0]?.client_secret, method: client.token_endpoint_auth_method };
}
