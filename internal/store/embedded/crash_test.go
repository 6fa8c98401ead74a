package embedded_test

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
	"github.com/eyeshot-dev/eyeshot/internal/store/embedded"
)

// The test binary run with this variable set is the process that gets killed.
const crashDir = "EYESHOT_TEST_CRASH_DIR"

const (
	kills        = 50
	crashGroups  = 6 // lots that are replaced in turn
	crashLot     = 4 // documents in each
	crashTenant  = "acme"
	crashNumbers = 8 // dimensions
)

// crashRecords is version v of the lot that it is the turn of: all documents of
// a lot carry its version, in their hash and as a word.
func crashRecords(v int) []store.Record {
	var records []store.Record
	for i := range crashLot {
		object := eyeshot.Object(fmt.Sprintf("ticket:crash/%d-%d", v%crashGroups, i))
		record := store.Record{Object: object, Title: "crash", Hash: strconv.Itoa(v)}
		for n := range (v+i)%3 + 1 {
			vector := make([]float32, crashNumbers)
			vector[n] = 1
			record.Chunks = append(record.Chunks, eyeshot.Chunk{ChunkRef: eyeshot.ChunkRef{Object: object, N: n}, Text: fmt.Sprintf("version v%d of chunk %d", v, n), Vector: vector})
		}
		records = append(records, record)
	}
	return records
}

// upsertUntilKilled writes one version after the other and says so after each.
func upsertUntilKilled(dir string) error {
	ctx := context.Background()
	s, err := embedded.Open(ctx, embedded.Config{Dir: dir})
	if err != nil {
		return err
	}
	if err := s.Prepare(ctx, crashTenant, store.EmbeddingModel{Name: "crash", Dimension: crashNumbers}); err != nil {
		return err
	}
	for v := lastVersion(ctx, s) + 1; ; v++ {
		if err := s.Upsert(ctx, crashTenant, crashRecords(v)); err != nil {
			return err
		}
		if v%7 == 0 {
			if err := s.Delete(ctx, crashTenant, []eyeshot.Object{"ticket:crash/0-0"}); err != nil {
				return err
			}
		}
		fmt.Println(v)
	}
}

func lastVersion(ctx context.Context, s *embedded.Store) int {
	last := 0
	for group := range crashGroups {
		object := eyeshot.Object(fmt.Sprintf("ticket:crash/%d-1", group))
		if record, err := s.Document(ctx, crashTenant, object); err == nil {
			version, _ := strconv.Atoi(record.Hash)
			last = max(last, version)
		}
	}
	return last
}

// killOnce starts the writer, lets it acknowledge some versions, kills it at
// some moment after that, and returns the last version that it acknowledged.
func killOnce(t *testing.T, dir string, rng *rand.Rand) (acknowledged int) {
	t.Helper()
	command := exec.CommandContext(t.Context(), os.Args[0])
	command.Env = append(os.Environ(), crashDir+"="+dir)
	command.Stderr = os.Stderr
	output, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	lines := bufio.NewScanner(output)
	for range rng.IntN(6) {
		require.True(t, lines.Scan(), "the writer ended by itself")
		acknowledged, err = strconv.Atoi(lines.Text())
		require.NoError(t, err)
	}
	kill := time.AfterFunc(time.Duration(rng.IntN(20_000))*time.Microsecond, func() { _ = command.Process.Kill() })
	defer kill.Stop()
	for lines.Scan() {
		acknowledged, err = strconv.Atoi(lines.Text())
		require.NoError(t, err)
	}
	_, _ = io.Copy(io.Discard, output)
	require.ErrorContains(t, command.Wait(), "killed")
	return acknowledged
}

func TestAKillAtAnyMomentLeavesAWholeStore(t *testing.T) {
	dir, rng := t.TempDir(), rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))
	for round := range kills {
		acknowledged := killOnce(t, dir, rng)
		checkFile(t, filepath.Join(dir, embedded.FileName))
		checkStore(t, dir, acknowledged)
		if t.Failed() {
			t.Fatalf("after kill %d", round+1)
		}
	}
}

