package jsonl

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
	"os"
	"sync/atomic"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
	"github.com/eyeshot-dev/eyeshot/connectors/access"
)

// DefaultMaxLine is the longest line that is read, in bytes.
const DefaultMaxLine = 4 << 20

// Options say how lines are read.
type Options struct {
	Tenant  string
	Source  string       // the source that the documents belong to
	MaxLine int          // bytes; 0 means [DefaultMaxLine]
	Access  *access.File // rules and field mapping; nil for neither
}

// Reader reads one file from its beginning to its end. It is used by one
// goroutine at a time, except for [Reader.Progress].
type Reader struct {
	options Options
	grants  *access.Grants // nil without rules

	file     *os.File // nil where the reader opened none
	seekable bool     // the file can be read again
	size     int64
	read     atomic.Int64 // bytes of the file, compressed where it is
	input    io.Reader

	lines  *bufio.Reader
	offset int64 // of the text, decompressed
	line   int
	prefix hash.Hash // of all text up to offset
	whole  bool      // the line that was read last ended with a line break
	buffer []byte
}

// Open opens the file at path; "-" is the standard input, given as stdin.
func Open(path string, stdin io.Reader, options Options) (*Reader, error) {
	if path == "-" {
		return NewReader(stdin, options)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%w: open the file to ingest: %w", eyeshot.ErrInvalid, err)
	}
	r, err := newReader(file, options)
	if err == nil {
		err = r.attach(file)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return r, nil
}

// attach gives the reader its file; a regular one can be read again.
func (r *Reader) attach(file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("%w: %w", eyeshot.ErrInvalid, err)
	}
	if info.IsDir() {
		return eyeshot.Invalid("file", file.Name(), "is a folder; give a file of JSON Lines")
	}
	r.file = file
	if info.Mode().IsRegular() {
		r.seekable, r.size = true, info.Size()
	}
	return nil
}

// NewReader reads from input, once.
func NewReader(input io.Reader, options Options) (*Reader, error) {
	return newReader(input, options)
}

func newReader(input io.Reader, options Options) (*Reader, error) {
	if options.MaxLine <= 0 {
		options.MaxLine = DefaultMaxLine
	}
	r := &Reader{options: options, input: input}
	if options.Access != nil {
		var err error
		if r.grants, err = options.Access.For(options.Tenant, options.Source); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// Close closes the file, if the reader opened one.
func (r *Reader) Close() error {
	if r.file == nil {
		return nil
	}
	return r.file.Close()
}

// Access returns the relationships of the access file's groups, projects,
// levels and folders; ok is false where there is no access file.
func (r *Reader) Access() (relationships []eyeshot.Relationship, ok bool) {
	if r.grants == nil {
		return nil, false
	}
	return r.grants.Access(), true
}

// Progress returns how many bytes of the file have been read, and its size, 0
// where that is unknown. It is safe to call at any time.
func (r *Reader) Progress() (read, size int64) { return r.read.Load(), r.size }

// Items reads to the end, one item for each line that is not blank. An error
// ends it: the context's, or that of an input that can't be read on, which is
// [eyeshot.ErrInvalid] where it is damaged. It can be used once.
func (r *Reader) Items(ctx context.Context) iter.Seq2[connectors.Item, error] {
	return func(yield func(connectors.Item, error) bool) {
		if err := r.begin(); err != nil {
			yield(connectors.Item{}, err)
			return
		}
		for {
			if err := ctx.Err(); err != nil {
				yield(connectors.Item{}, err)
				return
			}
			item, err := r.next()
			if err == io.EOF {
				return
			}
			if err != nil {
				yield(connectors.Item{}, fmt.Errorf("%w: read line %d: %w", eyeshot.ErrInvalid, r.line+1, err))
				return
			}
			if item != nil && !yield(*item, nil) {
				return
			}
		}
	}
}

// begin opens the text, unless Resume has.
func (r *Reader) begin() error {
	if r.lines != nil {
		return nil
	}
	raw := bufio.NewReaderSize(&counter{r: r.input, n: &r.read}, 1<<16)
	r.lines, r.offset, r.line, r.prefix = raw, 0, 0, sha256.New()
	head, err := raw.Peek(2)
	if err != nil || head[0] != 0x1f || head[1] != 0x8b { // RFC 1952, 2.3.1
		return nil // too short to be compressed; what is wrong shows on reading
	}
	text, err := gzip.NewReader(raw)
	if err != nil {
		return fmt.Errorf("%w: the file begins like gzip and is not: %w", eyeshot.ErrInvalid, err)
	}
	r.lines = bufio.NewReaderSize(text, 1<<16)
	return nil
}

type counter struct {
	r io.Reader
	n *atomic.Int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}
