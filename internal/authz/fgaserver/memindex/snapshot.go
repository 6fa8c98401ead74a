package memindex

import (
	"maps"
	"time"

	openfgav1 "github.com/openfga/api/proto/openfga/v1"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// rebuildAfter is how many tuples must have been deleted before the names that
// they may have left behind are worth a rebuild.
const rebuildAfter = 1 << 16

// snapshot is all tuples of one store at one moment. It is immutable, so any
// number of readers use it without a lock and without waiting for a writer.
type snapshot struct {
	names   *names
	tables  map[relationOf]*table
	tuples  int
	deleted int // since the names were last rebuilt
}

func (s *snapshot) table(objectType, relation string) *table {
	return s.tables[relationOf{objectType, relation}]
}

// change is what has become of one tuple: nil if it is gone.
type change struct {
	key   Key
	tuple *Tuple
}

// apply returns a snapshot with the changes, and leaves s as it was.
func (s *snapshot) apply(changes []change) (*snapshot, error) {
	next := &snapshot{names: s.names, tables: maps.Clone(s.tables), deleted: s.deleted}
	own := map[relationOf]*table{}
	for _, c := range changes {
		of := relationOf{objectType(c.key.Object), c.key.Relation}
		t := own[of]
		if t == nil {
			t = next.writable(of)
			own[of] = t
		}
		if err := next.change(t, c); err != nil {
			return nil, err
		}
	}
	next.tuples = s.tuples
	for of, t := range own {
		if before := s.tables[of]; before != nil {
			next.tuples -= before.edges.Len()
		}
		next.tuples += t.edges.Len()
	}
	if next.deleted > rebuildAfter && next.deleted > next.tuples {
		return next.rebuild()
	}
	return next, nil
}

func (s *snapshot) writable(of relationOf) *table {
	t := s.tables[of]
	if t == nil {
		t = newTable(of, s.names)
	} else {
		t = t.clone()
	}
	s.tables[of] = t
	return t
}

func (s *snapshot) change(t *table, c change) error {
	if c.tuple != nil {
		e, err := newEdge(s.names, *c.tuple)
		if err != nil {
			return err
		}
		t.put(e, c.tuple.User, c.tuple.Condition)
		return nil
	}
	object, ok1 := s.names.find(c.key.Object)
	user, ok2 := s.names.find(c.key.User)
	if ok1 && ok2 {
		t.remove(object, user)
		s.deleted++
	}
	return nil
}

func newEdge(n *names, t Tuple) (edge, error) {
	object, err := n.intern(t.Object)
	if err != nil {
		return edge{}, err
	}
	user, err := n.intern(t.User)
	if err != nil {
		return edge{}, err
	}
	if !t.Userset {
		user |= directUser
	}
	e := edge{key: edgeKey(object, user), at: t.WrittenAt.UnixMilli() << 1}
	if t.Condition != nil {
		e.at |= 1
	}
	return e, nil
}

// rebuild writes the same tuples into a fresh index with fresh names. It costs
// a pass over the store, and happens after as many deletions as the store has
// tuples, so it is cheap in the long run.
func (s *snapshot) rebuild() (*snapshot, error) {
	b := newBuilder()
	for _, t := range s.tables {
		var err error
		t.edges.Scan(func(e edge) bool {
			err = b.add(t.tuple(e))
			return err == nil
		})
		if err != nil {
			return nil, err
		}
	}
	return b.snapshot(), nil
}

func (t *table) tuple(e edge) Tuple {
	return Tuple{
		Key:       Key{Object: t.names.text(e.object()), Relation: t.of.relation, User: t.names.text(e.user())},
		Userset:   e.userset(),
		Condition: t.condition(e),
		WrittenAt: time.UnixMilli(e.at >> 1),
	}
}

// proto is the tuple as OpenFGA's resolvers take it.
func (t *table) proto(e edge) *openfgav1.Tuple {
	m := &struct {
		tuple openfgav1.Tuple
		key   openfgav1.TupleKey
		at    timestamppb.Timestamp
	}{}
	m.key.Object, m.key.Relation, m.key.User = t.names.text(e.object()), t.of.relation, t.names.text(e.user())
	m.key.Condition = t.condition(e)
	at := e.written()
	m.at.Seconds, m.at.Nanos = at.Unix(), int32(at.Nanosecond())
	m.tuple.Key, m.tuple.Timestamp = &m.key, &m.at
	return &m.tuple
}
