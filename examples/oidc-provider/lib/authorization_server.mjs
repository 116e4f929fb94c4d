// One authorization server whose provider can be replaced while clients, tokens and port stay.

import { createStorage } from './adapter.mjs';
import { createClients, SERVICE_PROVIDER } from './clients.mjs';
import { configurationFor } from './configuration.mjs';
import { createKeyring } from './keys.mjs';
import { mint } from './mint.mjs';

const PACKAGES = { 7: 'oidc-provider-v7', 9: 'oidc-provider-v9' };

// createAuthorizationServer starts a provider of the given major version.
export async function createAuthorizationServer({
  version, issuer, base, mtlsBase, jwksUris, moreClients,
}) {
  if (!(version in PACKAGES)) throw new Error(`--version: want 7 or 9, have ${version}`);
  const { Provider } = await import(PACKAGES[version]);

  const adapter = createStorage();
  const clients = createClients(jwksUris, moreClients);
  const keyring = createKeyring();
  let provider;
  let handle;

  function restart() {
    provider = new Provider(issuer, configurationFor(version, {
      clients: structuredClone(clients), jwks: keyring.jwks(), adapter, mtlsBase,
    }));
    provider.on('server_error', (_ctx, err) => console.error('server_error', err));
    handle = provider.callback();
  }
  restart();

  return {
    handle: (req, res) => handle(req, res),
    mint: (wish) => mint(provider, { client_id: SERVICE_PROVIDER, ...wish }),
    // A restarted server has forgotten what it fetched from a jwks_uri, and knows its tokens still.
    restart,
    rotateKeys: (overlap) => {
      const kid = keyring.rotate(overlap);
      restart();
      return kid;
    },
    describe: () => ({
      version,
      issuer,
      introspection_endpoint: `${base}/token/introspection`,
      revocation_endpoint: `${base}/token/revocation`,
      token_endpoint: `${base}/token`,
      jwks_uri: `${base}/jwks`,
      clients: Object.fromEntries(clients.map((c) => [c.client_id, c.client_secret])),
    }),
  };
}
