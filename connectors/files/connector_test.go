package files_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
	"github.com/eyeshot-dev/eyeshot/connectors/connectortest"
	"github.com/eyeshot-dev/eyeshot/connectors/files"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// long ago is when the files of a test were written, so that none counts as one
// that may still be being written.
var longAgo = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// plant is a tree that a test grows.
type plant struct {
	t    testing.TB
	root string
	n    int
}

func newPlant(t testing.TB) *plant { return &plant{t: t, root: t.TempDir()} }

func (p *plant) write(name, text string) eyeshot.Object {
	p.t.Helper()
	path := filepath.Join(p.root, filepath.FromSlash(name))
	require.NoError(p.t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(p.t, os.WriteFile(path, []byte(text), 0o600))
	p.n++
	at := longAgo.Add(time.Duration(p.n) * time.Minute)
	require.NoError(p.t, os.Chtimes(path, at, at))
	return eyeshot.Object("document:handbook/" + name)
}

func (p *plant) connector() *files.Connector {
	p.t.Helper()
	c, err := files.New(files.Config{Root: p.root, Tenant: "acme", Source: "handbook", URL: "https://wiki.example.com/x/"})
	require.NoError(p.t, err)
	return c
}

// told reads everything, by local name.
func (p *plant) told() map[string]connectors.Item {
	p.t.Helper()
	r := connectortest.Read(p.connector().Snapshot(p.t.Context(), ""), -1)
	require.NoError(p.t, r.Err)
	require.Equal(p.t, connectors.Complete, r.End)
	out := map[string]connectors.Item{}
	for _, item := range r.Items {
		out[item.Document.Object.Local()] = item
	}
	return out
}

func (p *plant) access() []string {
	p.t.Helper()
	out := []string{}
	for r, err := range p.connector().Access(p.t.Context()) {
		require.NoError(p.t, err)
		out = append(out, r.String())
	}
	return out
}

func relations(item connectors.Item) []string {
	out := []string{}
	for _, r := range item.Document.Relationships {
		out = append(out, r.Relation+" "+string(r.Subject))
	}
	return out
}

func world(t *testing.T) connectortest.World {
	p := newPlant(t)
	p.write(".eyeshot.yaml", "viewer: [user:alice]\n")
	for i := range 4 {
		p.write(fmt.Sprint("team/page-", i, ".md"), fmt.Sprint("# Page ", i, "\n\ntext"))
	}
	p.write("notes.txt", "a note")
	p.write("team/page.html", "<title>Page</title><p>text")
	return connectortest.World{
		Name:   "handbook",
		Open:   func() (connectors.Connector, error) { return p.connector(), nil },
		Change: func() (eyeshot.Object, error) { return p.write("team/page-1.md", fmt.Sprint("changed ", p.n)), nil },
		Add:    func() (eyeshot.Object, error) { return p.write(fmt.Sprint("new/page-", p.n, ".md"), "new"), nil },
		Delete: func() (eyeshot.Object, error) {
			return "document:handbook/notes.txt", os.Remove(filepath.Join(p.root, "notes.txt"))
		},
		Permit: func() (eyeshot.Object, error) {
			p.write("team/.eyeshot.yaml", "viewer: [user:bob]\ninherit: false\n")
			return "document:handbook/team/page.html", nil
		},
		Spoil: func() (eyeshot.Object, error) {
			return p.write("team/page-2.md", "---\neyeshot: {reader: [user:bob]}\n---\ntext"), nil
		},
	}
}

func TestTheConnectorKeepsTheContract(t *testing.T) {
	connectortest.Run(t, world)
}

func TestFoldersInheritAndFrontMatterOverrides(t *testing.T) {
	p := newPlant(t)
	p.write(".eyeshot.yaml", "viewer: [tenant]\ngroups: {staff: [user:mei, group:payments], payments: [user:ines]}\n")
	p.write("open.md", "x")
	p.write("hr/.eyeshot.yaml", "inherit: false\nviewer: [group:staff, group:elsewhere, service_account:ci]\neditor: [user:hr lead]\n")
	p.write("hr/deep/below/salaries.txt", "x")
	p.write("hr/pay/.eyeshot.yaml", "viewer: [user:cfo]\n")
	p.write("hr/pay/bonus.html", "<p>x")
	p.write("own.md", "---\neyeshot: {viewer: [user:ines]}\n---\nx")
	p.write("both.md", "---\neyeshot: {viewer: [user:ines], inherit: true}\n---\nx")
	p.write("nobody.md", "---\neyeshot: {}\n---\nx")
	p.write("public.md", "---\neyeshot: {public: true}\n---\nx")
	told := p.told()
	for name, want := range map[string][]string{
		"open.md":                    {"parent folder:handbook/."},
		"hr/deep/below/salaries.txt": {"parent folder:handbook/hr"},
		"hr/pay/bonus.html":          {"parent folder:handbook/hr/pay"},
		"own.md":                     {"viewer user:ines", "tenant tenant:acme"},
		"both.md":                    {"viewer user:ines", "parent folder:handbook/."},
		"nobody.md":                  {"tenant tenant:acme"},
		"public.md":                  {"viewer user:*", "tenant tenant:acme"},
	} {
		require.Equal(t, want, relations(told[name]), name)
	}
	require.ElementsMatch(t, []string{
		"folder:handbook/.#viewer@tenant:acme#member", "folder:handbook/.#tenant@tenant:acme",
		"folder:handbook/hr#viewer@group:handbook/staff#member", "folder:handbook/hr#viewer@group:elsewhere#member",
		"folder:handbook/hr#viewer@service_account:ci", "folder:handbook/hr#editor@user:hr%20lead", "folder:handbook/hr#tenant@tenant:acme",
		"folder:handbook/hr/pay#viewer@user:cfo", "folder:handbook/hr/pay#parent@folder:handbook/hr",
		"group:handbook/staff#member@user:mei", "group:handbook/staff#member@group:handbook/payments#member",
		"group:handbook/payments#member@user:ines",
	}, p.access())
}

func TestRulesThatAreNotUnderstoodCloseAllBelowThem(t *testing.T) {
	for name, broken := range map[string]string{
		"no YAML":           "viewer: [",
		"an unknown key":    "readers: [user:alice]",
		"an odd subject":    "viewer: [alice]",
		"everybody by name": `viewer: ["user:*", "everyone"]`,
		"groups of its own": "groups: {a: [user:b]}",
		"a star":            `viewer: ["user:*"]`,
		"a group's members": `viewer: ["group:eng#member"]`,
	} {
		p := newPlant(t)
		p.write(".eyeshot.yaml", "viewer: [user:alice]\n")
		p.write("above.txt", "x")
		p.write("closed/.eyeshot.yaml", broken)
		p.write("closed/a.txt", "x")
		p.write("closed/below/.eyeshot.yaml", "viewer: [user:alice]\n")
		p.write("closed/below/b.txt", "x")
		p.write("closed/apart/.eyeshot.yaml", "inherit: false\nviewer: [user:alice]\n")
		p.write("closed/apart/c.txt", "x")
		p.write("closed/own.md", "---\neyeshot: {viewer: [user:alice]}\n---\nx")
		told := p.told()
		for file, closed := range map[string]bool{"above.txt": false, "closed/a.txt": true, "closed/below/b.txt": true, "closed/apart/c.txt": false, "closed/own.md": false} {
			require.Equal(t, closed, told[file].Refused != nil, "%s: %s", name, file)
		}
		require.NotContains(t, fmt.Sprint(p.access()), "folder:handbook/closed#")
	}
}

func TestRulesUnderAnotherNameCloseTheirFolder(t *testing.T) {
	for _, name := range []string{".eyeshot.yml", ".Eyeshot.yaml", ".EYESHOT.YML"} {
		for _, both := range []bool{false, true} {
			p := newPlant(t)
			p.write(".eyeshot.yaml", "viewer: [user:alice]\n")
			p.write("closed/"+name, "viewer: [user:hera]\ninherit: false\n")
			p.write("closed/a.txt", "x")
			if both {
				p.write("closed/.eyeshot.yaml", "viewer: [user:alice]\n")
			}
			require.ErrorContains(t, p.told()["closed/a.txt"].Refused, "must be called .eyeshot.yaml", name)
			require.NotContains(t, fmt.Sprint(p.access()), "folder:handbook/closed#", name)
		}
	}
}

func TestGroupsThatAreNotUnderstoodCloseTheTree(t *testing.T) {
	p := newPlant(t)
	p.write(".eyeshot.yaml", "viewer: [group:a]\ngroups: {a: [alice]}\n")
	p.write("a.txt", "x")
	require.NotNil(t, p.told()["a.txt"].Refused)
	require.Empty(t, p.access())
}

func TestFrontMatterThatIsNotUnderstoodClosesTheFile(t *testing.T) {
	for _, text := range []string{
		"---\neyeshot: {viewer: user:alice}\n---\nx", "---\neyeshot: [\n---\nx", "---\n\teyeshot: {viewer: [user:a]}\n---\ny",
		"---\ntitle: x\neyeshot:\n  viewer: [user:a]\nnever ended", "---\neyeshot: {groups: {a: [user:b]}}\n---\nx",
		"---\nEyeshot: {viewer: [user:a]}\n---\nx", "---\n\"eyeshot \": {viewer: [user:a]}\n---\nx", "---\n\"eyeshot\" : {viewer: [user:a]}\n# never ended",
		"---\n{eyeshot: {viewer: [user:a]},\n# never ended", "---\neyeshot: {viewer: [user:a]}\neyeshot: {viewer: [user:b]}\n---\nx",
		"\n \n---\neyeshot: [\n---\nx",
	} {
		p := newPlant(t)
		p.write(".eyeshot.yaml", "viewer: [user:alice]\n")
		p.write("a.md", text)
		require.NotNil(t, p.told()["a.md"].Refused, text)
	}
	p := newPlant(t)
	p.write(".eyeshot.yaml", "viewer: [user:alice]\n")
	p.write("rule.md", "---\n\nwhat stands below a rule")
	p.write("rules.md", "--- \nno front matter at all\n\n---\n\x20but rules")
	p.write("empty.md", "---\n---\nno fields at all")
	p.write("twice.md", "---\ntag: a\ntag: b\n---\nsays nothing of who reads it")
	p.write("late.md", "\n\n---\neyeshot: {viewer: [user:hera]}\n---\nbehind empty lines")
	told := p.told()
	for name, text := range map[string]string{"rule.md": "---\n\nwhat", "rules.md": "--- \nno", "empty.md": "no fields at all", "twice.md": "says nothing", "late.md": "behind"} {
		require.Nil(t, told[name].Refused, name)
		require.True(t, strings.HasPrefix(told[name].Document.Text, text), name)
	}
	require.Equal(t, []string{"viewer user:hera", "tenant tenant:acme"}, relations(told["late.md"]))
}

func TestLinksAreNotFollowed(t *testing.T) {
	outside := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(outside, "secret.txt"), []byte("secret"), 0o600))
	p := newPlant(t)
	p.write(".eyeshot.yaml", "viewer: [user:alice]\n")
	p.write("closed/.eyeshot.yaml", "inherit: false\n")
	p.write("closed/salaries.txt", "x")
	link := func(target, name string) {
		require.NoError(t, os.Symlink(target, filepath.Join(p.root, name)))
	}
	link(filepath.Join(outside, "secret.txt"), "out.txt")
	link(outside, "folder")
	link("closed/salaries.txt", "in.txt")
	link("closed", "again")
	told := p.told()
	require.Len(t, told, 3)
	for _, name := range []string{"out.txt", "in.txt"} {
		require.Equal(t, connectors.Unreadable, told[name].Refused.Kind, name)
		require.Empty(t, told[name].Document.Text)
	}
	p.write("rules/a.txt", "x")
	require.NoError(t, os.WriteFile(filepath.Join(outside, "rules"), []byte("viewer: [user:eve]"), 0o600))
	link(filepath.Join(outside, "rules"), "rules/.eyeshot.yaml")
	require.NotNil(t, p.told()["rules/a.txt"].Refused, "rules that are a link are not understood")
}

