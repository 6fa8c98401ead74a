package redmine

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
)

func TestAnIssueItsNotesAndItsFilesBecomeDocuments(t *testing.T) {
	r := newRoster(2)
	r.groups[9] = set{1: true}
	r.with(project{apiProject: apiProject{ID: 1, Identifier: "pay", Name: "Payments"}, users: map[int]set{1: {lead: true}}})
	w := &writer{roster: r, names: names{"r"}, base: "https://redmine.example.com", scopes: map[scopeKey]scopeFacts{}}
	private, public := true, false
	items := w.whole(&apiIssue{
		ID: 7, Project: &ref{ID: 1}, Tracker: &ref{ID: 2, Name: "Feature"}, Author: &ref{ID: 2, Name: "Ben"}, AssignedTo: &ref{ID: 9, Name: "Team"},
		Subject: "Refunds fail", Description: "Capture half.", IsPrivate: &private, Attachments: []apiFile{{"trace.pdf"}, {"screen.png"}},
		Journals: []apiJournal{
			{ID: 70, User: &ref{ID: 2}, Notes: "Seen twice.", PrivateNotes: &private},
			{ID: 71, PrivateNotes: &public}, // a change of fields
			{ID: 72, User: &ref{ID: 1}, Notes: "Fixed.", PrivateNotes: &public},
		},
	})
	require.Len(t, items, 3)
	ticket := items[0].Document
	require.Equal(t, "Capture half.\n\nFiles: trace.pdf, screen.png", ticket.Text)
	require.Equal(t, []string{"trace.pdf", "screen.png"}, ticket.Metadata["attachments"])
	require.Equal(t, "https://redmine.example.com/issues/7", ticket.URL)
	require.Equal(t, []string{
		"ticket:r/7#project@project:r/pay", "ticket:r/7#project@project:r/pay/issues", "ticket:r/7#level@security_level:r/pay/issues/private",
		"ticket:r/7#cleared@user:2", "ticket:r/7#cleared@group:r/group-9#member",
	}, lines(ticket))
	require.Equal(t, []string{"comment:r/7/note-70#ticket@ticket:r/7", "comment:r/7/note-70#audience@group:r/pay/private-notes#member", "comment:r/7/note-70#audience@user:2"}, lines(items[1].Document))
	require.Equal(t, []string{"comment:r/7/note-72#ticket@ticket:r/7", "comment:r/7/note-72#everyone@user:*", "comment:r/7/note-72#everyone@service_account:*"}, lines(items[2].Document))
	require.Equal(t, "Fixed.", items[2].Document.Text)
}

func lines(doc eyeshot.Document) (out []string) {
	for _, r := range doc.Relationships {
		out = append(out, r.String())
	}
	return out
}
