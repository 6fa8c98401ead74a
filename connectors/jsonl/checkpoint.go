package jsonl

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/eyeshot-dev/eyeshot"
)

// checkpointVersion changes with the meaning of a line or of a checkpoint.
const checkpointVersion = 1

// checkpoint says how far the file was read, and identifies what was read and
// how: it is of use only for a file that begins with exactly that text, read
// with the same options.
func (r *Reader) checkpoint() string {
	return fmt.Sprintf("jsonl-%d %s %d %d %s", checkpointVersion, r.settings(), r.offset, r.line, hex.EncodeToString(r.prefix.Sum(nil)))
}

func (r *Reader) settings() string {
	digest := "none"
	if r.options.Access != nil {
		digest = r.options.Access.Digest()
	}
	return fmt.Sprintf("%d-%s", r.options.MaxLine, digest)
}

// Resume goes to where a checkpoint of an earlier reader says that reading goes
// on, and returns the number of lines that are behind it. Where the file does
// not begin with what was read then, or was read in another way, or the
// checkpoint is not one of a reader's, it goes to the beginning and returns 0.
// It is called before Items; an input that can't be read again starts at its
// beginning.
func (r *Reader) Resume(checkpoint string) (lines int, err error) {
	var settings, sum string
	var offset int64
	format := fmt.Sprintf("jsonl-%d %%s %%d %%d %%s", checkpointVersion)
	if n, err := fmt.Sscanf(checkpoint, format, &settings, &offset, &lines, &sum); n != 4 || err != nil || offset < 0 || lines < 0 {
		return 0, nil
	}
	if !r.seekable || settings != r.settings() {
		return 0, nil
	}
	if err := r.begin(); err != nil {
		return 0, err
	}
	_, err = io.CopyN(r.prefix, r.lines, offset)
	if err == nil && hex.EncodeToString(r.prefix.Sum(nil)) == sum {
		r.offset, r.line = offset, lines
		return lines, nil
	}
	return 0, r.rewind()
}

func (r *Reader) rewind() error {
	if _, err := r.file.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("%w: go back to the beginning of the file: %w", eyeshot.ErrInvalid, err)
	}
	r.read.Store(0)
	r.lines, r.prefix = nil, sha256.New()
	return r.begin()
}
