package churn

import (
	"context"
	"slices"
	"strconv"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/indexer"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// recorder stands between whoever changes the product and the product, and
// notes each change in the history, in the order in which they are made.
type recorder struct {
	indexer.Tenant
	store.Driver
	*history
}

// Write notes that deletions come before writes: the product promises no more.
func (r recorder) Write(ctx context.Context, writes, deletes []eyeshot.Relationship) error {
	note := func(n *noting) {
		kept := func(d eyeshot.Relationship) bool {
			return slices.ContainsFunc(writes, func(w eyeshot.Relationship) bool { return w.Key() == d.Key() })
		}
		if len(deletes) > 0 {
			n.step()
		}
		for _, d := range deletes {
			if !kept(d) {
				n.relationship(d, absent)
			}
		}
		if len(writes) > 0 {
			n.step()
		}
		for _, w := range writes {
			n.relationship(w, valueOf(w))
		}
	}
	return r.change(note, func() error { return r.Tenant.Write(ctx, writes, deletes) })
}

// Model is the tenant's.
func (r recorder) Model(ctx context.Context) (*authz.Model, error) { return r.Tenant.Model(ctx) }

// Upsert notes each record's version.
func (r recorder) Upsert(ctx context.Context, tenant string, records []store.Record) error {
	note := func(n *noting) {
		n.step()
		for _, record := range records {
			n.text(record.Object, versionOf(record.Title))
		}
	}
	return r.change(note, func() error { return r.Driver.Upsert(ctx, tenant, records) })
}

// Delete notes that texts go.
func (r recorder) Delete(ctx context.Context, tenant string, objects []eyeshot.Object) error {
	note := func(n *noting) {
		n.step()
		for _, object := range objects {
			n.text(object, absent)
		}
	}
	return r.change(note, func() error { return r.Driver.Delete(ctx, tenant, objects) })
}

func valueOf(r eyeshot.Relationship) int {
	if r.Condition != nil && r.Condition.Context["expires_at"] == longAgo {
		return expired
	}
	return present
}

// versionOf finds the last "v<number>" of a text: every sentence that the soak
// writes ends with one. It is 0 where there is none.
func versionOf(text string) int {
	for i := len(text) - 1; i >= 0; i-- {
		if text[i] != 'v' {
			continue
		}
		end := i + 1
		for end < len(text) && text[end] >= '0' && text[end] <= '9' {
			end++
		}
		if version, err := strconv.Atoi(text[i+1 : end]); err == nil {
			return version
		}
	}
	return 0
}
