package jira

import (
	"context"
	"encoding/json"
	"iter"
	"time"
)

// api is what the connector asks of a Jira. Cloud and Data Center answer it
// each in their own way. Listings are complete or end in an error.
type api interface {
	server(ctx context.Context) (server, error)
	myself(ctx context.Context) (account, error)
	fields(ctx context.Context) ([]field, error)
	accounts(ctx context.Context) iter.Seq2[account, error]
	groups(ctx context.Context) iter.Seq2[group, error]
	members(ctx context.Context, g group) iter.Seq2[account, error]
	applications(ctx context.Context) ([]application, error)
	roles(ctx context.Context, project string) ([]role, error)
	projects(ctx context.Context) iter.Seq2[projectInfo, error]
	actors(ctx context.Context, project string, role string) ([]actor, error)
	browse(ctx context.Context, project string) ([]holder, error)
	security(ctx context.Context, project string) (scheme string, levels []string, err error)
	levelMembers(ctx context.Context, scheme string) iter.Seq2[levelMember, error]
	search(ctx context.Context, ask searchFor) iter.Seq2[issue, error]
	count(ctx context.Context, jql string) (int, error)
	comments(ctx context.Context, issue string) iter.Seq2[comment, error]
	issuesByKey(ctx context.Context, keys []string) ([]issue, error)
	commentsByID(ctx context.Context, ids []string) ([]placed, error)
	canBrowse(ctx context.Context, account string, issues []int64) (map[int64]bool, error)
	groupsOf(ctx context.Context, account string) ([]group, error)
	render(body json.RawMessage) (text string, err error)
}

// searchFor is a search: a query, the fields to bring, and whether to bring
// which keys an issue has had.
type searchFor struct {
	jql       string
	fields    []string
	changelog bool
	pageSize  int // 0: the connector's
}

// account is a user as Jira has it. ID is accountId in Cloud, and the key in a
// Data Center.
type account struct {
	ID     string
	Login  string
	Name   string
	Email  string
	Kind   string // atlassian, app, customer; "" in a Data Center
	Active bool
}

// server is what Jira says of itself: what time it is, and where people find it,
// which need not be where its API is.
type server struct {
	Now  time.Time
	Base string
}

type group struct{ ID, Name string }

type application struct {
	Key    string
	Groups []string // ids
}

type role struct{ ID, Name string }

type field struct{ ID, Name string }

type projectInfo struct {
	ID, Key, Name, Lead, Kind string
	TeamManaged               bool
}

// actor is who has a role: an account or a group, by id.
type actor struct{ Account, Group string }

// holder is who holds a permission or belongs to a level. Value names the user,
// group, role, field or application, where Kind has one.
type holder struct{ Kind, Value string }

// levelMember is a holder that belongs to a level.
type levelMember struct {
	ID, Level string
	holder
}

// issue is an issue as a search tells it.
type issue struct {
	ID     string                     `json:"id"`
	Key    string                     `json:"key"`
	Fields map[string]json.RawMessage `json:"fields"`
	Log    struct {
		Histories []struct {
			Items []struct {
				Field string `json:"field"`
				From  string `json:"fromString"`
			} `json:"items"`
		} `json:"histories"`
	} `json:"changelog"`
}

// comment is a comment as Jira tells it.
type comment struct {
	ID         string          `json:"id"`
	Body       json.RawMessage `json:"body"`
	Updated    string          `json:"updated"`
	Public     *bool           `json:"jsdPublic"`
	Visibility *visibility     `json:"visibility"`
	Author     struct {
		Name string `json:"displayName"`
	} `json:"author"`
}

type visibility struct {
	Type       string `json:"type"`
	Value      string `json:"value"`
	Identifier string `json:"identifier"`
}

// placed is a comment with the id of its issue.
type placed struct {
	comment
	issue string
}
