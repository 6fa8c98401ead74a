package jira_test

import (
	"context"
	"errors"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/eyeshot-dev/eyeshot/connectors/httpsource"
	"github.com/eyeshot-dev/eyeshot/connectors/identities"
	"github.com/eyeshot-dev/eyeshot/connectors/jira"
	"github.com/eyeshot-dev/eyeshot/connectors/jira/fakejira"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// contract is read once for all tests: it is large.
var contract = sync.OnceValues(func() (*fakejira.Contract, error) {
	return fakejira.LoadContract(filepath.Join("..", "..", "..", "shared", "contracts", "jira-cloud-v3.openapi.json.gz"))
})

// site is a fake Jira behind HTTP. Where Atlassian's contract is at hand, every
// request and every answer is held against it.
type site struct {
	*fakejira.Server
	url string
}

func serve(t testing.TB, w *fakejira.World, options fakejira.Options) *site {
	t.Helper()
	fake := fakejira.New(w, options)
	var handler http.Handler = fake
	c, err := contract()
	switch {
	case err == nil:
		handler = c.Validate(fake, func(err error) { t.Error(err) })
	case !errors.Is(err, fs.ErrNotExist):
		require.NoError(t, err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return &site{fake, server.URL}
}

// config is that of a connector which never really waits.
func (s *site) config() jira.Config {
	return jira.Config{
		URL: s.url, Source: "jira", Email: fakejira.ReaderEmail,
		Token:       func(context.Context) (string, error) { return fakejira.ReaderToken, nil },
		AllowPublic: true, Identities: identities.Rules{Email: true}, PageSize: 20, HookSecret: "hook secret",
		HTTP: httpsource.Config{Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }},
	}
}

func connect(t testing.TB, config jira.Config) *jira.Connector {
	t.Helper()
	c, err := jira.New(config)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

func random(seed uint64, issues int) *fakejira.World {
	return fakejira.Random(rand.New(rand.NewPCG(seed, 7)), 30, issues)
}
