package rstest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/devas"
	"github.com/gin-lasuite/gin-lasuite/rs/rstest"
)

// outcome is what a resource server makes of an answer. The zero outcome is a principal.
type outcome struct {
	kind   rs.Kind
	reason rs.Reason
}

var (
	accepted      = outcome{}
	transport     = outcome{rs.ErrUnavailable, rs.ReasonTransport}
	timeout       = outcome{rs.ErrUnavailable, rs.ReasonTimeout}
	status        = outcome{rs.ErrUnavailable, rs.ReasonStatus}
	contentType   = outcome{rs.ErrUnavailable, rs.ReasonContentType}
	body          = outcome{rs.ErrUnavailable, rs.ReasonBody}
	tooMany       = outcome{rs.ErrUnavailable, rs.ReasonTooManyRequests}
	tooLarge      = outcome{rs.ErrUnavailable, rs.ReasonTooLarge}
	encryption    = outcome{rs.ErrUnavailable, rs.ReasonResponseEncryption}
	signature     = outcome{rs.ErrUnavailable, rs.ReasonResponseSignature}
	responseKey   = outcome{rs.ErrUnavailable, rs.ReasonResponseKey}
	responseType  = outcome{rs.ErrUnavailable, rs.ReasonResponseType}
	claims        = outcome{rs.ErrUnavailable, rs.ReasonResponseClaims}
	issuer        = outcome{rs.ErrUnavailable, rs.ReasonResponseIssuer}
	audience      = outcome{rs.ErrUnavailable, rs.ReasonResponseAudience}
	responseTime  = outcome{rs.ErrUnavailable, rs.ReasonResponseTime}
	noKeys        = outcome{rs.ErrUnavailable, rs.ReasonKeysUnavailable}
	credentials   = outcome{rs.ErrInternal, rs.ReasonClientCredentials}
	unsupported   = outcome{rs.ErrInvalidToken, rs.ReasonUnsupportedToken}
	inapplicable  = status // the development server says so with a 500
	notYetDecided = outcome{rs.ErrInternal, "this row is missing"}
)

// wants is the outcome by format.
type wants struct{ json, jwtSigned, jwt outcome }

func all(o outcome) wants            { return wants{o, o, o} }
func inJWT(o outcome) wants          { return wants{inapplicable, o, o} }
func inEncryption(o outcome) wants   { return wants{inapplicable, inapplicable, o} }
func response(json, o outcome) wants { return wants{json, o, o} }
func ofKeys(jose outcome) wants      { return wants{accepted, jose, jose} }
func (w wants) of(f rs.Format) outcome {
	return map[rs.Format]outcome{rs.JSON: w.json, rs.JWTSigned: w.jwtSigned, rs.JWT: w.jwt}[f]
}

var faultTable = map[rstest.Fault]wants{
	rstest.Hang:                  all(timeout),
	rstest.Reset:                 all(transport),
	rstest.Truncated:             all(transport),
	rstest.SlowDrip:              all(timeout),
	rstest.GarbageBody:           {body, signature, encryption},
	rstest.EmptyBody:             {body, signature, encryption},
	rstest.HTML:                  all(contentType),
	rstest.WrongContentType:      all(contentType),
	rstest.NoContentType:         all(contentType),
	rstest.Gzip:                  all(body),
	rstest.Redirect:              all(status),
	rstest.RateLimited:           all(tooMany),
	rstest.ServerError:           all(status),
	rstest.InvalidClient:         all(credentials),
	rstest.InvalidClientMetadata: all(credentials),
	rstest.InvalidRequest:        all(status),
	rstest.UnsupportedTokenType:  all(unsupported),

	rstest.Oversize:        all(tooLarge),
	rstest.DuplicateMember: response(body, claims),
	rstest.StringActive:    all(body),
	rstest.NoActive:        all(body),
	rstest.CaseFolded:      all(body),
	rstest.TrailingData:    response(body, claims),
	rstest.ScopeArray:      all(body),
	rstest.InvalidUTF8:     response(body, claims),
	rstest.NotAnObject:     response(body, claims),
	rstest.DeepNesting:     response(body, claims),

	rstest.WrongSignature:  inJWT(signature),
	rstest.Tampered:        inJWT(signature),
	rstest.UnknownKID:      inJWT(responseKey),
	rstest.Unsigned:        inJWT(signature),
	rstest.HMACSigned:      inJWT(signature),
	rstest.OtherAlgorithm:  inJWT(signature),
	rstest.CriticalHeader:  inJWT(signature),
	rstest.WrongIssuer:     inJWT(issuer),
	rstest.IssuerSlash:     inJWT(issuer),
	rstest.WrongAudience:   inJWT(audience),
	rstest.NoAudience:      inJWT(claims),
	rstest.WrongType:       inJWT(responseType),
	rstest.NoType:          inJWT(responseType),
	rstest.OldIAT:          inJWT(responseTime),
	rstest.FutureIAT:       inJWT(responseTime),
	rstest.NoIAT:           inJWT(claims),
	rstest.PastExp:         inJWT(responseTime),
	rstest.FutureNBF:       inJWT(responseTime),
	rstest.NoIntrospection: inJWT(claims),
	rstest.TopLevelClaims:  inJWT(claims),
	rstest.PlainJSON:       inJWT(contentType),
	rstest.MislabeledJSON:  {inapplicable, signature, encryption},
	rstest.NoKID:           inJWT(accepted),
	rstest.TypePrefix:      inJWT(accepted),
	rstest.AudienceList:    inJWT(accepted),

	rstest.SignedOnly:          inEncryption(encryption),
	rstest.EncryptedOnly:       inEncryption(signature),
	rstest.NestedWrongOrder:    inEncryption(encryption),
	rstest.WrongEncryptionKey:  inEncryption(encryption),
	rstest.WrongEncryption:     inEncryption(encryption),
	rstest.WrongEncryptionAlg:  inEncryption(encryption),
	rstest.Zipped:              inEncryption(encryption),
	rstest.WrongHeaderIssuer:   inEncryption(issuer),
	rstest.WrongHeaderAudience: inEncryption(audience),

	rstest.KeysDown:     ofKeys(noKeys),
	rstest.KeysHang:     ofKeys(noKeys),
	rstest.KeysGarbage:  ofKeys(noKeys),
	rstest.KeysRedirect: ofKeys(noKeys),
	rstest.KeysEmpty:    ofKeys(noKeys),
	rstest.KeysPrivate:  ofKeys(noKeys),
	rstest.KeysForeign:  ofKeys(accepted),

	200:                all(contentType),
	204:                all(status),
	302:                all(status),
	400:                all(status),
	401:                all(credentials),
	403:                all(credentials),
	404:                all(status),
	500:                all(status),
	rstest.Status(503): all(status),
}

