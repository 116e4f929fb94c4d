package rsdoctor

import (
	"context"
	"crypto/x509"
	"fmt"
	"slices"
	"time"

	"github.com/gin-lasuite/gin-lasuite/keys"
)

// checkClientKey signs with our signing key, as for an assertion, and verifies with its public half.
func checkClientKey(_ context.Context, p *patient) []Finding {
	signer := p.cfg.ClientSigner
	if signer == nil {
		return notChecked("there is none")
	}
	signed, err := signer.Sign([]byte(`{}`), nil)
	if err != nil {
		return problem(KeyRoundTrip, "nothing can be signed with our signing key", "make a new one, and let the authorization server have its public half")
	}
	text := signer.Algorithm()
	if named, ok := signer.(interface{ KeyID() string }); ok {
		text += ", kid " + printable(named.KeyID())
	}
	if published, ok := signer.(publisher); ok {
		set, err := keys.ParsePublic(published.PublicJWKS(), signer.Algorithm())
		if err == nil {
			_, _, err = set.Verify(signed)
		}
		if err != nil {
			return problem(KeyRoundTrip, "what our signing key signs does not verify with what we publish of it", "make a new one, and let the authorization server have its public half")
		}
	}
	return ok(text)
}

// checkCertificate looks at what we show to servers that want a client certificate.
func checkCertificate(ctx context.Context, p *patient) []Finding {
	if p.cfg.ClientCertificate == nil {
		return notChecked("there is none")
	}
	pair, err := p.cfg.ClientCertificate(ctx)
	if err != nil || pair == nil || len(pair.Certificate) == 0 {
		return problem(CredentialsUnavailable, "our certificate cannot be had", "check the files of OIDC_RS_CLIENT_CERT_FILE and OIDC_RS_CLIENT_KEY_FILE")
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		return problem(CredentialsUnavailable, "our certificate cannot be read", "name a certificate in PEM in OIDC_RS_CLIENT_CERT_FILE")
	}
	const renew = "have the certificate of OIDC_RS_CLIENT_CERT_FILE renewed"
	left := leaf.NotAfter.Sub(p.now())
	switch {
	case left <= 0:
		return problem(CertificateExpired, "our certificate has expired", renew)
	case p.now().Before(leaf.NotBefore):
		return problem(CertificateExpired, "our certificate is not yet valid", renew+", or correct the clock of this machine")
	case len(leaf.ExtKeyUsage)+len(leaf.UnknownExtKeyUsage) > 0 && !slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageClientAuth) && !slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageAny):
		return warning(CertificateUsage, "our certificate is not made for clients: its extended key usage has no clientAuth", "have it issued with clientAuth: many servers refuse it else")
	case left < soon:
		return warning(CertificateExpiresSoon, fmt.Sprintf("our certificate expires in %d days", int(left/(24*time.Hour))), renew)
	}
	return ok(fmt.Sprintf("good for %d more days", int(left/(24*time.Hour))))
}
