package pgtest

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

// tree is where PostgreSQL was unpacked. It finds its files by where its
// programs are, so it may lie anywhere.
type tree struct{ root string }

// version names what the cache holds; another content needs another version.
const version = "postgres-1"

func (t tree) major() string {
	found, _ := filepath.Glob(filepath.Join(t.root, "usr/lib/postgresql/*/bin/postgres"))
	if len(found) == 0 {
		return ""
	}
	return filepath.Base(filepath.Dir(filepath.Dir(found[0])))
}

func (t tree) bin() string { return filepath.Join(t.root, "usr/lib/postgresql", t.major(), "bin") }

func (t tree) libraries() string {
	found, _ := filepath.Glob(filepath.Join(t.root, "usr/lib/*-linux-gnu*"))
	return strings.Join(found, ":")
}

// copyTo links or copies the tree: another user may not enter root's cache.
func (t tree) copyTo(ctx context.Context, dir string) (tree, error) {
	to := tree{filepath.Join(dir, "tree")}
	if err := command(ctx, dir, "cp", "-al", t.root, to.root); err == nil {
		return to, nil
	}
	return to, errors.Join(os.RemoveAll(to.root), command(ctx, dir, "cp", "-a", t.root, to.root))
}

// install returns the tree in the cache, which it makes where there is none.
func install(ctx context.Context) (tree, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return tree{}, err
	}
	done := tree{filepath.Join(cache, "eyeshot", version)}
	if done.major() != "" {
		return done, nil
	}
	release, err := aptlock.Lock(ctx)
	if err != nil {
		return tree{}, err
	}
	defer release()
	if done.major() != "" { // it was made meanwhile
		return done, nil
	}
	if err := os.MkdirAll(filepath.Dir(done.root), 0o755); err != nil {
		return tree{}, err
	}
	work, err := os.MkdirTemp(filepath.Dir(done.root), "building-")
	if err != nil {
		return tree{}, err
	}
	defer func() { _ = os.RemoveAll(work) }()
	b := build{dir: work, tree: tree{filepath.Join(work, "tree")}}
	if err := b.run(ctx); err != nil {
		return tree{}, fmt.Errorf("install PostgreSQL with pgvector: %w", err)
	}
	return done, os.Rename(b.tree.root, done.root)
}

// build makes a tree. apt keeps all its state in the build's own directory, so
// it needs no root and leaves the system as it is.
type build struct {
	dir  string
	tree tree
}

// source is where pgvector's source comes from: Debian's own package of a newer
// release than the one that this may run on. Where it runs on that one, apt wants
// the keyring by the name that the system's own list has: .pgp since then.
func source() string {
	keyring := "/usr/share/keyrings/debian-archive-keyring.pgp"
	if _, err := os.Stat(keyring); err != nil {
		keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
	}
	return "deb-src [signed-by=" + keyring + "] http://deb.debian.org/debian trixie main\n"
}

func (b build) run(ctx context.Context) error {
	for _, dir := range []string{"lists/partial", "cache/archives/partial", "debs", "source", "tree"} {
		if err := os.MkdirAll(filepath.Join(b.dir, dir), 0o755); err != nil {
			return err
		}
	}
	list := filepath.Join(b.dir, "sources.list")
	if system, err := os.ReadFile("/etc/apt/sources.list"); err == nil {
		_ = os.WriteFile(list, append(system, "\n"+source()...), 0o644)
	} else if err := os.WriteFile(list, []byte(source()), 0o644); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{b.update, b.packages, b.extension} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (b build) apt(program string, arguments ...string) []string {
	return append([]string{program, "-qq", "-o", "Debug::NoLocking=1", "-o", "APT::Sandbox::User=root",
		"-o", "Dir::Etc::SourceList=" + filepath.Join(b.dir, "sources.list"),
		"-o", "Dir::State::Lists=" + filepath.Join(b.dir, "lists"), "-o", "Dir::Cache=" + filepath.Join(b.dir, "cache")}, arguments...)
}

func (b build) update(ctx context.Context) error {
	return command(ctx, b.dir, b.apt("apt-get", "update")...)
}

var dependsOn = regexp.MustCompile(`Depends:.*\bpostgresql-(\d+)`)

// packages unpacks the system's own version of PostgreSQL, its headers, and the
// libraries that the system lacks.
func (b build) packages(ctx context.Context) error {
	shown, err := output(ctx, b.dir, b.apt("apt-cache", "show", "postgresql")...)
	if err != nil {
		return err
	}
	found := dependsOn.FindStringSubmatch(shown)
	if found == nil {
		return errors.New("no package postgresql is known to apt")
	}
	debs := filepath.Join(b.dir, "debs")
	server := "postgresql-" + found[1]
	if err := command(ctx, debs, b.apt("apt-get", "download", server, "postgresql-server-dev-"+found[1])...); err != nil {
		return err
	}
	if err := command(ctx, debs, b.apt("apt-get", "install", "-y", "--no-install-recommends", "--download-only", server)...); err != nil {
		return err
	}
	return command(ctx, b.dir, "sh", "-c", `for deb in debs/*.deb cache/archives/*.deb; do [ ! -e "$deb" ] || dpkg-deb -x "$deb" tree || exit 1; done`)
}

// buildScript compiles pgvector as its Makefile does, without the processor's
// own instructions: it chooses among them when it runs.
const buildScript = `set -e
tar xzf pgvector_*.orig.tar.gz --strip-components=1
for file in src/*.c; do
	cc -O2 -fPIC -ftree-vectorize -fassociative-math -fno-signed-zeros -fno-trapping-math \
		-I"$1/usr/include/postgresql/$2/server" -I"$1/usr/include/postgresql" -c "$file" -o "${file%.c}.o"
done
cc -shared -o "$1/usr/lib/postgresql/$2/lib/vector.so" src/*.o -lm
version=$(sed -n "s/^default_version = '\(.*\)'/\1/p" vector.control)
cp vector.control sql/vector--*.sql "$1/usr/share/postgresql/$2/extension/"
cp sql/vector.sql "$1/usr/share/postgresql/$2/extension/vector--$version.sql"`

func (b build) extension(ctx context.Context) error {
	dir := filepath.Join(b.dir, "source")
	if err := command(ctx, dir, b.apt("apt-get", "source", "--download-only", "--only-source", "pgvector/trixie")...); err != nil {
		return err
	}
	return command(ctx, dir, "sh", "-c", buildScript, "sh", b.tree.root, b.tree.major())
}

func command(ctx context.Context, dir string, arguments ...string) error {
	_, err := output(ctx, dir, arguments...)
	return err
}

func output(ctx context.Context, dir string, arguments ...string) (string, error) {
	cmd := exec.CommandContext(ctx, arguments[0], arguments[1:]...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C")
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", arguments[0], err, last([]byte(errs.String())))
	}
	return string(out), nil
}
