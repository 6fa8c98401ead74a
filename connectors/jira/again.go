package jira

import (
	"context"
	"errors"
	"iter"

	"github.com/eyeshot-dev/eyeshot/connectors/httpsource"
)

// again tells a listing, and tells it anew where it changed while it was read,
// a few times. Entries may come twice.
func again[T any](list func() iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for n := 1; ; n++ {
			failed := error(nil)
			for one, err := range list() {
				if failed = err; err != nil {
					break
				}
				if !yield(one, nil) {
					return
				}
			}
			if failed == nil {
				return
			}
			if !moved(failed) || n == rounds {
				var none T
				yield(none, failed)
				return
			}
		}
	}
}

// collect reads a listing whole, and anew where it changed meanwhile.
func collect[T any](ctx context.Context, list func(context.Context) iter.Seq2[T, error]) ([]T, error) {
	var failed error
	for range rounds {
		var out []T
		failed = nil
		for one, err := range list(ctx) {
			if failed = err; err != nil {
				break
			}
			out = append(out, one)
		}
		if failed == nil {
			return out, nil
		}
		if !moved(failed) {
			return nil, failed
		}
	}
	return nil, failed
}

// moved says whether a listing may be whole when it is read anew.
func moved(err error) bool {
	return errors.Is(err, httpsource.ErrDrift) || errors.Is(err, httpsource.ErrTruncated)
}
