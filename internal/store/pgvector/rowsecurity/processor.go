package rowsecurity

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// Processor tells the processor time that a server on this machine has spent for
// the connections of one database. It is used by one goroutine at a time.
type Processor struct {
	conn *pgx.Conn
	pids []int
}

// local says whether a connection is to this machine: over a socket, or from and
// to one and the same address.
const local = "SELECT inet_server_addr() IS NULL OR inet_server_addr() = inet_client_addr()"

// Processor returns nil where the server is on another machine, or where the
// system does not tell.
func (s *Scratch) Processor(ctx context.Context) (*Processor, error) {
	conn, err := connect(ctx, s.DSN)
	if err != nil {
		return nil, err
	}
	p := &Processor{conn: conn}
	here := false
	if err := conn.QueryRow(ctx, local).Scan(&here); err != nil {
		p.Close(ctx)
		return nil, refused("ask where the server is", err)
	}
	if err := p.Refresh(ctx); err != nil {
		p.Close(ctx)
		return nil, err
	}
	if _, known := spent(int(conn.PgConn().PID())); !here || !known {
		p.Close(ctx)
		return nil, nil
	}
	return p, nil
}

// Close closes the connection that it asks over.
func (p *Processor) Close(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leave)
	defer cancel()
	_ = p.conn.Close(ctx) // nothing is under way
}

// Refresh looks up which connections there are now.
func (p *Processor) Refresh(ctx context.Context) error {
	rows, err := p.conn.Query(ctx, "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
	if err == nil {
		p.pids, err = pgx.CollectRows(rows, pgx.RowTo[int])
	}
	if err != nil {
		return refused("ask for the server's connections", err)
	}
	return nil
}

// Used is the time of all connections that the last Refresh found.
func (p *Processor) Used() (total time.Duration) {
	for _, pid := range p.pids {
		used, _ := spent(pid) // one that has ended spends no more
		total += used
	}
	return total
}

// spent is the processor time of a process of PostgreSQL's on this machine; see
// proc_pid_schedstat(5). A process of another kind is none of its.
func spent(pid int) (time.Duration, bool) {
	name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	if err != nil || strings.TrimSpace(string(name)) != "postgres" {
		return 0, false
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", pid))
	if err != nil {
		return 0, false
	}
	var nanoseconds int64
	if _, err := fmt.Sscan(string(text), &nanoseconds); err != nil {
		return 0, false
	}
	return time.Duration(nanoseconds), true
}
