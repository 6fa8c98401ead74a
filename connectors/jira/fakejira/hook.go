package fakejira

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
)

// Hook is a webhook's call as Jira makes it: signed by X-Hub-Signature, named by
// X-Atlassian-Webhook-Identifier, which stays the same when it is repeated.
func Hook(url, secret, id, event string, at int64) (*http.Request, error) {
	body, err := json.Marshal(object{"timestamp": at, "webhookEvent": event, "issue": object{"id": "10001", "key": "PAY-1"}})
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	sum := hmac.New(sha256.New, []byte(secret))
	sum.Write(body)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Hub-Signature", "sha256="+hex.EncodeToString(sum.Sum(nil)))
	request.Header.Set("X-Atlassian-Webhook-Identifier", id)
	return request, nil
}
