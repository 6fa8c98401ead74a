// Package ingest measures bringing documents in with their access: the first
// time, again with nothing changed, and with a few that changed. The whole
// product works on it: splitting, embedding, relationships, text and vectors.
package ingest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/bench/measure"
	"github.com/eyeshot-dev/eyeshot/bench/report"
	"github.com/eyeshot-dev/eyeshot/bench/worlds"
	"github.com/eyeshot-dev/eyeshot/connectors"
	"github.com/eyeshot-dev/eyeshot/indexer"
	"github.com/eyeshot-dev/eyeshot/internal/app"
	"github.com/eyeshot-dev/eyeshot/internal/config"
)

const tenantName = "acme"

// Options say what is brought in.
type Options struct {
	Documents int // default 10,000
	Words     int // of each text, on average; default 120
	Seed      uint64
	Version   string
	Progress  func(string)
}

func (o Options) withDefaults() (Options, error) {
	if o.Documents == 0 {
		o.Documents = 10_000
	}
	if o.Words == 0 {
		o.Words = 120
	}
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	if o.Documents < 100 || o.Documents > 10_000_000 || o.Words < 2 || o.Words > 10_000 {
		return o, eyeshot.Invalid("documents or words", fmt.Sprint(o.Documents, o.Words), "must be 100 to 10000000 documents of 2 to 10000 words")
	}
	return o, nil
}

// pass is one reading of the source.
type pass struct {
	name          string
	edited, moved int // one document in so many differs from the first time in this; 0 for none
	report        indexer.Report
	wall, cpu     time.Duration
}

// Run measures and reports.
func Run(ctx context.Context, o Options) (_ *report.Report, err error) {
	o, err = o.withDefaults()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "eyeshot-bench-")
	if err != nil {
		return nil, fmt.Errorf("making a temporary directory (TMPDIR says where): %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	cfg := config.Default()
	cfg.DataDir = dir
	product, err := app.Open(ctx, cfg, app.Options{Version: o.Version})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, product.Close()) }()
	if _, err := product.Tenants.Create(ctx, tenantName); err != nil {
		return nil, err
	}
	passes := []*pass{{name: "first time"}, {name: "nothing changed"}, {name: "one in 100 edited", edited: 100}, {name: "one in 100 moved", edited: 100, moved: 100}}
	for _, p := range passes {
		o.Progress(p.name)
		if err := o.read(ctx, product, p); err != nil {
			return nil, fmt.Errorf("%s: %w", p.name, err)
		}
	}
	bytes, err := size(dir)
	return o.report(passes, bytes), err
}

// read reads the whole source once.
func (o Options) read(ctx context.Context, product *app.App, p *pass) (err error) {
	runtime.GC()
	meter := measure.NewMeter(measure.Process)
	defer meter.Close()
	meter.Start()
	p.report, err = product.Indexer.Run(ctx, tenantName, "bench", indexer.Run{Items: o.items(p)})
	meter.Stop()
	p.wall, p.cpu = time.Duration(meter.Wall[0])*time.Microsecond, time.Duration(meter.CPU[0])*time.Microsecond
	if err == nil && p.report.RefusedTotal() > 0 {
		err = fmt.Errorf("%w: %d documents were refused: %v", eyeshot.ErrInvalid, p.report.RefusedTotal(), p.report.Problems[0])
	}
	return err
}

// items are the documents of a pass: the same each time, but for what changed.
func (o Options) items(p *pass) iter.Seq2[connectors.Item, error] {
	words := worlds.NewWords()
	return func(yield func(connectors.Item, error) bool) {
		r := rand.New(rand.NewPCG(o.Seed, 11))
		for i := range o.Documents {
			title, text, project := words.Text(r, 6), words.Text(r, 1+r.IntN(2*o.Words)), r.IntN(max(o.Documents/200, 1))
			if p.edited > 0 && i%p.edited == 0 {
				text += " edited"
			}
			if p.moved > 0 && i%p.moved == 1 {
				project++
			}
			if !yield(connectors.Item{Document: document(i, title, text, project)}, nil) {
				return
			}
		}
	}
}

func document(i int, title, text string, project int) eyeshot.Document {
	object := eyeshot.Object(fmt.Sprintf("ticket:bench/%d", i))
	return eyeshot.Document{
		Object: object, Title: title, Text: text, UpdatedAt: time.Unix(int64(i), 0),
		Relationships: []eyeshot.Relationship{
			{Subject: eyeshot.Subject(fmt.Sprintf("project:bench/P%d", project)), Relation: "project", Object: object},
			{Subject: "user:*", Relation: "open", Object: object},
		},
	}
}

// size sums the files of the data directory.
func size(dir string) (total int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		total += info.Size()
		return nil
	})
	return total, err
}

func (o Options) report(passes []*pass, bytes int64) *report.Report {
	r := &report.Report{World: map[string]any{
		"documents": o.Documents, "words": o.Words, "distribution": "texts of Zipf-shaped words, uniform length; one project for each 200 documents",
	}}
	t := report.Table{
		Title: fmt.Sprintf("Bringing in %d documents with their access", o.Documents),
		Head:  []string{"", "took", "documents a second", "processor time", "µs a document", "written", "passages", "relationships"},
	}
	for _, p := range passes {
		perDocument := float64(p.cpu.Microseconds()) / float64(o.Documents)
		t.Rows = append(t.Rows, []string{
			p.name, p.wall.Round(time.Millisecond).String(), report.Number(float64(o.Documents) / p.wall.Seconds()), p.cpu.Round(time.Millisecond).String(),
			report.Number(perDocument), fmt.Sprint(p.report.Written), fmt.Sprint(p.report.Chunks),
			fmt.Sprintf("+%d −%d", p.report.RelationshipsAdded, p.report.RelationshipsRemoved),
		})
		r.Add(p.name, "µs of processor time a document", perDocument, nil)
	}
	r.Tables = []report.Table{t}
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	r.Notes = []string{fmt.Sprintf("On disk: %s bytes a document. Heap in use at the end: %d MiB.", report.Number(float64(bytes)/float64(o.Documents)), memory.HeapInuse>>20)}
	r.Add("on disk", "bytes a document", float64(bytes)/float64(o.Documents), nil)
	return r
}
