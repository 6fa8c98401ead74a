package files

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/eyeshot-dev/eyeshot"
)

// maxRules bounds a rules file and a front matter, in bytes.
const maxRules = 1 << 20

// rules are what a .eyeshot.yaml or a front matter says.
type rules struct {
	Viewer  []string            `json:"viewer"`
	Editor  []string            `json:"editor"`
	Public  bool                `json:"public"`
	Inherit *bool               `json:"inherit"`
	Groups  map[string][]string `json:"groups"` // in the root's file only

	err error // why they are not understood
}

// almostRules says whether a file was meant to be one with rules.
func almostRules(base string) bool {
	return base != rulesFile && (strings.EqualFold(base, rulesFile) || strings.EqualFold(base, ".eyeshot.yml"))
}

// addRules takes in a file with rules.
//
// SECURITY: one under another name would be passed over, and what it was to
// close stand open. It closes its folder, whatever else lies there.
func (t tree) addRules(root *os.Root, name string, entry fs.DirEntry) {
	folder, base := path.Dir(name), path.Base(name)
	switch {
	case almostRules(base):
		t.rules[folder] = rules{err: eyeshot.Invalid("file", name, "must be called "+rulesFile)}
	case t.rules[folder].err == nil:
		t.rules[folder] = readRules(root, name, entry)
	}
}

// readRules reads a rules file. What is wrong with it is kept beside what it
// would have said, and closes all that it is for.
func readRules(root *os.Root, name string, entry fs.DirEntry) rules {
	if !entry.Type().IsRegular() {
		return rules{err: fmt.Errorf("%w: %s is no regular file; links are not followed", eyeshot.ErrInvalid, name)}
	}
	text, err := readLimited(root, name, nil, maxRules)
	if err != nil {
		return rules{err: fmt.Errorf("read %s: %w", name, err)}
	}
	return parseRules(name, text)
}

func parseRules(name string, text []byte) rules {
	var r rules
	if err := yaml.UnmarshalStrict(text, &r); err != nil {
		return rules{err: fmt.Errorf("%w: %s: %s", eyeshot.ErrInvalid, name, strings.ReplaceAll(err.Error(), "\n", "; "))}
	}
	if len(r.Groups) > 0 && name != rulesFile {
		return rules{err: eyeshot.Invalid(name, "groups", "can only be declared in the root's "+rulesFile)}
	}
	return r
}

// readLimited reads a file of at most limit bytes. want, where it is set, is
// what a listing found under the name.
//
// SECURITY: between a listing and a reading a file may be replaced by a link to
// another one of the tree, that fewer people read.
func readLimited(root *os.Root, name string, want fs.FileInfo, limit int64) ([]byte, error) {
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	if want != nil {
		info, err := f.Stat()
		if err != nil {
			return nil, err
		}
		if !os.SameFile(want, info) || !info.Mode().IsRegular() {
			return nil, errReplaced
		}
	}
	text, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(text)) > limit {
		return nil, fmt.Errorf("%w: is larger than %d bytes", errTooLarge, limit)
	}
	return text, err
}

// above returns the nearest folder with rules: of a file's own folder, or of
// what a folder lies in.
func (t tree) above(folder string) (string, bool) {
	for {
		if _, ok := t.rules[folder]; ok {
			return folder, true
		}
		if folder == "." {
			return "", false
		}
		folder = path.Dir(folder)
	}
}

// broken returns why a folder's readers are not known: its rules, or those that
// it inherits, are not understood.
//
// SECURITY: rules that are not understood may have been narrower than those
// around them, so nothing below is readable through what is understood.
func (t tree) broken(folder string) error {
	for {
		r := t.rules[folder]
		if r.err != nil {
			return r.err
		}
		if !r.inherits() || folder == "." {
			return nil
		}
		var ok bool
		if folder, ok = t.above(path.Dir(folder)); !ok {
			return nil
		}
	}
}

// inherits is what a folder does unless it says otherwise.
func (r rules) inherits() bool { return r.Inherit == nil || *r.Inherit }

// relationships gives an object what its rules say; where it hangs on something
// above, that is under the relation parent, and else under its tenant, so that
// admins reach it.
func (c *Connector) relationships(t tree, object eyeshot.Object, r rules, parent eyeshot.Object) ([]eyeshot.Relationship, error) {
	out := []eyeshot.Relationship{}
	for _, list := range []struct {
		relation string
		subjects []string
	}{{"viewer", r.Viewer}, {"editor", r.Editor}} {
		for _, text := range list.subjects {
			subject, err := c.subject(t, text)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", list.relation, err)
			}
			out = append(out, eyeshot.Relationship{Object: object, Relation: list.relation, Subject: subject})
		}
	}
	if r.Public {
		out = append(out, eyeshot.Relationship{Object: object, Relation: "viewer", Subject: eyeshot.TypeUser + ":*"})
	}
	if parent != "" {
		return append(out, eyeshot.Relationship{Object: object, Relation: "parent", Subject: eyeshot.Subject(parent)}), nil
	}
	tenant, err := eyeshot.NewGlobalObject("tenant", c.config.Tenant)
	return append(out, eyeshot.Relationship{Object: object, Relation: "tenant", Subject: eyeshot.Subject(tenant)}), err
}

// subject reads "user:alice", "service_account:ci", "group:eng" or "tenant".
//
// SECURITY: a group that the tree declares is the tree's own. Whoever writes the
// tree must not be able to put people into a group of the tenant.
func (c *Connector) subject(t tree, text string) (eyeshot.Subject, error) {
	if text == "tenant" {
		tenant, err := eyeshot.NewGlobalObject("tenant", c.config.Tenant)
		return eyeshot.Subject(tenant) + "#member", err
	}
	typ, name, _ := strings.Cut(text, ":")
	if !slices.Contains([]string{eyeshot.TypeUser, eyeshot.TypeServiceAccount, "group"}, typ) || name == "" {
		return "", eyeshot.Invalid("subject", text, `must be "user:NAME", "service_account:NAME", "group:NAME" or "tenant"`)
	}
	// What other places write so would be a strange name here, that nobody has.
	if name == "*" || strings.HasSuffix(name, "#member") {
		return "", eyeshot.Invalid("subject", text, `must be a name alone: everybody is "public: true", and a group "group:NAME"`)
	}
	if typ != "group" {
		object, err := eyeshot.NewGlobalObject(typ, name)
		return eyeshot.Subject(object), err
	}
	object, err := c.group(t, name)
	return eyeshot.Subject(object) + "#member", err
}

func (c *Connector) group(t tree, name string) (eyeshot.Object, error) {
	if _, own := t.rules["."].Groups[name]; own {
		return eyeshot.NewObject("group", c.config.Source, name)
	}
	return eyeshot.NewGlobalObject("group", name)
}
