// Package markdown writes documents as CommonMark with GitHub's tables.
//
// A quote of a finding is a block quote of two paragraphs: its text on one line, then a
// dash, the mark of its reference and the source. The text stands as it does in the
// source, with each run of white space as one space and a backslash only before what
// would be markup; PlainQuotes reads them back. What is not UTF-8, and control
// characters, become U+FFFD.
package markdown

import (
	"strings"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/readable"
)

// Render writes a document as Markdown. It is safe for concurrent use and fails never:
// the error is there because other formats can fail.
func Render(doc *reportv1.Document) ([]byte, error) {
	doc = readable.Document(doc, readable.Text)
	w := writer{doc}
	blocks := []string{heading(1, words(doc.GetTitle()))}
	if doc.GetNotice() != "" {
		blocks = append(blocks, paragraph(strong(words(doc.GetNotice()))))
	}
	if doc.GetQuestion() != "" {
		blocks = append(blocks, paragraph(emphatic(words("Question:")), words(" "+doc.GetQuestion())))
	}
	for _, section := range doc.GetSections() {
		blocks = append(blocks, heading(2, section.GetHeading()...))
		blocks = append(blocks, w.blocks(section.GetBlocks(), false)...)
	}
	return []byte(join(blocks) + "\n"), nil
}

// PlainQuotes returns the quotes of findings in a document's Markdown, in their order, as
// they read in the source but for white space. A checker compares them with the source's
// text after it has made the white space of both plain.
func PlainQuotes(document string) []string {
	var quotes []string
	lines := strings.Split(document, "\n")
	for i := 2; i < len(lines); i++ {
		if strings.HasPrefix(lines[i], attribution) && lines[i-1] == ">" {
			quotes = append(quotes, unescape(strings.TrimPrefix(lines[i-2], "> ")))
		}
	}
	return quotes
}
