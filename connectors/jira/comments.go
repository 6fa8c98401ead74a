package jira

import (
	"context"
	"encoding/json"
	"iter"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
)

// commentsOf are all comments of an issue that this account may see. A search
// brings the first few along; where there are more they are asked for.
func (c *Connector) commentsOf(ctx context.Context, i issue) ([]comment, error) {
	var field struct {
		Comments []comment `json:"comments"`
		Total    *int      `json:"total"`
	}
	if json.Unmarshal(i.Fields["comment"], &field) == nil && field.Total != nil && *field.Total == len(field.Comments) {
		return field.Comments, nil
	}
	return collect(ctx, func(ctx context.Context) iter.Seq2[comment, error] { return c.api.comments(ctx, i.ID) })
}

// commentRelations give the relationships of a comment, or why it has to stay
// closed. Whoever sees it has to see its issue as well: that is the model's.
func (c *Connector) commentRelations(p *picture, one *project, ticket, object eyeshot.Object, said comment) ([]eyeshot.Relationship, *connectors.Refusal) {
	out := []eyeshot.Relationship{relation(object, "ticket", eyeshot.Subject(ticket))}
	audience, err := c.audience(p, one, said)
	if err != nil {
		return nil, connectors.Refuse(connectors.BadRelationship, err)
	}
	if audience == "" {
		return append(out, everybody(object, "everyone")...), nil
	}
	return append(out, relation(object, "audience", members(audience))), nil
}

// audience is the group that a comment is for, "" for all who see the issue.
//
// SECURITY: a comment that is restricted in a way that is not understood is an
// error, never one for all.
func (c *Connector) audience(p *picture, one *project, said comment) (eyeshot.Object, error) {
	v := said.Visibility
	if v == nil || v.Type == "" && v.Value == "" && v.Identifier == "" {
		if said.Public != nil && !*said.Public {
			return c.names().users() // internal: for who works in Jira, not for the portal or the public
		}
		return "", nil
	}
	switch v.Type {
	case "group":
		id := v.Identifier
		if id == "" {
			id = p.groupByName[v.Value]
		}
		if !p.hasGroup(id) {
			return "", eyeshot.Invalid("visibility", v.Value, "is no group of this Jira")
		}
		return c.names().group(id)
	case "role":
		id := roleNamed(one.roles, v.Identifier, v.Value)
		if id == "" {
			return "", eyeshot.Invalid("visibility", v.Value, "is no role of the project")
		}
		return c.names().role(one.ID, id)
	}
	return "", eyeshot.Invalid("visibility", v.Type, "is not understood: group and role are")
}
