package rsdoctor

import (
	"slices"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// Status says how bad a finding is.
type Status string

// The statuses.
const (
	OK         Status = "ok"
	Warning    Status = "warning" // it works, but should not stay as it is, or could not be proved
	Problem    Status = "problem" // it does not work
	NotChecked Status = "not_checked"
)

// Finding is what one check found.
type Finding struct {
	Issuer string    `json:"issuer,omitempty"` // of several issuers, the one that it is about
	Check  string    `json:"check"`            // stable name of the check
	Title  string    `json:"title"`
	Status Status    `json:"status"`
	Code   Code      `json:"code,omitempty"`   // of a warning or a problem
	Reason rs.Reason `json:"reason,omitempty"` // of a refusal by the resource server itself
	Text   string    `json:"text,omitempty"`   // what was found
	Fix    string    `json:"fix,omitempty"`    // what to do, in one sentence

	settings bool // the configuration cannot be used at all
}

// Result says how an examination ended.
type Result string

// The results, from best to worst.
const (
	Good        Result = "good"          // no problem; perhaps warnings
	Failed      Result = "problem"       // a problem at least
	WrongConfig Result = "configuration" // the configuration cannot be used, so nothing more was looked at
)

// Report is a whole examination.
type Report struct {
	Result   Result    `json:"result"`
	Findings []Finding `json:"findings"` // in the order of the checks
}

// Codes lists the codes of the problems and warnings found, each once, in order.
func (r *Report) Codes(status Status) (codes []Code) {
	for _, f := range r.Findings {
		if f.Status == status && !slices.Contains(codes, f.Code) {
			codes = append(codes, f.Code)
		}
	}
	return codes
}

// consequences are the problems that a cause brings with it: to name them too would hide the cause.
var consequences = map[Code][]Code{
	AnswerSigningAlg:   {JWKSNoKey, SigningAlgNotOffered},
	AuthMethod:         {AuthMethodNotOffered},
	KeyRoundTrip:       {CredentialsUnavailable},
	CertificateExpired: {TLSClient, TLSFailed, Credentials},
	IssuerSlash:        {AnswerUnusable},
	IssuerScheme:       {AnswerUnusable},
	IssuerCase:         {AnswerUnusable},
	IssuerHost:         {AnswerUnusable},
	IssuerOther:        {AnswerUnusable},
	IssuerIsDocument:   {IssuerOther, IssuerHost, IssuerSlash},
	EndpointsShuffled:  {JWKSUnreachable, JWKSNotASet, EndpointMethod, EndpointOther},
}

// conclude leaves out what is only a consequence, and sets the result.
func (r *Report) conclude() *Report {
	said := map[Code]string{}
	for i, f := range r.Findings {
		if f.Status != Problem {
			continue
		}
		if check, again := said[f.Code]; again && check != f.Check { // two ways to the same cause
			r.Findings[i] = f.followsFrom(f.Code)
			continue
		}
		said[f.Code] = f.Check
	}
	for i, f := range r.Findings {
		if check := said[f.Code]; f.Status == Warning && check != "" && check != f.Check {
			r.Findings[i] = f.followsFrom(f.Code)
		}
	}
	for _, cause := range r.Codes(Problem) {
		for i, f := range r.Findings {
			if f.Status != OK && slices.ContainsFunc(consequences[cause], f.is) {
				r.Findings[i] = f.followsFrom(cause)
			}
		}
	}
	r.Result = Good
	for _, f := range r.Findings {
		switch {
		case f.Status == Problem && f.settings:
			r.Result = WrongConfig
		case f.Status == Problem && r.Result == Good:
			r.Result = Failed
		}
	}
	return r
}

// followsFrom is what is left of a finding that has its cause in another.
func (f Finding) followsFrom(cause Code) Finding {
	return Finding{Check: f.Check, Title: f.Title, Status: NotChecked, Text: followsFrom + string(cause)}
}

const followsFrom = "follows from "

// is says whether a finding has this code, or was left out because another has it.
func (f Finding) is(code Code) bool { return f.Code == code || f.Text == followsFrom+string(code) }

func ok(text string) []Finding { return []Finding{{Status: OK, Text: text}} }

func notChecked(why string) []Finding { return []Finding{{Status: NotChecked, Text: why}} }

func warning(code Code, text, fix string) []Finding {
	return []Finding{{Status: Warning, Code: code, Text: text, Fix: fix}}
}

func problem(code Code, text, fix string) []Finding {
	return []Finding{{Status: Problem, Code: code, Text: text, Fix: fix}}
}