func TestATreeThatIsNotThereIsNotAnEmptyOne(t *testing.T) {
	p := newPlant(t)
	for _, c := range []*files.Connector{p.connector(), func() *files.Connector {
		c, err := files.New(files.Config{Root: filepath.Join(p.root, "absent"), Tenant: "acme", Source: "handbook"})
		require.NoError(t, err)
		return c
	}()} {
		require.ErrorIs(t, connectortest.Read(c.Snapshot(t.Context(), ""), -1).Err, eyeshot.ErrUnavailable)
		for _, err := range c.Access(t.Context()) {
			require.ErrorIs(t, err, eyeshot.ErrUnavailable)
		}
	}
}

func TestOnlyWhatLooksDifferentIsReadAgain(t *testing.T) {
	p := newPlant(t)
	p.write(".eyeshot.yaml", "viewer: [user:alice]\n")
	for i := range 5 {
		p.write(fmt.Sprint(i, ".md"), "x")
	}
	c := p.connector()
	first := connectortest.Read(c.Snapshot(t.Context(), ""), -1)
	p.write("3.md", "y")
	p.write("9.md", "new")
	require.NoError(t, os.Remove(filepath.Join(p.root, "0.md")))
	second := connectortest.Read(c.Changes(t.Context(), first.Next), -1)
	content := []string{}
	for _, item := range second.Items {
		if !item.AccessOnly {
			content = append(content, item.Document.Object.Local())
		}
	}
	require.Equal(t, []string{"3.md", "9.md"}, content)
	require.Equal(t, connectors.Complete, second.End)
	again := connectortest.Read(p.connector().Changes(t.Context(), second.Next), -1)
	require.True(t, again.Items[0].AccessOnly, "another process sees that the tree is as it was")
	for _, item := range connectortest.Read(p.connector().Changes(t.Context(), first.Next), -1).Items {
		require.False(t, item.AccessOnly, "and reads everything where it can't tell")
	}
}

