package cite_test

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

// fixture is one test of the suite of CSL processors.
type fixture struct {
	mode, result string
	items        []item
}

// item is a work in CSL-JSON, as far as sources can hold it.
type item struct {
	ID        any    `json:"id"`
	Type      string `json:"type"`
	Title     string `json:"title"`
	Container string `json:"container-title"`
	Publisher string `json:"publisher"`
	DOI, URL  string
	Author    []person
	Editor    []person
	Issued    struct {
		Parts [][]any `json:"date-parts"`
	}
}

type person struct {
	Family, Given, Suffix, Literal string
	Dropping                       string `json:"dropping-particle"`
	NonDropping                    string `json:"non-dropping-particle"`
}

// fixtures reads the suite of tests of CSL processors by name.
func fixtures(t *testing.T) map[string]fixture {
	t.Helper()
	data := os.Getenv("RP_DATA")
	if data == "" {
		t.Skip("RP_DATA is not set: the tests of CSL processors are not part of the project")
	}
	unpacked, err := exec.Command("xz", "-dc", filepath.Join(data, "vectors", "csl", "processor-tests.tar.xz")).Output()
	if err != nil {
		t.Skipf("the tests of CSL processors cannot be unpacked: %v", err)
	}
	out := map[string]fixture{}
	for archive := tar.NewReader(bytes.NewReader(unpacked)); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		require.NoError(t, err)
		name := filepath.Base(header.Name)
		if filepath.Ext(name) != ".txt" || !strings.Contains(header.Name, "/humans/") {
			continue
		}
		content, err := io.ReadAll(archive)
		require.NoError(t, err)
		f := fixture{mode: part(content, "MODE"), result: part(content, "RESULT")}
		if json.Unmarshal([]byte(part(content, "INPUT")), &f.items) == nil { // a few hold what sources cannot
			out[strings.TrimSuffix(name, ".txt")] = f
		}
	}
}

// part returns what stands between two marks of a fixture, such as `>>===== MODE =====>>`.
func part(content []byte, name string) string {
	_, behind, _ := strings.Cut(string(content), "= "+name+" =")
	_, behind, _ = strings.Cut(behind, ">>\n")
	before, _, _ := strings.Cut(behind, "<<=")
	return strings.TrimSpace(before)
}

// source makes a source of an item, with its authors in the order of catalogues.
func (i item) source() *researchv1.Source {
	s := &researchv1.Source{
		Id: fmt.Sprint(i.ID), Title: i.Title, Container: i.Container, Publisher: i.Publisher, Url: i.URL,
		Kind: map[string]string{
			"article-journal": "article", "book": "book", "chapter": "chapter", "webpage": "page", "article-newspaper": "news", "post-weblog": "post", "report": "report",
		}[i.Type],
	}
	if i.DOI != "" {
		s.Identifiers = map[string]string{"doi": i.DOI}
	}
	for _, author := range i.Author {
		s.Authors = append(s.Authors, author.inverted())
	}
	if len(i.Issued.Parts) > 0 {
		for n, part := range i.Issued.Parts[0] {
			s.Published += fmt.Sprintf([]string{"%04s", "-%02s", "-%02s"}[n], fmt.Sprint(part))
		}
	}
	return s
}

func (p person) inverted() string {
	family := joined(p.Dropping, p.NonDropping, p.Family, p.Literal)
	if p.Given == "" {
		return family
	}
	return strings.TrimSuffix(family+", "+p.Given+", "+p.Suffix, ", ")
}

func (p person) natural() string {
	return joined(p.Given, p.Dropping, p.NonDropping, p.Family, p.Literal, p.Suffix)
}

func joined(parts ...string) string {
	return strings.Join(strings.Fields(strings.Join(parts, " ")), " ")
}

// entries returns the lines of a result, with `*` around what is in italics.
func (f fixture) entries() []string {
	text := strings.NewReplacer("<i>", "*", "</i>", "*", "’", "'").Replace(f.result)
	text = regexp.MustCompile(`<div class="csl-left-margin">.*?</div>`).ReplaceAllString(text, "")
	var out []string
	for _, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(line, "")))
		if line != "" {
			out = append(out, line)
		}
	}
	return out
}
