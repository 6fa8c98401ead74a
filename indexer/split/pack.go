package split

// span is the extent of a chunk and the innermost section that holds all of it.
type span struct {
	start, end int
	size       int // characters
	section    *section
}

// packer fills chunks with the units of one text.
type packer struct {
	options Options
	text    string
	flat    bool // line breaks were flattened to runs of spaces

	done []span
	open span // being filled; empty where start == end
	// body is where the open span's trailing headings begin: they move on with
	// the text that they head. It equals open.end where there are none.
	body     int
	bodySize int
}

func (p *packer) pack(units []unit) []span {
	for _, u := range units {
		switch {
		case u.kind == heading && p.size(u) <= p.options.Target/2:
			p.addHeading(u)
		case p.fits(u):
			p.add(u)
		default:
			p.addLarge(u)
		}
	}
	p.flush()
	return p.done
}

// addHeading begins a new chunk, unless the open one is still too short to
// stand alone.
func (p *packer) addHeading(u unit) {
	if p.bodySize >= p.options.Min || p.grown(u) > p.options.Target {
		p.flush()
	}
	if p.empty() {
		p.open = span{start: u.start, section: u.section}
		p.body = u.start
	}
	p.open.end, p.open.size = u.end, runes(p.text[p.open.start:u.end])
}

// fits reports whether the open chunk has room for the unit.
func (p *packer) fits(u unit) bool {
	size := p.grown(u)
	return size <= p.options.Target || size <= p.options.Max && p.bodySize < p.options.Min
}

// addLarge adds what the open chunk has no room for: in a chunk of its own, or
// cut in pieces of which the last stays open for what follows.
func (p *packer) addLarge(u unit) {
	if p.bodySize >= p.options.Min || p.size(u) <= p.options.Max {
		p.flushBody()
	}
	if u.kind.whole() && p.size(u) <= p.options.Max && p.grown(u) > p.options.Max {
		p.flush() // headings alone: code is not cut for their sake
	}
	if p.grown(u) <= p.options.Max {
		p.add(u)
		return
	}
	start, section := u.start, p.joint(u)
	if !p.empty() {
		start = p.open.start
	}
	pieces := p.cut(start, u.end, u.kind)
	for i := range pieces {
		pieces[i].section = section
		section = u.section
	}
	last := len(pieces) - 1
	p.done = append(p.done, pieces[:last]...)
	p.open = pieces[last]
	p.body, p.bodySize = p.open.end, p.open.size
}

func (p *packer) empty() bool { return p.open.start == p.open.end }

func (p *packer) size(u unit) int { return runes(p.text[u.start:u.end]) }

// grown returns the size that the open chunk would have with the unit.
func (p *packer) grown(u unit) int {
	if p.empty() {
		return p.size(u)
	}
	return p.open.size + runes(p.text[p.open.end:u.end])
}

func (p *packer) add(u unit) {
	size, section := p.grown(u), p.joint(u)
	if p.empty() {
		p.open.start = u.start
	}
	p.open.end, p.open.size, p.open.section = u.end, size, section
	p.body, p.bodySize = u.end, size
}

// joint is the section of the open chunk with the unit. Headings without text
// under them lead to what follows and do not widen it.
func (p *packer) joint(u unit) *section {
	if p.bodySize == 0 {
		return u.section
	}
	return common(p.open.section, u.section)
}

// flushBody closes the open chunk but for the headings at its end.
func (p *packer) flushBody() {
	if p.empty() || p.bodySize == 0 {
		return
	}
	all := p.open
	if p.body == all.end {
		p.flush()
		return
	}
	start, _ := trim(p.text, p.body, all.end)
	_, end := trim(p.text, all.start, p.body)
	p.emit(span{start: all.start, end: end, size: p.bodySize, section: all.section})
	p.open = span{start: start, end: all.end, size: runes(p.text[start:all.end]), section: all.section}
	p.body, p.bodySize = start, 0
}

func (p *packer) flush() {
	if !p.empty() {
		p.emit(p.open)
	}
	p.open, p.body, p.bodySize = span{}, 0, 0
}

// emit closes a chunk; one that is too short joins the chunk before it, whose
// heading it takes.
func (p *packer) emit(s span) {
	if last := len(p.done) - 1; s.size < p.options.Min && last >= 0 {
		before := &p.done[last]
		if size := runes(p.text[before.start:s.end]); size <= p.options.Max {
			before.end, before.size = s.end, size
			return
		}
	}
	p.done = append(p.done, s)
}
