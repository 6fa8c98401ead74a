package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/schollz/progressbar/v3"

	"github.com/eyeshot-dev/eyeshot/indexer"
)

// measured is what a bar asks how far it is.
type measured interface {
	Progress() (read, size int64)
}

// bar shows how far an ingest is: as a bar on a terminal, as a line every ten
// seconds elsewhere.
type bar struct {
	out      io.Writer
	source   measured
	terminal *progressbar.ProgressBar
	last     time.Time
}

const lineEvery = 10 * time.Second

func newBar(out io.Writer, source measured) *bar {
	b := &bar{out: out, source: source, last: time.Now()}
	file, ok := out.(*os.File)
	if !ok || !isatty.IsTerminal(file.Fd()) {
		return b
	}
	_, size := source.Progress()
	if size == 0 {
		size = -1
	}
	b.terminal = progressbar.NewOptions64(size,
		progressbar.OptionSetWriter(out), progressbar.OptionSetDescription("ingesting"), progressbar.OptionShowBytes(true),
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(), progressbar.OptionSetWidth(40))
	return b
}

func (b *bar) update(report indexer.Report) {
	read, size := b.source.Progress()
	if b.terminal != nil {
		b.terminal.Describe(fmt.Sprintf("%d documents", report.Documents))
		_ = b.terminal.Set64(read)
		return
	}
	if time.Since(b.last) < lineEvery {
		return
	}
	b.last = time.Now()
	if size > 0 {
		fmt.Fprintf(b.out, "%d documents, %d%%\n", report.Documents, 100*read/size)
		return
	}
	fmt.Fprintf(b.out, "%d documents\n", report.Documents)
}

func (b *bar) end() {
	if b.terminal != nil {
		_ = b.terminal.Finish()
	}
}
