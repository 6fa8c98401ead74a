package redminetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/eyeshot-dev/eyeshot/internal/aptlock"
)

// root is where Debian's package puts Redmine.
const root = "/usr/share/redmine"

// install sees to it that Redmine and what serves it are there. Its error is
// the reason for which a test can't have one.
func install(ctx context.Context) error {
	release, err := aptlock.Lock(ctx) // what another process has half installed is not there yet
	if err != nil {
		return err
	}
	defer release()
	if installed(ctx) {
		return nil
	}
	if _, err := exec.LookPath("apt-get"); err != nil {
		return errors.New("there is no Redmine, and no apt-get to install it with")
	}
	if os.Geteuid() != 0 {
		return errors.New("there is no Redmine, and only root can install it: apt-get install redmine redmine-sqlite puma")
	}
	if err := aptInstall(ctx, "", "ruby-bundler"); err != nil {
		return err
	}
	version, err := bundlerVersion()
	if err != nil {
		return err
	}
	// dbconfig-no-thanks: without it Redmine's package makes an instance of the
	// machine's own.
	return aptInstall(ctx, version, "dbconfig-no-thanks", "redmine", "redmine-sqlite", "puma")
}

// installed says whether dpkg has brought all of it to its end.
func installed(ctx context.Context) bool {
	query := exec.CommandContext(ctx, "dpkg-query", "--show", "--showformat", "${db:Status-Status}\n", "redmine", "redmine-sqlite", "puma", "ruby-bundler")
	output, err := query.Output()
	return err == nil && string(output) == strings.Repeat("installed\n", 4)
}

// aptInstall installs, with new lists where those that there are don't do: most
// images come without.
func aptInstall(ctx context.Context, bundler string, packages ...string) error {
	arguments := append([]string{"install", "--yes", "--no-install-recommends"}, packages...)
	if apt(ctx, bundler, arguments...) == nil {
		return nil
	}
	if err := apt(ctx, "", "update"); err != nil {
		return err
	}
	return apt(ctx, bundler, arguments...)
}

func apt(ctx context.Context, bundler string, arguments ...string) error {
	command := exec.CommandContext(ctx, "apt-get", append([]string{"-q", "-o", "DPkg::Lock::Timeout=300"}, arguments...)...)
	command.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "BUNDLER_VERSION="+bundler)
	output, err := command.CombinedOutput()
	if err != nil {
		return fmt.Errorf("apt-get %s: %w: %s", arguments[0], err, lastLine(output))
	}
	return nil
}

var bundlerSpec = regexp.MustCompile(`bundler-([0-9.]+)\.gemspec$`)

// bundlerVersion finds the version of Debian's own bundler. Ruby brings a newer
// one, which does not see gems that are packages.
func bundlerVersion() (string, error) {
	found, err := filepath.Glob("/usr/share/rubygems-integration/all/specifications/bundler-*.gemspec")
	if err != nil || len(found) == 0 {
		return "", errors.New("the bundler of Debian's packages is not where it should be")
	}
	match := bundlerSpec.FindStringSubmatch(found[len(found)-1])
	if match == nil {
		return "", fmt.Errorf("%s names no version", found[len(found)-1])
	}
	return match[1], nil
}

func lastLine(output []byte) string {
	lines := strings.Split(strings.TrimSpace(string(output)), "\n")
	return lines[len(lines)-1]
}
