// Package searxng finds pages with a SearXNG instance of the operator's, a meta search
// that asks other search engines.
//
// Which of them know which filter differs, so none is promised: a single language, a
// single domain (as a site: operator) and a span of time that is long enough are sent,
// and whoever asked applies the filters to the answer. Engines that did not answer are
// named in the notes; without that their outage would look like "nothing found".
package searxng

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/outside/reply"
)

// Name is the connector's; it takes no credential.
const Name = "searxng"

const (
	// maxCharacters and maxWords are our own: engines behind it take no longer queries.
	maxCharacters = 400
	maxWords      = 50
	// maxEngines is how many engines are named in a note.
	maxEngines = 10
)

// Config says where the instance is.
type Config struct {
	// BaseURL is the instance's address; without it the connector cannot be used.
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
	if config.Now == nil {
		config.Now = time.Now
	}
	c := &Connector{now: config.Now, doer: doer}
	if config.BaseURL != "" {
		c.url = strings.TrimSuffix(config.BaseURL, "/") + "/search"
	}
	return c
}

// About implements connector.Connector.
func (c *Connector) About() connector.About {
	about := connector.About{Name: Name, Description: "Pages of the web, found by the operator's SearXNG."}
	if c.url == "" {
		about.Missing = "it needs the address of a SearXNG instance: set SEARXNG_URL"
	}
	return about
}

// Search implements connector.Connector.
func (c *Connector) Search(ctx context.Context, q connector.Query) (connector.Answer, error) {
	if c.url == "" {
		return connector.Answer{}, &connector.Error{Problem: connector.Unreachable, Message: "The address of an instance is not set."}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url+"?"+c.parameters(q).Encode(), nil)
	if err != nil {
		return connector.Answer{}, fmt.Errorf("make the request: %w", err)
	}
	req.Header.Set("Accept", "application/json")
	r, err := c.doer.Do(ctx, connector.Account{Provider: Name}, req)
	if err != nil {
		return connector.Answer{}, err
	}
	answer, err := read(r)
	if err != nil {
		return connector.Answer{}, err
	}
	return connector.Answer{Items: reply.Items(q, answer.hits()), More: len(*answer.Results) > 0, Notes: answer.notes()}, nil
}

// parameters are those of a query.
func (c *Connector) parameters(q connector.Query) url.Values {
	v := url.Values{
		"q": {reply.OnSite(q, maxCharacters, maxWords)}, "format": {"json"}, "pageno": {strconv.Itoa(q.Page + 1)},
		// Filtering by an engine's taste would be invisible to users.
		"safesearch": {"0"},
	}
	if len(q.Languages) == 1 {
		v.Set("language", q.Languages[0])
	}
	switch span := reply.Recency(q, c.now()); span {
	case "week": // not all versions know it
		v.Set("time_range", "month")
	case "":
	default:
		v.Set("time_range", span)
	}
	return v
}

// response is the body of an answer.
type response struct {
	Results *[]struct {
		Title     reply.Text `json:"title"`
		URL       reply.Text `json:"url"`
		Content   reply.Text `json:"content"`
		Published reply.Text `json:"publishedDate"`
		Category  reply.Text `json:"category"`
	} `json:"results"`
	// Unresponsive are pairs of an engine's name and a reason.
	Unresponsive pairs `json:"unresponsive_engines"`
}

// pairs are lists of texts; in another form they are none, and no reason to lose the
// results.
type pairs [][]reply.Text

// UnmarshalJSON implements json.Unmarshaler.
func (p *pairs) UnmarshalJSON(data []byte) error {
	var all [][]reply.Text
	if json.Unmarshal(data, &all) == nil {
		*p = all
	}
	return nil
}

// read reads an answer.
func read(r connector.Reply) (response, error) {
	var answer response
	switch r.Status {
	case http.StatusOK:
	case http.StatusForbidden:
		return answer, &connector.Error{
			Problem: connector.Rejected, Cause: reply.Detail(r, ""),
			Message: "It does not answer programs: its operator has to add json to search.formats in its settings.",
		}
	default:
		return answer, reply.Refused(r, "")
	}
	if err := reply.JSON(r, &answer); err != nil {
		return answer, err
	}
	if answer.Results == nil {
		return answer, reply.Malformed("Its answer has no results in it.", reply.Detail(r, ""))
	}
	return answer, nil
}

// hits are the pages of an answer.
func (r response) hits() []reply.Hit {
	hits := make([]reply.Hit, 0, len(*r.Results))
	for _, found := range *r.Results {
		hit := reply.Hit{
			Title: string(found.Title), URL: string(found.URL), Text: string(found.Content), Date: string(found.Published),
		}
		if found.Category == "news" {
			hit.Kind = "news"
		}
		hits = append(hits, hit)
	}
	return hits
}

// notes name the engines that did not answer.
func (r response) notes() []string {
	var engines []string
	for _, pair := range r.Unresponsive {
		if len(pair) == 0 {
			continue
		}
		engine := reply.Line(string(pair[0]))
		if len(pair) > 1 && pair[1] != "" {
			engine += " (" + reply.Line(string(pair[1])) + ")"
		}
		engines = append(engines, engine)
	}
	switch n := len(engines); {
	case n == 0:
		return nil
	case n > maxEngines:
		engines = append(engines[:maxEngines], fmt.Sprintf("and %d more", n-maxEngines))
	}
	return []string{"Engines that it asks did not answer: " + strings.Join(engines, ", ") + "."}
}
