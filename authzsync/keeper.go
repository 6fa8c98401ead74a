package authzsync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// ReaderStore is the part of a store in which readers are kept.
type ReaderStore interface {
	Upsert(ctx context.Context, tenant string, records []store.Record) error
	SetReaders(ctx context.Context, tenant string, readers []store.DocumentReaders) error
	Readers(ctx context.Context, tenant string, after eyeshot.Object, limit int) ([]store.DocumentReaders, error)
}

// KeeperOptions say whose readers are kept, and which.
type KeeperOptions struct {
	Tenant string
	// Relations maps a document type to the relation that its readers have. All
	// its types must be in the index's Options.DocumentTypes.
	Relations map[string]string
	// Lot is how many documents are written at a time; 500 where it is 0.
	Lot int
	// MaxReaders is how many readers a document may have. One with more is
	// written as readable by everybody: the filter is coarse, and the search's
	// scope is not. 2,000 where it is 0.
	MaxReaders int
}

// Keeper keeps the readers that a store holds of a tenant's documents in step
// with the index. A document whose own readers changed is written again;
// memberships that change write nothing. Until it is written, Behind names it.
// It is safe for concurrent use.
type Keeper struct {
	index   *Index
	target  ReaderStore
	options KeeperOptions
	behind  *behind
	writing chan struct{} // holds one while readers are written
	written atomic.Int64
}

// NewKeeper returns a keeper that knows nothing of what the store holds: it is
// not ready until Run, or Sync, has gone through all of it.
func NewKeeper(index *Index, target ReaderStore, options KeeperOptions) *Keeper {
	if options.Lot <= 0 {
		options.Lot = 500
	}
	if options.MaxReaders <= 0 {
		options.MaxReaders = 2000
	}
	k := &Keeper{index: index, target: target, options: options, behind: newBehind(), writing: make(chan struct{}, 1)}
	index.mu.Lock()
	defer index.mu.Unlock()
	index.keepers = append(index.keepers, k.behind)
	return k
}

// Behind returns the documents whose readers in the store may not be those of
// a view that was taken before the call. Where ready is false that may be any
// document.
func (k *Keeper) Behind() (documents []eyeshot.Object, ready bool) { return k.behind.list() }

// Written returns how many documents' readers were written, other than by Upsert.
func (k *Keeper) Written() int { return int(k.written.Load()) }

// Run keeps the readers in step until ctx ends, and then returns nil. An error
// of the store's ends nothing: what is behind stays behind, and Run tries again.
func (k *Keeper) Run(ctx context.Context) error {
	for wait := k.index.options.Poll; ; {
		err := k.Sync(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			k.index.log.Warn("the readers in the store fell behind", "error", err)
			k.index.sleep(ctx, wait)
			wait = min(2*wait, max(maxWait, k.index.options.Poll))
			continue
		}
		wait = k.index.options.Poll
		select {
		case <-ctx.Done():
			return nil
		case <-k.behind.wake:
		}
	}
}

// Sync brings the store up to what the index has, as of the call. An index that
// is not whole has nothing to say of anybody's readers: [eyeshot.ErrUnavailable].
func (k *Keeper) Sync(ctx context.Context) error {
	if !k.index.View().Whole() {
		return fmt.Errorf("%w: the permission index is not whole", eyeshot.ErrUnavailable)
	}
	for {
		if due := k.behind.due(); due > 0 { // also when it comes while there is always more to tell
			if err := k.goThrough(ctx); err != nil {
				return fmt.Errorf("go through the readers in the store: %w", err)
			}
			k.behind.gone(due)
		}
		n, err := k.tell(ctx)
		if err != nil {
			return fmt.Errorf("write the readers of documents: %w", err)
		}
		if n == 0 {
			return nil
		}
	}
}

// Upsert writes records with the readers that their documents have now.
func (k *Keeper) Upsert(ctx context.Context, records []store.Record) error {
	unlock, err := k.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	objects := make([]eyeshot.Object, len(records))
	for i, record := range records {
		objects[i] = record.Object
	}
	turns, view := k.now(func() map[eyeshot.Object]uint64 { return k.behind.of(objects) })
	records = slices.Clone(records)
	for i := range records {
		records[i].Readers = k.readers(view, records[i].Object)
	}
	if err := k.target.Upsert(ctx, k.options.Tenant, records); err != nil {
		return err
	}
	k.behind.told(turns)
	return nil
}

