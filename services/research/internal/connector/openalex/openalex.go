// Package openalex finds works in OpenAlex, an open index of scholarly works
// (https://docs.openalex.org).
//
// The question goes to the full-text search as its key words in lower case, since
// AND, OR, NOT, quotes and wildcards are operators there; more than five are
// alternatives. A query that holds a DOI is looked up by it. Dates and languages are pushed down. Abstracts come as
// lists of places for each word and are put together again. Nearly every field
// of a record may be null.
//
// The service wants a key since February 2026; without one it allows a little.
package openalex

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/scholarly"
	"github.com/researcherpro/researcherpro/services/research/internal/samework"
)

const (
	// Name is the connector's name, and its name as a provider.
	Name = "openalex"
	// DefaultBaseURL is the public API.
	DefaultBaseURL = "https://api.openalex.org"

	// maxRows is the least of what its pages have stated as the largest answer,
	// maxTotal how far it pages.
	maxRows, maxTotal = 100, 10_000
	// fields are what is read of a record: answers are ten times as large without.
	fields = "id,ids,doi,title,display_name,publication_year,publication_date,type,language,is_retracted,authorships," +
		"primary_location,best_oa_location,locations,open_access,cited_by_count,abstract_inverted_index"
)

// Config says where OpenAlex is and who asks.
type Config struct {
	// BaseURL is DefaultBaseURL when empty.
	BaseURL string
	// Contact is the operator's mail address; anything else is not sent.
	Contact string
}

// Connector asks OpenAlex.
type Connector struct {
	url, contact string
	doer         connector.Doer
}

var _ connector.Connector = (*Connector)(nil)

// New returns the connector.
func New(cfg Config, doer connector.Doer) *Connector {
	if cfg.BaseURL == "" {
		cfg.BaseURL = DefaultBaseURL
	}
	return &Connector{url: strings.TrimSuffix(cfg.BaseURL, "/") + "/works", contact: scholarly.Mail(cfg.Contact), doer: doer}
}

// About implements connector.Connector.
func (*Connector) About() connector.About {
	return connector.About{
		Name: Name, Description: "Scholarly works of all fields and languages (OpenAlex).",
		Provider: Name, Filters: connector.FilterDates | connector.FilterLanguages,
	}
}

// Search implements connector.Connector with one request.
func (c *Connector) Search(ctx context.Context, q connector.Query) (connector.Answer, error) {
	rows := min(max(q.Limit, 1), maxRows)
	params := c.parameters(q)
	if params == nil || (q.Page+1)*rows > maxTotal {
		return connector.Answer{}, nil
	}
	params.Set("per-page", strconv.Itoa(rows))
	params.Set("page", strconv.Itoa(q.Page+1))
	reply, err := scholarly.Get(ctx, c.doer, scholarly.Request{
		Account: connector.Account{Provider: Name, Credential: q.Credential}, URL: c.url, Params: params,
	})
	if err != nil && reply.Status == http.StatusForbidden && bytes.Contains(reply.Body, []byte("Invalid query parameters")) {
		// It says so with the status of a key that is not valid.
		return connector.Answer{}, rejected(err)
	}
	if err != nil {
		return connector.Answer{}, err
	}
	answer, total, err := parse(reply.Body)
	answer.More = err == nil && len(answer.Items) > 0 && (q.Page+1)*rows < min(total, maxTotal)
	return answer, err
}

// dialect is that of the search: words without a sign between them must all occur,
// in title, abstract or text.
var dialect = scholarly.Dialect{Strict: 5, And: " ", Or: " OR "}

// parameters says what to look for; nil for a query without words.
func (c *Connector) parameters(q connector.Query) url.Values {
	params := url.Values{"select": {fields}}
	var filters []string
	if kind, id := samework.Find(q.Text); kind == samework.DOI && !strings.ContainsAny(id, ",|") {
		filters = append(filters, "doi:"+id)
	} else if what := scholarly.Boolean(q.Text, dialect); what != "" {
		params.Set("search", what)
	} else {
		return nil
	}
	if !q.PublishedAfter.IsZero() {
		filters = append(filters, "from_publication_date:"+q.PublishedAfter.Format("2006-01-02"))
	}
	if !q.PublishedBefore.IsZero() {
		filters = append(filters, "to_publication_date:"+q.PublishedBefore.Format("2006-01-02"))
	}
	if languages := codes(q.Languages); len(languages) > 0 {
		filters = append(filters, "language:"+strings.Join(languages, "|"))
	}
	if len(filters) > 0 {
		params.Set("filter", strings.Join(filters, ","))
	}
	if c.contact != "" {
		params.Set("mailto", c.contact)
	}
	if q.Credential != "" {
		params.Set("api_key", q.Credential)
	}
	return params
}

var code = regexp.MustCompile(`^[a-z]{2}$`)

// codes returns the languages that are codes, so that nothing else gets into a
// filter.
func codes(languages []string) []string {
	var out []string
	for _, l := range languages {
		if l = strings.ToLower(l); code.MatchString(l) {
			out = append(out, l)
		}
	}
	return out
}

// parse makes items of an answer, and says how many there are in all.
func parse(body []byte) (answer connector.Answer, total int, err error) {
	var reply struct {
		Meta *struct {
			Count int `json:"count"`
		} `json:"meta"`
		Results *[]json.RawMessage `json:"results"`
	}
	if err := scholarly.JSON(body, &reply); err != nil {
		return connector.Answer{}, 0, err
	}
	if reply.Results == nil {
		return connector.Answer{}, 0, scholarly.Malformed(errNoResults)
	}
	if reply.Meta != nil {
		total = reply.Meta.Count
	}
	answer, err = scholarly.Records(*reply.Results, work.item)
	return answer, total, err
}
