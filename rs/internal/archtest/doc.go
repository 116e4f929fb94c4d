// Package archtest holds the house rules of the tree that a compiler does not know: which package may import which, how long a
// file may be, what may not be exported. It has tests only. A change of the arrows is an ADR in docs/adr and a change of
// the table here, in one commit.
package archtest
