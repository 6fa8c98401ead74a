package indexer

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

	"github.com/eyeshot-dev/eyeshot"
)

// hash identifies a document's content and all that decides what the store
// keeps of it: how it is split, and what it is embedded with. Relationships are
// not part of it: a change of who may read a text embeds nothing.
func (ix *Indexer) hash(doc eyeshot.Document) (string, error) {
	metadata, err := json.Marshal(doc.Metadata) // sorts keys
	if err != nil {
		return "", fmt.Errorf("%w: metadata of %s: %w", eyeshot.ErrInvalid, doc.Object, err)
	}
	sum := sha256.New()
	for _, part := range []string{
		ix.config.Splitter.Name(), ix.config.Embedder.Name(), string(doc.Object), doc.Title, doc.Text,
		string(doc.Format), doc.URL, string(metadata), doc.UpdatedAt.UTC().Format(time.RFC3339Nano),
	} {
		var length [8]byte
		binary.LittleEndian.PutUint64(length[:], uint64(len(part)))
		sum.Write(length[:])
		sum.Write([]byte(part))
	}
	return base64.RawURLEncoding.EncodeToString(sum.Sum(nil)), nil
}
