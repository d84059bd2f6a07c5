// Package arxiv finds preprints in arXiv through its API
// (https://info.arxiv.org/help/api/user-manual.html).
//
// A question becomes its key words: all of them must occur when there are up to
// three, any of them else, the most relevant first. A query that is an arXiv
// identifier is looked up by it. Dates are pushed down as days of first
// submission. The API's errors come as a feed with one entry, with status 200 or
// 400. Identifiers lose their version; addresses keep it, so that what is read
// is what was found. arXiv asks for one request in three seconds over all
// machines: the Doer keeps that.
package arxiv

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/scholarly"
	"github.com/researcherpro/researcherpro/services/research/internal/samework"
)

const (
	// Name is the connector's name, and its name as a provider.
	Name = "arxiv"
	// DefaultBaseURL is the API for programs.
	DefaultBaseURL = "https://export.arxiv.org"

	// maxResults is what is asked for at most at once, maxTotal how far paging goes.
	maxResults, maxTotal = 100, 30_000
)

// Config says where arXiv is.
type Config struct {
	// BaseURL is DefaultBaseURL when empty.
	BaseURL string
}

// Connector asks arXiv.
type Connector struct {
	url  string
	doer connector.Doer
}

var _ connector.Connector = (*Connector)(nil)

// New returns the connector.
func New(cfg Config, doer connector.Doer) *Connector {
	if cfg.BaseURL == "" {
		cfg.BaseURL = DefaultBaseURL
	}
	return &Connector{url: strings.TrimSuffix(cfg.BaseURL, "/") + "/api/query", doer: doer}
}

// About implements connector.Connector.
func (*Connector) About() connector.About {
	return connector.About{
		Name: Name, Description: "Preprints in physics, mathematics, computer science and their neighbours (arXiv).",
		Filters: connector.FilterDates,
	}
}

// Search implements connector.Connector with one request.
func (c *Connector) Search(ctx context.Context, q connector.Query) (connector.Answer, error) {
	limit := min(max(q.Limit, 1), maxResults)
	start := q.Page * limit
	params := parameters(q)
	if params == nil || start+limit > maxTotal {
		return connector.Answer{}, nil
	}
	params.Set("start", strconv.Itoa(start))
	params.Set("max_results", strconv.Itoa(limit))
	reply, err := scholarly.Get(ctx, c.doer, scholarly.Request{
		Account: connector.Account{Provider: Name}, URL: c.url, Params: params,
	})
	if refused := refusal(reply.Body); refused != nil {
		return connector.Answer{}, refused
	}
	if err != nil {
		return connector.Answer{}, err
	}
	return parse(reply.Body)
}

// dialect is that of search_query. The quotes keep a hyphen within its word.
var dialect = scholarly.Dialect{Strict: 3, And: " AND ", Or: " OR ", Before: `all:"`, After: `"`}

// parameters says what to look for; nil for a query without words.
func parameters(q connector.Query) url.Values {
	if kind, id := samework.Find(q.Text); kind == samework.ArXiv {
		return url.Values{"id_list": {id}}
	}
	query := scholarly.Boolean(q.Text, dialect)
	if query == "" {
		return nil
	}
	if !q.PublishedAfter.IsZero() || !q.PublishedBefore.IsZero() {
		query = "(" + query + ") AND submittedDate:[" + between(q) + "]"
	}
	return url.Values{"search_query": {query}, "sortBy": {"relevance"}, "sortOrder": {"descending"}}
}

// between returns the bounds of the days of publication. The API takes no open
// range: arXiv began in 1991, and no paper is from the next century.
func between(q connector.Query) string {
	from := time.Date(1991, 1, 1, 0, 0, 0, 0, time.UTC)
	if !q.PublishedAfter.IsZero() {
		from = q.PublishedAfter
	}
	to := "209912312359"
	if !q.PublishedBefore.IsZero() {
		to = q.PublishedBefore.Format("20060102") + "2359"
	}
	return from.Format("20060102") + "0000 TO " + to
}
