// Package wycheproof runs the test vectors of C2SP Wycheproof against package keys: each is accepted, refused, or out of
// scope for a reason that is counted. It has nothing but tests, and is a module of its own, so that no user of the library
// downloads the vectors.
package wycheproof
