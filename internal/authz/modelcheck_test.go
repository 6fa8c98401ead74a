package authz_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/authz"
	"github.com/eyeshot-dev/eyeshot/internal/authz/authztest"
)

// TestTheModelAcceptsWhatOpenFGAAccepts compares with the real server, over all
// that a relationship can be put together from.
func TestTheModelAcceptsWhatOpenFGAAccepts(t *testing.T) {
	store := authztest.NewStore(t, "")
	parsed, err := store.Model(t.Context(), store.ModelID())
	if err != nil {
		t.Fatal(err)
	}
	subjects := []eyeshot.Subject{
		"user:al", "user:*", "service_account:ci", "service_account:*", "agent:bot", "group:a", "group:a#member", "group:a#captain", "group:*",
		"tenant:acme", "tenant:acme#member", "tenant:acme#admin", "project:a/P", "project:a/P#owner", "project:a/P#member", "project:a/P#viewer",
		"project:a/P#can_browse", "security_level:a/L", "ticket:a/1", "ticket:a/1#reporter", "folder:a/F", "delegation:al~bot", "task:1", "spaceship:x", "ticket:a/1#can_read",
	}
	objects := []eyeshot.Object{
		"user:al", "group:a", "group:b", "tenant:acme", "project:a/P", "security_level:a/L", "ticket:a/1", "comment:a/1-1", "folder:a/F", "folder:a/G",
		"document:a/D", "delegation:al~bot", "spaceship:x",
	}
	relations := []string{
		"member", "admin", "auditor", "tenant", "owner", "viewer", "editor", "project", "level", "open", "reporter", "assignee", "cleared", "parent",
		"ticket", "everyone", "audience", "can_read", "can_browse", "included", "delegated_read", "task_edit", "captain",
	}
	conditions := []*eyeshot.Condition{
		nil, nil, {Name: "unexpired"}, {Name: "unexpired", Context: map[string]any{"expires_at": "2026-01-02T12:00:00Z"}},
		{Name: "unexpired", Context: map[string]any{"ends_at": "2026-01-02T12:00:00Z"}}, {Name: "sometimes"},
	}
	allowed := allowedRelationships(parsed)
	accepted := 0
	rapid.Check(t, func(rt *rapid.T) {
		relationship := rapid.SampledFrom(allowed).Draw(rt, "allowed")
		switch rapid.IntRange(0, 5).Draw(rt, "what is replaced") {
		case 0:
			relationship.Subject = rapid.SampledFrom(subjects).Draw(rt, "subject")
		case 1:
			relationship.Relation = rapid.SampledFrom(relations).Draw(rt, "relation")
		case 2:
			relationship.Object = rapid.SampledFrom(objects).Draw(rt, "object")
		case 3:
			relationship.Condition = rapid.SampledFrom(conditions).Draw(rt, "condition")
		}
		ours := parsed.Accepts(relationship)
		theirs := store.Write(t.Context(), []eyeshot.Relationship{relationship}, nil)
		if theirs != nil && !errors.Is(theirs, eyeshot.ErrInvalid) {
			rt.Fatal(theirs)
		}
		if (ours == nil) != (theirs == nil) {
			rt.Errorf("%s %v: we say %v, OpenFGA says %v", relationship, relationship.Condition, ours, theirs)
		}
		if ours == nil {
			accepted++
		}
	})
	if accepted == 0 {
		t.Error("no relationship was accepted, so nothing was compared")
	}
}

// allowedRelationships gives an example of each thing that may be written.
func allowedRelationships(parsed *authz.Model) []eyeshot.Relationship {
	var allowed []eyeshot.Relationship
	for _, typ := range slices.Sorted(maps.Keys(parsed.Types)) {
		for _, name := range slices.Sorted(maps.Keys(parsed.Types[typ].Relations)) {
			for _, restriction := range parsed.Types[typ].Relations[name].Direct {
				relationship := eyeshot.Relationship{Subject: exampleOf(restriction), Relation: name, Object: eyeshot.Object(typ + ":example")}
				if restriction.Condition != "" {
					relationship.Condition = &eyeshot.Condition{Name: restriction.Condition}
				}
				allowed = append(allowed, relationship)
			}
		}
	}
	return allowed
}

func TestEveryRelationshipThatTheModelAllowsIsAccepted(t *testing.T) {
	store := authztest.NewStore(t, "")
	parsed, err := store.Model(t.Context(), store.ModelID())
	if err != nil {
		t.Fatal(err)
	}
	for _, relationship := range allowedRelationships(parsed) {
		if err := parsed.Accepts(relationship); err != nil {
			t.Errorf("%s is refused: %v", relationship, err)
		}
		if err := store.Write(t.Context(), []eyeshot.Relationship{relationship}, nil); err != nil {
			t.Errorf("OpenFGA refuses %s: %v", relationship, err)
		}
	}
}

func exampleOf(r authz.Restriction) eyeshot.Subject {
	switch {
	case r.Wildcard:
		return eyeshot.Subject(r.Type + ":*")
	case r.Relation != "":
		return eyeshot.Subject(r.Type + ":other#" + r.Relation)
	}
	return eyeshot.Subject(r.Type + ":other")
}

func TestWhatTheModelDoesNotAcceptIsNamedWithWhatItDoes(t *testing.T) {
	store := authztest.NewStore(t, "")
	parsed, err := store.Model(t.Context(), store.ModelID())
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string][]string{
		"spaceship:a#member@user:al":                {"spaceship", "ticket"},
		"ticket:a/1#captain@user:al":                {"ticket#captain", "reporter"},
		"ticket:a/1#can_read@user:al":               {"ticket#can_read", "computed"},
		"ticket:a/1#reporter@group:a#member":        {"ticket#reporter", "group:a#member", "user, service_account"},
		"ticket:a/1#viewer@user:al with unexpired":  {"ticket#viewer", "unexpired"},
		"project:a/P#task_read@task:1 with forever": {"forever", "task with unexpired"},
	}
	for line, words := range tests {
		err := parsed.Accepts(authztest.Tuples(t, line)[0])
		var invalid *eyeshot.InvalidError
		if !errors.As(err, &invalid) {
			t.Errorf("%s: got %v", line, err)
			continue
		}
		for _, word := range words {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%s: %q does not name %s", line, err, word)
			}
		}
	}
}

func TestARelationThatTheModelLacksIsNamedWithThoseThatItHas(t *testing.T) {
	store := authztest.NewStore(t, "")
	parsed, err := store.Model(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if relation, err := parsed.Relation("ticket", "can_read"); err != nil || relation.Name != "can_read" {
		t.Errorf("got %v, %v", relation, err)
	}
	for _, missing := range [][2]string{{"ticket", "can_fly"}, {"spaceship", "can_read"}} {
		_, err := parsed.Relation(missing[0], missing[1])
		if !errors.Is(err, eyeshot.ErrInvalid) || !strings.Contains(err.Error(), "has") {
			t.Errorf("%v: got %v", missing, err)
		}
	}
}
