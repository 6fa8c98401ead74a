package sync

import (
	"context"
	"iter"
	"slices"
	"sync/atomic"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
	"github.com/eyeshot-dev/eyeshot/indexer/audience"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
)

// publicFilter leaves "everybody" out of what a source tells, where the
// configuration does not allow it. A wildcard that opens nothing by itself
// stays: `open` clears everybody whom the project lets in, and no one else.
type publicFilter struct {
	model   *authz.Model
	read    map[string]string
	allowed bool
	opens   map[[2]string]bool // by type and relation
	left    atomic.Int64
}

func newPublicFilter(model *authz.Model, read map[string]string, allowed bool) *publicFilter {
	f := &publicFilter{model: model, read: read, allowed: allowed, opens: map[[2]string]bool{}}
	for name, typ := range model.Types {
		for relation := range typ.Relations {
			f.opens[[2]string{name, relation}] = f.evaluate(name, relation)
		}
	}
	return f
}

// evaluate says whether everybody on a relation of a type opens it to everybody,
// by asking the model about an object that has nothing else.
func (f *publicFilter) evaluate(typ, relation string) bool {
	object := eyeshot.Object(typ + ":x")
	alone := []eyeshot.Relationship{{Subject: eyeshot.TypeUser + ":*", Relation: relation, Object: object}}
	e := audience.New(f.model, audience.NewNames(), func(_ context.Context, o eyeshot.Object) ([]eyeshot.Relationship, error) {
		if o == object {
			return alone, nil
		}
		return nil, nil
	}, func(string) bool { return false })
	people, err := e.OfAny(context.Background(), object)
	if read, isDocument := f.read[typ]; isDocument {
		people, err = e.Of(context.Background(), object, read)
	}
	return err != nil || people.Everyone
}

// bars says whether a relationship is one that the configuration does not allow.
//
// SECURITY: "everybody" takes the source's word and the configuration's.
func (f *publicFilter) bars(r eyeshot.Relationship) bool {
	if f.allowed || !r.Subject.IsWildcard() {
		return false
	}
	opens, known := f.opens[[2]string{r.Object.Type(), r.Relation}]
	return opens || !known
}

// count returns how many objects were less open than their source says.
func (f *publicFilter) count() int { return int(f.left.Load()) }

func (f *publicFilter) access(all iter.Seq2[eyeshot.Relationship, error]) iter.Seq2[eyeshot.Relationship, error] {
	return func(yield func(eyeshot.Relationship, error) bool) {
		for r, err := range all {
			if err == nil && f.bars(r) {
				f.left.Add(1)
				continue
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

// items filters documents; where accessOnly is set content is left out of them,
// so that a reading of permissions embeds nothing whatever a connector sends.
func (f *publicFilter) items(all iter.Seq2[connectors.Item, error], accessOnly bool) iter.Seq2[connectors.Item, error] {
	return func(yield func(connectors.Item, error) bool) {
		for item, err := range all {
			if err == nil {
				item.AccessOnly = (item.AccessOnly || accessOnly) && item.End == "" && !item.Deleted
				f.filter(&item)
			}
			if !yield(item, err) {
				return
			}
		}
	}
}

func (f *publicFilter) filter(item *connectors.Item) {
	doc := &item.Document
	if item.Refused != nil || !slices.ContainsFunc(doc.Relationships, f.bars) {
		return
	}
	f.left.Add(1)
	doc.Relationships = slices.DeleteFunc(slices.Clone(doc.Relationships), f.bars)
	if len(doc.Relationships) == 0 {
		item.Refused = connectors.Refuse(connectors.WithoutACL, eyeshot.Invalid("relationships", "",
			"open it to everybody and to nobody else, and the source's configuration does not allow public documents"))
	}
}
