package storetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

func concurrencyTests() []test {
	return []test{
		{"ASearchSeesAllOfALotOrNothing", wholeLots},
		{"TenantsWriteSideBySide", sideBySide},
		{"NumberingsGrowWhileSearchesRun", growingNumbering},
		{"APassageAndItsHashAreOfOneState", passagesOfOneState},
	}
}

// collect drains a cursor without a test to fail.
func collect(ctx context.Context, cursor store.Cursor, page int) ([]store.Hit, error) {
	var all []store.Hit
	for {
		hits, err := cursor.Next(ctx, page)
		all = append(all, hits...)
		if err != nil || len(hits) < page {
			return all, err
		}
	}
}

// lotOf is a lot in which every document has the same number of chunks.
func lotOf(documents, chunks int) []store.Record {
	var records []store.Record
	for i := range documents {
		record := document(numbered(i))
		for n := range chunks {
			record.Chunks = append(record.Chunks, eyeshot.Chunk{
				ChunkRef: ref(record.Object, n), Text: "text of the lot", Vector: vector(1, 2+n%3, 5+i%3, 9)})
		}
		records = append(records, record)
	}
	return records
}

// wholeLots replaces a lot again and again, each time with another number of
// chunks a document: a list that shows two numbers saw two states.
func wholeLots(h *harness) {
	const documents, writes = 8, 40
	h.upsert(lotOf(documents, 1)...)
	var done atomic.Bool
	group, ctx := errgroup.WithContext(h.ctx())
	group.Go(func() error {
		defer done.Store(true)
		for i := range writes {
			var err error
			if i%10 == 9 {
				err = h.Delete(ctx, acme, []eyeshot.Object{numbered(0), numbered(1), numbered(2), numbered(3), numbered(4), numbered(5), numbered(6), numbered(7)})
			} else {
				err = h.Upsert(ctx, acme, lotOf(documents, 1+i%4))
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	for _, text := range []string{"text", `lot "of the"`, "te* lo*"} {
		group.Go(func() error {
			for !done.Load() {
				if err := oneState(ctx, h.Service, text, documents); err != nil {
					return err
				}
			}
			return nil
		})
	}
	require.NoError(h, group.Wait())
}

func oneState(ctx context.Context, service *store.Service, text string, documents int) error {
	lists, err := service.Search(ctx, acme, store.Query{Vector: vector(1, 2, 5, 9), Text: text, Access: everything()})
	if err != nil {
		return err
	}
	defer func() { _ = lists.Close() }()
	semantic, err := collect(ctx, lists.Semantic, 5)
	if err != nil {
		return err
	}
	keyword, err := collect(ctx, lists.Keyword, 3)
	if err != nil {
		return err
	}
	if len(semantic) != len(keyword) || len(semantic)%documents != 0 {
		return fmt.Errorf("%q: %d hits in one list, %d in the other, of %d documents", text, len(semantic), len(keyword), documents)
	}
	for _, hits := range [][]store.Hit{semantic, keyword} {
		seen := map[eyeshot.ChunkRef]bool{}
		for _, hit := range hits {
			if seen[hit.Ref] || hit.Ref.N >= len(semantic)/documents {
				return fmt.Errorf("%q: %v is of another state, or came twice", text, hit.Ref)
			}
			seen[hit.Ref] = true
		}
	}
	return nil
}

func sideBySide(h *harness) {
	group, ctx := errgroup.WithContext(h.ctx())
	const writers, rounds = 4, 15
	for w := range writers {
		group.Go(func() error {
			tenant := fmt.Sprint("tenant ", w)
			if err := h.Prepare(ctx, tenant, testModel()); err != nil {
				return err
			}
			for i := range rounds {
				if err := h.Upsert(ctx, tenant, []store.Record{document(numbered(i), text(fmt.Sprint("word", w))), document(numbered(1000), text("again"))}); err != nil {
					return err
				}
				lists, err := h.Search(ctx, tenant, store.Query{Text: "word*", Access: everything()})
				if err != nil {
					return err
				}
				hits, err := collect(ctx, lists.Keyword, 4)
				if err != nil || len(hits) != i+1 {
					return fmt.Errorf("tenant %d finds %d of %d documents (%w)", w, len(hits), i+1, err)
				}
				if err := lists.Close(); err != nil {
					return err
				}
			}
			return h.Delete(ctx, tenant, []eyeshot.Object{numbered(0)})
		})
	}
	require.NoError(h, group.Wait())
	for w := range writers {
		stats, err := h.Stats(h.ctx(), fmt.Sprint("tenant ", w))
		require.NoError(h, err)
		require.Equal(h, rounds, stats.Documents)
	}
}

// growingNumbering searches with sets of a numbering to which both objects and
// documents are added all the time.
func growingNumbering(h *harness) {
	const documents, searchers = 60, 3
	numbering := NewNumbering()
	var written atomic.Int64
	group, ctx := errgroup.WithContext(h.ctx())
	group.Go(func() error {
		for i := range documents {
			if err := h.Upsert(ctx, acme, []store.Record{document(numbered(i), along(1))}); err != nil {
				return err
			}
			written.Store(int64(i + 1))
		}
		return nil
	})
	for s := range searchers {
		group.Go(func() error {
			for there := 0; there < documents; {
				there = int(written.Load())
				var mine []eyeshot.Object
				for i := s; i < documents; i += searchers {
					mine = append(mine, numbered(i))
				}
				lists, err := h.Search(ctx, acme, store.Query{Vector: vector(1), Access: numbering.Access(mine...)})
				if err != nil {
					return err
				}
				hits, err := collect(ctx, lists.Semantic, 10)
				if err != nil {
					return err
				}
				for i, object := range mine {
					found := slices.Contains(objects(hits), object)
					if s+i*searchers < there && !found {
						return fmt.Errorf("%s was written and is not found", object)
					}
				}
				for _, hit := range hits {
					if !slices.Contains(mine, hit.Ref.Object) {
						return fmt.Errorf("%s was found and not allowed", hit.Ref.Object)
					}
				}
				if err := lists.Close(); err != nil {
					return err
				}
			}
			return nil
		})
	}
	require.NoError(h, group.Wait())
}

// passagesOfOneState writes a document again and again, each time with another
// text, title and hash, which say the same word.
func passagesOfOneState(h *harness) {
	const writes = 40
	version := func(i int) store.Record {
		word := fmt.Sprint("version", i)
		record := document("ticket:a/1", text("first of "+word), text("second of "+word))
		record.Title, record.Hash = word, word
		return record
	}
	h.upsert(version(0))
	var done atomic.Bool
	group, ctx := errgroup.WithContext(h.ctx())
	group.Go(func() error {
		defer done.Store(true)
		for i := range writes {
			if err := h.Upsert(ctx, acme, []store.Record{version(i + 1)}); err != nil {
				return err
			}
		}
		return nil
	})
	for range 2 {
		group.Go(func() error {
			for !done.Load() {
				passages, err := h.Passages(ctx, acme, []eyeshot.ChunkRef{ref("ticket:a/1", 1), ref("ticket:a/1", 0)})
				if err != nil {
					return err
				}
				for _, p := range passages {
					if p.Hash != p.Title || !strings.HasSuffix(p.Text, " of "+p.Hash) {
						return fmt.Errorf("%q with the title %q has the hash %q", p.Text, p.Title, p.Hash)
					}
				}
			}
			return nil
		})
	}
	require.NoError(h, group.Wait())
}
