package files

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/eyeshot-dev/eyeshot"
)

// rulesFile is the name of the file that says who reads a folder.
const rulesFile = ".eyeshot.yaml"

// file is an entry of the tree that is, or should be, a document.
type file struct {
	path string // below the root, with '/'
	info fs.FileInfo
	link bool // it is a link, which is not followed
}

// tree is what a listing found: documents by path, and what says who reads them.
type tree struct {
	files []file
	rules map[string]rules // by folder
}

// list lists the tree. Nothing of a file is read but the rules, so it takes a
// moment only, and it is repeated where the tree changed meanwhile.
func (c *Connector) list(ctx context.Context, root *os.Root) (tree, error) {
	const tries = 3
	for n := 1; ; n++ {
		found, folders, err := c.listOnce(ctx, root)
		if err != nil {
			return tree{}, err
		}
		changed, err := anyChanged(root, folders)
		if err != nil {
			return tree{}, err
		}
		if !changed {
			return c.checked(found), nil
		}
		// SECURITY: what moved from a folder that was still to be listed to one
		// that had been would look as if it were gone.
		if n == tries {
			return tree{}, fmt.Errorf("%w: the tree changed while it was listed, %d times", eyeshot.ErrUnavailable, tries)
		}
	}
}

func (c *Connector) open() (*os.Root, error) {
	root, err := os.OpenRoot(c.config.Root)
	if err != nil {
		return nil, fmt.Errorf("%w: open the tree: %w", eyeshot.ErrUnavailable, err)
	}
	// SECURITY: a tree that is not mounted is an empty folder, and would look like
	// one in which everything was deleted.
	if _, err := root.Lstat(rulesFile); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: the root has no %s, so nobody could read anything; is the tree mounted?", eyeshot.ErrUnavailable, rulesFile), root.Close())
	}
	return root, nil
}

func (c *Connector) listOnce(ctx context.Context, root *os.Root) (tree, map[string]fs.FileInfo, error) {
	found, folders := tree{rules: map[string]rules{}}, map[string]fs.FileInfo{}
	err := fs.WalkDir(root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return fmt.Errorf("list %s: %w", name, err)
		}
		return c.visit(root, &found, folders, name, entry)
	})
	if err != nil {
		if ctx.Err() != nil {
			return tree{}, nil, ctx.Err()
		}
		return tree{}, nil, fmt.Errorf("%w: %w", eyeshot.ErrUnavailable, err)
	}
	slices.SortFunc(found.files, func(a, b file) int { return cmp.Compare(a.path, b.path) })
	return found, folders, nil
}

// visit takes one entry of the tree.
func (c *Connector) visit(root *os.Root, found *tree, folders map[string]fs.FileInfo, name string, entry fs.DirEntry) error {
	base := path.Base(name)
	if base == rulesFile || almostRules(base) {
		found.addRules(root, name, entry)
		return nil
	}
	if strings.HasPrefix(base, ".") && name != "." {
		if entry.IsDir() {
			return fs.SkipDir
		}
		return nil
	}
	info, err := entry.Info()
	if errors.Is(err, fs.ErrNotExist) {
		return nil // and its folder has changed, which the listing finds out
	}
	if err != nil {
		return err
	}
	switch {
	case entry.IsDir():
		folders[name] = info
	case kindOf(name) == none:
	case info.Mode()&fs.ModeSymlink != 0:
		found.files = append(found.files, file{path: name, info: info, link: true})
	case info.Mode().IsRegular():
		found.files = append(found.files, file{path: name, info: info})
	}
	return nil
}

// anyChanged says whether an entry came to, or went from, one of the folders.
func anyChanged(root *os.Root, folders map[string]fs.FileInfo) (bool, error) {
	for name, before := range folders {
		after, err := root.Lstat(name)
		if errors.Is(err, fs.ErrNotExist) {
			return true, nil
		}
		if err != nil {
			return false, fmt.Errorf("%w: look at %s again: %w", eyeshot.ErrUnavailable, name, err)
		}
		if !os.SameFile(before, after) || !before.ModTime().Equal(after.ModTime()) {
			return true, nil
		}
	}
	return false, nil
}
