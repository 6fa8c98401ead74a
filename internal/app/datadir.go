package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gofrs/flock"

	"github.com/eyeshot-dev/eyeshot"
)

// dataVersion is the layout of the data directory that this build writes. A
// directory of a higher version is refused: an older program must not touch it.
const dataVersion = 1

// dataDir is the directory that holds everything, locked for this process.
type dataDir struct {
	path string
	lock *flock.Flock
}

// holder is what the process that holds the lock says of itself.
type holder struct {
	PID int    `json:"pid"`
	URL string `json:"url,omitempty"`
}

// openDataDir makes the directory where it is missing, locks it and checks its
// version. A directory that is in use is [eyeshot.ErrConflict].
func openDataDir(path string) (*dataDir, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("%w: making the data directory %s: %w; choose another one with --data-dir", eyeshot.ErrConflict, path, err)
	}
	d := &dataDir{path: path, lock: flock.New(filepath.Join(path, "lock"))}
	locked, err := d.lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("%w: locking the data directory: %w; its owner must be the user who runs eyeshot", eyeshot.ErrConflict, err)
	}
	if !locked {
		return nil, d.inUse()
	}
	// A directory of another version is left as it is: no file of it is written.
	err = d.checkVersion()
	if err == nil {
		err = d.announce("")
	}
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

func (d *dataDir) inUse() error {
	var who holder
	if text, err := os.ReadFile(d.file("holder.json")); err != nil || json.Unmarshal(text, &who) != nil {
		return fmt.Errorf("%w: the data directory %s is in use by another process; one process at a time may open it", eyeshot.ErrConflict, d.path)
	}
	if who.URL == "" {
		return fmt.Errorf("%w: the data directory %s is in use by process %d; try again when it has ended", eyeshot.ErrConflict, d.path, who.PID)
	}
	return fmt.Errorf("%w: the data directory %s is in use by the server at %s (process %d); reach it with --server %s and a token in EYESHOT_TOKEN", eyeshot.ErrConflict, d.path, who.URL, who.PID, who.URL)
}

// announce tells whoever finds the directory locked where the server listens.
func (d *dataDir) announce(url string) error {
	text, err := json.Marshal(holder{PID: os.Getpid(), URL: url})
	if err != nil {
		return err
	}
	return writeFile(d.file("holder.json"), text)
}

func (d *dataDir) checkVersion() error {
	path := d.file("VERSION")
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return writeFile(path, []byte(strconv.Itoa(dataVersion)+"\n"))
	}
	if err != nil {
		return fmt.Errorf("%w: reading the version of the data directory: %w", eyeshot.ErrConflict, err)
	}
	version, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return fmt.Errorf("%w: %s is damaged: it holds no version number; restore the data directory from a backup, or choose another one with --data-dir", eyeshot.ErrConflict, path)
	}
	if version > dataVersion {
		return fmt.Errorf("%w: the data directory %s is of version %d, this eyeshot knows up to %d: install a newer one", eyeshot.ErrConflict, d.path, version, dataVersion)
	}
	return nil
}

func (d *dataDir) file(name string) string { return filepath.Join(d.path, name) }

// Close gives the directory free.
func (d *dataDir) Close() error { return d.lock.Unlock() }

// writeFile replaces a file as a whole: a crash leaves the old or the new one,
// and a loss of power no empty one.
func writeFile(path string, text []byte) error {
	temporary := path + ".new"
	file, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("%w: writing %s: %w", eyeshot.ErrConflict, path, err)
	}
	_, err = file.Write(text)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("%w: writing %s: %w", eyeshot.ErrUnavailable, path, err)
	}
	return os.Rename(temporary, path)
}
