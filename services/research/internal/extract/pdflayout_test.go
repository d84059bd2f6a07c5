package extract_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/extract"
)

// drawn returns the operators that draw words at a place.
func drawn(font string, size, x, y int, words string) string {
	return fmt.Sprintf("BT /%s %d Tf %d %d Td (%s) Tj ET\n", font, size, x, y, words)
}

// headings returns the headings of a document with a sign for each level.
func headings(doc extract.Document) []string {
	var out []string
	for _, h := range doc.Headings {
		out = append(out, strings.Repeat("#", h.Level)+doc.Text[h.Start:h.End])
	}
	return out
}

// readDrawn reads a PDF file.
func readDrawn(t *testing.T, parts pdfParts, contents ...string) extract.Document {
	t.Helper()
	doc, err := read(t, "a.pdf", pdfDrawn(parts, contents...))
	require.NoError(t, err)
	checkDocument(t, doc)
	return doc
}

// prose are lines of running text below y.
func proseLines(y int) string {
	var s strings.Builder
	for i := range 6 {
		s.WriteString(drawn("F1", 11, 72, y-13*i, "the committee found that the bridge had been built of poor steel and"))
	}
	return s.String()
}

func TestExtract_PDFHeadings(t *testing.T) {
	t.Parallel()
	doc := readDrawn(t, pdfParts{},
		drawn("F1", 24, 72, 740, "Of Bridges and of")+drawn("F1", 24, 72, 714, "Their Builders")+drawn("F1", 16, 72, 680, "The First Part")+proseLines(650)+
			drawn("F2", 11, 72, 540, "A bold remark")+proseLines(520)+drawn("F1", 11, 72, 420, "No heading at all"))
	require.Equal(t, []string{"#Of Bridges and of Their Builders", "##The First Part", "###A bold remark"}, headings(doc))
	require.Equal(t, "Of Bridges and of Their Builders", doc.Title, "the largest words are the title")
}

func TestExtract_PDFOutlineNamesHeadings(t *testing.T) {
	t.Parallel()
	doc := readDrawn(t, pdfParts{
		catalog: "/Outlines 5 0 R",
		objects: []string{"<</First 6 0 R/Last 6 0 R/Count 1>>", "<</Title(the plain part)/Parent 5 0 R/First 7 0 R/Last 7 0 R/Count 1>>", "<</Title(a part of it)/Parent 6 0 R>>"},
	}, drawn("F1", 11, 72, 740, "the plain part")+proseLines(710)+drawn("F1", 11, 72, 600, "a part of it")+proseLines(570))
	require.Equal(t, []string{"#the plain part", "##a part of it"}, headings(doc))
}

func TestExtract_PDFTables(t *testing.T) {
	t.Parallel()
	row := func(y int, cells ...string) string {
		var s strings.Builder
		for i, cell := range cells {
			if cell != "" {
				s.WriteString(drawn("F1", 11, 72+150*i, y, cell))
			}
		}
		return s.String()
	}
	tests := map[string]struct{ content, want string }{
		"cells in columns": {row(700, "Name", "Age", "City") + row(686, "Ann", "30", "Rome") + row(672, "Bob", "25", "Oslo"), "| Name | Age | City |\n| --- | --- | --- |\n| Ann | 30 | Rome |\n| Bob | 25 | Oslo |"},
		"missing cells":    {row(700, "Name", "Age", "City") + row(686, "Ann", "", "Rome") + row(672, "Bob", "25", "Oslo"), "| Name | Age | City |\n| --- | --- | --- |\n| Ann |  | Rome |\n| Bob | 25 | Oslo |"},
		"two lines of two": {row(700, "Name", "Age") + row(686, "Ann", "30"), "Name Age Ann 30"},
		"two columns of prose": {
			row(700, "", "") + drawn("F1", 11, 72, 700, "The committee found that the bridge") + drawn("F1", 11, 330, 700, "Nobody had expected that it would") +
				drawn("F1", 11, 72, 686, "had been built of poor steel, and that") + drawn("F1", 11, 330, 686, "say so this early, and the builders") +
				drawn("F1", 11, 72, 672, "it would have to be built once more") + drawn("F1", 11, 330, 672, "of the bridge were the last to hear") +
				drawn("F1", 11, 72, 658, "by somebody else in the coming years.") + drawn("F1", 11, 330, 658, "of it from the newspapers that day."),
			"The committee found that the bridge had been built of poor steel, and that it would have to be built once more by somebody else in the coming years. Nobody had expected that it would say so this early, and the builders of the bridge were the last to hear of it from the newspapers that day.",
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc := readDrawn(t, pdfParts{}, tc.content)
			require.Equal(t, tc.want, strings.ReplaceAll(doc.Text, "\n\n", " "))
		})
	}
}

