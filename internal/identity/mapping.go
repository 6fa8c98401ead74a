package identity

import (
	"fmt"
	"slices"

	"github.com/eyeshot-dev/eyeshot"
)

// Claims that a [Mapping] reads where it names no others.
const (
	claimSubject       = "sub"
	claimTenant        = "tenant"
	claimActor         = "act" // RFC 8693 section 4.1
	claimTask          = "task"
	claimPrincipalType = "principal_type"
	claimEmail         = "email"
	claimEmailVerified = "email_verified"
)

// Mapping says which claims of an issuer's tokens make the principal. The zero
// Mapping reads the tenant from "tenant", the subject from "sub", and takes
// what the issuer says of every tenant.
type Mapping struct {
	// Tenant is the only tenant of this issuer; no claim is asked.
	Tenant string
	// TenantClaim names the claim that holds the tenant, "tenant" where empty.
	TenantClaim string
	// Tenants are the tenants that the claim may name; empty allows all.
	Tenants []string
	// SubjectClaim names the claim that holds the subject, "sub" where empty.
	// "email" counts only beside "email_verified": true.
	SubjectClaim string
	// SubjectPrefix goes before every subject of this issuer, so that its
	// "alice" is not another issuer's.
	SubjectPrefix string
	// PrincipalType, "user" or "service_account", is what all subjects of this
	// issuer are. Where empty the claim "principal_type" says, and its absence
	// means user.
	PrincipalType string
	// MaxActors is how many actors a token may name, nested in "act"; 0 means
	// 1. Whatever the number, the outermost is the principal's actor.
	MaxActors int
}

// validate fails with an [eyeshot.InvalidError] that names the field.
func (m Mapping) validate() error {
	if m.Tenant != "" && (m.TenantClaim != "" || len(m.Tenants) > 0) {
		return eyeshot.Invalid("tenant", m.Tenant, "excludes tenant_claim and tenants: a fixed tenant is read from no claim")
	}
	for _, tenant := range m.speaksFor() {
		if err := CheckTenant(tenant); err != nil {
			return err
		}
	}
	if m.PrincipalType != "" && checkType(m.PrincipalType) != nil {
		return checkType(m.PrincipalType)
	}
	if m.MaxActors < 0 {
		return eyeshot.Invalid("max_actors", fmt.Sprint(m.MaxActors), "must be 1 or more (0 means 1)")
	}
	return nil
}

// speaksFor lists the tenants that the issuer may name, nil for all.
func (m Mapping) speaksFor() []string {
	if m.Tenant != "" {
		return []string{m.Tenant}
	}
	return m.Tenants
}

// principal maps verified claims. Its errors are [Failure]s.
func (m Mapping) principal(c claims, issuer string) (eyeshot.Principal, error) {
	var n names
	for _, part := range []struct {
		reason Reason
		into   *string
		read   func(claims) (string, error)
	}{
		{ReasonTenant, &n.tenant, m.tenant},
		{ReasonSubject, &n.subject, m.subject},
		{ReasonPrincipalType, &n.typ, m.principalType},
		{ReasonActor, &n.actor, func(c claims) (string, error) { return actor(c, issuer, max(m.MaxActors, 1)) }},
		{ReasonTask, &n.task, task},
	} {
		value, err := part.read(c)
		if err != nil {
			return eyeshot.Principal{}, refuse(part.reason, "%v", err)
		}
		*part.into = value
	}
	p, err := n.principal()
	if err != nil {
		return eyeshot.Principal{}, refuse(reasonOf(err), "%v", err)
	}
	return p, nil
}

func (m Mapping) tenant(c claims) (string, error) {
	if m.Tenant != "" {
		return m.Tenant, nil
	}
	tenant, err := required(c, orDefault(m.TenantClaim, claimTenant))
	if err != nil {
		return "", err
	}
	// SECURITY: one tenant's identity provider must not be able to name people
	// of another tenant.
	if len(m.Tenants) > 0 && !slices.Contains(m.Tenants, tenant) {
		return "", eyeshot.Invalid("tenant", tenant, "is not one that the issuer may name")
	}
	return tenant, nil
}

func (m Mapping) subject(c claims) (string, error) {
	claim := orDefault(m.SubjectClaim, claimSubject)
	subject, err := required(c, claim)
	if err != nil {
		return "", err
	}
	// SECURITY: an address that nobody verified is whatever its user typed.
	if claim == claimEmail {
		var verified bool
		if _, err := c.decode(claimEmailVerified, &verified); err != nil || !verified {
			return "", fmt.Errorf("the subject is the claim %q, and %q is not true", claimEmail, claimEmailVerified)
		}
	}
	return m.SubjectPrefix + subject, nil
}

func (m Mapping) principalType(c claims) (string, error) {
	typ, present, err := c.text(claimPrincipalType)
	switch {
	case err != nil:
		return "", err
	case !present:
		return orDefault(m.PrincipalType, eyeshot.TypeUser), nil
	// SECURITY: an issuer of service accounts cannot name users, nor the other
	// way about.
	case m.PrincipalType != "" && typ != m.PrincipalType:
		return "", eyeshot.Invalid(claimPrincipalType, typ, "is not what the issuer may name: "+m.PrincipalType)
	}
	return typ, nil
}

// task reads the run that narrows the request.
//
// SECURITY: a task that is there and malformed refuses the token. Dropping it
// would widen what the token may see.
func task(c claims) (string, error) {
	name, _, err := c.text(claimTask)
	return name, err
}

func required(c claims, name string) (string, error) {
	value, present, err := c.text(name)
	if err == nil && !present {
		err = fmt.Errorf("the token has no claim %q", name)
	}
	return value, err
}

func orDefault(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}
