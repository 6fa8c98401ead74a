package worlds

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/eyeshot-dev/eyeshot"
)

// Matrix is an access list of a real organisation: who has which permission.
type Matrix struct {
	Name   string // of the file, without its folder
	SHA256 string // of the file as it lies there, in hexadecimal

	users       []string // in the order in which they first come
	permissions []string
	grants      [][]int // by user, permissions by number, sorted
	total       int
}

// ReadMatrix reads a file with "user permission" on each line, packed with gzip
// or not. What is no such file is [eyeshot.ErrInvalid], with its first wrong
// line.
func ReadMatrix(path string) (*Matrix, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%w: reading the access list: %w", eyeshot.ErrInvalid, err)
	}
	m := &Matrix{Name: filepath.Base(path), SHA256: checksum(raw)}
	text, err := unpacked(raw)
	if err != nil {
		return nil, eyeshot.Invalid("acl", m.Name, "is no whole gzip file")
	}
	if err := m.read(text); err != nil {
		return nil, err
	}
	if m.total == 0 {
		return nil, eyeshot.Invalid("acl", m.Name, "has no line: each must be a user and a permission")
	}
	return m, nil
}

// plainID is what becomes part of an object's id as it stands.
var plainID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

func (m *Matrix) read(text io.Reader) error {
	users, permissions := map[string]int{}, map[string]int{}
	lines := bufio.NewScanner(text)
	for n := 1; lines.Scan(); n++ {
		words := strings.Fields(lines.Text())
		if len(words) == 0 {
			continue
		}
		if len(words) != 2 || !plainID.MatchString(words[0]) || !plainID.MatchString(words[1]) {
			return eyeshot.Invalid("acl", fmt.Sprintf("%s, line %d", m.Name, n), "must be a user and a permission, of letters, digits, '.', '_' and '-', with a space between")
		}
		u := numbered(users, &m.users, words[0])
		if u == len(m.grants) {
			m.grants = append(m.grants, nil)
		}
		m.grants[u] = append(m.grants[u], numbered(permissions, &m.permissions, words[1]))
	}
	if lines.Err() != nil {
		return eyeshot.Invalid("acl", m.Name, "cannot be read to its end: "+lines.Err().Error())
	}
	for u, grants := range m.grants {
		slices.Sort(grants)
		m.grants[u] = slices.Compact(grants)
		m.total += len(m.grants[u])
	}
	return nil
}

// numbered returns a name's number, which is its place among the names.
func numbered(numbers map[string]int, names *[]string, name string) int {
	at, known := numbers[name]
	if !known {
		at = len(*names)
		numbers[name] = at
		*names = append(*names, name)
	}
	return at
}
