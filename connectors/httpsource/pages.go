package httpsource

import (
	"context"
	"fmt"
	"iter"
)

// Page is one page of a listing.
type Page[T any] struct {
	Entries []T
	// Total is how many entries the whole listing has; below 0 where the server
	// does not say.
	Total int
	// Limit is the page size that the server took, which may be less than what
	// was asked for; 0 where it does not say.
	Limit int
	// Next is the token of the next page, for [ByToken]; "" behind the last.
	Next string
}

// OffsetFetch reads the page that begins at entry offset, counted from 0.
type OffsetFetch[T any] func(ctx context.Context, offset, limit int) (Page[T], error)

// ByOffset walks a listing by offset and limit. id names an entry.
//
// It fails with [ErrTruncated] where the listing ends before its total, and
// with [ErrDrift] where the total changes on the way or an entry comes twice:
// then one may have slid past unseen. Listings without a total are walked until
// a page is empty, however short the ones before were. An error is yielded
// once, last.
func ByOffset[T any](ctx context.Context, limit int, id func(T) string, fetch OffsetFetch[T]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		seen, offset, total := map[string]bool{}, 0, -1
		for {
			page, err := fetch(ctx, offset, limit)
			if err == nil {
				err = page.follows(offset, total)
			}
			if err != nil {
				yield(none, err)
				return
			}
			total = page.Total
			if !emit(page.Entries, seen, id, yield) {
				return
			}
			offset += len(page.Entries)
			if total >= 0 && offset == total || total < 0 && len(page.Entries) == 0 {
				return
			}
		}
	}
}

// follows checks a page against what the ones before it said.
func (p Page[T]) follows(offset, total int) error {
	switch {
	case offset > 0 && p.Total != total:
		return fmt.Errorf("%w: it had %d entries, now %d", ErrDrift, total, p.Total)
	case p.Total >= 0 && offset+len(p.Entries) > p.Total:
		return fmt.Errorf("%w: it has more than the %d entries that it says", ErrDrift, p.Total)
	case p.Total >= 0 && len(p.Entries) == 0 && offset < p.Total:
		return fmt.Errorf("%w: it ends after %d of %d entries", ErrTruncated, offset, p.Total)
	}
	return nil
}

// emit hands entries on; false where the walk is over. One that comes twice
// says that entries moved while pages were read.
func emit[T any](entries []T, seen map[string]bool, id func(T) string, yield func(T, error) bool) bool {
	for _, entry := range entries {
		name := id(entry)
		if seen[name] {
			var none T
			yield(none, fmt.Errorf("%w: entry %q came twice", ErrDrift, name))
			return false
		}
		seen[name] = true
		if !yield(entry, nil) {
			return false
		}
	}
	return true
}

// TokenFetch reads the page behind a token; "" is the first.
type TokenFetch[T any] func(ctx context.Context, token string) (Page[T], error)

// ByToken walks a listing by the token of the next page. It fails with
// [ErrDrift] on a token that comes again or an entry that does, and with
// [ErrTruncated] where a total was told and is not reached. An error is yielded
// once, last.
func ByToken[T any](ctx context.Context, id func(T) string, fetch TokenFetch[T]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		seen, tokens, token := map[string]bool{}, map[string]bool{}, ""
		for {
			page, err := fetch(ctx, token)
			if err == nil && page.Next != "" && tokens[page.Next] {
				err = fmt.Errorf("%w: a page leads back to an earlier one", ErrDrift)
			}
			if err != nil {
				yield(none, err)
				return
			}
			if !emit(page.Entries, seen, id, yield) {
				return
			}
			if token = page.Next; token != "" {
				tokens[token] = true
				continue
			}
			if page.Total > len(seen) {
				yield(none, fmt.Errorf("%w: it ends after %d of %d entries", ErrTruncated, len(seen), page.Total))
			}
			return
		}
	}
}
