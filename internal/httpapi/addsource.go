package httpapi

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/config"
)

type sourceRequest struct {
	Name           string                `json:"name"`
	Type           string                `json:"type"`
	URL            string                `json:"url"`
	KeyEnv         string                `json:"key_env"`
	HookSecretEnv  string                `json:"hook_secret_env"`
	Email          string                `json:"email"`
	DataCenter     bool                  `json:"data_center"`
	Projects       []string              `json:"projects"`
	EmailsVerified bool                  `json:"emails_verified"`
	Content        string                `json:"content"`
	Permissions    string                `json:"permissions"`
	Full           string                `json:"full"`
	Identities     config.SourceAccounts `json:"identities"`
}

// addSource takes a source from an admin of its tenant.
//
// SECURITY: a tenant's admin is not the operator of the machine. So it is off
// unless the configuration allows it; there is no source of files; and a secret
// is one that the operator set for this tenant, or an admin could have another
// tenant's key sent to an address of their own. Nor can "everybody" be allowed
// here, or the guard be turned off.
func (s *server) addSource(c *gin.Context) {
	var body sourceRequest
	if !s.readJSON(c, s.Limits.Body, &body) {
		return
	}
	if !s.AddSources {
		s.problem(c, http.StatusForbidden, "forbidden", "sources are added by the operator: with eyeshot sources add, or in the configuration; http.add_sources allows it here")
		return
	}
	source, err := body.source(principalOf(c).Tenant)
	if err == nil {
		err = s.Sources.Add(c.Request.Context(), source)
	}
	if err != nil {
		s.failSource(c, err)
		return
	}
	s.listSources(c)
}

func (r sourceRequest) source(tenant string) (config.Source, error) {
	out := config.Source{
		Name: r.Name, Type: r.Type, Tenant: tenant, URL: r.URL, KeyEnv: r.KeyEnv, HookSecretEnv: r.HookSecretEnv, Email: r.Email,
		DataCenter: r.DataCenter, Projects: r.Projects, EmailsVerified: r.EmailsVerified, Identities: r.Identities,
	}
	if !slices.Contains([]string{"redmine", "jira"}, r.Type) {
		return out, eyeshot.Invalid("type", r.Type, "must be redmine or jira; others read the machine's files")
	}
	prefix := secretPrefix(tenant)
	for field, name := range map[string]string{"key_env": r.KeyEnv, "hook_secret_env": r.HookSecretEnv} {
		if name != "" && !strings.HasPrefix(name, prefix) {
			return out, eyeshot.Invalid(field, name, "must begin with "+prefix)
		}
	}
	for field, each := range map[string]struct {
		text string
		into *time.Duration
	}{"content": {r.Content, &out.Content}, "permissions": {r.Permissions, &out.Permissions}, "full": {r.Full, &out.Full}} {
		if each.text == "" {
			continue
		}
		var err error
		if *each.into, err = time.ParseDuration(each.text); err != nil {
			return out, eyeshot.Invalid(field, each.text, `must be a time such as "5m"`)
		}
	}
	return out, nil
}

// secretPrefix is how the variables begin whose values a tenant's admin may use.
// Two tenants never share one: what is no small letter or digit is written as
// its code.
func secretPrefix(tenant string) string {
	var b strings.Builder
	for _, c := range []byte(tenant) {
		switch {
		case c >= 'a' && c <= 'z':
			b.WriteByte(c - 'a' + 'A')
		case c >= '0' && c <= '9':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "_%02X", c)
		}
	}
	return "SOURCE_" + b.String() + "__"
}
