package authzsync

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/eyeshot-dev/eyeshot/internal/authz"
)

// anchor is a page of the change log as it was read: the token in front of it
// and a digest of each change on it. A log that still has these changes at that
// place is the one that was followed, and not that of a store that was restored
// from a backup, or made again.
type anchor struct {
	Token   string
	Changes []string
}

func newAnchor(token string, page authz.ChangePage) anchor {
	a := anchor{Token: token}
	for _, c := range page.Changes {
		a.Changes = append(a.Changes, digest(c))
	}
	return a
}

// holds reports whether the log has the anchor's changes, in their order.
// Others may stand between them, since changes can show late.
func (a anchor) holds(ctx context.Context, source Source) (bool, error) {
	want := a.Changes
	token := a.Token
	for len(want) > 0 {
		page, err := source.ReadChanges(ctx, pageSize, token)
		if err != nil {
			return false, fmt.Errorf("look for the place in the change log: %w", err)
		}
		before := len(want)
		for _, c := range page.Changes {
			if len(want) > 0 && digest(c) == want[0] {
				want = want[1:]
			}
		}
		if len(page.Changes) < pageSize || len(want) == before {
			break
		}
		token = page.Next
	}
	return len(want) == 0, nil
}

func digest(c authz.Change) string {
	text := fmt.Sprintf("%s %s %t %s", c.Relationship, conditionOf(c.Relationship), c.Deleted, c.At.UTC().Format(time.RFC3339Nano))
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:12])
}
