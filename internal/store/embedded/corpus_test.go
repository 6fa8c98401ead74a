package embedded_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/internal/store"
)

// The benchmarks' world: real tickets, cut into this many chunks.
const (
	benchChunks    = 50_000
	benchDimension = 256
	benchLot       = 256
	ticketsPath    = "../../../../shared/data/tickets.jsonl.gz"
)

// corpus reads tickets and cuts them into chunks of a few hundred characters.
var corpus = sync.OnceValues(func() ([]store.Record, error) {
	file, err := os.Open(ticketsPath)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(unzipped)
	lines.Buffer(nil, 64<<20)
	rng := rand.New(rand.NewPCG(1, 2))
	var records []store.Record
	for chunks := 0; lines.Scan() && chunks < benchChunks; {
		var ticket struct{ Key, Dataset, Title, Description string }
		if err := json.Unmarshal(lines.Bytes(), &ticket); err != nil {
			return nil, err
		}
		object, err := eyeshot.NewObject("ticket", ticket.Dataset, ticket.Key)
		if err != nil {
			return nil, err
		}
		record := store.Record{Object: object, Title: clean(ticket.Title), Hash: "h", UpdatedAt: time.Unix(1e9+int64(chunks), 0),
			Metadata: map[string]any{"project": ticket.Dataset, "number": float64(chunks % 100)}}
		for n, part := range parts(clean(ticket.Description)) {
			record.Chunks = append(record.Chunks, eyeshot.Chunk{ChunkRef: eyeshot.ChunkRef{Object: object, N: n}, Text: part, Vector: unit(rng)})
			chunks++
		}
		records = append(records, record)
	}
	return records, lines.Err()
})

func clean(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\x00", "")
}

// parts cuts a text about every 250 characters, into twelve parts at most.
func parts(text string) []string {
	var out []string
	for len(text) > 350 && len(out) < 11 {
		at := 250 + max(0, strings.IndexByte(text[250:350], ' '))
		out, text = append(out, clean(text[:at])), text[at:]
	}
	return append(out, clean(text[:min(len(text), 2000)]))
}

func unit(rng *rand.Rand) []float32 {
	v, sum := make([]float32, benchDimension), 0.0
	for i := range v {
		v[i] = float32(rng.NormFloat64())
		sum += float64(v[i]) * float64(v[i])
	}
	for i := range v {
		v[i] /= float32(math.Sqrt(sum))
	}
	return v
}

func tickets(b testing.TB) []store.Record {
	records, err := corpus()
	if errors.Is(err, fs.ErrNotExist) {
		b.Skip("the tickets of ../shared are not on this machine")
	}
	require.NoError(b, err)
	return records
}
