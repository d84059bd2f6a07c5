// Package brave finds pages with Brave's web search API.
//
// Days are filtered there. Of domains and languages its parameters take only one, and
// no exclusion: a single one is sent, as a site: operator and as search_lang, and
// whoever asked applies the filters to the answer.
package brave

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

// Name is the connector's, and the provider's.
const Name = "brave"

// DefaultBaseURL is where the API is.
const DefaultBaseURL = "https://api.search.brave.com"

// What the API takes.
const (
	maxResults    = 20
	maxCharacters = 400
	maxWords      = 50
	// lastPage is the highest offset, which is a page and not a result.
	lastPage = 9
)

// firstDay stands for no first day: the API's ranges have two ends.
const firstDay = "1970-01-01"

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
	return &Connector{url: strings.TrimSuffix(config.BaseURL, "/") + "/res/v1/web/search", now: config.Now, doer: doer}
}

// About implements connector.Connector.
func (*Connector) About() connector.About {
	return connector.About{
		Name: Name, Description: "Pages of the web, found by Brave Search.", Provider: Name, NeedsCredential: true, Paid: true,
		Filters: connector.FilterDates,
	}
}

// Search implements connector.Connector.
func (c *Connector) Search(ctx context.Context, q connector.Query) (connector.Answer, error) {
	if q.Credential == "" {
		return connector.Answer{}, reply.NoKey()
	}
	if q.Page > lastPage {
		return connector.Answer{}, nil
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url+"?"+c.parameters(q).Encode(), nil)
	if err != nil {
		return connector.Answer{}, fmt.Errorf("make the request: %w", err)
	}
	req.Header.Set("X-Subscription-Token", q.Credential)
	req.Header.Set("Accept", "application/json")
	r, err := c.doer.Do(ctx, connector.Account{Provider: Name, Credential: q.Credential}, req)
	if err != nil {
		return connector.Answer{}, err
	}
	answer, err := read(r, q.Credential)
	if err != nil {
		return connector.Answer{}, err
	}
	return connector.Answer{Items: reply.Items(q, answer.hits()), More: answer.Query.More && q.Page < lastPage}, nil
}

// parameters are those of a query.
func (c *Connector) parameters(q connector.Query) url.Values {
	v := url.Values{
		"q":     {reply.OnSite(q, maxCharacters, maxWords)},
		"count": {strconv.Itoa(min(max(q.Limit, 1), maxResults))},
		// Marks of hits are of no use, and other kinds of results are not read.
		"text_decorations": {"false"},
		"result_filter":    {"web"},
	}
	if q.Page > 0 {
		v.Set("offset", strconv.Itoa(q.Page))
	}
	if len(q.Languages) == 1 && searchLanguages[q.Languages[0]] {
		v.Set("search_lang", q.Languages[0])
	}
	if !q.PublishedAfter.IsZero() || !q.PublishedBefore.IsZero() {
		from, to := firstDay, c.now().UTC().Format(time.DateOnly)
		if !q.PublishedAfter.IsZero() {
			from = q.PublishedAfter.Format(time.DateOnly)
		}
		if !q.PublishedBefore.IsZero() {
			to = q.PublishedBefore.Format(time.DateOnly)
		}
		v.Set("freshness", from+"to"+to)
	}
	return v
}

// searchLanguages are values of search_lang that are ISO 639-1 codes beyond doubt.
// Others, as for Chinese and Portuguese, have forms of their own, and a value that is
// not known is refused.
var searchLanguages = map[string]bool{
	"ar": true, "bg": true, "cs": true, "da": true, "de": true, "en": true, "es": true, "et": true, "fi": true, "fr": true,
	"he": true, "hr": true, "hu": true, "it": true, "ko": true, "lt": true, "lv": true, "nl": true, "pl": true, "ro": true,
	"ru": true, "sk": true, "sl": true, "sv": true, "th": true, "tr": true, "uk": true, "vi": true,
}

// response is the body of an answer. Web is missing when nothing was found.
type response struct {
	Type  string `json:"type"`
	Query struct {
		More bool `json:"more_results_available"`
	} `json:"query"`
	Web struct {
		Results []result `json:"results"`
	} `json:"web"`
	Error json.RawMessage `json:"error"`
}

// result is a page that was found.
type result struct {
	Title    reply.Text   `json:"title"`
	URL      reply.Text   `json:"url"`
	Text     reply.Text   `json:"description"`
	Snippets []reply.Text `json:"extra_snippets"`
	// PageAge is a time, Age a date in words or how long ago it was.
	PageAge  reply.Text `json:"page_age"`
	Age      reply.Text `json:"age"`
	Language reply.Text `json:"language"`
	Profile  struct {
		Name reply.Text `json:"name"`
	} `json:"profile"`
}

// read reads an answer, which may be an error whatever its status is.
func read(r connector.Reply, credential string) (response, error) {
	var answer response
	broken := reply.JSON(r, &answer)
	failed := answer.Type == "ErrorResponse" || (len(answer.Error) > 0 && string(answer.Error) != "null")
	switch {
	case r.Status == http.StatusOK && broken != nil:
		return answer, broken
	case strings.Contains(string(answer.Error), "SUBSCRIPTION_TOKEN"):
		// A key that is not known is refused with 422, as a bad parameter.
		return answer, &connector.Error{
			Problem: connector.Denied, Message: "It does not accept the key.", Cause: reply.Detail(r, credential),
		}
	case r.Status != http.StatusOK:
		return answer, reply.Refused(r, credential)
	case failed:
		return answer, &connector.Error{
			Problem: connector.Unavailable, Message: "It answered with an error.", Cause: reply.Detail(r, credential),
		}
	case answer.Type != "search":
		return answer, reply.Malformed("Its answer is not that of a web search.", reply.Detail(r, credential))
	}
	return answer, nil
}

// hits are the pages of an answer. Titles and texts are HTML.
func (r response) hits() []reply.Hit {
	hits := make([]reply.Hit, 0, len(r.Web.Results))
	for _, found := range r.Web.Results {
		text := reply.Plain(string(found.Text))
		for _, more := range found.Snippets {
			text += "\n\n" + reply.Plain(string(more))
		}
		hit := reply.Hit{
			Title: reply.Plain(string(found.Title)), URL: string(found.URL), Text: text, Date: string(found.PageAge),
			Site: reply.Plain(string(found.Profile.Name)), Language: string(found.Language),
		}
		if hit.Date == "" {
			hit.Date = string(found.Age)
		}
		hits = append(hits, hit)
	}
	return hits
}
