package authzsync_test

import (
	"flag"
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot/authzsync"
	"github.com/eyeshot-dev/eyeshot/bench/worlds"
)

// What the index costs is measured by eyeshot bench index; these are for
// profiles of single questions.
var documents = flag.Int("documents", 100_000, "documents of the benchmarks' company")

// BenchmarkAllowed asks for all documents of a type that a principal may read,
// one principal after the other, with nothing kept between them.
func BenchmarkAllowed(b *testing.B) {
	index, size := companyIndex(b)
	for _, typ := range []string{"ticket", "document", "comment"} {
		b.Run(fmt.Sprint(typ), func(b *testing.B) {
			view := index.View()
			for i := 0; b.Loop(); i++ {
				view.Allowed(worlds.User(i%size.Users), "can_read", typ)
			}
		})
	}
}

// BenchmarkReaders asks for the readers of one document after the other.
func BenchmarkReaders(b *testing.B) {
	index, _ := companyIndex(b)
	view := index.View()
	for i := 0; b.Loop(); i++ {
		typ := []string{"ticket", "document"}[i%2]
		object, _ := view.Numbering().Object(typ, uint32(i))
		view.Readers(object, "can_read")
	}
}

// BenchmarkMemberships asks for the sets that one principal after the other is in.
func BenchmarkMemberships(b *testing.B) {
	index, size := companyIndex(b)
	view := index.View()
	for i := 0; b.Loop(); i++ {
		view.Memberships(worlds.User(i % size.Users))
	}
}

func companyIndex(tb testing.TB) (*authzsync.Index, worlds.Size) {
	tb.Helper()
	size := worlds.CompanyOf(*documents)
	source := &worlds.Static{Relationships: worlds.Company(size, 1), Schema: shipped(tb)}
	index, err := authzsync.Open(tb.Context(), source, authzsync.Options{DocumentTypes: []string{"ticket", "comment", "document"}})
	require.NoError(tb, err)
	runtime.GC()
	return index, size
}
