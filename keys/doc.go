// Package keys holds the keys of a resource server and all that is done with
// them: our own private keys, which decrypt introspection responses, and the
// authorization server's public keys, which verify them (RFC 9701).
//
//	pem, err := os.ReadFile("/run/secrets/rs.pem")
//	set, err := keys.Parse(pem, "RSA-OAEP", "A256GCM")     // ours
//	plaintext, err := set.Decrypt(message)                 // a JWE
//	server, err := keys.ParsePublic(jwks, "ES256")         // the authorization server's
//	payload, header, err := server.Verify(plaintext)       // a JWS
//
// Bytes go in and bytes come out. A message never chooses how it is treated:
// the algorithms are pinned when the keys are parsed, and everything about a
// message that can be checked without a key is checked before a key is used.
// Only the compact serializations are read. What the claims inside say is not
// this package's business.
//
// [Signer] and [Encrypter] are the other side, for development servers and
// tests.
//
// # Key care
//
// Generation. A private key is made where it is used, with [Generate], and MUST
// NOT be committed, mailed or baked into an image. RSA keys have 2048 bits at
// least. One key serves one purpose and one environment: staging does not have
// the key of production.
//
// Storage. The file has mode 0600 and belongs to the user that runs the
// service; better is a mounted secret. Nothing in this package writes a file,
// logs, or returns key material in an error, and printing a [Set] or a [Signer]
// with package fmt shows none.
//
// Rotation. All keys are in one text, PEM blocks one after the other or a JWK
// Set, the current one first. A key has three stages:
//
//	next      in the text, not first   published, so that it is known before it is needed; decrypts
//	current   first                    published first: servers take the first that fits
//	retiring  no longer in the text    not published; a [Ring] decrypts with it for [RetireAfter]
//
// To rotate, append the next key; after the caching time of the authorization
// server move it to the front; after the same time again delete the old one.
// The caching time is the greater of 60 seconds and the max-age of our JWK Set
// (jwksendpoint.MaxAge); servers do not fetch again on their own when a key
// changes. A key id never changes: it is the JWK's kid, else the RFC 7638
// thumbprint of the key.
//
// A key that may be known to others is replaced at once: put a new one in front
// and remove the old one as soon as the caching time is over. Responses that
// were recorded before stay readable to whoever has the old key. With it
// nobody can forge a response: that takes the authorization server's key.
//
// The authorization server's public keys come from its JWK Set over TLS, and
// from nowhere else: no header of a message (jwk, jku, x5c, x5u) leads to a key.
//
// # Algorithms
//
// Encryption: RSA-OAEP, RSA-OAEP-256 or ECDH-ES, with A128GCM, A192GCM, A256GCM,
// A128CBC-HS256, A192CBC-HS384 or A256CBC-HS512. Signatures: ES256, ES384,
// ES512, RS256, RS384, RS512, PS256, PS384, PS512, EdDSA with Ed25519, and
// Ed25519, which is its name by RFC 9864. Left out for good are "none", shared
// secrets (HS*, dir, A*KW, A*GCMKW, PBES2), RSA1_5, and compression. ECDH-ES+A*KW
// are left out because they add nothing for one recipient.
//
// RSA-OAEP is OAEP with SHA-1 (RFC 7518 section 4.3). That is no weakness, since
// OAEP does not need a collision-resistant hash, but FIPS 140 does not have it.
// In a process with GODEBUG=fips140=only use RSA-OAEP-256, or ECDH-ES on a NIST
// curve, with A128CBC-HS256 or its larger sisters: Go's FIPS mode refuses
// RSA-OAEP, X25519, and GCM with an initialization vector from outside.
//
// Decryption is the standard library's. jwx/v2, which verifies signatures, is no
// longer maintained. It is used for this one operation only, in one file, with
// raw keys, behind the checks of this package; none of its types is exported.
package keys