func TestTheTreeIsWatched(t *testing.T) {
	p := newPlant(t)
	p.write(".eyeshot.yaml", "viewer: [user:alice]\n")
	p.write("a/b.md", "x")
	watched(t, p)
	link := filepath.Join(t.TempDir(), "current")
	require.NoError(t, os.Symlink(p.root, link))
	p.root = link // a root may be a link
	watched(t, p)
}

// watched changes files until that is noticed.
func watched(t *testing.T, p *plant) {
	ctx, cancel := context.WithCancel(t.Context())
	hints, ended := make(chan struct{}, 1), make(chan error, 1)
	go func() {
		ended <- p.connector().Watch(ctx, func() {
			select {
			case hints <- struct{}{}:
			default:
			}
		})
	}()
	for n := 0; ; n++ { // until the watch has begun
		p.write("a/b.md", strings.Repeat("y", n+1))
		select {
		case <-hints:
		case <-time.After(20 * time.Millisecond):
			continue
		}
		break
	}
	p.write("new/deep/c.md", "x")
	<-hints
	cancel()
	require.True(t, errors.Is(<-ended, context.Canceled))
}

func TestAProbeSaysWhatNobodyWillRead(t *testing.T) {
	p := newPlant(t)
	p.write(".eyeshot.yaml", "viewer: [user:alice]\n")
	p.write("a.md", "x")
	p.write("closed/.eyeshot.yaml", "nonsense")
	p.write("closed/b.txt", "x")
	findings, err := p.connector().Probe(t.Context())
	require.NoError(t, err)
	require.Contains(t, findings[0].Text, "2 files")
	require.Contains(t, findings[1].Text, "nobody will: closed/b.txt.")
	require.Contains(t, findings[2].Text, "closed")
}
