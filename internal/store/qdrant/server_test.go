package qdrant_test

import (
	"context"
	"net"
	"strconv"
	"strings"
	"testing"

	qc "github.com/qdrant/go-client/qdrant"
	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot/internal/store/qdrant"
)

// client speaks to the server behind a store's back.
func client(t *testing.T, config qdrant.Config) *qc.Client {
	t.Helper()
	host, port, err := net.SplitHostPort(config.Address)
	require.NoError(t, err)
	number, err := strconv.Atoi(port)
	require.NoError(t, err)
	c, err := qc.NewClient(&qc.Config{Host: host, Port: number, PoolSize: 1, SkipCompatibilityCheck: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

// dropCollections leaves a real server as it was.
func dropCollections(t *testing.T, config qdrant.Config) {
	c := client(t, config)
	names, err := c.ListCollections(context.Background())
	require.NoError(t, err)
	for _, name := range names {
		if strings.HasPrefix(name, config.Prefix) {
			require.NoError(t, c.DeleteCollection(context.Background(), name))
		}
	}
}
