package authzsync

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/eyeshot-dev/eyeshot/authzsync/internal/tuples"
)

// A snapshot file is a line that names the format and its version, the length
// of the header as 4 bytes (big-endian), the header as JSON, the state as
// [tuples.State.Encode] writes it, and the SHA-256 of all that comes before it.
const snapshotFormat = "eyeshot permission index, version 1\n"

// header says of which store a snapshot is, and where in its log. The state
// holds relationships alone, so a snapshot fits whatever model the store has by
// now; Model says for which one its objects are in order.
type header struct {
	Store   string
	Model   string
	Mark    mark
	Anchor  anchor
	Written time.Time
}

// errUnfit says why a snapshot is not used.
var errUnfit = errors.New("the snapshot is not used")

func unfit(format string, args ...any) error {
	return fmt.Errorf("%w: %w", errUnfit, fmt.Errorf(format, args...))
}

// writeSnapshot replaces the file: a crash leaves the old one or the new one.
func writeSnapshot(path string, h header, state *tuples.State) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return fmt.Errorf("write a snapshot: %w", err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(file.Name())
			err = fmt.Errorf("write a snapshot: %w", err)
		}
	}()
	err = errors.Join(encodeSnapshot(file, h, state), file.Sync(), file.Close())
	if err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

func encodeSnapshot(file io.Writer, h header, state *tuples.State) error {
	encoded, err := json.Marshal(h)
	if err != nil {
		return err
	}
	sum := sha256.New()
	w := io.MultiWriter(file, sum)
	front := binary.BigEndian.AppendUint32([]byte(snapshotFormat), uint32(len(encoded)))
	if _, err := w.Write(append(front, encoded...)); err != nil {
		return err
	}
	if err := state.Encode(w); err != nil {
		return err
	}
	_, err = file.Write(sum.Sum(nil))
	return err
}

// readSnapshot reads a file that [writeSnapshot] wrote. One that isn't whole,
// or of another version, is [errUnfit].
func readSnapshot(path string) (header, *tuples.State, error) {
	var h header
	data, err := os.ReadFile(path)
	if err != nil {
		return h, nil, unfit("%w", err)
	}
	body, ok := checked(data)
	if !ok {
		return h, nil, unfit("%s is damaged", path)
	}
	body, ok = bytes.CutPrefix(body, []byte(snapshotFormat))
	if !ok || len(body) < 4 {
		return h, nil, unfit("%s is not of version 1", path)
	}
	length := binary.BigEndian.Uint32(body)
	if uint64(length) > uint64(len(body)-4) {
		return h, nil, unfit("%s is damaged", path)
	}
	if err := json.Unmarshal(body[4:4+length], &h); err != nil {
		return h, nil, unfit("read its header: %w", err)
	}
	state, err := tuples.Decode(body[4+length:])
	if err != nil {
		return h, nil, unfit("%w", err)
	}
	return h, state, nil
}

func checked(data []byte) ([]byte, bool) {
	if len(data) < sha256.Size {
		return nil, false
	}
	body, want := data[:len(data)-sha256.Size], data[len(data)-sha256.Size:]
	sum := sha256.Sum256(body)
	return body, bytes.Equal(sum[:], want)
}

// fits reports an error where the snapshot is of another store, or of another log.
func (h header) fits(ctx context.Context, source Source) error {
	if h.Store != source.ID() {
		return unfit("it is of store %s", h.Store)
	}
	holds, err := h.Anchor.holds(ctx, source)
	if err != nil {
		return unfit("%w", err)
	}
	if !holds {
		return unfit("the change log is not the one that it was taken from")
	}
	return nil
}