// TestFaults shows for every fault and format exactly how the resource server sees it, that it is not fooled into a
// principal, that nothing of it is remembered, and that nothing of the answer reaches its errors.
func TestFaults(t *testing.T) {
	t.Parallel()
	for _, format := range []rs.Format{rs.JSON, rs.JWTSigned, rs.JWT} {
		for _, fault := range slices.Concat(rstestFaults(), []rstest.Fault{200, 204, 302, 400, 401, 403, 404, 500, 503}) {
			want, found := faultTable[fault]
			if !found {
				want = all(notYetDecided)
			}
			t.Run(format.String()+"/"+fault.String(), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) { testFault(t, format, fault, want.of(format)) })
			})
		}
	}
}

func testFault(t *testing.T, format rs.Format, fault rstest.Fault, want outcome) {
	as := rstest.NewServer(t)
	cfg := as.Config(format)
	cfg.NoRetry, cfg.CircuitOpen, cfg.CredentialsPause = false, 0, 0 // as in production
	server := newServer(t, cfg)
	good, revoked := as.Issue(rstest.Claims{"sub": "the-subject"}), as.Issue(nil)
	as.Revoke(revoked)

	as.Fail(fault)
	principal, err := server.Authenticate(t.Context(), good)
	checkOutcome(t, principal, err, want)
	if err != nil {
		for _, secret := range []string{good, "the-subject", "for nobody else", "stranger.example"} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the error %q holds %q", err, secret)
			}
		}
	}
	if principal, err := server.Authenticate(t.Context(), revoked); err == nil {
		t.Errorf("a revoked token is accepted: %+v", principal)
	}

	as.Heal()
	synctest.Wait()
	skipPause()
	if _, err := server.Authenticate(t.Context(), good); err != nil {
		t.Errorf("after the fault: %v", err)
	}
	if _, err := server.Authenticate(t.Context(), revoked); rs.AsError(err) == nil || rs.AsError(err).Kind != rs.ErrInvalidToken {
		t.Errorf("after the fault, a revoked token: %v", err)
	}
}

func checkOutcome(t *testing.T, principal *rs.Principal, err error, want outcome) {
	t.Helper()
	if (err == nil) != (want == accepted) || (principal == nil) != (err != nil) {
		t.Fatalf("got (%+v, %v), want %+v", principal, err, want)
	}
	if err == nil {
		return
	}
	if got := (outcome{rs.AsError(err).Kind, rs.AsError(err).Reason}); got != want {
		t.Errorf("got %v (%s): %v\nwant %v (%s)", got.kind, got.reason, err, want.kind, want.reason)
	}
}

// TestFaultTableIsComplete keeps the table and this package's constants in step with the faults there are.
func TestFaultTableIsComplete(t *testing.T) {
	t.Parallel()
	for _, f := range devas.Faults() {
		if _, found := faultTable[f]; !found {
			t.Errorf("no row for %v", f)
		}
	}
	here, there := constants(t, "faults.go"), constants(t, "../devas/fault.go")
	if !slices.Equal(here, there) {
		t.Errorf("constants of rstest %v\nwant those of devas %v", here, there)
	}
}

// constants lists the exported constants of a file.
func constants(t *testing.T, file string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, decl := range parsed.Decls {
		if group, ok := decl.(*ast.GenDecl); ok && group.Tok == token.CONST {
			for _, spec := range group.Specs {
				for _, name := range spec.(*ast.ValueSpec).Names {
					if name.IsExported() {
						names = append(names, name.Name)
					}
				}
			}
		}
	}
	return names
}
