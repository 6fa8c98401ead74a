package main

import (
	"slices"
	"strings"
)

// environ is an environment in the form of [os.Environ].
type environ []string

// get returns a variable, or "".
func (e environ) get(name string) string {
	for _, variable := range e {
		if value, ok := strings.CutPrefix(variable, name+"="); ok {
			return value
		}
	}
	return ""
}

// without leaves a variable out: one that is ours and no key of the
// configuration, which would refuse it.
func (e environ) without(name string) []string {
	return slices.DeleteFunc(slices.Clone(e), func(variable string) bool { return strings.HasPrefix(variable, name+"=") })
}
