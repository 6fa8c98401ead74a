package files

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"path"
	"slices"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
)

// Access tells who reads which folder, and who is in the groups that the root
// declares. Folders whose rules are not understood are left out: what lies in
// them is refused, file by file.
func (c *Connector) Access(ctx context.Context) iter.Seq2[eyeshot.Relationship, error] {
	return func(yield func(eyeshot.Relationship, error) bool) {
		all, err := c.containers(ctx)
		for _, r := range all {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil || !yield(r, nil) {
				break
			}
		}
		if err != nil {
			yield(eyeshot.Relationship{}, err)
		}
	}
}

func (c *Connector) containers(ctx context.Context) ([]eyeshot.Relationship, error) {
	root, err := c.open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }()
	t, err := c.list(ctx, root)
	if err != nil {
		return nil, err
	}
	all, err := c.groups(t)
	if err != nil {
		return nil, err
	}
	for _, folder := range slices.Sorted(maps.Keys(t.rules)) {
		relationships, err := c.folderRelationships(t, folder)
		if err == nil {
			all = append(all, relationships...)
		}
	}
	return all, nil
}

// checked closes the tree where the groups that its root declares are not
// understood.
func (c *Connector) checked(t tree) tree {
	if _, err := c.groups(t); err != nil {
		root := t.rules["."]
		root.err, root.Groups = err, nil
		t.rules["."] = root
	}
	return t
}

func (c *Connector) groups(t tree) (all []eyeshot.Relationship, err error) {
	groups := t.rules["."].Groups
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		object, err := c.group(t, name)
		if err != nil {
			return nil, fmt.Errorf("group %s: %w", name, err)
		}
		for _, text := range groups[name] {
			subject, err := c.subject(t, text)
			if err != nil {
				return nil, fmt.Errorf("group %s: %w", name, err)
			}
			all = append(all, eyeshot.Relationship{Object: object, Relation: "member", Subject: subject})
		}
	}
	return all, nil
}

// folderRelationships fails where the folder's readers are not known.
func (c *Connector) folderRelationships(t tree, folder string) ([]eyeshot.Relationship, error) {
	if err := t.broken(folder); err != nil {
		return nil, err
	}
	object, err := c.folder(folder)
	if err != nil {
		return nil, err
	}
	var parent eyeshot.Object
	if t.rules[folder].inherits() && folder != "." {
		if above, ok := t.above(path.Dir(folder)); ok {
			if parent, err = c.folder(above); err != nil {
				return nil, err
			}
		}
	}
	return c.relationships(t, object, t.rules[folder], parent)
}

// readers gives a file its relationships: the folder's, or those of its front
// matter in their place.
func (c *Connector) readers(t tree, name string, object eyeshot.Object, own *rules) ([]eyeshot.Relationship, *connectors.Refusal) {
	folder, ok := t.above(path.Dir(name))
	if !ok {
		return nil, connectors.Refuse(connectors.WithoutACL, eyeshot.Invalid("file", name, "lies in no folder with a "+rulesFile))
	}
	alone := own != nil && (own.Inherit == nil || !*own.Inherit)
	var parent eyeshot.Object
	if !alone {
		if err := c.understood(t, folder); err != nil {
			return nil, connectors.Refuse(connectors.Unreadable, err)
		}
		var err error
		if parent, err = c.folder(folder); err != nil {
			return nil, connectors.Refuse(connectors.BadRelationship, err)
		}
	}
	if own == nil {
		own = &rules{}
	}
	relationships, err := c.relationships(t, object, *own, parent)
	if err != nil {
		return nil, connectors.Refuse(connectors.BadRelationship, err)
	}
	return relationships, nil
}

// understood fails where the readers of a folder, or of one that it inherits
// from, are not known.
func (c *Connector) understood(t tree, folder string) error {
	for {
		if _, err := c.folderRelationships(t, folder); err != nil {
			return err
		}
		if !t.rules[folder].inherits() || folder == "." {
			return nil
		}
		var ok bool
		if folder, ok = t.above(path.Dir(folder)); !ok {
			return nil
		}
	}
}
