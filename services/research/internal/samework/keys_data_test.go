package samework_test

import (
	"archive/tar"
	"bufio"
	"bytes"
	"errors"
	"io"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/crossref"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/openalex"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/scholarly/scholarlytest"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/semanticscholar"
	"github.com/researcherpro/researcherpro/services/research/internal/samework"
)

// recorded returns what the connectors make of the recorded answers.
func recorded(t *testing.T) []samework.Work {
	t.Helper()
	var works []samework.Work
	for host, build := range map[string]func(*scholarlytest.Place) connector.Connector{
		"api.crossref.org": func(p *scholarlytest.Place) connector.Connector {
			return crossref.New(crossref.Config{BaseURL: p.URL}, p)
		},
		"api.openalex.org": func(p *scholarlytest.Place) connector.Connector {
			return openalex.New(openalex.Config{BaseURL: p.URL}, p)
		},
		"api.semanticscholar.org": func(p *scholarlytest.Place) connector.Connector {
			return semanticscholar.New(semanticscholar.Config{BaseURL: p.URL}, p)
		},
	} {
		for _, r := range scholarlytest.Recordings(t, host) {
			place := scholarlytest.Serve(t, scholarlytest.Answer{Status: r.Status, Body: r.Body})
			c := build(place)
			answer, err := c.Search(t.Context(), connector.Query{Text: "x", Limit: 100})
			if err != nil {
				continue // what cannot be read is for the connectors' own tests
			}
			for _, it := range answer.Items {
				works = append(works, samework.Of(c.About().Name, it))
			}
		}
	}
	return works
}

// TestKeys_Recordings joins all recorded works. Title keys must never have
// brought together what has different DOIs, of which Conflict is the guard.
func TestKeys_Recordings(t *testing.T) {
	t.Parallel()
	works := recorded(t)
	byTitle := map[samework.Key]connector.Item{}
	agree, guarded, unknown := 0, 0, 0
	for _, w := range works {
		for _, k := range samework.Keys(w.Item, nil) {
			if !k.Weak() {
				continue
			}
			other, ok := byTitle[k]
			byTitle[k] = w.Item
			switch {
			case !ok:
			case other.Identifiers["doi"] == "" || w.Item.Identifiers["doi"] == "":
				unknown++
			case samework.Conflict(other, w.Item):
				guarded++
				t.Logf("kept apart: %q %v and %v", w.Item.Title, other.Identifiers, w.Item.Identifiers)
			default:
				agree++
			}
		}
	}
	joined := join(works...)
	found := 0
	for _, w := range joined {
		if len(w.Found) > 1 {
			found++
		}
	}
	t.Logf("%d items become %d works, %d of them found at several places; title keys: %d agree by DOI, %d contradict, %d cannot be told",
		len(works), len(joined), found, agree, guarded, unknown)
	require.Less(t, len(joined), len(works))
	require.Zero(t, guarded)
}

// bibliography returns the documents of the classic collections, in which each
// work stands once: CACM with title, year and author; Cranfield too; CISI has no
// years, so that all get the same, which is harder than life.
func bibliography(t *testing.T) map[string][]connector.Item {
	t.Helper()
	dir := filepath.Join(scholarlytest.Data(t), "classic-ir")
	year := regexp.MustCompile(`\b(1[89]\d\d)\b`)
	sets := map[string][]connector.Item{}
	archive := tar.NewReader(bytes.NewReader(unzip(t, filepath.Join(dir, "cacm", "raw", "cacm.tar.gz"))))
	for {
		_, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		data, err := io.ReadAll(archive)
		require.NoError(t, err)
		// Title, abstract, "CACM December, 1958", authors: parted by blank lines.
		before, after, ok := strings.Cut(strings.Trim(string(data), "</html>pre \n"), "\nCACM ")
		if !ok {
			continue
		}
		title, _, _ := strings.Cut(strings.TrimSpace(before), "\n\n")
		head, rest, _ := strings.Cut(after, "\n")
		author, _, _ := strings.Cut(strings.TrimSpace(rest), "\n")
		sets["cacm"] = append(sets["cacm"], connector.Item{Title: title, Authors: []string{author}, Published: year.FindString(head)})
	}
	for name, path := range map[string]string{"cisi": "CISI.ALL.gz", "cranfield": "cran.all.1400.gz"} {
		var it connector.Item
		field := ""
		lines := bufio.NewScanner(bytes.NewReader(unzip(t, filepath.Join(dir, name, "raw", path))))
		for lines.Scan() {
			line := lines.Text()
			if strings.HasPrefix(line, ".") && len(line) >= 2 {
				if field = line[:2]; field == ".I" && it.Title != "" {
					sets[name] = append(sets[name], it)
					it = connector.Item{}
				}
				if name == "cisi" {
					it.Published = "1975"
				}
				continue
			}
			switch field {
			case ".T":
				it.Title += " " + line
			case ".A":
				it.Authors = append(it.Authors, line)
			case ".B":
				if y := year.FindString(line); y != "" {
					it.Published = y
				}
			}
		}
		require.NoError(t, lines.Err())
	}
	return sets
}

// TestKeys_FalseMerges counts how many works of the classic collections, all
// different, have a title key in common. All that do are of one author and title
// indeed: corrections of an algorithm, parts of a glossary, reviews and editions of
// a book. Today each has a DOI or ISBN, and Conflict keeps the DOIs apart.
func TestKeys_FalseMerges(t *testing.T) {
	t.Parallel()
	for name, items := range bibliography(t) {
		byKey := map[samework.Key]string{}
		keyed, same := 0, 0
		for _, it := range items {
			keys := samework.Keys(it, nil)
			if len(keys) > 0 {
				keyed++
			}
			for _, k := range keys {
				if other, ok := byKey[k]; ok {
					same++
					t.Logf("%s: %.60q and %.60q", name, other, it.Title)
					break
				}
				byKey[k] = it.Title
			}
		}
		t.Logf("%s: %d works, %d with a title key, %d share one", name, len(items), keyed, same)
		require.Positive(t, keyed, name)
		require.LessOrEqual(t, float64(same), 0.02*float64(keyed), name)
	}
}