// checkFile asks SQLite whether the file is whole, and whether its tables agree.
func checkFile(t *testing.T, path string) {
	t.Helper()
	if _, err := os.Stat(path); os.IsNotExist(err) {
		return // killed before there was anything
	}
	db, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	var verdict string
	require.NoError(t, db.QueryRow("PRAGMA integrity_check").Scan(&verdict))
	require.Equal(t, "ok", verdict)
	var tables int
	require.NoError(t, db.QueryRow("SELECT count(*) FROM sqlite_schema WHERE name = 'keywords_1'").Scan(&tables))
	if tables == 0 {
		return // killed before the tenant was prepared
	}
	_, err = db.Exec("INSERT INTO keywords_1 (keywords_1) VALUES ('integrity-check')")
	require.NoError(t, err, "FTS5 finds its index damaged")
	for what, query := range map[string]string{
		"chunks without vector":       "SELECT count(*) FROM chunks WHERE id NOT IN (SELECT chunk FROM vectors)",
		"vectors without chunk":       "SELECT count(*) FROM vectors WHERE chunk NOT IN (SELECT id FROM chunks)",
		"chunks without keywords":     "SELECT count(*) FROM chunks WHERE id NOT IN (SELECT id FROM keywords_1_docsize)",
		"keywords without chunk":      "SELECT count(*) FROM keywords_1_docsize WHERE id NOT IN (SELECT id FROM chunks)",
		"chunks without document":     "SELECT count(*) FROM chunks WHERE document NOT IN (SELECT id FROM documents)",
		"documents with other counts": "SELECT count(*) FROM documents d WHERE chunks <> (SELECT count(*) FROM chunks WHERE document = d.id)",
	} {
		var n int
		require.NoError(t, db.QueryRow(query).Scan(&n), what)
		require.Zero(t, n, what)
	}
}

// checkStore opens the store and finds every lot whole, at least as new as was
// acknowledged, searchable, and ready to be written again.
func checkStore(t *testing.T, dir string, acknowledged int) {
	t.Helper()
	s, err := embedded.Open(t.Context(), embedded.Config{Dir: dir})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	last := lastVersion(t.Context(), s)
	require.GreaterOrEqual(t, last, acknowledged)
	for v := max(1, last-crashGroups+1); v <= last; v++ {
		found := foundDocuments(t, s, fmt.Sprintf("v%d", v))
		deleted := v%crashGroups == 0 && !found["ticket:crash/0-0"]
		for _, record := range crashRecords(v) {
			if deleted && record.Object == "ticket:crash/0-0" {
				continue
			}
			stored, err := s.Document(t.Context(), crashTenant, record.Object)
			require.NoError(t, err)
			require.Equal(t, strconv.Itoa(v), stored.Hash, "a lot is there in part")
			require.Len(t, stored.Chunks, len(record.Chunks))
			require.True(t, found[record.Object], "%s of version %d is not found", record.Object, v)
		}
	}
	if last > 0 {
		require.NoError(t, s.Upsert(t.Context(), crashTenant, crashRecords(last)))
		require.NoError(t, s.Upsert(t.Context(), crashTenant, crashRecords(last)))
		require.Len(t, foundDocuments(t, s, fmt.Sprintf(`"version v%d"`, last)), crashLot)
	}
}

func foundDocuments(t *testing.T, s *embedded.Store, text string) map[eyeshot.Object]bool {
	t.Helper()
	lists, err := s.Search(t.Context(), crashTenant, store.Query{Text: text, Access: store.AccessEverythingForTheGateToDecide()})
	require.NoError(t, err)
	hits, err := lists.Keyword.Next(t.Context(), 1000)
	require.NoError(t, err)
	require.NoError(t, lists.Close())
	found := map[eyeshot.Object]bool{}
	for _, hit := range hits {
		found[hit.Ref.Object] = true
	}
	return found
}
