package corpus

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
)

func TestEveryDocumentHasAReaderWhoIsNoAdmin(t *testing.T) {
	for name, w := range worlds(t, loaded(t)) {
		readers := map[eyeshot.Object]int{}
		for _, user := range w.tenant.Users {
			readable := w.readable(t, eyeshot.Principal{Tenant: name, Subject: user.Object})
			if isAdmin(w.tenant, user.Object) {
				continue
			}
			require.Less(t, len(readable), len(w.tenant.Documents), "%s of %s reads everything", user.ID, name)
			for object := range readable {
				readers[object]++
			}
		}
		for _, document := range w.tenant.Documents {
			require.Positive(t, readers[document.Object], "nobody but admins reads %s of %s", document.Object, name)
		}
	}
}

func TestOnlyThePublicPageIsReadByEverybody(t *testing.T) {
	w := worlds(t, loaded(t))[demoTenant]
	stranger := w.readable(t, eyeshot.Principal{Tenant: demoTenant, Subject: "user:stranger"})
	require.Equal(t, 1, len(stranger))
	require.True(t, stranger["document:handbook/public/refund-timing.md"])
}

func TestWhoReadsWhat(t *testing.T) {
	w := worlds(t, loaded(t))[demoTenant]
	for _, rule := range []struct {
		says   string
		reader eyeshot.Principal
		object eyeshot.Object
		reads  bool
	}{
		{"a team inside a team reads what the outer one may", person("ines"), "ticket:jira-main/PLAT-731", true},
		{"a level keeps out whom the project lets in", person("oskar"), "ticket:jira-main/PAY-1490", false},
		{"a level lets in whom it clears", person("lukas"), "ticket:jira-main/PAY-1490", true},
		{"an admin reads past levels", person("freya"), "ticket:jira-main/PAY-1490", true},
		{"an auditor of the tenant reads no document for it", person("ruth"), "ticket:jira-main/PAY-1482", false},
		{"an internal comment is for the project's members", person("ines"), "comment:jira-main/PAY-1482/comment-3", true},
		{"and not for its viewers", person("tomas"), "comment:jira-main/PAY-1482/comment-3", false},
		{"who read the ordinary one", person("tomas"), "comment:jira-main/PAY-1482/comment-1", true},
		{"a ticket is shared with a person outside of its project", person("jonas"), "ticket:jira-main/HR-58", true},
		{"and nothing else of the project with it", person("jonas"), "ticket:jira-main/HR-52", false},
		{"a document is shared with a group", person("priya"), "document:handbook/incidents/2026-03-refunds/post-mortem.md", true},
		{"a contractor reads what was shared by name", person("sam"), "document:handbook/engineering/design/offline-mode.md", true},
		{"and nothing beside it", person("sam"), "document:handbook/engineering/design/idempotency.md", false},
		{"a reporter follows the ticket into a closed project", person("tomas"), "ticket:jira-main/SEC-212", true},
		{"and not the others of the project", person("tomas"), "ticket:jira-main/SEC-209", false},
		{"a project's viewers read its folder inside a narrower one", person("tomas"), "document:handbook/engineering/runbooks/payments/refunds.md", true},
		{"a service account reads its project", robot("statusbot"), "ticket:jira-main/OPS-344", true},
		{"and no other", robot("statusbot"), "ticket:jira-main/PAY-1482", false},
		{"the ingester reads nothing", robot("loader"), "ticket:jira-main/OPS-344", false},
		{"an agent reads a single ticket that it was granted", through("tomas", "purser"), "ticket:jira-main/PAY-1482", true},
		{"and not the ticket beside it", through("tomas", "purser"), "ticket:jira-main/PAY-1486", false},
		{"an agent reads a granted folder", through("jonas", "deckhand"), "document:handbook/engineering/runbooks/ledger-failover.md", true},
		{"a grant with an end in the future holds", through("lukas", "deckhand"), "ticket:jira-main/PLAT-760", true},
		{"a grant whose end has passed does not", through("mei", "purser"), "ticket:jira-main/OPS-344", false},
		{"an agent without a grant reads nothing", through("tomas", "deckhand"), "ticket:jira-main/OPS-344", false},
	} {
		require.Equal(t, rule.reads, w.mayRead(t, rule.reader, rule.object), "%s (%s, %s)", rule.says, rule.reader, rule.object)
	}
}

func isAdmin(tenant *Tenant, user eyeshot.Object) bool {
	for _, r := range tenant.Relationships {
		if r.Object.Type() == "tenant" && r.Relation == "admin" && r.Subject == eyeshot.Subject(user) {
			return true
		}
	}
	return false
}

func person(id string) eyeshot.Principal {
	return eyeshot.Principal{Tenant: demoTenant, Subject: eyeshot.Object("user:" + id)}
}

func robot(id string) eyeshot.Principal {
	return eyeshot.Principal{Tenant: demoTenant, Subject: eyeshot.Object("service_account:" + id)}
}

func through(id, agent string) eyeshot.Principal {
	p := person(id)
	p.Actor = eyeshot.Object("agent:" + agent)
	return p
}