// now returns turns, and a view that has what made them.
func (k *Keeper) now(turns func() map[eyeshot.Object]uint64) (map[eyeshot.Object]uint64, *View) {
	k.index.mu.Lock() // a change is marked and published under it
	defer k.index.mu.Unlock()
	return turns(), k.index.View()
}

// tell writes a lot of documents that are behind and returns how many they were.
func (k *Keeper) tell(ctx context.Context) (int, error) {
	unlock, err := k.lock(ctx)
	if err != nil {
		return 0, err
	}
	defer unlock()
	turns, view := k.now(func() map[eyeshot.Object]uint64 { return k.behind.some(k.options.Lot) })
	if len(turns) == 0 {
		return 0, nil
	}
	lot := make([]store.DocumentReaders, 0, len(turns))
	for object := range turns {
		lot = append(lot, store.DocumentReaders{Object: object, Readers: k.readers(view, object)})
	}
	if err := k.write(ctx, lot); err != nil {
		return 0, err
	}
	k.behind.told(turns)
	return len(turns), nil
}

// goThrough compares all documents of the store with the index.
func (k *Keeper) goThrough(ctx context.Context) error {
	after, more := eyeshot.Object(""), true
	for more {
		var err error
		if after, more, err = k.compare(ctx, after); err != nil {
			return err
		}
	}
	return nil
}

// compare looks at the next page of the store's documents and writes those that
// have other readers.
func (k *Keeper) compare(ctx context.Context, after eyeshot.Object) (last eyeshot.Object, more bool, err error) {
	unlock, err := k.lock(ctx)
	if err != nil {
		return after, false, err
	}
	defer unlock()
	page, err := k.target.Readers(ctx, k.options.Tenant, after, k.options.Lot)
	if err != nil || len(page) == 0 {
		return after, false, err
	}
	view := k.index.View()
	var wrong []store.DocumentReaders
	for _, has := range page {
		if readers := k.readers(view, has.Object); !slices.Equal(readers, has.Readers) {
			wrong = append(wrong, store.DocumentReaders{Object: has.Object, Readers: readers})
		}
	}
	return page[len(page)-1].Object, len(page) == k.options.Lot, k.write(ctx, wrong)
}

func (k *Keeper) write(ctx context.Context, lot []store.DocumentReaders) error {
	if len(lot) == 0 {
		return nil
	}
	if err := k.target.SetReaders(ctx, k.options.Tenant, lot); err != nil {
		return err
	}
	k.written.Add(int64(len(lot)))
	return nil
}

// readers returns what the store is to hold of a document.
func (k *Keeper) readers(view *View, object eyeshot.Object) []eyeshot.Subject {
	readers := view.Readers(object, k.options.Relations[object.Type()])
	if len(readers) > k.options.MaxReaders {
		return view.everybody()
	}
	return readers
}

// lock makes writes of readers come one after the other: what one has read of
// the index is in the store before the next reads.
func (k *Keeper) lock(ctx context.Context) (unlock func(), err error) {
	select {
	case k.writing <- struct{}{}:
		return func() { <-k.writing }, nil
	case <-ctx.Done():
		return nil, errors.Join(eyeshot.ErrUnavailable, ctx.Err())
	}
}

// everybody are the wildcards of all types that anybody may have. They are the
// model's and not those of the objects that are known: a member of a new type
// changes no document's readers.
func (v *View) everybody() []eyeshot.Subject {
	var all []eyeshot.Subject
	for _, typ := range v.version.Program().Types() {
		all = append(all, eyeshot.Subject(typ+":*"))
	}
	return all
}

// ReadersView is a view with what is known of the readers in a store. It is
// what a search needs that goes by readers.
type ReadersView struct {
	*View
	keeper    *Keeper
	documents []eyeshot.Object
	turn      uint64 // of the documents
	ready     bool
}

// View returns the index's view as it is now. The readers are looked at before
// it: what was written to the store by then, the view has; what is written
// later, Overtaken tells.
func (k *Keeper) View() ReadersView {
	documents, turn, ready := k.behind.named()
	return ReadersView{k.index.View(), k, documents, turn, ready}
}

// Behind returns the documents whose readers in the store may not be those of
// the view; where ready is false that may be any of them, or too many to name.
func (v ReadersView) Behind() (documents []eyeshot.Object, ready bool) {
	return v.documents, v.ready
}

// Overtaken reports whether one of the documents may have got other readers
// since Behind was known. A search that went by the readers in the store may
// then have passed over it: they may be newer than the view's memberships.
func (v ReadersView) Overtaken(documents store.DocumentSet) bool {
	return v.keeper.behind.touched(v.turn, documents)
}
