// The settings of oidc-provider, the same for both versions except where their names differ.

// configurationFor returns the settings for a major version of oidc-provider.
export function configurationFor(version, {
  clients, jwks, adapter, mtlsBase,
}) {
  return {
    clients,
    jwks,
    adapter,
    scopes: ['openid', 'offline_access', 'groups', 'teams'],
    responseTypes: ['code'],
    cookies: { keys: ['no person ever logs in here'] },
    findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    pkce: { methods: ['S256'], required: () => true },
    ttl: { AccessToken: 300, ClientCredentials: 300, RefreshToken: 3600, Grant: 3600 },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      deviceFlow: { enabled: false },
      encryption: { enabled: true },
      // Any resource server may ask about any token, as at ProConnect: audience checks are theirs.
      introspection: { enabled: true, allowedPolicy: () => true },
      jwtIntrospection: { enabled: true, ...acknowledge(version, 'draft-10') },
      revocation: { enabled: true },
      dPoP: { enabled: true, ...acknowledge(version, 'draft-03') },
      mTLS: { enabled: true, certificateBoundAccessTokens: true, ...clientCertificates },
    },
    [version === '7' ? 'tokenEndpointAuthMethods' : 'clientAuthMethods']: AUTH_METHODS,
    ...(mtlsBase && { discovery: { mtls_endpoint_aliases: { introspection_endpoint: `${mtlsBase}/token/introspection` } } }),
    ...outgoingRequests(version),
  };
}

const AUTH_METHODS = [
  'client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth', 'none',
];

// What a connection says of its client's certificate (RFC 8705 section 2). One without TLS has none.
const clientCertificates = {
  tlsClientAuth: true,
  selfSignedTlsClientAuth: true,
  getCertificate: (ctx) => ctx.req.socket.getPeerX509Certificate?.()?.toString(),
  certificateAuthorized: (ctx) => ctx.req.socket.authorized === true,
  certificateSubjectMatches: (ctx, property, expected) => {
    if (property !== 'tls_client_auth_subject_dn') throw new Error(`${property}: only the subject is compared here`);
    return ctx.req.socket.getPeerX509Certificate().subject === expected;
  },
};

// Version 7 knew RFC 9701 and RFC 9449 as drafts, and wants to hear which.
function acknowledge(version, draft) {
  return version === '7' ? { ack: draft } : {};
}

// Version 9 refuses to fetch a jwks_uri on a special-use address; ours is always on loopback, so its
// guard gives way to a stricter one. Version 7 has no guard, and no need of a name server for an address.
function outgoingRequests(version) {
  if (version === '7') return { httpOptions: () => ({ timeout: 2500 }) };
  return {
    fetch: (url, { dispatcher, ...options }) => {
      if (new URL(url).hostname !== '127.0.0.1') throw new Error('only loopback is fetched from');
      return fetch(url, options);
    },
  };
}
