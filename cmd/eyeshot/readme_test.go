package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const root = "../.."

func readPage(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	require.NoError(t, err)
	return string(text)
}

var (
	testName   = regexp.MustCompile("`(Test\\w+)`")
	command    = regexp.MustCompile(`(?m)^\s*(?:eyeshot|ExecStart=/usr/local/bin/eyeshot) (\w+)`)
	flagOnPage = regexp.MustCompile(`(?:^|[\s` + "`" + `])--([a-z-]+)`)
)

// A promise whose test has been renamed or removed is no longer proven.
func TestEachInvariantNamesTestsThatExist(t *testing.T) {
	readme := readPage(t, "README.md")
	for _, number := range []string{"1", "2", "3", "4", "5", "6", "7", "8"} {
		row := regexp.MustCompile(`(?m)^\| ` + number + ` \| .*$`).FindString(readme)
		require.NotEmpty(t, testName.FindAllString(row, -1), "invariant %s has no test", number)
	}
	defined := testsOfTheModule(t)
	for _, match := range testName.FindAllStringSubmatch(readme, -1) {
		require.Contains(t, defined, match[1], "README names a test that is not there")
	}
}

// testsOfTheModule collects the names of all test functions, tags and nested
// modules included.
func testsOfTheModule(t *testing.T) map[string]bool {
	t.Helper()
	defined := map[string]bool{}
	function := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	err := filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, match := range function.FindAllStringSubmatch(string(text), -1) {
			defined[match[1]] = true
		}
		return err
	})
	require.NoError(t, err)
	return defined
}

// What the pages tell people to type has to be something that can be typed.
func TestPagesNameCommandsAndFlagsThatExist(t *testing.T) {
	flags, commands := map[string]bool{"help": true}, map[string]bool{}
	tree := newRoot(newCLI(streams{}, nil))
	for _, cmd := range tree.Commands() {
		commands[cmd.Name()] = true
		for _, line := range strings.Split(cmd.LocalFlags().FlagUsages()+tree.PersistentFlags().FlagUsages(), "\n") {
			if _, name, ok := strings.Cut(line, "--"); ok {
				flags[strings.Fields(name)[0]] = true
			}
		}
	}
	for _, page := range []string{"README.md", "docs/operations.md"} {
		text := readPage(t, page)
		for _, match := range command.FindAllStringSubmatch(text, -1) {
			require.True(t, commands[match[1]], "%s: eyeshot %s", page, match[1])
		}
		for _, match := range flagOnPage.FindAllStringSubmatch(text, -1) {
			require.True(t, flags[match[1]], "%s: --%s", page, match[1])
		}
	}
}
