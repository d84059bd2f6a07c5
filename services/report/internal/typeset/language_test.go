package typeset_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/typeset"
)

// TestEverySentenceCanBeReadBackInOrder reads reports in five languages with a program
// that is not ours.
func TestEverySentenceCanBeReadBackInOrder(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"en", "de", "ru", "ar", "zh"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			doc, sentences := reportOf(lang, articles(t, lang)[:12])
			pdf, err := typeset.Render(doc)
			require.NoError(t, err)
			got := squeezed(lang, readBack(t, pdf))
			at := 0
			for _, sentence := range sentences {
				// What stands between two sentences is short: a verdict, a page's number.
				next := got[at:min(at+len(sentence)+400, len(got))]
				found := strings.Index(next, squeezed(lang, sentence))
				require.GreaterOrEqual(t, found, 0, "%q does not follow what stands before it:\n%s", squeezed(lang, sentence), next)
				at += found + len(squeezed(lang, sentence))
			}
		})
	}
}

// article is a page of an encyclopaedia.
type article struct {
	Title      string `json:"title"`
	Paragraphs []struct {
		Context string `json:"context"`
		Qas     []struct {
			Question string `json:"question"`
		} `json:"qas"`
	} `json:"paragraphs"`
}

// articles returns articles in a language.
func articles(t testing.TB, lang string) []article {
	t.Helper()
	file, err := os.Open(filepath.Join(data(t), "xquad", "xquad."+lang+".json.gz"))
	require.NoError(t, err)
	defer file.Close()
	plain, err := gzip.NewReader(file)
	require.NoError(t, err)
	var set struct {
		Data []article `json:"data"`
	}
	require.NoError(t, json.NewDecoder(plain).Decode(&set))
	return set.Data
}

// data returns the folder with the data to test on.
func data(t testing.TB) string {
	t.Helper()
	folder := os.Getenv("RP_DATA")
	if folder == "" {
		t.Skip("RP_DATA is not set: there is no data to test on")
	}
	return folder
}

// reportOf makes a report of articles and returns what it says, sentence by sentence,
// in the order in which it is read.
func reportOf(lang string, from []article) (doc *reportv1.Document, sentences []string) {
	doc = &reportv1.Document{Title: from[0].Paragraphs[0].Qas[0].Question, Question: from[1].Paragraphs[0].Qas[0].Question, Language: lang}
	sentences = append(sentences, doc.GetTitle(), doc.GetQuestion())
	for _, a := range from { // the contents
		sentences = append(sentences, a.Paragraphs[0].Qas[0].Question)
	}
	number := int32(0)
	for i, a := range from {
		heading := a.Paragraphs[0].Qas[0].Question
		section := &reportv1.Section{Anchor: fmt.Sprintf("section-%d", i+1), Heading: []*reportv1.Inline{text(heading)}}
		sentences = append(sentences, heading)
		for _, p := range a.Paragraphs {
			section.Blocks = append(section.Blocks, paragraph(text(p.Context), mark(int(number)+1)))
			sentences = append(sentences, split(p.Context)...)
			number++
			claim, quote := p.Qas[0].Question, split(p.Context)[0]
			section.Blocks = append(section.Blocks, &reportv1.Block{Kind: &reportv1.Block_Finding{Finding: &reportv1.FindingBlock{
				Anchor: fmt.Sprintf("finding-%d", number), Citation: mark(int(number)).GetCitation(),
				Finding: &reportv1.Finding{Number: number, Claim: claim, Support: analysisv1.Support(1 + number%4)},
				Quotes: []*reportv1.Quote{{
					Text: quote, SourceTitle: heading, Page: number, Support: analysisv1.Support_SUPPORTED, Citation: mark(int(number)).GetCitation(),
				}},
			}}})
			sentences = append(sentences, claim, quote, heading)
			doc.References = append(doc.References, &reportv1.Reference{
				Anchor: fmt.Sprintf("source-%d", number), Label: fmt.Sprintf("[%d]", number), Text: []*reportv1.Inline{text(claim)}, Findings: []int32{number},
			})
		}
		doc.Sections = append(doc.Sections, section)
	}
	doc.Sections = append(doc.Sections, &reportv1.Section{
		Anchor: "references", Heading: []*reportv1.Inline{text("Sources")},
		Blocks: []*reportv1.Block{{Kind: &reportv1.Block_ReferenceList{ReferenceList: &reportv1.ReferenceList{}}}},
	})
	for _, r := range doc.GetReferences() {
		sentences = append(sentences, r.GetText()[0].GetText())
	}
	return doc, sentences
}

func text(s string) *reportv1.Inline { return &reportv1.Inline{Kind: &reportv1.Inline_Text{Text: s}} }

func paragraph(parts ...*reportv1.Inline) *reportv1.Block {
	return &reportv1.Block{Kind: &reportv1.Block_Paragraph{Paragraph: &reportv1.Paragraph{Text: parts}}}
}

func mark(n int) *reportv1.Inline {
	return &reportv1.Inline{Kind: &reportv1.Inline_Citation{Citation: &reportv1.Citation{
		Opening: "[", Closing: "]", Marks: []*reportv1.Citation_Mark{{Anchor: fmt.Sprintf("source-%d", n), Label: fmt.Sprint(n)}},
	}}}
}

// split splits text into sentences.
func split(s string) []string {
	var sentences []string
	for _, sentence := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(".。!！?؟", r) }) {
		if strings.TrimSpace(sentence) != "" {
			sentences = append(sentences, sentence)
		}
	}
	return sentences
}

// readBack reads a file with pdftotext, without what is repeated over and under every
// page.
func readBack(t testing.TB, pdf []byte) string {
	t.Helper()
	program, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("pdftotext is not installed: nothing reads the file back")
	}
	cmd := exec.CommandContext(t.Context(), program, "-r", "72", "-x", "0", "-y", "56", "-W", "842", "-H", "740", "-", "-")
	var out, problems bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(pdf), &out, &problems
	require.NoError(t, cmd.Run(), problems.String())
	require.Empty(t, problems.String())
	return out.String()
}

// squeezed returns text without spaces, without what only says how it is written, and
// without punctuation: pdftotext takes hyphens at the end of a line for its own. In text
// that is written from right to left it puts brackets and ranges of numbers the wrong
// way round, so that there letters only are looked at.
func squeezed(lang, s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || unicode.IsPunct(r) || lang == "ar" && !unicode.IsLetter(r) && !unicode.IsMark(r) {
			return -1
		}
		return r
	}, s)
}
