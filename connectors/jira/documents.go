package jira

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
)

// reading turns issues into items.
type reading struct {
	*Connector
	picture    *picture
	accessOnly bool
}

// items are an issue and its comments. An error is a failure to ask.
func (r reading) items(ctx context.Context, i issue) ([]connectors.Item, error) {
	object, err := r.names().ticket(i.Key)
	if err != nil {
		return []connectors.Item{{Refused: connectors.Refuse(connectors.Malformed, err)}}, nil
	}
	one := r.picture.byID[i.project()]
	if one == nil {
		return []connectors.Item{refused(object, connectors.Refuse(connectors.Unreadable, eyeshot.Invalid("project", i.project(), "is none that this account can list")))}, nil
	}
	related, refusal := r.ticket(r.picture, one, object, i)
	out := []connectors.Item{r.item(object, related, refusal, func() (eyeshot.Document, error) { return r.document(object, one, i) })}
	comments, err := r.commentsOf(ctx, i)
	if closed(err) {
		return out, nil // gone since it was found
	}
	if err != nil {
		return nil, err
	}
	for _, said := range comments {
		out = append(out, r.comment(one, object, i, said, refusal))
	}
	return out, nil
}

func refused(object eyeshot.Object, refusal *connectors.Refusal) connectors.Item {
	return connectors.Item{Document: eyeshot.Document{Object: object}, Refused: refusal}
}

// item is a document with its relationships, or without its content.
func (r reading) item(object eyeshot.Object, related []eyeshot.Relationship, refusal *connectors.Refusal, content func() (eyeshot.Document, error)) connectors.Item {
	if refusal != nil {
		return refused(object, refusal)
	}
	if r.accessOnly {
		return connectors.Item{AccessOnly: true, Document: eyeshot.Document{Object: object, Relationships: related}}
	}
	document, err := content()
	if err != nil {
		return refused(object, connectors.Refuse(connectors.BadContent, err))
	}
	document.Relationships = related
	return connectors.Item{Document: document}
}

func (r reading) comment(one *project, ticket eyeshot.Object, i issue, said comment, refusal *connectors.Refusal) connectors.Item {
	object, err := r.names().comment(said.ID)
	if err != nil {
		return connectors.Item{Refused: connectors.Refuse(connectors.Malformed, err)}
	}
	var related []eyeshot.Relationship
	if refusal == nil {
		related, refusal = r.commentRelations(r.picture, one, ticket, object, said)
	}
	return r.item(object, related, refusal, func() (eyeshot.Document, error) { return r.commentDocument(object, i, said) })
}

func (r reading) document(object eyeshot.Object, one *project, i issue) (eyeshot.Document, error) {
	text, err := r.api.render(i.Fields["description"])
	if err != nil {
		return eyeshot.Document{}, err
	}
	updated, err := parseTime(i.text("updated"))
	if err != nil {
		return eyeshot.Document{}, err
	}
	metadata := map[string]any{"key": i.Key, "project": one.Key}
	for _, name := range []string{"issuetype", "status", "reporter", "assignee"} {
		if value := i.text(name); value != "" {
			metadata[strings.TrimPrefix(name, "issue")] = value
		}
	}
	if labels := i.texts("labels"); len(labels) > 0 {
		metadata["labels"] = labels
	}
	title := i.text("summary")
	if strings.TrimSpace(title) == "" {
		title = i.Key
	}
	return eyeshot.Document{Object: object, Title: title, Text: text, Format: r.format(), URL: r.page(i.Key, ""), Metadata: metadata, UpdatedAt: updated}, nil
}

func (r reading) commentDocument(object eyeshot.Object, i issue, said comment) (eyeshot.Document, error) {
	text, err := r.api.render(said.Body)
	if err != nil {
		return eyeshot.Document{}, err
	}
	updated, err := parseTime(said.Updated)
	if err != nil {
		return eyeshot.Document{}, err
	}
	metadata := map[string]any{"key": i.Key}
	if said.Author.Name != "" {
		metadata["author"] = said.Author.Name
	}
	return eyeshot.Document{Object: object, Title: "Comment on " + i.Key + ": " + i.text("summary"), Text: text, Format: r.format(), URL: r.page(i.Key, said.ID), Metadata: metadata, UpdatedAt: updated}, nil
}

// format is how texts are marked up: Cloud's are rendered to Markdown, a Data
// Center's come in its own markup.
func (r reading) format() eyeshot.Format {
	if r.config.DataCenter {
		return eyeshot.FormatJira
	}
	return eyeshot.FormatMarkdown
}

func (r reading) page(key, comment string) string {
	base := r.picture.server.Base
	if base == "" {
		base = strings.TrimSuffix(r.config.URL, "/")
	}
	page := base + "/browse/" + url.PathEscape(key)
	if comment != "" {
		page += "?focusedCommentId=" + url.QueryEscape(comment)
	}
	return page
}

// needed are the fields to ask for: those that permissions hang on, and unless
// only these are wanted, those of the content.
func (r reading) needed() []string {
	names := map[string]bool{}
	for _, name := range []string{"project", "security", "issuerestriction", "reporter", "assignee", "comment"} {
		names[name] = true
	}
	if !r.accessOnly {
		for _, name := range []string{"summary", "description", "issuetype", "status", "labels", "updated"} {
			names[name] = true
		}
	}
	for _, one := range r.picture.projects {
		for _, h := range one.holders() {
			if h.Kind == "userCustomField" || h.Kind == "groupCustomField" {
				names[h.Value] = true
			}
		}
	}
	return sorted(names)
}

// textOf is what a Data Center has as a body: a text.
func textOf(body json.RawMessage) (string, error) {
	if isNull(body) {
		return "", nil
	}
	var text string
	if err := json.Unmarshal(body, &text); err != nil {
		return "", eyeshot.Invalid("body", "", "must be a text")
	}
	return text, nil
}
