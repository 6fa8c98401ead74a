package redmine

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
)

// hookAge is how old or how far ahead a delivery may be.
const hookAge = 5 * time.Minute

// VerifyHook implements [connectors.Hook]. Redmine 5 sends no webhooks itself;
// what a plugin or a script sends is signed as Standard Webhooks has it
// (github.com/standard-webhooks): HMAC-SHA256 over "id.timestamp.body", in
// base64 behind "v1,".
//
// SECURITY: a delivery is believed as far as that somebody who knows the secret
// sent it, lately. Its id is signed, so a replay can't get a new one.
func (c *Connector) VerifyHook(header http.Header, body []byte, now time.Time) (connectors.Delivery, error) {
	refuse := func(why string) (connectors.Delivery, error) {
		return connectors.Delivery{}, fmt.Errorf("%w: webhook of %s: %s", eyeshot.ErrUnauthenticated, c.config.Source, why)
	}
	if c.config.HookSecret == "" {
		return refuse("no secret is set")
	}
	id, sent := header.Get("Webhook-Id"), header.Get("Webhook-Timestamp")
	seconds, err := strconv.ParseInt(sent, 10, 64)
	if id == "" || err != nil {
		return refuse("the headers webhook-id and webhook-timestamp (seconds since 1970) are needed")
	}
	mac := hmac.New(sha256.New, []byte(c.config.HookSecret))
	mac.Write([]byte(id + "." + sent + "."))
	mac.Write(body)
	if !signedBy(header.Get("Webhook-Signature"), mac.Sum(nil)) {
		return refuse("no signature in webhook-signature is that of the secret")
	}
	at := time.Unix(seconds, 0)
	if age := now.Sub(at); age > hookAge || age < -hookAge {
		return refuse("it is older or newer than " + hookAge.String())
	}
	return connectors.Delivery{ID: id, At: at}, nil
}

// signedBy reports whether one of the signatures, which spaces part, is sum.
func signedBy(signatures string, sum []byte) bool {
	for _, signature := range strings.Fields(signatures) {
		encoded, v1 := strings.CutPrefix(signature, "v1,")
		given, err := base64.StdEncoding.DecodeString(encoded)
		if v1 && err == nil && hmac.Equal(given, sum) {
			return true
		}
	}
	return false
}
