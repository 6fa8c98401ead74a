package identity

import (
	"errors"
	"fmt"

	"github.com/eyeshot-dev/eyeshot"
)

// actor reads "act" (RFC 8693 section 4.1): the outermost is who acts now, one
// nested in it acted before. A chain of more than most actors is refused, and
// so is one with a malformed link anywhere. Without "act" there is no actor.
//
// SECURITY: an actor that is there and malformed refuses the token. Dropping
// it would leave the user's whole permission, without what the user let the
// agent do.
func actor(c claims, issuer string, most int) (string, error) {
	var current string
	link := c
	for depth := 0; ; depth++ {
		inner, present, err := link.object(claimActor)
		if err != nil || !present {
			return current, err
		}
		if depth == most {
			return "", fmt.Errorf("the token names more than %d actors", most)
		}
		name, err := actorName(inner, issuer)
		if err != nil {
			return "", err
		}
		if depth == 0 {
			current = name
		}
		link = inner
	}
}

// actorName reads one link of the chain.
//
// SECURITY: a subject is unique within its issuer only, so an actor of another
// issuer than the token's is not the agent of that name.
func actorName(link claims, issuer string) (string, error) {
	iss, present, err := link.text("iss")
	if err != nil {
		return "", fmt.Errorf("in the claim %q: %w", claimActor, err)
	}
	if present && iss != issuer {
		return "", fmt.Errorf("the claim %q names an actor of another issuer", claimActor)
	}
	name, err := required(link, claimSubject)
	if err != nil {
		return "", fmt.Errorf("in the claim %q: %w", claimActor, err)
	}
	return name, nil
}

// reasonOf gives the reason for a name that makes no object.
func reasonOf(err error) Reason {
	var invalid *eyeshot.InvalidError
	if !errors.As(err, &invalid) {
		return ReasonMalformed
	}
	return Reason(invalid.Field)
}
