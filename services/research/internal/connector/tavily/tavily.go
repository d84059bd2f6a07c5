// Package tavily finds pages with Tavily's search API.
//
// Days and domains are filtered there. Its start_date and end_date are said to be
// "after" and "before", so a day more is asked for at each end, and pages whose day is
// told (only news have one, as far as is known) are held against the days themselves.
// It has no filter of languages, and no pages.
package tavily

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
const Name = "tavily"

// DefaultBaseURL is where the API is.
const DefaultBaseURL = "https://api.tavily.com"

// What the API takes.
const (
	maxResults    = 20
	maxCharacters = 400
)

// The statuses of plans that are used up: that of the key, and pay as you go.
const (
	statusPlanUsedUp  = 432
	statusMoneyUsedUp = 433
)

// Config says where the API is.
type Config struct {
	// BaseURL is DefaultBaseURL if empty.
	BaseURL string
}

// Connector implements connector.Connector.
type Connector struct {
	url  string
	doer connector.Doer
}

var _ connector.Connector = (*Connector)(nil)

// New returns the connector.
func New(config Config, doer connector.Doer) *Connector {
	if config.BaseURL == "" {
		config.BaseURL = DefaultBaseURL
	}
	return &Connector{url: strings.TrimSuffix(config.BaseURL, "/") + "/search", doer: doer}
}

// About implements connector.Connector.
func (*Connector) About() connector.About {
	return connector.About{
		Name: Name, Description: "Pages of the web, found by Tavily's search.", Provider: Name, NeedsCredential: true, Paid: true,
		Filters: connector.FilterDates | connector.FilterDomains,
	}
}

// request is the body of a search.
type request struct {
	Query          string   `json:"query"`
	SearchDepth    string   `json:"search_depth"`
	MaxResults     int      `json:"max_results"`
	IncludeDomains []string `json:"include_domains,omitempty"`
	ExcludeDomains []string `json:"exclude_domains,omitempty"`
	StartDate      string   `json:"start_date,omitempty"`
	EndDate        string   `json:"end_date,omitempty"`
}

// response is the body of an answer.
type response struct {
	Results *[]struct {
		Title     reply.Text `json:"title"`
		URL       reply.Text `json:"url"`
		Content   reply.Text `json:"content"`
		Published reply.Text `json:"published_date"`
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
	body, err := json.Marshal(request{
		Query: reply.Shorten(q.Text, maxCharacters, 0), SearchDepth: "basic", MaxResults: min(max(q.Limit, 1), maxResults),
		IncludeDomains: q.IncludeDomains, ExcludeDomains: q.ExcludeDomains,
		StartDate: day(q.PublishedAfter, -1), EndDate: day(q.PublishedBefore, 1),
	})
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
	return connector.Answer{Items: reply.Items(q, hits)}, err
}

// day is a day and so many more, as the API writes it; "" for the zero time.
func day(t time.Time, more int) string {
	if t.IsZero() {
		return ""
	}
	return t.AddDate(0, 0, more).Format(time.DateOnly)
}

// read reads an answer.
func read(r connector.Reply, credential string) ([]reply.Hit, error) {
	switch r.Status {
	case http.StatusOK:
	case statusPlanUsedUp, statusMoneyUsedUp:
		return nil, &connector.Error{
			Problem: connector.Denied, Message: "The plan of the key is used up.", Cause: reply.Detail(r, credential),
		}
	default:
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
			Title: string(found.Title), URL: string(found.URL), Text: string(found.Content), Date: string(found.Published),
		})
	}
	return hits, nil
}
