// Package devpage is the web page of the development authorization server: mint a token, see which requests arrive and
// how they are answered, revoke, rotate keys, switch faults on.
//
// It is plain HTML from templates with one stylesheet and one small script, all embedded: nothing is loaded from elsewhere, and
// without the script everything still works. It is for this machine only, whatever address the server listens on: whoever sees
// it can make a token for anybody.
package devpage
