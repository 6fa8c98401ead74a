package jira_test

import (
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors/jira/fakejira"
)

func TestAWebhookIsBelievedWhereItsSignatureIsRightAndItIsFresh(t *testing.T) {
	s := serve(t, small(), fakejira.Options{})
	c := connect(t, s.config())
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	verify := func(secret, id string, at time.Time, change func([]byte) []byte) (string, error) {
		request, err := fakejira.Hook("https://eyeshot.example/hook", secret, id, "jira:issue_updated", at.UnixMilli())
		require.NoError(t, err)
		body, err := io.ReadAll(request.Body)
		require.NoError(t, err)
		if change != nil {
			body = change(body)
		}
		delivery, err := c.VerifyHook(request.Header, body, now)
		return delivery.ID, err
	}
	first, err := verify("hook secret", "1", now.Add(-time.Minute), nil)
	require.NoError(t, err)
	replayed, err := verify("hook secret", "another name", now.Add(-time.Minute), nil)
	require.NoError(t, err)
	require.Equal(t, first, replayed, "the name in the header is not signed: a replay stays one")
	second, err := verify("hook secret", "1", now, nil)
	require.NoError(t, err)
	require.NotEqual(t, first, second)
	for name, bad := range map[string]func() (string, error){
		"another secret": func() (string, error) { return verify("guess", "1", now, nil) },
		"too old":        func() (string, error) { return verify("hook secret", "1", now.Add(-6*time.Minute), nil) },
		"from the future": func() (string, error) {
			return verify("hook secret", "1", now.Add(6*time.Minute), nil)
		},
		"another body": func() (string, error) {
			return verify("hook secret", "1", now, func(b []byte) []byte { b[1] ^= 1; return b })
		},
		"without a time": func() (string, error) { return verify("hook secret", "1", time.UnixMilli(0), nil) },
	} {
		_, err := bad()
		require.ErrorIs(t, err, eyeshot.ErrUnauthenticated, name)
	}
	_, err = c.VerifyHook(nil, nil, now)
	require.ErrorIs(t, err, eyeshot.ErrUnauthenticated)
	config := s.config()
	config.HookSecret = ""
	request, err := fakejira.Hook("https://eyeshot.example/hook", "", "1", "jira:issue_updated", now.UnixMilli())
	require.NoError(t, err)
	body, err := io.ReadAll(request.Body)
	require.NoError(t, err)
	_, err = connect(t, config).VerifyHook(request.Header, body, now)
	require.ErrorIs(t, err, eyeshot.ErrUnauthenticated, "no secret opens nothing")
}
