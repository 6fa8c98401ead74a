package jira

import (
	"encoding/json"
	"fmt"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
)

// level is the id of the issue's security level, "" where it has none.
//
// SECURITY: in a project with an issue security scheme, an issue that came
// without the field is one whose level was not told, not one without.
func (i issue) level(secured bool) (string, *connectors.Refusal) {
	raw, told := i.Fields["security"]
	if !told {
		if secured {
			return "", connectors.Refuse(connectors.Unreadable, eyeshot.Invalid("security", "", "was not told: the field must be visible to the account that reads"))
		}
		return "", nil
	}
	if isNull(raw) {
		return "", nil
	}
	var level struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(raw, &level); err != nil || level.ID == "" {
		return "", connectors.Refuse(connectors.BadRelationship, eyeshot.Invalid("security", "", "must have an id"))
	}
	return level.ID, nil
}

// restrictedTo are the roles that an issue of a team-managed project is
// restricted to, by id or name.
func (i issue) restrictedTo(teamManaged bool) ([]string, *connectors.Refusal) {
	raw, told := i.Fields["issuerestriction"]
	if !told || isNull(raw) {
		if teamManaged && !told {
			return nil, connectors.Refuse(connectors.Unreadable, eyeshot.Invalid("issuerestriction", "", "was not told for an issue of a team-managed project"))
		}
		return nil, nil
	}
	var field struct {
		Of map[string]json.RawMessage `json:"issuerestrictions"`
	}
	if err := json.Unmarshal(raw, &field); err != nil {
		return nil, connectors.Refuse(connectors.BadRelationship, eyeshot.Invalid("issuerestriction", "", "must be an object"))
	}
	var out []string
	for kind, values := range field.Of {
		var roles []struct {
			ID   string `json:"id"`
			Name string `json:"name"`
		}
		if err := json.Unmarshal(values, &roles); err != nil || kind != "projectrole" {
			return nil, connectors.Refuse(connectors.BadRelationship, eyeshot.Invalid("issuerestriction", kind, "is not understood: only projectrole is"))
		}
		for _, r := range roles {
			if r.ID == "" {
				r.ID = r.Name
			}
			out = append(out, r.ID)
		}
	}
	return out, nil
}

func isNull(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }

// errHeld says that a field which permissions hang on is not understood.
func errHeld(name string) *connectors.Refusal {
	return connectors.Refuse(connectors.BadRelationship, fmt.Errorf("%w: who may see the issue hangs on field %s, which is not understood", eyeshot.ErrInvalid, name))
}
