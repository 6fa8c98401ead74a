package authzsync_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot/internal/authz/authztest"
)

// Two tickets always change hands together, so no view may show one without
// the other.
func TestReadersSeeWholeVersionsWhileWritersWrite(t *testing.T) {
	f := follow(t, "group:eng#member@user:alice")
	ctx, done := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			for ctx.Err() == nil {
				view := f.index.View()
				_, upper := view.Allowed("user:alice", "viewer", "ticket")
				for ordinal := range upper.ToArray() {
					view.Numbering().Object("ticket", uint32(ordinal))
				}
				if n := upper.GetCardinality(); n%2 != 0 {
					t.Errorf("a view shows %d tickets: half a write", n)
					return
				}
				view.Memberships("user:alice")
			}
		})
	}
	all.Go(func() {
		for ctx.Err() == nil {
			if err := f.index.Poll(ctx); err != nil && ctx.Err() == nil {
				t.Error(err)
			}
		}
	})
	all.Go(func() {
		defer done()
		writer := f.writer()
		for i := range 60 {
			pair := authztest.Tuples(t, fmt.Sprintf("ticket:a/%d#viewer@group:eng#member", i), fmt.Sprintf("ticket:b/%d#viewer@group:eng#member", i))
			if err := writer.Write(t.Context(), pair, nil); err != nil {
				t.Error(err)
			}
			if i%2 == 0 {
				if err := writer.Write(t.Context(), nil, pair); err != nil {
					t.Error(err)
				}
			}
			if i%20 == 0 {
				if err := f.index.Reorder(t.Context()); err != nil {
					t.Error(err)
				}
			}
		}
	})
	all.Wait()
	_, upper := f.index.View().Allowed("user:alice", "viewer", "ticket")
	require.Equal(t, uint64(60), upper.GetCardinality())
}
