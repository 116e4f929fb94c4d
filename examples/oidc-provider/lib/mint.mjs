// Tokens without a browser: the provider's own model classes, as its grants use them.

import { createHash, randomBytes } from 'node:crypto';

// Both thumbprints are SHA-256 in base64url (RFC 7638 for DPoP, RFC 8705 section 3.1 for mTLS). Nobody
// proves possession to a resource server that takes only plain bearer tokens, so any value will do.
const thumbprint = () => createHash('sha256').update(randomBytes(32)).digest('base64url');

const KINDS = {
  access: { model: 'AccessToken' },
  refresh: { model: 'RefreshToken' },
  client_credentials: { model: 'ClientCredentials' },
  dpop: { model: 'AccessToken', binding: () => ({ jkt: thumbprint() }) },
  mtls: { model: 'AccessToken', binding: () => ({ 'x5t#S256': thumbprint() }) },
};

// mint stores a token and returns its opaque value. A negative expires_in makes a token that ended in
// the past. Scope and aud are left out of the token if they are left out of the wish.
export async function mint(provider, {
  kind = 'access', client_id: clientId, sub, scope, aud, expires_in: expiresIn = 300,
}) {
  const entry = KINDS[kind];
  if (!entry) throw new Error(`kind: want one of ${Object.keys(KINDS).join(', ')}, have ${kind}`);
  const client = await provider.Client.find(clientId);
  if (!client) throw new Error(`client_id: ${clientId} is unknown`);

  const now = Math.floor(Date.now() / 1000);
  const token = new provider[entry.model]({
    client,
    scope,
    aud,
    exp: now + expiresIn,
    iat: Math.min(now, now + expiresIn - 60),
    ...(entry.model === 'ClientCredentials' ? {} : await account(provider, clientId, sub, scope)),
    ...entry.binding?.(),
  });
  return token.save();
}

// The grant is what a person agreed to; revoking any of its tokens ends it and all of them.
async function account(provider, clientId, accountId, scope) {
  if (!accountId) throw new Error('sub: needed for this kind of token');
  const grant = new provider.Grant({ clientId, accountId });
  if (scope) grant.addOIDCScope(scope);
  return {
    accountId, grantId: await grant.save(), gty: 'authorization_code',
  };
}
