package identity

import (
	"strings"

	"github.com/eyeshot-dev/eyeshot"
)

const maxTenantBytes = 63

// CheckTenant checks a tenant's name: 1 to 63 lower-case letters, digits and
// hyphens, not starting with a hyphen. It fails with an [eyeshot.InvalidError].
//
// SECURITY: the name picks the OpenFGA store, the partition and the folder on
// disk, so it must not be able to hold "..", a slash or two spellings of one
// name.
func CheckTenant(name string) error {
	bad := func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-')
	}
	if name == "" || len(name) > maxTenantBytes || name[0] == '-' || strings.ContainsFunc(name, bad) {
		return eyeshot.Invalid("tenant", name, "must be 1 to 63 lower-case letters, digits and '-', and not start with '-'")
	}
	return nil
}
