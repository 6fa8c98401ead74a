package files

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"
)

// stamp is what a file looks like from outside.
type stamp struct {
	size  int64
	mtime int64 // ns
}

func stampOf(f file) stamp { return stamp{size: f.info.Size(), mtime: f.info.ModTime().UnixNano()} }

// manifest is what a tree looked like when it was listed.
type manifest struct {
	stamps map[string]stamp
	digest string
}

// unsure is how long a change may be ago for another one to look just the same:
// some file systems count time in whole seconds, or two.
const unsure = 2 * time.Second

// newManifest remembers a listing. A file that was only just changed is not
// remembered: it may change again and look as it did.
func newManifest(t tree, listed time.Time) manifest {
	m := manifest{stamps: make(map[string]stamp, len(t.files))}
	sum := sha256.New()
	for _, f := range t.files {
		s := stampOf(f)
		if f.info.ModTime().After(listed.Add(-unsure)) {
			s.size = -1
		}
		m.stamps[f.path] = s
		fmt.Fprintf(sum, "%q %d %d\n", f.path, s.size, s.mtime)
	}
	m.digest = hex.EncodeToString(sum.Sum(nil)[:16])
	return m
}

// holds says whether a file is as it was.
func (m manifest) holds(f file) bool {
	s, ok := m.stamps[f.path]
	return ok && !f.link && s == stampOf(f)
}
