// The parties known to the authorization server. README.md has the same list for people.

import { randomBytes } from 'node:crypto';

// The calling service: the one that tokens are issued to, and that sends them to ours.
export const SERVICE_PROVIDER = 'sp-docs';

const JWT_SIGNED = { introspection_signed_response_alg: 'ES256' };

const RESOURCE_SERVERS = {
  'rs-jwt': { ...JWT_SIGNED, ...encrypted('RSA-OAEP') },
  'rs-ecdh': { ...JWT_SIGNED, ...encrypted('ECDH-ES') },
  'rs-signed': JWT_SIGNED,
  'rs-json': { token_endpoint_auth_method: 'client_secret_basic' },
};

// createClients returns the metadata of every client, each with a new secret. jwksUris tells where
// a resource server publishes its public keys; one that wants encryption is left out without it.
// moreClients are resource servers that a test registers, with any metadata of RFC 7591.
export function createClients(jwksUris, moreClients) {
  const resourceServers = Object.entries(RESOURCE_SERVERS)
    .map(([id, metadata]) => client(id, { ...metadata, ...jwksUri(jwksUris[id]) }))
    .filter((c) => !c.introspection_encrypted_response_alg || c.jwks_uri);
  return [
    ...resourceServers,
    ...moreClients.map(({ client_id: id, ...metadata }) => client(id, metadata)),
    client(SERVICE_PROVIDER, { grant_types: ['client_credentials'] }),
  ];
}

function client(id, metadata) {
  return {
    client_id: id,
    client_secret: secret(),
    token_endpoint_auth_method: 'client_secret_post',
    grant_types: [],
    response_types: [],
    redirect_uris: [],
    ...metadata,
  };
}

function encrypted(alg) {
  return { introspection_encrypted_response_alg: alg, introspection_encrypted_response_enc: 'A256GCM' };
}

function jwksUri(uri) {
  return uri === undefined ? {} : { jwks_uri: uri };
}

// RFC 6749 appendix A allows all of VSCHAR in a secret. These characters tell right from wrong form
// encoding (RFC 6749 section 2.3.1); oidc-provider 9 takes no character beyond ASCII.
function secret() {
  return `${randomBytes(18).toString('base64url')} +%2B:/&=?"~`;
}
