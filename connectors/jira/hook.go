package jira

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
)

// hookAge is how old or how far ahead a delivery may be.
const hookAge = 5 * time.Minute

// VerifyHook implements [connectors.Hook]: Jira signs a webhook's body by
// HMAC-SHA256 with the webhook's secret, as WebSub has it, and says in the body
// when it was sent.
//
// SECURITY: a body is believed as far as that somebody who knows the secret
// sent it, lately. A delivery is named by its signature: the header that names
// it, X-Atlassian-Webhook-Identifier, is not signed, and a new one would make a
// replay look new.
func (c *Connector) VerifyHook(header http.Header, body []byte, now time.Time) (connectors.Delivery, error) {
	if c.config.HookSecret == "" {
		return connectors.Delivery{}, fmt.Errorf("%w: no secret is set for the webhook of %s", eyeshot.ErrUnauthenticated, c.config.Source)
	}
	given, signed := strings.CutPrefix(header.Get("X-Hub-Signature"), "sha256=")
	signature, err := hex.DecodeString(given)
	if !signed || err != nil {
		return connectors.Delivery{}, fmt.Errorf("%w: header X-Hub-Signature must be sha256= and a signature in hexadecimal", eyeshot.ErrUnauthenticated)
	}
	sum := hmac.New(sha256.New, []byte(c.config.HookSecret))
	sum.Write(body)
	if !hmac.Equal(signature, sum.Sum(nil)) {
		return connectors.Delivery{}, fmt.Errorf("%w: the signature is not that of the webhook's secret", eyeshot.ErrUnauthenticated)
	}
	var sent struct {
		At int64 `json:"timestamp"` // milliseconds since 1970
	}
	if err := json.Unmarshal(body, &sent); err != nil || sent.At <= 0 {
		return connectors.Delivery{}, fmt.Errorf("%w: the delivery does not say when it was sent", eyeshot.ErrUnauthenticated)
	}
	at := time.UnixMilli(sent.At)
	if age := now.Sub(at); age > hookAge || age < -hookAge {
		return connectors.Delivery{}, fmt.Errorf("%w: the delivery is %s old, at most %s is allowed", eyeshot.ErrUnauthenticated, age.Round(time.Second), hookAge)
	}
	return connectors.Delivery{ID: hex.EncodeToString(signature), At: at}, nil
}
