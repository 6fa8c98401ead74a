package split

import (
	"fmt"
	"strings"

	"github.com/eyeshot-dev/eyeshot"
)

// Version counts changes to how texts are split. It is part of a document's
// hash: a new version splits and embeds everything again.
const Version = 1

// Options are sizes in characters (runes). The zero value of each means its
// default.
type Options struct {
	Target  int // chunks are filled up to this: 1,200, about 200 tokens of English
	Max     int // and are never longer than this: 1,800
	Min     int // shorter ones are joined with a neighbour where Max allows: 300
	Overlap int // what two pieces of one paragraph share, at most: 150
}

func (o Options) withDefaults() Options {
	set := func(field *int, value int) {
		if *field == 0 {
			*field = value
		}
	}
	set(&o.Target, 1200)
	set(&o.Max, o.Target*3/2)
	set(&o.Min, o.Target/4)
	set(&o.Overlap, o.Target/8)
	return o
}

func (o Options) validate() error {
	if o.Overlap < 0 || o.Min < 0 || o.Target < 16 || o.Max < o.Target || o.Min > o.Target/2 || o.Overlap > o.Target/4 {
		return eyeshot.Invalid("chunk sizes", fmt.Sprint(o), "must satisfy target ≥ 16, max ≥ target, 0 ≤ min ≤ target/2, 0 ≤ overlap ≤ target/4")
	}
	return nil
}

// Splitter splits documents. It is immutable and safe for concurrent use.
type Splitter struct{ options Options }

// New builds a splitter. It fails with [eyeshot.ErrInvalid] on sizes that
// contradict each other.
func New(options Options) (*Splitter, error) {
	options = options.withDefaults()
	if err := options.validate(); err != nil {
		return nil, err
	}
	return &Splitter{options: options}, nil
}

// Name identifies everything that decides where a text is cut. Equal names
// split equal documents equally.
func (s *Splitter) Name() string {
	o := s.options
	return fmt.Sprintf("split-v%d-%d-%d-%d-%d", Version, o.Target, o.Max, o.Min, o.Overlap)
}

// Split returns the document's chunks, numbered from 0, without vectors. The
// same document always gives the same chunks; no chunk is empty, none is
// longer than Options.Max, and every character of the text that is not white
// space is in one of them. A document without text has its title as its only
// chunk; one without either has none. Time and memory are linear in the text.
func (s *Splitter) Split(doc eyeshot.Document) []eyeshot.Chunk {
	title := titleOf(doc)
	spans := s.spans(doc)
	if len(spans) == 0 {
		return titleChunk(doc, title)
	}
	chunks := make([]eyeshot.Chunk, len(spans))
	for i, sp := range spans {
		chunks[i] = eyeshot.Chunk{
			ChunkRef: eyeshot.ChunkRef{Object: doc.Object, N: i},
			Heading:  sp.section.heading(title),
			Text:     doc.Text[sp.start:sp.end],
		}
	}
	return chunks
}

func titleChunk(doc eyeshot.Document, title title) []eyeshot.Chunk {
	text := strings.TrimSpace(doc.Title)
	if text == "" {
		return nil
	}
	ref := eyeshot.ChunkRef{Object: doc.Object}
	return []eyeshot.Chunk{{ChunkRef: ref, Heading: title.line, Text: cutRunes(text, maxTitle)}}
}

func (s *Splitter) spans(doc eyeshot.Document) []span {
	p := packer{options: s.options, text: doc.Text}
	var blocks []block
	switch doc.Format {
	case eyeshot.FormatMarkdown:
		blocks = markdownBlocks(doc.Text, s.options.Max)
	case eyeshot.FormatJira:
		p.flat = isFlat(doc.Text)
		blocks = jiraBlocks(doc.Text, p.flat)
	default:
		blocks = plainBlocks(doc.Text)
	}
	return p.pack(units(doc.Text, blocks))
}
