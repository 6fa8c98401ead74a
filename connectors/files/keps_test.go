package files_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/eyeshot-dev/eyeshot"
)

// proposal is a real design document, with the groups and people that it names.
type proposal struct {
	Path, Title, Text   string
	Owner               string   `json:"owning_sig"`
	Participants        []string `json:"participating_sigs"`
	Authors, Reviewers  []string
	Approvers           []string
	invitesParticipants bool
}

func proposals(t *testing.T) []proposal {
	t.Helper()
	file, err := os.Open(filepath.Join("..", "..", "..", "shared", "data", "keps.jsonl.gz"))
	if err != nil {
		t.Skipf("the shared data are not here: %v", err)
	}
	defer file.Close()
	zip, err := gzip.NewReader(file)
	require.NoError(t, err)
	var out []proposal
	lines := bufio.NewScanner(zip)
	lines.Buffer(nil, 8<<20)
	for lines.Scan() {
		var p proposal
		require.NoError(t, json.Unmarshal(lines.Bytes(), &p))
		p.invitesParticipants = len(out)%2 == 0
		out = append(out, p)
	}
	require.NoError(t, lines.Err())
	return out
}

// groupsOf puts the people whom a group's documents name into the group.
func groupsOf(all []proposal) map[string][]string {
	groups := map[string][]string{}
	for _, p := range all {
		for _, sig := range append([]string{p.Owner}, p.Participants...) {
			groups[sig] = append(groups[sig], []string{}...)
		}
		for _, person := range slices.Concat(p.Authors, p.Reviewers, p.Approvers) {
			groups[p.Owner] = append(groups[p.Owner], "user:"+person)
		}
	}
	for name := range groups {
		slices.Sort(groups[name])
		groups[name] = slices.Compact(groups[name])
	}
	return groups
}

// readersOf is who reads a document, by the rules of this test alone: its
// owner's group, its authors, and for every other one the groups that take part.
func readersOf(p proposal, groups map[string][]string) []string {
	readers := map[string]bool{}
	for _, person := range groups[p.Owner] {
		readers[person] = true
	}
	for _, author := range p.Authors {
		readers["user:"+author] = true
	}
	if p.invitesParticipants {
		for _, sig := range p.Participants {
			for _, person := range groups[sig] {
				readers[person] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(readers))
}

func unpack(t *testing.T, all []proposal, groups map[string][]string) *plant {
	t.Helper()
	p := newPlant(t)
	root, err := yaml.Marshal(map[string]any{"groups": groups})
	require.NoError(t, err)
	p.write(".eyeshot.yaml", string(root))
	for name := range groups {
		p.write(name+"/.eyeshot.yaml", fmt.Sprintf("inherit: false\nviewer: [%q]\n", "group:"+name))
	}
	for _, one := range all {
		own := map[string]any{"inherit": true}
		viewers, editors := []string{}, []string{}
		if one.invitesParticipants {
			for _, sig := range one.Participants {
				viewers = append(viewers, "group:"+sig)
			}
		}
		for _, author := range one.Authors {
			editors = append(editors, "user:"+author)
		}
		own["viewer"], own["editor"] = viewers, editors
		front, err := yaml.Marshal(map[string]any{"title": one.Title, "eyeshot": own})
		require.NoError(t, err)
		p.write(one.file(), "---\n"+string(front)+"---\n"+one.Text)
	}
	return p
}

func (p proposal) file() string { return p.Owner + "/" + filepath.Base(p.Path) + "/README.md" }

// TestRealDocumentsAreReadByTheGroupsThatOwnThem unpacks real design documents
// into a tree and compares, for all people and all documents, who reaches what
// by the relationships that are told with who should.
func TestRealDocumentsAreReadByTheGroupsThatOwnThem(t *testing.T) {
	all := proposals(t)
	groups := groupsOf(all)
	p := unpack(t, all, groups)
	on := map[eyeshot.Object][]eyeshot.Relationship{}
	for r, err := range p.connector().Access(t.Context()) {
		require.NoError(t, err)
		on[r.Object] = append(on[r.Object], r)
	}
	told := p.told()
	require.Len(t, told, len(all))
	people := 0
	for _, one := range all {
		item := told[one.file()]
		require.Nil(t, item.Refused, one.file())
		on[item.Document.Object] = item.Document.Relationships
		want := readersOf(one, groups)
		require.Equal(t, want, reach(on, item.Document.Object), one.file())
		people += len(want)
		require.Equal(t, strings.Join(strings.Fields(one.Title), " "), item.Document.Title)
		require.Equal(t, one.Text, item.Document.Text)
	}
	require.Greater(t, people, 10*len(all), "documents have many readers")
}

// reach lists who reaches an object through viewers, editors, members and
// parents.
func reach(on map[eyeshot.Object][]eyeshot.Relationship, object eyeshot.Object) []string {
	found := map[string]bool{}
	seen := map[eyeshot.Object]bool{}
	var visit func(eyeshot.Object)
	visit = func(o eyeshot.Object) {
		if seen[o] {
			return
		}
		seen[o] = true
		for _, r := range on[o] {
			switch {
			case r.Relation == "tenant":
			case r.Relation == "parent", r.Subject.Relation() != "":
				visit(r.Subject.Object())
			default:
				found[string(r.Subject)] = true
			}
		}
	}
	visit(object)
	return slices.Sorted(maps.Keys(found))
}
