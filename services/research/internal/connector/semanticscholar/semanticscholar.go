// Package semanticscholar finds papers in Semantic Scholar through its Academic
// Graph API (https://api.semanticscholar.org/api-docs/graph).
//
// The question goes to the relevance search as its key words; hyphens become
// spaces, since the search finds nothing for words with one. Dates are pushed
// down. An answer without hits has no list of data, and an error may come under
// "error" or "message". An address of a PDF counts only where the index does not
// call the paper closed.
package semanticscholar

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/scholarly"
)

const (
	// Name is the connector's name, and its name as a provider.
	Name = "semanticscholar"
	// DefaultBaseURL is the public API.
	DefaultBaseURL = "https://api.semanticscholar.org"

	// maxRows is the largest answer, maxTotal how far the relevance search pages.
	maxRows, maxTotal = 100, 1000
	fields            = "title,abstract,year,publicationDate,authors,url,externalIds,openAccessPdf,isOpenAccess,citationCount," +
		"publicationTypes,venue,journal"
)

// Config says where Semantic Scholar is.
type Config struct {
	// BaseURL is DefaultBaseURL when empty.
	BaseURL string
}

// Connector asks Semantic Scholar.
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
	return &Connector{url: strings.TrimSuffix(cfg.BaseURL, "/") + "/graph/v1/paper/search", doer: doer}
}

// About implements connector.Connector.
func (*Connector) About() connector.About {
	return connector.About{
		Name: Name, Description: "Papers of all fields with their citations (Semantic Scholar).",
		Provider: Name, Filters: connector.FilterDates,
	}
}

// Search implements connector.Connector with one request.
func (c *Connector) Search(ctx context.Context, q connector.Query) (connector.Answer, error) {
	rows := min(max(q.Limit, 1), maxRows)
	offset := q.Page * rows
	what := strings.Join(scholarly.KeyWords(strings.NewReplacer("-", " ", "‐", " ", "‑", " ").Replace(q.Text)), " ")
	if what == "" || offset+rows > maxTotal {
		return connector.Answer{}, nil
	}
	params := url.Values{
		"query": {what}, "fields": {fields}, "limit": {strconv.Itoa(rows)}, "offset": {strconv.Itoa(offset)},
	}
	if dates := between(q); dates != "" {
		params.Set("publicationDateOrYear", dates)
	}
	request := scholarly.Request{
		Account: connector.Account{Provider: Name, Credential: q.Credential}, URL: c.url, Params: params,
	}
	if q.Credential != "" {
		request.Header = http.Header{"X-Api-Key": {q.Credential}}
	}
	reply, err := scholarly.Get(ctx, c.doer, request)
	if err != nil {
		return connector.Answer{}, err
	}
	answer, err := parse(reply.Body)
	answer.More = answer.More && offset+2*rows <= maxTotal
	return answer, err
}

// between returns the bounds of the dates, either of which may be open; "" for
// none.
func between(q connector.Query) string {
	if q.PublishedAfter.IsZero() && q.PublishedBefore.IsZero() {
		return ""
	}
	from, to := "", ""
	if !q.PublishedAfter.IsZero() {
		from = q.PublishedAfter.Format("2006-01-02")
	}
	if !q.PublishedBefore.IsZero() {
		to = q.PublishedBefore.Format("2006-01-02")
	}
	return from + ":" + to
}

// parse makes items of an answer.
func parse(body []byte) (connector.Answer, error) {
	var reply struct {
		Total   *int              `json:"total"`
		Next    *int              `json:"next"`
		Data    []json.RawMessage `json:"data"`
		Error   string            `json:"error"`
		Message string            `json:"message"`
	}
	if err := scholarly.JSON(body, &reply); err != nil {
		return connector.Answer{}, err
	}
	if reply.Error != "" || reply.Message != "" {
		return connector.Answer{}, refused(reply.Error + reply.Message)
	}
	if reply.Data == nil && reply.Total == nil {
		return connector.Answer{}, scholarly.Malformed(errNoData)
	}
	answer, err := scholarly.Records(reply.Data, paper.item)
	answer.More = err == nil && reply.Next != nil && len(answer.Items) > 0
	return answer, err
}
