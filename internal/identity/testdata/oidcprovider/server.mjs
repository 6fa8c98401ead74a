// A real OpenID provider for the tests of package identity: oidc-provider with
// accounts that exist as soon as they log in, of tenant acme. It prints its
// issuer as one line of JSON, takes new keys on a line "rotate", answers that
// with another line, and ends with its standard input.
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { Provider } from 'oidc-provider';

const redirect_uris = ['https://portal.example/callback'];
const secret = randomUUID();
const cookieKey = randomUUID();

function key(alg, type, options) {
  const { privateKey } = generateKeyPairSync(type, options);
  return { ...privateKey.export({ format: 'jwk' }), alg, use: 'sig', kid: randomUUID() };
}

function client(client_id, settings) {
  return { client_id, client_secret: secret, ...settings };
}

function configuration() {
  return {
    jwks: {
      keys: [
        key('RS256', 'rsa', { modulusLength: 2048 }),
        key('ES256', 'ec', { namedCurve: 'P-256' }),
        key('EdDSA', 'ed25519', {}),
      ],
    },
    clients: [
      client('portal', { redirect_uris }),
      client('claude', { redirect_uris }),
      client('ci', { redirect_uris: [], response_types: [], grant_types: ['client_credentials'] }),
    ],
    cookies: { keys: [cookieKey] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...email(id) }) }),
    extraTokenClaims: (_, token) => ({
      tenant: 'acme',
      ...(token.accountId ? email(token.accountId) : { principal_type: 'service_account' }),
      ...(token.clientId === 'claude' ? { act: { sub: 'claude' } } : {}),
    }),
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: true },
      resourceIndicators: {
        enabled: true,
        // The algorithm is the last part of the resource, so that a test picks it.
        getResourceServerInfo: (_, resource) => ({
          scope: 'search',
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: resource.split('/').pop() } },
        }),
      },
    },
  };
}

// An address counts as verified where its account says so.
function email(id) {
  return { email: `${id}@acme.example`, email_verified: !id.startsWith('new-') };
}

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const renew = () => {
    const provider = new Provider(issuer, configuration());
    server.removeAllListeners('request');
    server.on('request', provider.callback());
    console.log(JSON.stringify({ issuer, secret }));
  };
  renew();
  const input = createInterface({ input: process.stdin });
  input.on('line', renew);
  input.on('close', () => process.exit(0));
});
