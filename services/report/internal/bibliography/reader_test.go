package bibliography_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/bibliography"
)

// work is what bibutils reads of a reference, in MODS.
type work struct {
	Title    string `xml:"titleInfo>title"`
	Subtitle string `xml:"titleInfo>subTitle"`
	Names    []struct {
		Parts []struct {
			Type string `xml:"type,attr"`
			Text string `xml:",chardata"`
		} `xml:"namePart"`
	} `xml:"name"`
	IDs []struct {
		Type string `xml:"type,attr"`
		Text string `xml:",chardata"`
	} `xml:"identifier"`
}

func (w work) title() string {
	if w.Subtitle != "" {
		return w.Title + ": " + w.Subtitle
	}
	return w.Title
}

func (w work) id(kind string) string {
	for _, id := range w.IDs {
		if id.Type == kind {
			return id.Text
		}
	}
	return ""
}

// readBack reads references with a program of bibutils, which is independent of this
// package.
func readBack(t *testing.T, program string, references []byte) []work {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Skipf("%s of bibutils is not installed", program)
	}
	file := filepath.Join(t.TempDir(), "references")
	require.NoError(t, os.WriteFile(file, references, 0o600))
	var complaints bytes.Buffer
	cmd := exec.Command(path, "-i", "utf8", file)
	cmd.Stderr = &complaints
	read, err := cmd.Output()
	require.NoError(t, err, complaints.String())
	var collection struct {
		Works []work `xml:"mods"`
	}
	require.NoError(t, xml.Unmarshal(read, &collection))
	return collection.Works
}

// typeset folds what BibTeX's readers make of quotes and dashes, as TeX does, and the
// command that bibutils does not know.
func typeset(text string) string {
	return strings.NewReplacer("‘", "'", "’", "'", "`", "'", "“", "''", "”", "''", `"`, "''", "–", "--", "—", "---", `\textbackslash`, `\`, "⌃", "^").Replace(text)
}

func same(text string) string { return text }

// readers are the programs that read a format back, and what they fold.
func readers() map[string]struct {
	write func([]*reportv1.Reference) []byte
	fold  func(string) string
} {
	return map[string]struct {
		write func([]*reportv1.Reference) []byte
		fold  func(string) string
	}{
		"bib2xml": {bibliography.BibTeX, typeset},
		"ris2xml": {bibliography.RIS, same},
	}
}

func TestFiveHundredReferencesReadBack(t *testing.T) {
	t.Parallel()
	refs := many(500)
	keys := ids(t, refs)
	for program, reader := range readers() {
		t.Run(program, func(t *testing.T) {
			t.Parallel()
			works := readBack(t, program, reader.write(refs))
			require.Len(t, works, 500)
			for i, w := range works {
				require.Equal(t, refs[i].GetWork().GetTitle(), w.title())
				require.Equal(t, "10.1000/a_b(c)1", w.id("doi"))
				require.Equal(t, keys[i], w.id("citekey"))
				require.GreaterOrEqual(t, len(w.Names), 2, "bibutils takes the organization of a page for an author")
				require.Equal(t, "Marie", w.Names[0].Parts[0].Text)
				require.Equal(t, "Curie", w.Names[0].Parts[1].Text)
				if program == "bib2xml" {
					require.Equal(t, "World Health Organization", w.Names[1].Parts[0].Text, "a body is whole")
				}
			}
		})
	}
}

func TestNaughtyStringsReadBack(t *testing.T) {
	t.Parallel()
	refs := naughty(t)
	want := items(t, refs)
	for program, reader := range readers() {
		t.Run(program, func(t *testing.T) {
			t.Parallel()
			works := readBack(t, program, reader.write(refs))
			require.Len(t, works, len(refs))
			for i, w := range works {
				title, _ := want[i]["title"].(string)
				require.Equal(t, reader.fold(title), reader.fold(w.title()))
			}
		})
	}
}

// naughty returns references with a naughty string in every field of each.
func naughty(t *testing.T) []*reportv1.Reference {
	t.Helper()
	data := os.Getenv("RP_DATA")
	if data == "" {
		t.Skip("RP_DATA is not set: the naughty strings are not part of the project")
	}
	content, err := os.ReadFile(filepath.Join(data, "vectors", "naughty-strings", "blns.json"))
	require.NoError(t, err)
	var lines []string
	require.NoError(t, json.Unmarshal(content, &lines))
	var refs []*reportv1.Reference
	for i, s := range lines {
		refs = append(refs, &reportv1.Reference{Warnings: []string{s}, Work: &reportv1.Work{
			Id: fmt.Sprintf("%04d", i), Kind: kinds()[i%len(kinds())], Title: s, Container: s, Publisher: s, Published: s, Url: "https://example.org/" + s, Language: s, FileName: s,
			Accessed: s, Authors: []*reportv1.Name{body(s), person(s, s), {Family: s, Given: s, Suffix: s}},
			Identifiers: map[string]string{"doi": s, "arxiv": s, "pmid": s, "pmcid": s, "isbn": s},
		}})
	}
	require.Greater(t, len(refs), 500)
	return refs
}

func TestNaughtyStringsStayInTheirFields(t *testing.T) {
	t.Parallel()
	refs := naughty(t)
	require.Len(t, items(t, refs), len(refs))
	for _, line := range strings.Split(strings.TrimSuffix(string(bibliography.RIS(refs)), "\r\n"), "\r\n") {
		require.Regexp(t, `^[A-Z][A-Z0-9]  - [^\r\n]*$`, line)
	}
	for entry := range strings.SplitSeq(strings.TrimSpace(string(bibliography.BibTeX(refs))), "\n}\n") {
		for line := range strings.SplitSeq(strings.TrimSpace(strings.TrimSuffix(entry, "\n}")), "\n") {
			require.Regexp(t, `^(@[a-z]+\{[a-z0-9]+,|  [a-z]+ = \{.*\},?|  month = [a-z]{3},?)$`, line)
			require.Equal(t, strings.Count(line, "{"), strings.Count(line, "}")+strings.Count(line[:1], "@"), line)
		}
	}
}

func BenchmarkFiveHundredReferences(b *testing.B) {
	refs := many(500)
	for program, reader := range readers() {
		b.Run("for "+program, func(b *testing.B) {
			for b.Loop() {
				reader.write(refs)
			}
		})
	}
}
