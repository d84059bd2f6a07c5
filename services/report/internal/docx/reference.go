package docx

import (
	"strings"
	"time"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// references writes the list of sources.
func (w *writer) references() {
	for _, r := range w.doc.GetReferences() {
		w.paragraph(paragraph{style: "Reference", keep: true, rtl: w.rtlOf(textOf(r.GetText()))}, func(f format) {
			w.bookmark(r.GetAnchor())
			if r.GetLabel() != "" {
				w.run(r.GetLabel(), f)
				w.single("w:tab")
			}
			w.inlines(r.GetText(), f)
			w.source(r, f)
		})
		w.paragraph(paragraph{style: "ReferenceDetails", rtl: w.language.rtl}, func(f format) { w.details(r, f) })
	}
}

// source links to the source itself where the text of the reference does not.
func (w *writer) source(r *reportv1.Reference, f format) {
	target := r.GetWork().GetUrl()
	if target == "" || linked(r.GetText()) || strings.Contains(textOf(r.GetText()), target) {
		return
	}
	w.run(" ", f)
	w.span(&reportv1.Span{Href: target, Text: []*reportv1.Inline{{Kind: &reportv1.Inline_Text{Text: target}}}}, f)
}

// linked reports whether a link is in a text.
func linked(parts []*reportv1.Inline) bool {
	for _, p := range parts {
		if s := p.GetSpan(); s != nil && (s.GetHref() != "" || linked(s.GetText())) {
			return true
		}
	}
	return false
}

// details writes what a reader must know of a source: warnings first, then when it was
// read, what rests on it, and which bytes were read.
func (w *writer) details(r *reportv1.Reference, f format) {
	for _, warning := range r.GetWarnings() {
		w.run(warning+".", f.as("Warning"))
		w.run(" ", f)
	}
	if r.GetFetchTime().IsValid() {
		w.run("Read "+r.GetFetchTime().AsTime().UTC().Format(time.DateOnly)+".", f)
		w.run(" ", f)
	}
	for i, number := range r.GetFindings() {
		if i == 0 {
			w.run("Cited by ", f)
		} else {
			w.run(", ", f)
		}
		w.findingLink(number, f)
	}
	if len(r.GetFindings()) > 0 {
		// The full stop belongs to an English sentence, whatever is around it.
		w.run("."+w.language.leftToRight(), f)
		w.run(" ", f)
	}
	if r.GetSnapshotSha256() != "" {
		w.run("SHA-256 ", f)
		f.halfPoints = w.layout.halfPoints(7.5)
		w.run(r.GetSnapshotSha256(), f.as("CodeText"))
	}
}
