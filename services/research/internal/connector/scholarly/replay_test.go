package scholarly_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/arxiv"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/crossref"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/openalex"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/pubmed"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/scholarly/scholarlytest"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/semanticscholar"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/wikipedia"
)

// canned is a Doer that gives one answer to everything.
type canned string

func (c canned) Do(context.Context, connector.Account, *http.Request) (connector.Reply, error) {
	return connector.Reply{Status: http.StatusOK, Body: []byte(c)}, nil
}

// all returns the connectors, which get one answer to everything.
func all(body string) []connector.Connector {
	d := canned(body)
	return []connector.Connector{
		arxiv.New(arxiv.Config{}, d), crossref.New(crossref.Config{}, d), openalex.New(openalex.Config{}, d),
		pubmed.New(pubmed.Config{}, d), semanticscholar.New(semanticscholar.Config{}, d), wikipedia.New(wikipedia.Config{}, d),
	}
}

func TestConnectors_SayWhatTheyAre(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, c := range all("") {
		about := c.About()
		require.Regexp(t, `^[a-z]+$`, about.Name)
		require.Regexp(t, `\.$`, about.Description)
		require.False(t, about.NeedsCredential, "all of them answer without a key")
		require.Empty(t, about.Missing)
		require.Contains(t, []string{"", about.Name}, about.Provider)
		names[about.Name] = true
	}
	require.Len(t, names, 6)
}

// TestConnectors_AnyAnswer gives every connector every recorded answer of every
// API, of language models too: whatever comes, it is read or refused with a
// reason, and nothing panics.
func TestConnectors_AnyAnswer(t *testing.T) {
	t.Parallel()
	file, err := os.Open(filepath.Join(scholarlytest.Data(t), "api-recordings", "interactions.jsonl.gz"))
	require.NoError(t, err)
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	require.NoError(t, err)
	lines := bufio.NewScanner(unzipped)
	lines.Buffer(nil, 64<<20)
	counts := map[string]map[string]int{}
	total := 0
	for lines.Scan() {
		var r struct {
			File string
			Body json.RawMessage
		}
		require.NoError(t, json.Unmarshal(lines.Bytes(), &r))
		body := string(r.Body)
		// Most bodies are strings; some were decoded already.
		_ = json.Unmarshal(r.Body, &body)
		total++
		for _, c := range all(body) {
			name := c.About().Name
			if counts[name] == nil {
				counts[name] = map[string]int{}
			}
			answer, err := c.Search(t.Context(), connector.Query{Text: "x", Limit: 10})
			if err != nil {
				var own *connector.Error
				require.ErrorAs(t, err, &own, r.File)
				counts[name][string(own.Problem)]++
				continue
			}
			counts[name]["read"]++
			counts[name]["items"] += len(answer.Items)
		}
	}
	require.NoError(t, lines.Err())
	t.Logf("%d answers: %s", total, fmt.Sprint(counts))
	require.Greater(t, total, 300)
	for name, c := range counts {
		require.Greater(t, c[string(connector.Malformed)], total/2, "%s reads only answers of its own kind", name)
	}
}

func FuzzConnectors(f *testing.F) {
	for _, seed := range []string{
		`{"status":"ok","message-type":"work-list","message":{"items":[{"DOI":"10.5555/x","type":"book","title":["<b>T"],"issued":{"date-parts":[[]]}}]}}`,
		`{"results":[{"id":"W1","title":"T","abstract_inverted_index":{"a":[0]}}]}`, `{"total":1,"data":[{"paperId":"x","title":"T","year":-1}]}`,
		`{"query":{"pages":{"1":{"pageid":1,"title":"T"}}}}`, `<feed><entry><id>arxiv.org/abs/2101.00001</id><title>T</title></entry></feed>`,
		`{"esearchresult":{"idlist":["7"]}}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		for _, c := range all(body) {
			answer, err := c.Search(t.Context(), connector.Query{Text: "x", Limit: 10})
			if err != nil {
				var own *connector.Error
				require.ErrorAs(t, err, &own)
			}
			for _, it := range answer.Items {
				scholarlytest.CheckItem(t, it)
			}
		}
	})
}
