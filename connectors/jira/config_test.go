package jira_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors/jira"
	"github.com/eyeshot-dev/eyeshot/connectors/jira/fakejira"
)

func TestAConfigurationThatCannotWorkSaysWhy(t *testing.T) {
	token := func(context.Context) (string, error) { return "t", nil }
	for want, config := range map[string]jira.Config{
		`source "" must be named`:          {URL: "https://x.example", Token: token},
		`token "" is needed`:               {URL: "https://x.example", Source: "s"},
		"must be an http or https address": {URL: "x.example", Source: "s", Token: token},
		"without user or query":            {URL: "https://me:secret@x.example", Source: "s", Token: token},
	} {
		_, err := jira.New(config)
		require.ErrorIs(t, err, eyeshot.ErrInvalid)
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), "secret")
	}
}

func TestATokenComesFromTheEnvironmentEachTime(t *testing.T) {
	token := jira.FromEnv("JIRA_TEST_TOKEN")
	_, err := token(t.Context())
	require.ErrorContains(t, err, "JIRA_TEST_TOKEN is not set")
	t.Setenv("JIRA_TEST_TOKEN", fakejira.ReaderToken)
	config := serve(t, small(), fakejira.Options{}).config()
	config.Token = token
	require.Len(t, snapshot(t, connect(t, config)), 8)
	config.Email = "" // as a bearer token
	require.Len(t, snapshot(t, connect(t, config)), 8)
}
