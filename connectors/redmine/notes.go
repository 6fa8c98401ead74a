package redmine

import (
	"slices"
	"time"
)

// noteFacts is what a note's permissions hang on.
type noteFacts struct {
	id, author int
	private    bool
}

// facts are the notes of an issue that have a text.
func facts(issue *apiIssue) []noteFacts {
	var out []noteFacts
	for _, journal := range issue.Journals {
		if journal.Notes == "" {
			continue // a change of fields only
		}
		// SECURITY: what does not say that it is public is private.
		fact := noteFacts{id: journal.ID, private: journal.PrivateNotes == nil || *journal.PrivateNotes}
		if journal.User != nil {
			fact.author = journal.User.ID
		}
		out = append(out, fact)
	}
	return out
}

// noteCache remembers the notes of issues as they were last read. A listing of
// issues does not have them, and reading each issue anew for every refresh of
// permissions would ask too much of a server.
type noteCache struct {
	byIssue map[int]cachedNotes
	turn    int // the issue up to which notes were read again, in turn
}

type cachedNotes struct {
	updated time.Time // of the issue, or zero where it may have changed in the same second
	notes   []noteFacts
}

// put remembers an issue's notes as they were read at a time of the server, to
// the second. What changes later has a later time, but within the same second.
func (n *noteCache) put(issue *apiIssue, now time.Time) {
	cached := cachedNotes{notes: facts(issue)}
	if now.After(issue.UpdatedOn) {
		cached.updated = issue.UpdatedOn
	}
	n.byIssue[issue.ID] = cached
}

// get returns an issue's notes where they are known to be as they were.
func (n *noteCache) get(issue *apiIssue) ([]noteFacts, bool) {
	cached, found := n.byIssue[issue.ID]
	return cached.notes, found && !cached.updated.IsZero() && cached.updated.Equal(issue.UpdatedOn)
}

// next returns the issues with notes whose turn it is to be read again.
func (n *noteCache) next(count int) set {
	var with []int
	for id, cached := range n.byIssue {
		if len(cached.notes) > 0 {
			with = append(with, id)
		}
	}
	slices.Sort(with)
	start, _ := slices.BinarySearch(with, n.turn+1)
	with = append(with[start:], with[:start]...)
	with = with[:min(count, len(with))]
	if len(with) > 0 {
		n.turn = with[len(with)-1]
	}
	out := set{}
	for _, id := range with {
		out[id] = true
	}
	return out
}
