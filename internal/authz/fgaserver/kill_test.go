package fgaserver

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	openfgav1 "github.com/openfga/api/proto/openfga/v1"
	"github.com/openfga/openfga/pkg/storage"
	"github.com/stretchr/testify/require"
)

// writerDir, when set, makes the test binary a process that writes to the
// database in that directory until it is killed.
const writerDir = "FGASERVER_TEST_WRITER_DIR"

const pairRelation = "viewer"

// pair returns the two tuples that the n-th write adds together.
func pair(store string, n int) []*openfgav1.TupleKey {
	return []*openfgav1.TupleKey{
		{Object: fmt.Sprintf("document:%s-%d-a", store, n), Relation: pairRelation, User: "user:alice"},
		{Object: fmt.Sprintf("document:%s-%d-b", store, n), Relation: pairRelation, User: "user:alice"},
	}
}

// writeForever adds pair n, takes pair n-2 away, and says n, for every n.
func writeForever(dir string) {
	s, err := Open(context.Background(), Config{Dir: dir})
	if err != nil {
		fmt.Println("error", err)
		return
	}
	for n := firstFree(s); ; n++ {
		var deletes storage.Deletes
		if n >= 2 {
			for _, t := range pair("s", n-2) {
				deletes = append(deletes, &openfgav1.TupleKeyWithoutCondition{Object: t.Object, Relation: t.Relation, User: t.User})
			}
		}
		err := s.datastore.Write(context.Background(), killStore, deletes, pair("s", n),
			storage.WithOnMissingDelete(storage.OnMissingDeleteIgnore))
		if err != nil {
			fmt.Println("error", err)
			return
		}
		fmt.Println(n)
	}
}

const killStore = "01HZXKILLKILLKILLKILLKILLS"

// has reports which half of pair n is there.
func has(t require.TestingT, ds storage.OpenFGADatastore, n, half int) bool {
	k := pair("s", n)[half]
	_, err := ds.ReadUserTuple(context.Background(), killStore,
		storage.ReadUserTupleFilter{Object: k.Object, Relation: k.Relation, User: k.User}, storage.ReadUserTupleOptions{})
	if err != nil {
		require.ErrorIs(t, err, storage.ErrNotFound)
	}
	return err == nil
}

// firstFree is the number after the last pair in the database.
func firstFree(s *Server) int {
	next := 0
	it, err := s.datastore.Read(context.Background(), killStore, storage.ReadFilter{}, storage.ReadOptions{})
	if err != nil {
		return next
	}
	defer it.Stop()
	for {
		t, err := it.Next(context.Background())
		if err != nil {
			return next
		}
		var n int
		var half rune
		if _, err := fmt.Sscanf(strings.TrimPrefix(t.GetKey().GetObject(), "document:s-"), "%d-%c", &n, &half); err == nil {
			next = max(next, n+1)
		}
	}
}

func TestAKilledProcessLosesNoAcknowledgedWriteAndLeavesNoHalfOne(t *testing.T) {
	dir := t.TempDir()
	last := -1
	for round := range 6 {
		last = killAfter(t, dir, 5+3*round)
		s, err := Open(context.Background(), Config{Dir: dir})
		require.NoError(t, err)
		// The kill may have come between a commit and its acknowledgement.
		newest := firstFree(s) - 1
		require.GreaterOrEqual(t, newest, last, "write %d was acknowledged", last)
		require.LessOrEqual(t, newest, last+1)
		for n := max(0, newest-6); n <= newest; n++ {
			for half := range 2 {
				require.Equal(t, n > newest-2, has(t, s.datastore, n, half), "pair %d of %d, half %d", n, newest, half)
			}
		}
		require.NoError(t, s.Close(context.Background()))
	}
}

// killAfter runs a writer, kills it when it has acknowledged some writes, and
// returns the last one that it had acknowledged when it died.
func killAfter(t *testing.T, dir string, writes int) int {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), writerDir+"="+dir)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	last := -1
	lines := bufio.NewScanner(out)
	for seen := 0; lines.Scan(); seen++ {
		_, err := fmt.Sscan(lines.Text(), &last)
		require.NoError(t, err, "the writer said %q", lines.Text())
		if seen == writes {
			require.NoError(t, cmd.Process.Kill())
		}
	}
	_, _ = io.Copy(io.Discard, out)
	_ = cmd.Wait()
	require.GreaterOrEqual(t, last, 0)
	return last
}
