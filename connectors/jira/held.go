package jira

import (
	"encoding/json"

	"github.com/eyeshot-dev/eyeshot/connectors"
)

// person is a user, or a group, in a field of an issue. Cloud names users by
// accountId and groups by groupId, a Data Center by key and name.
type person struct {
	AccountID string `json:"accountId"`
	Key       string `json:"key"`
	GroupID   string `json:"groupId"`
	Name      string `json:"name"`
	Display   string `json:"displayName"`
}

// held are the accounts or groups that a holder finds in an issue.
func (i issue) held(h holder) (users, groups []string, refusal *connectors.Refusal) {
	name := h.Value
	switch h.Kind {
	case "reporter", "assignee":
		name = h.Kind
	}
	people, understood := persons(i.Fields[name])
	if !understood {
		return nil, nil, errHeld(name)
	}
	for _, one := range people {
		switch {
		case h.Kind != "groupCustomField" && one.AccountID != "":
			users = append(users, one.AccountID)
		case h.Kind != "groupCustomField":
			users = append(users, one.Key)
		case one.GroupID != "":
			groups = append(groups, one.GroupID)
		default:
			groups = append(groups, one.Name)
		}
	}
	return users, groups, nil
}

// persons reads a field that holds one, several or none.
func persons(raw json.RawMessage) ([]person, bool) {
	if isNull(raw) {
		return nil, true
	}
	var one person
	if json.Unmarshal(raw, &one) == nil {
		return []person{one}, true
	}
	var many []person
	return many, json.Unmarshal(raw, &many) == nil
}

// text reads a field that holds a text, or an object with a name.
func (i issue) text(name string) string {
	raw := i.Fields[name]
	var plain string
	if json.Unmarshal(raw, &plain) == nil {
		return plain
	}
	var named struct {
		Name    string `json:"name"`
		Display string `json:"displayName"`
	}
	if json.Unmarshal(raw, &named) != nil {
		return ""
	}
	if named.Display != "" {
		return named.Display
	}
	return named.Name
}

func (i issue) texts(name string) []string {
	var out []string
	if json.Unmarshal(i.Fields[name], &out) != nil {
		return nil
	}
	return out
}

// project is the id of the project that an issue is in.
func (i issue) project() string {
	var p struct {
		ID string `json:"id"`
	}
	if json.Unmarshal(i.Fields["project"], &p) != nil {
		return ""
	}
	return p.ID
}
