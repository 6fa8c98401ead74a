package redmine

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
)

// ticket is the document of an issue. Custom fields are left out: each may be
// for some roles only.
func (w *writer) ticket(issue *apiIssue) connectors.Item {
	object := w.names.ticket(issue.ID)
	access, err := w.ticketAccess(issue)
	if err != nil {
		return refused(object, err)
	}
	metadata := w.metadata(issue)
	for key, value := range map[string]*ref{"status": issue.Status, "priority": issue.Priority, "category": issue.Category, "version": issue.Version, "author": issue.Author, "assignee": issue.AssignedTo} {
		if value != nil {
			metadata[key] = value.Name
		}
	}
	if files := filenames(issue.Attachments); len(files) > 0 {
		metadata["attachments"] = files
	}
	return connectors.Item{Document: eyeshot.Document{
		Object: object, Title: issue.Subject, Text: withFiles(issue.Description, issue.Attachments), Format: w.config.Format,
		URL: w.address(issue.ID), Metadata: metadata, UpdatedAt: issue.UpdatedOn, Relationships: access,
	}}
}

// metadata is what a ticket and its notes share.
func (w *writer) metadata(issue *apiIssue) map[string]any {
	p := w.byProject[issue.Project.ID]
	return map[string]any{"project": p.Identifier, "project_name": p.Name, "tracker": issue.Tracker.Name, "issue": float64(issue.ID)}
}

func (w *writer) address(issue int) string { return w.base + "/issues/" + strconv.Itoa(issue) }

// note is the document of a note, n of journal.
func (w *writer) note(issue *apiIssue, journal apiJournal, n noteFacts) connectors.Item {
	object := w.names.note(issue.ID, n.id)
	access, err := w.noteAccess(issue, n)
	if err != nil {
		return refused(object, err)
	}
	metadata := w.metadata(issue)
	if journal.User != nil {
		metadata["author"] = journal.User.Name
	}
	return connectors.Item{Document: eyeshot.Document{
		Object: object, Title: fmt.Sprintf("Note on #%d: %s", issue.ID, issue.Subject), Text: journal.Notes, Format: w.config.Format,
		URL: w.address(issue.ID) + "#change-" + strconv.Itoa(n.id), Metadata: metadata, UpdatedAt: journal.CreatedOn, Relationships: access,
	}}
}

// whole are the items of an issue: itself and its notes.
func (w *writer) whole(issue *apiIssue) []connectors.Item {
	items := []connectors.Item{w.ticket(issue)}
	journals := map[int]apiJournal{}
	for _, journal := range issue.Journals {
		journals[journal.ID] = journal
	}
	for _, n := range facts(issue) {
		items = append(items, w.note(issue, journals[n.id], n))
	}
	return items
}

// page is the document of a wiki page.
func (w *writer) page(p *project, object eyeshot.Object, page *apiPage) connectors.Item {
	metadata := map[string]any{"project": p.Identifier, "project_name": p.Name}
	if files := filenames(page.Attachments); len(files) > 0 {
		metadata["attachments"] = files
	}
	return connectors.Item{Document: eyeshot.Document{
		Object: object, Title: strings.ReplaceAll(page.Title, "_", " "), Text: withFiles(page.Text, page.Attachments), Format: w.config.Format,
		URL: w.base + "/projects/" + p.Identifier + "/wiki/" + url.PathEscape(page.Title), Metadata: metadata, UpdatedAt: page.UpdatedOn,
		Relationships: w.pageAccess(p, object),
	}}
}

func (w *writer) pageAccess(p *project, object eyeshot.Object) []eyeshot.Relationship {
	return []eyeshot.Relationship{relate(object, "parent", eyeshot.Subject(w.names.wiki(p.Identifier)))}
}

func filenames(files []apiFile) []string {
	var out []string
	for _, file := range files {
		out = append(out, file.Filename)
	}
	return out
}

// withFiles puts the names of attached files below a text, so that they are
// found.
func withFiles(text string, files []apiFile) string {
	if len(files) == 0 {
		return text
	}
	return strings.TrimSpace(text + "\n\nFiles: " + strings.Join(filenames(files), ", "))
}
