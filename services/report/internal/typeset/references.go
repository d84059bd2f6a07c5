package typeset

import (
	"fmt"
	"strings"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/fonts"
)

// references lists the sources.
func (b *builder) references(f frame) {
	list := f.element.Add("L")
	widest := 0.0
	f.size = f.size * 0.96
	for _, r := range b.doc.GetReferences() {
		if label := plain(r.GetLabel(), f.look()); !label.blank() {
			whole, _ := b.shaper.shape(label).natural()
			widest = max(widest, whole)
		}
	}
	// Lists without labels hang: the first line stands out.
	indent := b.scaled(16)
	if widest > 0 {
		indent = min(widest+b.scaled(10), f.width*0.3)
	}
	for _, r := range b.doc.GetReferences() {
		item := list.Add("LI")
		if r.GetAnchor() != "" {
			b.waiting = append(b.waiting, r.GetAnchor())
		}
		if widest > 0 {
			b.mark(f, item.Add("Lbl"), r.GetLabel(), indent)
		}
		b.reference(f.inner(indent, item.Add("LBody")), r)
	}
}

// reference sets a source as it is listed, what is to be known about it, and where the
// report rests on it.
func (b *builder) reference(f frame, r *reportv1.Reference) {
	text := b.flat(r.GetText(), f.look())
	for _, warning := range r.GetWarnings() {
		text.space(f.look())
		l := f.look()
		l.style, l.size, l.color = fonts.Sans|fonts.Bold, f.size*0.86, poor
		text.add("["+warning+"]", l)
	}
	if text.blank() {
		text = plain(r.GetWork().GetTitle(), f.look())
	}
	b.text(f, text, setting{gap: b.scaled(7), leading: 1.4, keep: true})
	if b.marker != nil { // there is no text at all
		b.space(f, f.size*leading)
	}
	f.size, f.style, f.color = b.scaled(7.5), fonts.Sans, soft
	about := new(content)
	for i, n := range r.GetFindings() {
		before := ", "
		if i == 0 {
			before = "Cited by finding "
			if len(r.GetFindings()) > 1 {
				before = "Cited by findings "
			}
		}
		about.add(before, f.look())
		place := fmt.Sprintf("finding-%d", n)
		l := f.look()
		if b.known[place] {
			l = linked(l, &link{place: place, contents: fmt.Sprintf("Finding %d", n)})
		}
		about.add(fmt.Sprint(n), l)
	}
	snapshot := b.snapshot(r)
	if snapshot != "" && len(about.runes) > 0 {
		about.add(". ", f.look())
	}
	about.add(snapshot, f.look())
	if about.blank() {
		b.pieces[len(b.pieces)-1].keep = false
		return
	}
	b.text(f, about, setting{gap: b.scaled(0.5), leading: 1.4})
}

// snapshot says which version of a source was read.
func (b *builder) snapshot(r *reportv1.Reference) string {
	var parts []string
	if r.GetFetchTime().IsValid() && r.GetFetchTime().AsTime().Unix() != 0 {
		parts = append(parts, "read on "+r.GetFetchTime().AsTime().UTC().Format("2006-01-02"))
	}
	if r.GetSnapshotSha256() != "" {
		parts = append(parts, "SHA-256 "+r.GetSnapshotSha256())
	}
	if len(parts) == 0 {
		return ""
	}
	return "Snapshot " + strings.Join(parts, ", ")
}
