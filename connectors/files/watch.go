package files

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/fsnotify/fsnotify"

	"github.com/eyeshot-dev/eyeshot"
)

// Watch calls hint when something in the tree may have changed. What it misses,
// as some network file systems tell nothing, the schedule finds.
func (c *Connector) Watch(ctx context.Context, hint func()) error {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("%w: watch the tree: %w", eyeshot.ErrUnavailable, err)
	}
	defer func() { _ = watcher.Close() }()
	root, err := filepath.EvalSymlinks(c.config.Root) // only the root itself may be a link
	if err != nil {
		return fmt.Errorf("%w: watch the tree: %w", eyeshot.ErrUnavailable, err)
	}
	if err := watchBelow(watcher, root); err != nil {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case event, open := <-watcher.Events:
			if !open {
				return fmt.Errorf("%w: the watch of the tree ended", eyeshot.ErrUnavailable)
			}
			if event.Has(fsnotify.Create) {
				if err := watchBelow(watcher, event.Name); err != nil {
					return err
				}
			}
			hint()
		case err := <-watcher.Errors:
			if !errors.Is(err, fsnotify.ErrEventOverflow) {
				return fmt.Errorf("%w: watch the tree: %w", eyeshot.ErrUnavailable, err)
			}
			hint() // more happened than was told
		}
	}
}

// watchBelow watches a folder and those in it; what is no folder is nothing to
// watch by itself, and what is gone already is told by the folder above.
func watchBelow(watcher *fsnotify.Watcher, top string) error {
	return filepath.WalkDir(top, func(name string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%w: watch %s: %w", eyeshot.ErrUnavailable, name, err)
		}
		if !entry.IsDir() {
			return nil
		}
		if strings.HasPrefix(entry.Name(), ".") && name != top {
			return fs.SkipDir
		}
		if err := watcher.Add(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%w: watch %s: %w", eyeshot.ErrUnavailable, name, err)
		}
		return nil
	})
}
