package qdrant

import (
	"encoding/json"
	"fmt"
	"time"

	qc "github.com/qdrant/go-client/qdrant"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/keyword"
)

// Keys of a point's payload. A document is one point without vectors, which has
// what belongs to it as a whole, and a point with both vectors for each chunk,
// which has what a search filters by and ranks by.
const (
	keyTenant  = "tenant" // the partition
	keyKind    = "kind"
	keyObject  = "object"
	keyBorn    = "born"
	keyDied    = "died"
	keyReaders = "readers"

	keyURL       = "url" // of documents alone
	keyMetadata  = "metadata"
	keyUpdatedAt = "updated_at"
	keyHash      = "hash"
	keyChunks    = "chunks"

	keyTitle = "title" // of both

	keyRef     = "ref" // of chunks alone: the same in all versions
	keyN       = "n"
	keyHeading = "heading"
	keyText    = "text"
	keyLength  = "length" // weighted tokens
	keyWords   = "words"
	keyFacts   = "facts"
	keyNumbers = "numbers"
	keyUpdated = "updated" // Unix seconds
)

const (
	kindDocument = "document"
	kindChunk    = "chunk"
)

func text(s string) *qc.Value            { return qc.NewValueString(s) }
func whole(n int64) *qc.Value            { return qc.NewValueInt(n) }
func truth(b bool) *qc.Value             { return qc.NewValueBool(b) }
func number[T int | int64](n T) *float64 { return qc.PtrOf(float64(n)) }

func texts[T ~string](list []T) *qc.Value {
	values := make([]*qc.Value, len(list))
	for i, one := range list {
		values[i] = text(string(one))
	}
	return qc.NewValueFromList(values...)
}

// documentPoint is a document without its chunks.
func (t *index) documentPoint(r store.Record, born int64) (*qc.PointStruct, error) {
	metadata, err := json.Marshal(r.Metadata) // as text, for every number to come back bit by bit
	if err != nil {
		return nil, fmt.Errorf("metadata of %s: %w", r.Object, err)
	}
	return &qc.PointStruct{
		Id: t.documentID(r.Object, born), Vectors: qc.NewVectorsMap(nil),
		Payload: map[string]*qc.Value{
			keyTenant: text(t.partition), keyKind: text(kindDocument), keyObject: text(string(r.Object)), keyBorn: whole(born),
			keyReaders: texts(r.Readers), keyTitle: text(r.Title), keyURL: text(r.URL), keyMetadata: text(string(metadata)),
			keyUpdatedAt: text(r.UpdatedAt.Format(time.RFC3339Nano)), keyHash: text(r.Hash), keyChunks: whole(int64(len(r.Chunks))),
		},
	}, nil
}

// chunkPoints are the chunks of a document.
func (s *Store) chunkPoints(t *index, r store.Record, born int64) []*qc.PointStruct {
	points := make([]*qc.PointStruct, len(r.Chunks))
	facts, numbers := factsOf(r), numbersOf(r)
	for i, chunk := range r.Chunks {
		bag := bagOf(s.tokenizer, chunk.Object, r.Title, chunk.Heading, chunk.Text)
		indices, weights := bag.sparse()
		payload := map[string]*qc.Value{
			keyTenant: text(t.partition), keyKind: text(kindChunk), keyObject: text(string(r.Object)), keyBorn: whole(born),
			keyReaders: texts(r.Readers), keyTitle: text(r.Title), keyRef: text(t.ref(chunk.ChunkRef)), keyN: whole(int64(chunk.N)),
			keyHeading: text(chunk.Heading), keyText: text(chunk.Text), keyLength: whole(int64(bag.length)), keyWords: text(bag.words()),
			keyFacts: texts(facts), keyNumbers: numbers,
		}
		if !r.UpdatedAt.IsZero() {
			payload[keyUpdated] = whole(r.UpdatedAt.Unix())
		}
		vectors := map[string]*qc.Vector{denseVector: qc.NewVectorDense(chunk.Vector)}
		if len(indices) > 0 {
			vectors[sparseVector] = qc.NewVectorSparse(indices, weights)
		}
		points[i] = &qc.PointStruct{Id: t.chunkID(chunk.ChunkRef, born), Vectors: qc.NewVectorsMap(vectors), Payload: payload}
	}
	return points
}

// ref is what all versions of a chunk are found by.
func (t *index) ref(ref eyeshot.ChunkRef) string {
	return t.id(string(ref.Object), fmt.Sprint(ref.N)).GetUuid()
}

// payload is what a point carries.
type payload map[string]*qc.Value

func (p payload) text(key string) string { return p[key].GetStringValue() }

func (p payload) object() eyeshot.Object { return eyeshot.Object(p.text(keyObject)) }

func (p payload) chunkRef() eyeshot.ChunkRef {
	return eyeshot.ChunkRef{Object: p.object(), N: int(p[keyN].GetIntegerValue())}
}

func (p payload) readers() []eyeshot.Subject {
	var readers []eyeshot.Subject
	for _, value := range p[keyReaders].GetListValue().GetValues() {
		readers = append(readers, eyeshot.Subject(value.GetStringValue()))
	}
	return readers
}

// record reads a document's point; it has no chunks and no readers.
func (p payload) record() (store.Record, error) {
	r := store.Record{Object: p.object(), Title: p.text(keyTitle), URL: p.text(keyURL), Hash: p.text(keyHash)}
	var err error
	if r.UpdatedAt, err = time.Parse(time.RFC3339Nano, p.text(keyUpdatedAt)); err != nil {
		return r, fmt.Errorf("time of %s: %w", r.Object, err)
	}
	r.UpdatedAt = r.UpdatedAt.UTC()
	if r.Metadata, err = metadataOf(p.text(keyMetadata)); err != nil {
		return r, fmt.Errorf("metadata of %s: %w", r.Object, err)
	}
	return r, nil
}

// metadataOf reads metadata back: the only lists there are lists of texts.
func metadataOf(encoded string) (map[string]any, error) {
	var metadata map[string]any
	if err := json.Unmarshal([]byte(encoded), &metadata); err != nil {
		return nil, err
	}
	for key, value := range metadata {
		list, isList := value.([]any)
		if !isList {
			continue
		}
		members := make([]string, len(list))
		for i, member := range list {
			members[i], _ = member.(string)
		}
		metadata[key] = members
	}
	return metadata, nil
}

func (p payload) chunk() eyeshot.Chunk {
	return eyeshot.Chunk{ChunkRef: p.chunkRef(), Heading: p.text(keyHeading), Text: p.text(keyText)}
}

// bag is what keyword search sees of a chunk's point.
func (p payload) bag(t *keyword.Tokenizer) bag {
	return bagOf(t, p.object(), p.text(keyTitle), p.text(keyHeading), p.text(keyText))
}
