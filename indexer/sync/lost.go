package sync

import (
	"context"
	"maps"
	"slices"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
	"github.com/eyeshot-dev/eyeshot/indexer"
)

// lost are documents that are not indexed because of their permissions alone:
// those were not understood, were held back, or were no longer told, as those of
// a project that is archived. When a reading of permissions
// understands them again, their content is not there, and no change of content
// will bring it: everything has to be read once more.
type lost struct {
	run  *run
	now  map[eyeshot.Object]bool
	back []eyeshot.Object // may be read again
}

const keyLost = "lost"

func (r *run) newLost(ctx context.Context) (*lost, error) {
	objects, err := r.config.State.Seen(ctx, r.source.Tenant, r.key(keyLost))
	if err != nil {
		return nil, err
	}
	l := &lost{run: r, now: make(map[eyeshot.Object]bool, len(objects))}
	for _, object := range objects {
		l.now[object] = true
	}
	return l, nil
}

// applied follows what becomes of documents. It is recorded before the
// checkpoint moves on, or a kill in between would forget it.
func (l *lost) applied(ctx context.Context, changes []indexer.Applied) error {
	var in, out []eyeshot.Object
	for _, c := range changes {
		switch {
		case c.Absent && l.now[c.Object]:
			l.back = append(l.back, c.Object)
		case l.isLost(c) && !l.now[c.Object]:
			l.now[c.Object] = true
			in = append(in, c.Object)
		case !c.Absent && !l.isLost(c) && l.now[c.Object]:
			delete(l.now, c.Object)
			out = append(out, c.Object)
		}
	}
	if len(in) > 0 {
		if err := l.run.config.State.See(ctx, l.run.source.Tenant, l.run.key(keyLost), in); err != nil {
			return err
		}
	}
	if len(out) == 0 {
		return nil
	}
	return l.run.config.State.UnseeSome(ctx, l.run.source.Tenant, l.run.key(keyLost), out)
}

// isLost says whether a document went because of its permissions. One that a
// reading of content no longer tells is gone, and comes back as a new one.
func (l *lost) isLost(c indexer.Applied) bool {
	return ofPermissions(c.Refused) || c.Deleted && l.run.report.Mode == Permissions
}

// ofPermissions says whether a document was refused for who may read it.
func ofPermissions(kind connectors.Kind) bool {
	switch kind {
	case connectors.WithoutACL, connectors.BadRelationship, connectors.Unreadable, connectors.HeldBack:
		return true
	}
	return false
}

// forget lets go of what a whole snapshot did not see: it is gone for good.
func (l *lost) forget(ctx context.Context) error {
	if len(l.now) == 0 {
		return nil
	}
	there, err := l.run.config.State.Seen(ctx, l.run.source.Tenant, l.run.key(keySnapshot))
	if err != nil {
		return err
	}
	gone := maps.Clone(l.now)
	for _, object := range there {
		delete(gone, object)
	}
	return l.run.config.State.UnseeSome(ctx, l.run.source.Tenant, l.run.key(keyLost), slices.Collect(maps.Keys(gone)))
}

// finish makes the next sync of content read everything, where documents are
// back, and only then forgets them.
func (l *lost) finish(ctx context.Context) error {
	if len(l.back) == 0 {
		return nil
	}
	if err := l.run.save(ctx, keyChanges, ""); err != nil {
		return err
	}
	return l.run.config.State.UnseeSome(ctx, l.run.source.Tenant, l.run.key(keyLost), l.back)
}
