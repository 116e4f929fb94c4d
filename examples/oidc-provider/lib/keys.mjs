// The authorization server's signing keys.

import { generateKeyPairSync, randomUUID } from 'node:crypto';

// createKeyring returns the keys in the order in which the provider prefers them: of those that fit an
// algorithm, the first one signs.
export function createKeyring() {
  // Real sets are mixed: a resource server must pick its key, not take the first. oidc-provider also
  // needs an RS256 key for every client that does not ask for another algorithm.
  const rsa = generate('RS256', 'rsa', { modulusLength: 2048 });
  let signing = [es256()];
  return {
    jwks: () => ({ keys: structuredClone([rsa, ...signing]) }),
    // With overlap the former key stays published, as a careful operator does; without, it is gone.
    rotate: (overlap) => {
      signing = overlap ? [es256(), ...signing] : [es256()];
      return signing[0].kid;
    },
  };
}

// ES256 is what ProConnect signs with and what OIDC_RS_SIGNING_ALGO says by default.
const es256 = () => generate('ES256', 'ec', { namedCurve: 'P-256' });

function generate(alg, type, options) {
  const { privateKey } = generateKeyPairSync(type, options);
  return {
    ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), alg, use: 'sig',
  };
}
