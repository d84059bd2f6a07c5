// Package perplexity finds pages with Perplexity's Search API (POST /search), which
// ranks pages and shows what it found in them; its models are not asked.
//
// Domains and languages are filtered there. Days are not: the names of its date fields
// differ between its own clients, and a field that is not known might be ignored. So
// the span of its documented search_recency_filter is sent that is long enough for
// the days that are asked for, and whoever asked applies the days to the answer. It
// has no pages.
package perplexity

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/outside/reply"
)

// Name is the connector's, and the provider's.
const Name = "perplexity"

// DefaultBaseURL is where the API is.
const DefaultBaseURL = "https://api.perplexity.ai"

// What the API takes.
const (
	maxResults   = 20
	maxDomains   = 20
	maxLanguages = 10
	// maxCharacters is our own: the API names no limit, and no question is longer.
	maxCharacters = 2000
)

// Config says where the API is.
type Config struct {
	// BaseURL is DefaultBaseURL if empty.
	BaseURL string
	// Now is time.Now if nil.
	Now func() time.Time
}

// Connector implements connector.Connector.
type Connector struct {
	url  string
	now  func() time.Time
	doer connector.Doer
}

var _ connector.Connector = (*Connector)(nil)

// New returns the connector.
func New(config Config, doer connector.Doer) *Connector {
	if config.BaseURL == "" {
		config.BaseURL = DefaultBaseURL
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	return &Connector{url: strings.TrimSuffix(config.BaseURL, "/") + "/search", now: config.Now, doer: doer}
}

// About implements connector.Connector.
func (*Connector) About() connector.About {
	return connector.About{
		Name: Name, Description: "Pages of the web, found by Perplexity's search.", Provider: Name, NeedsCredential: true, Paid: true,
		Filters: connector.FilterDomains | connector.FilterLanguages,
	}
}

// request is the body of a search.
type request struct {
	Query      string   `json:"query"`
	MaxResults int      `json:"max_results"`
	Domains    []string `json:"search_domain_filter,omitempty"`
	Languages  []string `json:"search_language_filter,omitempty"`
	Recency    string   `json:"search_recency_filter,omitempty"`
}

// response is the body of an answer. Dates may be missing or null.
type response struct {
	Results *[]struct {
		Title   reply.Text `json:"title"`
		URL     reply.Text `json:"url"`
		Snippet reply.Text `json:"snippet"`
		Date    reply.Text `json:"date"`
	} `json:"results"`
}

// Search implements connector.Connector.
func (c *Connector) Search(ctx context.Context, q connector.Query) (connector.Answer, error) {
	if q.Credential == "" {
		return connector.Answer{}, reply.NoKey()
	}
	if q.Page > 0 {
		return connector.Answer{}, nil
	}
	asked, notes := c.request(q)
	body, err := json.Marshal(asked)
	if err != nil {
		return connector.Answer{}, fmt.Errorf("encode the search: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return connector.Answer{}, fmt.Errorf("make the request: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+q.Credential)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	r, err := c.doer.Do(ctx, connector.Account{Provider: Name, Credential: q.Credential}, req)
	if err != nil {
		return connector.Answer{}, err
	}
	hits, err := read(r, q.Credential)
	return connector.Answer{Items: reply.Items(q, hits), Notes: notes}, err
}

// request is what is asked for a query, and what users should know about it.
func (c *Connector) request(q connector.Query) (r request, notes []string) {
	r = request{
		Query: reply.Shorten(q.Text, maxCharacters, 0), MaxResults: min(max(q.Limit, 1), maxResults), Recency: reply.Recency(q, c.now()),
	}
	if len(q.IncludeDomains) > maxDomains {
		notes = append(notes, fmt.Sprintf("It searches %d domains at once: only the first of the %d were searched.", maxDomains, len(q.IncludeDomains)))
	}
	if len(q.Languages) > maxLanguages {
		notes = append(notes, fmt.Sprintf("It searches %d languages at once: only the first of the %d were searched.", maxLanguages, len(q.Languages)))
	}
	// The two kinds of domains cannot be mixed; what is excluded beside is left out of
	// the answer.
	r.Domains = first(q.IncludeDomains, maxDomains)
	if len(r.Domains) == 0 {
		for _, domain := range first(q.ExcludeDomains, maxDomains) {
			r.Domains = append(r.Domains, "-"+domain)
		}
	}
	r.Languages = first(q.Languages, maxLanguages)
	return r, notes
}

// read reads an answer.
func read(r connector.Reply, credential string) ([]reply.Hit, error) {
	if r.Status != http.StatusOK {
		return nil, reply.Refused(r, credential)
	}
	var answer response
	if err := reply.JSON(r, &answer); err != nil {
		return nil, err
	}
	if answer.Results == nil {
		return nil, reply.Malformed("Its answer has no results in it.", reply.Detail(r, credential))
	}
	hits := make([]reply.Hit, 0, len(*answer.Results))
	for _, found := range *answer.Results {
		hits = append(hits, reply.Hit{
			Title: string(found.Title), URL: string(found.URL), Text: string(found.Snippet), Date: string(found.Date),
		})
	}
	return hits, nil
}

func first(all []string, n int) []string { return all[:min(len(all), n)] }
