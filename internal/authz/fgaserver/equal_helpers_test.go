package fgaserver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	openfgav1 "github.com/openfga/api/proto/openfga/v1"
	"github.com/openfga/openfga/pkg/storage"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
)

// text spells a tuple, its condition and its time.
func text(t *openfgav1.Tuple) string {
	k := t.GetKey()
	condition, err := protojson.Marshal(k.GetCondition())
	if err != nil {
		return err.Error()
	}
	// The JSON of a message has spaces at random places.
	return fmt.Sprintf("%s#%s@%s %s %s", k.GetObject(), k.GetRelation(), k.GetUser(),
		strings.ReplaceAll(string(condition), " ", ""), t.GetTimestamp().AsTime())
}

// drain reads an iterator to its end, peeking at every second tuple.
func drain(t require.TestingT, it storage.TupleIterator, err error, sorted bool) []string {
	require.NoError(t, err)
	defer it.Stop()
	var out []string
	for ctx := context.Background(); ; {
		if len(out)%2 == 1 {
			_, _ = it.Head(ctx)
		}
		tup, err := it.Next(ctx)
		if errors.Is(err, storage.ErrIteratorDone) {
			break
		}
		require.NoError(t, err)
		out = append(out, text(tup))
	}
	if sorted {
		slices.Sort(out)
	}
	return out
}

func compareObjects(a, b string) int {
	a, _, _ = strings.Cut(a, "#")
	b, _, _ = strings.Cut(b, "#")
	return strings.Compare(a, b)
}
