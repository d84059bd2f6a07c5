package typeset

import reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"

// places returns the places that a document's links may lead to. A reference is one
// only if the references are listed.
func places(doc *reportv1.Document) map[string]bool {
	known := map[string]bool{}
	for _, section := range doc.GetSections() {
		known[section.GetAnchor()] = true
		note(doc, section.GetBlocks(), known)
	}
	delete(known, "")
	return known
}

func note(doc *reportv1.Document, blocks []*reportv1.Block, known map[string]bool) {
	for _, block := range blocks {
		switch k := block.GetKind().(type) {
		case *reportv1.Block_Finding:
			known[k.Finding.GetAnchor()] = true
		case *reportv1.Block_Chart:
			known[k.Chart.GetAnchor()] = true
		case *reportv1.Block_List:
			for _, item := range k.List.GetItems() {
				note(doc, item.GetBlocks(), known)
			}
		case *reportv1.Block_BlockQuote:
			note(doc, k.BlockQuote.GetBlocks(), known)
		case *reportv1.Block_ReferenceList:
			for _, r := range doc.GetReferences() {
				known[r.GetAnchor()] = true
			}
		}
	}
}
