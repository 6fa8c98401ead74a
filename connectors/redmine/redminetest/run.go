package redminetest

import (
	"bufio"
	"context"
	_ "embed" // the files that a server is started from
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

//go:embed config.ru
var rackup []byte

//go:embed Gemfile.txt
var gemfile []byte

// run starts a Redmine whose files are all in dir, and returns its address when
// it listens. It ends with the test.
func run(ctx context.Context, t testing.TB, dir, secret string) (string, error) {
	if err := lay(dir); err != nil {
		return "", err
	}
	bundler, err := bundlerVersion()
	if err != nil {
		return "", err
	}
	environment := append(os.Environ(), "BUNDLER_VERSION="+bundler, "BUNDLE_GEMFILE="+filepath.Join(dir, "Gemfile"), "BUNDLE_APP_CONFIG="+filepath.Join(dir, ".bundle"),
		"RAILS_ENV=production", "REDMINE_INSTANCE="+instance(dir), "REDMINETEST_ROOT="+root, "REDMINETEST_SECRET="+secret, "HOME="+dir, "RUBY_YJIT_ENABLE=1") // Ruby compiles itself where it can
	bundle := exec.CommandContext(ctx, "bundle", "install", "--local", "--quiet")
	bundle.Dir, bundle.Env = dir, environment
	if output, err := bundle.CombinedOutput(); err != nil {
		return "", fmt.Errorf("bundle: %w: %s", err, lastLine(output))
	}
	// One thread: a thread of Ruby that waits for SQLite's lock lets no other run,
	// not even the one that has the lock.
	serve := exec.Command("bundle", "exec", "puma", "--bind", "tcp://127.0.0.1:0", "--threads", "1:1", "--environment", "production", filepath.Join(dir, "config.ru"))
	serve.Dir, serve.Env = root, environment
	return start(ctx, t, serve)
}

// instance names dir as Redmine wants an instance named: by its path from the
// folder of instances, however deep that is.
func instance(dir string) string { return strings.Repeat("../", 12) + strings.TrimPrefix(dir, "/") }

func lay(dir string) error {
	for _, folder := range []string{"config", "files", "log", "public", "tmp"} {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o700); err != nil {
			return err
		}
	}
	database := "production:\n  adapter: sqlite3\n  database: " + filepath.Join(dir, "redmine.db") + "\n  timeout: 20000\n"
	for name, content := range map[string][]byte{
		"config.ru": rackup, "Gemfile": gemfile, "config/database.yml": []byte(database), "config/secret_key.txt": []byte(strings.Repeat("0123456789abcdef", 8)),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

var listening = regexp.MustCompile(`Listening on (http://127\.0\.0\.1:\d+)`)

// start runs the command until it says where it listens. It is ended by the end
// of its input, which comes with the end of the test or of the test's process.
func start(ctx context.Context, t testing.TB, command *exec.Cmd) (string, error) {
	input, err := command.StdinPipe()
	if err != nil {
		return "", err
	}
	output, err := command.StdoutPipe()
	if err != nil {
		return "", err
	}
	command.Stderr = command.Stdout
	if err := command.Start(); err != nil {
		return "", err
	}
	found, ended := make(chan string, 1), make(chan string, 1)
	t.Cleanup(func() {
		_ = input.Close()
		<-ended
		_ = command.Wait()
	})
	go watch(output, found, ended)
	select {
	case address := <-found:
		return address, nil
	case said := <-ended:
		ended <- ""
		return "", fmt.Errorf("%w: %s", errEnded, said)
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// watch reads what the server says to its end, and tells its address and, at
// the end, what went wrong: Ruby says so above the calls that led there.
func watch(output io.Reader, found, ended chan<- string) {
	var said []string
	for lines := bufio.NewScanner(output); lines.Scan(); {
		if match := listening.FindStringSubmatch(lines.Text()); match != nil {
			found <- match[1]
		}
		if text := strings.TrimSpace(lines.Text()); text != "" && !strings.HasPrefix(text, "from ") && len(said) < 20 {
			said = append(said, text)
		}
	}
	ended <- strings.Join(said, "\n")
}
