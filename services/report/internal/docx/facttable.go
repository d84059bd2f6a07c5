package docx

import (
	"unicode/utf8"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// fact is a name beside a value.
type fact struct {
	name  string
	value []*reportv1.Inline
}

// factTable writes names beside values. The names take what the longest needs, up to a
// third.
func (w *writer) factTable(facts []fact) {
	if len(facts) == 0 {
		return
	}
	longest := 0
	for _, f := range facts {
		longest = max(longest, utf8.RuneCountInString(f.name))
	}
	total := w.layout.page.text()
	perCharacter := 115 * w.layout.scale // twips
	first := min(max(int(float64(longest)*perCharacter)+200, total/8), total/3)
	w.startTable("FactTable", []int{first, total - first})
	for _, f := range facts {
		w.out.open("w:tr")
		w.cell(first, paragraph{style: "TableHeading", rtl: w.language.rtl}, func(look format) { w.run(f.name, look) })
		w.cell(total-first, paragraph{style: "TableText", rtl: w.language.rtl}, func(look format) { w.inlines(f.value, look) })
		w.out.close("w:tr")
	}
	w.endTable()
}
