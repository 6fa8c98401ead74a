package corpus

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
)

func TestTheStoryComesOutAsItSays(t *testing.T) {
	corpus := loaded(t)
	story := corpus.Story
	teller := &teller{worlds: worlds(t, corpus), ranker: newRanker(t, corpus), limit: story.Limit}
	teller.tell(t, story.Question, story.Users...)
	teller.tell(t, story.Question, story.Agent, story.Other)
	for _, example := range story.Examples {
		teller.tell(t, example.Question, example.Answers...)
	}
	require.NoError(t, teller.worlds[story.Tenant].store.Write(t.Context(), nil, story.Revocation.Remove))
	teller.readable = nil
	teller.tell(t, story.Question, story.Revocation.Answers...)
}

// teller asks questions in the tenants' worlds.
type teller struct {
	worlds   map[string]world
	ranker   *ranker
	limit    int
	readable map[eyeshot.Principal]map[eyeshot.Object]bool // until something is revoked
}

func (s *teller) tell(t *testing.T, question string, answers ...Answer) {
	t.Helper()
	for _, answer := range answers {
		results := s.ranker.search(t, answer.Principal.Tenant, question, s.readableBy(t, answer.Principal))
		first := results[:min(s.limit, len(results))]
		t.Logf("%s: %q\n\t%v", answer.Principal, question, first)
		for _, object := range answer.Contains {
			require.Contains(t, first, object, "%s asks %q", answer.Principal, question)
		}
		for _, object := range answer.Lacks {
			require.NotContains(t, results, object, "%s asks %q", answer.Principal, question)
		}
	}
}

func (s *teller) readableBy(t *testing.T, p eyeshot.Principal) map[eyeshot.Object]bool {
	t.Helper()
	if s.readable == nil {
		s.readable = map[eyeshot.Principal]map[eyeshot.Object]bool{}
	}
	if s.readable[p] == nil {
		s.readable[p] = s.worlds[p.Tenant].readable(t, p)
	}
	return s.readable[p]
}

func TestTheStoryShowsWhatItPromises(t *testing.T) {
	corpus := loaded(t)
	story := corpus.Story
	require.Len(t, story.Users, 2)
	first, second := story.Users[0], story.Users[1]
	require.Equal(t, first.Principal.Subject, story.Agent.Principal.Subject)
	require.NotEmpty(t, story.Agent.Principal.Actor)
	require.Subset(t, first.Contains, story.Agent.Contains, "an agent sees a part of what its user sees")
	require.NotEmpty(t, common(first.Contains, story.Agent.Lacks), "and not all of it")
	require.NotEmpty(t, common(first.Contains, second.Lacks), "the first sees what the second does not")
	require.NotEmpty(t, common(second.Contains, first.Lacks), "and the other way round")
	require.NotEmpty(t, common(first.Contains, story.Revocation.Answers[0].Lacks), "something disappears")
	require.NotEqual(t, story.Tenant, story.Other.Principal.Tenant)
	require.Equal(t, first.Principal.Subject, story.Other.Principal.Subject, "the same name in the other tenant")
	require.GreaterOrEqual(t, len(story.Examples), 5)
}

func TestTheStoryNamesOnlyWhatIsThere(t *testing.T) {
	corpus := loaded(t)
	main := corpus.Tenant(corpus.Story.Tenant)
	answers := append(slices.Clone(corpus.Story.Users), corpus.Story.Agent, corpus.Story.Other)
	answers = append(answers, corpus.Story.Revocation.Answers...)
	for _, example := range corpus.Story.Examples {
		require.GreaterOrEqual(t, len(example.Answers), 2, example.Question)
		answers = append(answers, example.Answers...)
	}
	for _, answer := range answers {
		tenant := corpus.Tenant(answer.Principal.Tenant)
		require.NotNil(t, tenant, answer.Principal)
		known := knownObjects(tenant)
		require.True(t, known[answer.Principal.Subject], answer.Principal)
		require.True(t, answer.Principal.Actor == "" || known[answer.Principal.Actor], answer.Principal)
		for _, object := range answer.Contains {
			require.True(t, known[object], object)
		}
		for _, object := range answer.Lacks {
			require.True(t, known[object] || knownObjects(main)[object], object)
		}
	}
	for _, r := range corpus.Story.Revocation.Remove {
		require.Contains(t, main.Relationships, r)
	}
}

func common(a, b []eyeshot.Object) []eyeshot.Object {
	var out []eyeshot.Object
	for _, object := range a {
		if slices.Contains(b, object) {
			out = append(out, object)
		}
	}
	return out
}
