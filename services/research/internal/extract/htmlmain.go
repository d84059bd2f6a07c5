package extract

import (
	"strings"

	"codeberg.org/readeck/go-readability/v2"
	"github.com/markusmobius/go-trafilatura"
	"golang.org/x/net/html"
)

const (
	// maxMainText is how many bytes of text, and maxMainElements how many elements,
	// a page may have for its main text to be searched for: it takes far longer than
	// reading all of it, and more so the larger the page.
	maxMainText     = 1 << 20
	maxMainElements = 20_000
	// minMainShare is the share of a page's words that the main text must have:
	// with less, the search has most likely missed it.
	minMainShare = 0.1
	// minMainWords is how many words make a main text that is believed anyway.
	minMainWords = 40
	// smallPage is how many words a page may have to be taken whole: on so small
	// a page the search finds too little to go by, and there is not much to skip.
	smallPage = 100
	// shortBlock is the length in bytes below which a block of the main text needs
	// the second opinion: teasers, credits and invitations are short.
	shortBlock = 120
	// minAgreement is the share of the main text that the second opinion must have
	// as well to be asked: with less it has found something else.
	minAgreement = 0.5
)

// mainDocument writes the main text of a page, as two searches find it:
// trafilatura's, and Mozilla's readability. The first decides; of its short
// blocks those go that the second has not, which are mostly what stands around an
// article. It marks the lines of code in the page. ok is false if there is no main
// text.
func mainDocument(b *builder, page *html.Node) (doc Document, ok bool, err error) {
	markLines(page)
	second := secondOpinion(b, page)
	if b.failed() {
		return Document{}, false, b.err
	}
	found, err := trafilatura.ExtractDocument(page, trafilatura.Options{
		EnableFallback:     true,
		FallbackCandidates: &trafilatura.FallbackCandidates{Readability: second.root},
		ExcludeComments:    true,
		HtmlDateMode:       trafilatura.Disabled, // most of its time, for a date that is read elsewhere
	})
	if err != nil || found == nil {
		return Document{}, false, nil //nolint:nilerr // a page without a main text; the caller takes all of it
	}
	all := &htmlWriter{b: newBuilder(b.ctx, b.limits)}
	all.blocks(found.ContentNode)
	doc, err = all.b.document("")
	if err != nil || !second.agrees(doc.Text) {
		return doc, err == nil, err
	}
	kept := &htmlWriter{b: b, keep: second.keeps}
	kept.blocks(found.ContentNode)
	doc, err = b.document("")
	return doc, err == nil, err
}

// opinion is the main text of a page as readability has it.
type opinion struct {
	root *html.Node
	text string // with single spaces
}

// secondOpinion asks readability; an empty opinion means that it has none.
func secondOpinion(b *builder, page *html.Node) opinion {
	found, err := readability.FromDocument(page, nil)
	if err != nil || found.Node == nil {
		return opinion{}
	}
	w := &htmlWriter{b: newBuilder(b.ctx, b.limits)}
	w.blocks(found.Node)
	return opinion{root: found.Node, text: joinFields(w.b.text.String())}
}

// agrees reports whether most of text is in the opinion, too.
func (o opinion) agrees(text string) bool {
	common := 0
	for block := range strings.SplitSeq(text, "\n\n") {
		if strings.Contains(o.text, joinFields(block)) {
			common += len(block)
		}
	}
	return float64(common) >= minAgreement*float64(len(text))
}

// keeps reports whether a block belongs to the main text. Tables and code are
// kept, since readability takes many of them for layout.
func (o opinion) keeps(block string) bool {
	return len(block) >= shortBlock || strings.Contains(block, " | ") || strings.Contains(o.text, joinFields(block))
}

// joinFields returns text with single spaces.
func joinFields(text string) string {
	return strings.Join(strings.Fields(text), " ")
}

// wordCount returns the number of words in text.
func wordCount(text string) int {
	n := 0
	for range strings.FieldsSeq(text) {
		n++
	}
	return n
}

// searchable reports whether a page is small enough to search its main text.
func searchable(page *html.Node) bool {
	text, elements := 0, 0
	for n := range page.Descendants() {
		switch n.Type {
		case html.TextNode:
			text += len(n.Data)
		case html.ElementNode:
			elements++
		}
	}
	return text <= maxMainText && elements <= maxMainElements
}
