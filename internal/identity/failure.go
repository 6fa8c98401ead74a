package identity

import (
	"fmt"
	"log/slog"

	"github.com/eyeshot-dev/eyeshot"
)

// Reason says in one stable word why a token was refused: a label for metrics
// and a field for logs. It is for operators; a caller learns no more than that
// its token is not valid.
type Reason string

// Reasons that a [Failure] gives.
const (
	ReasonNoToken         Reason = "no_token"
	ReasonHeader          Reason = "authorization_header"
	ReasonTooLarge        Reason = "too_large"
	ReasonMalformed       Reason = "malformed"
	ReasonAlgorithm       Reason = "algorithm"
	ReasonTokenType       Reason = "token_type"
	ReasonIssuer          Reason = "issuer"
	ReasonUnknownKey      Reason = "unknown_key"
	ReasonSignature       Reason = "signature"
	ReasonAudience        Reason = "audience"
	ReasonExpired         Reason = "expired"
	ReasonNotYetValid     Reason = "not_yet_valid"
	ReasonTimes           Reason = "times"
	ReasonConfirmation    Reason = "confirmation"
	ReasonTenant          Reason = "tenant"
	ReasonSubject         Reason = "subject"
	ReasonPrincipalType   Reason = "principal_type"
	ReasonActor           Reason = "actor"
	ReasonTask            Reason = "task"
	ReasonKeysUnavailable Reason = "keys_unavailable"
)

// Failure is why no principal could be established. It wraps
// [eyeshot.ErrUnauthenticated], or [eyeshot.ErrUnavailable] where the issuer's
// keys cannot be had (see [ReasonKeysUnavailable]).
//
// SECURITY: neither field ever holds the token or a part of it, and Error says
// nothing that helps somebody who is trying tokens out.
type Failure struct {
	Reason Reason
	Detail string // one sentence for operators, at most a few hundred bytes
}

// Error is generic, and safe to show to the caller.
func (f *Failure) Error() string {
	switch f.Reason {
	case ReasonNoToken:
		return "unauthenticated: the request carries no bearer token"
	case ReasonKeysUnavailable:
		return "unavailable: the signing keys of the token's issuer cannot be had at the moment"
	default:
		return "unauthenticated: the token is not valid"
	}
}

// Unwrap gives the error that the HTTP status is chosen from.
func (f *Failure) Unwrap() error {
	if f.Reason == ReasonKeysUnavailable {
		return eyeshot.ErrUnavailable
	}
	return eyeshot.ErrUnauthenticated
}

// LogValue makes a logged Failure tell operators the reason as well.
func (f *Failure) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("reason", string(f.Reason)),
		slog.String("detail", f.Detail),
	)
}

func refuse(reason Reason, format string, args ...any) *Failure {
	return &Failure{Reason: reason, Detail: cut(fmt.Sprintf(format, args...), 300)}
}

// cut bounds text that others chose before it goes into a log.
func cut(s string, most int) string {
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	return string(runes[:most]) + "…"
}