func TestExtract_PDFExponentsStayInTheirLine(t *testing.T) {
	t.Parallel()
	doc := readDrawn(t, pdfParts{}, drawn("F1", 11, 72, 700, "the area is r")+drawn("F1", 7, 130, 705, "2")+drawn("F1", 11, 138, 700, "of it"))
	require.Equal(t, "the area is r2 of it", doc.Text)
}

func TestExtract_PDFNotes(t *testing.T) {
	t.Parallel()
	doc := readDrawn(t, pdfParts{
		page: "/Annots[5 0 R 6 0 R 7 0 R 8 0 R]",
		objects: []string{
			"<</Type/Annot/Subtype/Text/Rect[0 0 9 9]/T(Ann)/Contents(Really?)>>",
			"<</Type/Annot/Subtype/Widget/FT/Tx/Rect[0 0 9 9]/T(School_Name)/V(Hill School)>>",
			"<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/Contents(not a note)>>",
			"<</Type/Annot/Subtype/Widget/FT/Tx/Rect[0 0 9 9]/T(empty)/V()>>",
		},
	}, drawn("F1", 11, 72, 700, "The text."))
	require.Equal(t, "The text.\n\nComment by Ann: Really?\n\nSchool Name: Hill School", doc.Text)
	require.Equal(t, len(doc.Text), doc.Pages[0].End, "notes belong to their page")
}

func TestExtract_PDFAttachments(t *testing.T) {
	t.Parallel()
	doc := readDrawn(t, pdfParts{
		catalog: "/Names<</EmbeddedFiles<</Names[(a.txt) 5 0 R]>>>>",
		objects: []string{"<</Type/Filespec/F(a.txt)/UF(a.txt)/EF<</F 6 0 R>>>>", "<</Type/EmbeddedFile/Length 12>>\nstream\nInside text.\nendstream"},
	}, drawn("F1", 11, 72, 700, "Outside."))
	require.Equal(t, "Outside.\n\nAttachment: a.txt\n\nInside text.", doc.Text)
}

func TestExtract_PDFProperties(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		parts pdfParts
		want  extract.Document
	}{
		"the information dictionary": {
			pdfParts{info: "/Title(Of bridges)/Author(Ann Ox; Bob Yak)/CreationDate(D:20210517101500Z)/Subject(doi:10.1234/B.7)"},
			extract.Document{Title: "Of bridges", Authors: []string{"Ann Ox", "Bob Yak"}, Published: "2021-05-17", Identifiers: map[string]string{"doi": "10.1234/b.7"}},
		},
		"XMP goes first": {
			pdfParts{info: "/Title(Old)/Author(Nobody)", xmp: `<x:xmpmeta xmlns:x="x"><rdf:RDF xmlns:rdf="r" xmlns:dc="d" xmlns:prism="p" xmlns:xmpRights="q"><rdf:Description prism:doi="10.1234/c" prism:publicationDate="2020-02">
				<dc:title><rdf:Alt><rdf:li>Of towers</rdf:li></rdf:Alt></dc:title><dc:creator><rdf:Seq><rdf:li>Eve Elk</rdf:li><rdf:li>Dan Doe</rdf:li></rdf:Seq></dc:creator><xmpRights:WebStatement>https://creativecommons.org/licenses/by/4.0/</xmpRights:WebStatement></rdf:Description></rdf:RDF></x:xmpmeta>`},
			extract.Document{Title: "Of towers", Authors: []string{"Eve Elk", "Dan Doe"}, Published: "2020-02", License: "https://creativecommons.org/licenses/by/4.0/", Identifiers: map[string]string{"doi": "10.1234/c"}},
		},
		"what programs put there": {pdfParts{info: "/Title(untitled)/Author((anonymous))/CreationDate(D:19700101000000)"}, extract.Document{Title: "a"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc := readDrawn(t, tc.parts, drawn("F1", 11, 72, 700, "The text."))
			require.Equal(t, tc.want, extract.Document{Title: doc.Title, Authors: doc.Authors, Published: doc.Published, License: doc.License, Identifiers: doc.Identifiers})
		})
	}
}
