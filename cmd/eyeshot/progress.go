package main

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// measured is what a bar asks how far it is; the size is 0 where it is unknown.
type measured interface {
	Progress() (read, size int64)
}

// bar shows how far an ingest is: as a bar on a terminal, as a line now and
// then elsewhere.
type bar struct {
	out      io.Writer
	source   measured
	terminal *progressbar.ProgressBar // nil: none
	every    time.Duration
	last     time.Time
}

func (c *cli) newBar(source measured) *bar {
	return c.progress(source, "ingesting", progressbar.OptionShowBytes(true))
}

// newCountBar is a bar of documents, of which there are as many as the source says.
func (c *cli) newCountBar(source measured, doing string) *bar {
	return c.progress(source, doing, progressbar.OptionShowCount())
}

func (c *cli) progress(source measured, doing string, more progressbar.Option) *bar {
	b := &bar{out: c.err, source: source, every: c.lineEvery, last: time.Now()}
	if _, ok := terminalOf(c.err); !ok {
		return b
	}
	_, size := source.Progress()
	if size == 0 {
		size = -1
	}
	b.terminal = progressbar.NewOptions64(size,
		progressbar.OptionSetWriter(c.err), progressbar.OptionSetDescription(doing), more,
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(), progressbar.OptionFullWidth())
	return b
}

func (b *bar) update(documents int) {
	read, size := b.source.Progress()
	if b.terminal != nil {
		b.terminal.Describe(fmt.Sprintf("%d documents", documents))
		if size > 0 {
			b.terminal.ChangeMax64(size)
		}
		_ = b.terminal.Set64(read) // a bar that can't be drawn is no reason to stop
		return
	}
	if time.Since(b.last) < b.every {
		return
	}
	b.last = time.Now()
	if size > 0 {
		fmt.Fprintf(b.out, "%d documents, %d%%\n", documents, 100*read/size)
		return
	}
	fmt.Fprintf(b.out, "%d documents\n", documents)
}

// end takes the bar away.
func (b *bar) end() {
	if b.terminal != nil {
		_ = b.terminal.Finish()
	}
}
