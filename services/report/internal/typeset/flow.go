package typeset

// piece is something that stands on one page: a line, a row, a picture.
type piece struct {
	// height is how high it is, gap how far it is from what is above it; at the top of
	// a page there is no gap.
	height, gap float64
	// keep says that the next piece must be on the same page.
	keep bool
	// fresh says that it begins a page, and wide that the page is a wide one.
	fresh, wide bool
	// places are the names by which links find it.
	places []string
	// head is drawn above it where it is the first of a page, such as the heading of a
	// table that goes on; head.height is part of the page then.
	head *head
	// title is what the heads of the pages from here on say; nil if that does not change.
	title *string
	draw  func(p *painter, top float64)
	// behind is drawn before it.
	behind []*decor
}

// head is what is drawn again on every page that something goes on to.
type head struct {
	height float64
	draw   func(p *painter, top float64)
}

// decor is drawn behind all pieces of something, such as the bar beside a quotation.
type decor struct {
	// above is by how much it stands out above the first piece; below is the same for
	// the last.
	above, below float64
	draw         func(p *painter, top, height float64)
	begun        bool
	last         *piece
}

// sheet is a page with what stands on it.
type sheet struct {
	paper  paper
	title  string
	pieces []set
}

// set is a piece at its place. gap is the space above it that belongs to it.
type set struct {
	piece *piece
	top   float64
	gap   float64
	// headed is whether the piece's head is drawn above it.
	headed bool
}

// flow puts pieces on pages.
type flow struct {
	theme  theme
	sheets []*sheet
	// used is how far down the last page is full.
	used  float64
	wide  bool
	title string
}

// run puts all pieces on pages.
func (f *flow) run(pieces []*piece) {
	// What must stay with something wide goes onto the wide page with it.
	for i := len(pieces) - 2; i >= 0; i-- {
		pieces[i].wide = pieces[i].wide || pieces[i].keep && pieces[i+1].wide
	}
	for i := 0; i < len(pieces); {
		j := i
		for j < len(pieces)-1 && pieces[j].keep && !pieces[j+1].fresh && pieces[j+1].wide == pieces[j].wide {
			j++
		}
		f.place(pieces[i : j+1])
		i = j + 1
	}
}

// place puts pieces on a page that must not be torn apart, unless they are higher than
// a page.
func (f *flow) place(group []*piece) {
	first := group[0]
	if f.sheets == nil || first.fresh && !f.empty() || first.wide != f.wide {
		f.turn(first.wide)
	}
	height := 0.0
	for _, p := range group {
		height += p.gap + p.height
	}
	room := f.paper().textHeight()
	if f.used+height > room && !f.empty() && (height-first.gap <= room-headHeight(first) || f.used > room*0.8) {
		f.turn(first.wide)
	}
	for _, p := range group {
		if f.used+p.gap+p.height > room+0.01 && !f.empty() {
			f.turn(p.wide)
		}
		f.put(p)
	}
}

func headHeight(p *piece) float64 {
	if p.head == nil {
		return 0
	}
	return p.head.height
}

// put puts a piece on the last page.
func (f *flow) put(p *piece) {
	s := f.sheets[len(f.sheets)-1]
	at := set{piece: p}
	if f.empty() {
		at.headed = p.head != nil
		f.used += headHeight(p)
	} else {
		at.gap = p.gap
		f.used += p.gap
	}
	if p.title != nil {
		f.title = *p.title
		if len(s.pieces) == 0 {
			s.title = f.title
		}
	}
	at.top = s.paper.top + f.used
	s.pieces = append(s.pieces, at)
	f.used += p.height
}

// turn begins a page.
func (f *flow) turn(wide bool) {
	f.wide, f.used = wide, 0
	f.sheets = append(f.sheets, &sheet{paper: f.paper(), title: f.title})
}

func (f *flow) paper() paper {
	if f.wide {
		return f.theme.wide
	}
	return f.theme.upright
}

// empty reports whether nothing stands on the last page yet.
func (f *flow) empty() bool { return len(f.sheets) > 0 && len(f.sheets[len(f.sheets)-1].pieces) == 0 }

// draw draws a piece at its place with what is behind it.
func (s set) draw(p *painter) {
	for _, d := range s.piece.behind {
		top, height := s.top, s.piece.height
		switch {
		case !d.begun:
			top, height = top-d.above, height+d.above
		default:
			top, height = top-s.gap, height+s.gap
		}
		if s.piece == d.last {
			height += d.below
		}
		d.begun = true
		d.draw(p, top, height)
	}
	if s.headed {
		s.piece.head.draw(p, s.top-s.piece.head.height)
	}
	s.piece.draw(p, s.top)
}
