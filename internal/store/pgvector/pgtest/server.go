package pgtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// Server is a running PostgreSQL.
type Server struct {
	// DSN connects to it, as a superuser.
	DSN string

	process *exec.Cmd
	alive   io.Closer // its end ends the server
}

// Where the tests run as root, as whom PostgreSQL refuses to run, the server runs
// as nobody.
const (
	nobody   = 65534
	asNobody = "setpriv --reuid=65534 --regid=65534 --clear-groups"
)

// script starts the server and removes its directory when standard input ends:
// so nothing is left even where the test process is killed.
const script = `$3 "$1/initdb" -D "$2/data" -U eyeshot -A trust --no-sync -E UTF8 --locale=C >"$2/log" 2>&1 || exit 1
$3 "$1/postgres" -D "$2/data" -c listen_addresses= -c unix_socket_directories="$2" -c fsync=off -c full_page_writes=off \
	-c synchronous_commit=off -c shared_buffers=256MB -c max_connections=200 -c max_wal_size=4GB >>"$2/log" 2>&1 &
pid=$!
cat >/dev/null
kill -INT $pid
wait $pid
rm -rf "$2"`

// Start installs PostgreSQL where the cache has none, and starts a server.
func Start(ctx context.Context) (*Server, error) {
	installed, err := install(ctx)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "eyeshot-postgres-")
	if err != nil {
		return nil, err
	}
	server, err := start(ctx, installed, dir)
	if err != nil {
		log, _ := os.ReadFile(filepath.Join(dir, "log"))
		return nil, errors.Join(fmt.Errorf("start PostgreSQL: %w: %s", err, last(log)), os.RemoveAll(dir))
	}
	return server, nil
}

func start(ctx context.Context, installed tree, dir string) (*Server, error) {
	cmd := exec.Command("sh", "-c", script, "sh")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // an interrupt is for the tests; they stop the server
	as := ""
	if os.Geteuid() == 0 {
		var err error
		if installed, err = installed.copyTo(ctx, dir); err != nil {
			return nil, err
		}
		if err := os.Chown(dir, nobody, nobody); err != nil {
			return nil, err
		}
		as = asNobody
	}
	cmd.Args = append(cmd.Args, installed.bin(), dir, as)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "LD_LIBRARY_PATH="+installed.libraries(), "HOME="+dir)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	server := &Server{DSN: "host=" + dir + " user=eyeshot dbname=postgres", process: cmd, alive: stdin}
	if err := server.wait(ctx); err != nil {
		server.Stop()
		return nil, err
	}
	return server, nil
}

// wait returns when the server answers.
func (s *Server) wait(ctx context.Context) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := pgx.Connect(ctx, s.DSN)
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return err
		}
	}
}

// Stop ends the server and removes its directory.
func (s *Server) Stop() {
	_ = s.alive.Close()
	_ = s.process.Wait() // its exit code is that of a server that was interrupted
}

// last returns the end of a log.
func last(log []byte) string { return string(log[max(0, len(log)-400):]) }
