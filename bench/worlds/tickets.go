package worlds

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/eyeshot-dev/eyeshot"
)

// Tickets are real tickets, and real teams to give them to.
type Tickets struct {
	Names  []string // of the two files, without their folders
	SHA256 []string // of the files as they lie there, in hexadecimal

	tickets []ticketLine
	teams   []teamLine
}

type ticketLine struct {
	Key, Project, Title, Description string
}

type teamLine struct {
	Org, Team, Parent    string
	Members, Maintainers []string
}

// ReadTickets reads two files of JSON lines, packed with gzip or not: tickets
// {key, project, title, description}, and teams {org, team, parent, members,
// maintainers}. What is no such file is [eyeshot.ErrInvalid].
func ReadTickets(tickets, teams string) (*Tickets, error) {
	t := &Tickets{}
	if err := readLines(t, tickets, &t.tickets); err != nil {
		return nil, err
	}
	if err := readLines(t, teams, &t.teams); err != nil {
		return nil, err
	}
	for i, ticket := range t.tickets {
		if !plainID.MatchString(ticket.Key) || !plainID.MatchString(ticket.Project) {
			return nil, eyeshot.Invalid("tickets", fmt.Sprintf("%s, ticket %d", t.Names[0], i+1), "must have a key and a project of letters, digits, '.', '_' and '-'")
		}
	}
	for i, team := range t.teams {
		if team.Org == "" || team.Team == "" {
			return nil, eyeshot.Invalid("teams", fmt.Sprintf("%s, team %d", t.Names[1], i+1), "must have an org and a name")
		}
	}
	return t, nil
}

func readLines[T any](t *Tickets, path string, all *[]T) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("%w: reading tickets and teams: %w", eyeshot.ErrInvalid, err)
	}
	text, err := unpacked(raw)
	if err != nil {
		return eyeshot.Invalid("file", filepath.Base(path), "is no whole gzip file")
	}
	for decoder := json.NewDecoder(text); ; {
		var one T
		err := decoder.Decode(&one)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return eyeshot.Invalid("file", fmt.Sprintf("%s, line %d", filepath.Base(path), len(*all)+1), "is no JSON object of the kind that is read here")
		}
		*all = append(*all, one)
	}
	if len(*all) == 0 {
		return eyeshot.Invalid("file", filepath.Base(path), "has no line")
	}
	t.Names, t.SHA256 = append(t.Names, filepath.Base(path)), append(t.SHA256, checksum(raw))
	return nil
}

func checksum(raw []byte) string {
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

// mostUnpacked bounds what is read of a file.
const mostUnpacked = 1 << 30

// unpacked reads a file that is packed with gzip, or is not.
func unpacked(raw []byte) (io.Reader, error) {
	if !bytes.HasPrefix(raw, []byte{0x1f, 0x8b}) { // RFC 1952
		return bytes.NewReader(raw), nil
	}
	text, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	return io.LimitReader(text, mostUnpacked), nil
}
