// Package pubmed finds biomedical articles in PubMed through NCBI's E-utilities
// (https://www.ncbi.nlm.nih.gov/books/NBK25501/).
//
// A search is two requests: esearch for the identifiers, efetch for the records.
// The question becomes its key words, without field tags, so that PubMed maps
// them to its subject headings: all of them must occur when there are up to
// three, any of them else, the best match first. Dates and languages are pushed
// down.
//
// Records are XML with markup inside titles and abstracts. Where there is a copy
// in PubMed Central, its text is offered as JATS from Europe PMC, which holds the
// same archive and lets programs read it, then as the page of PMC.
package pubmed

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/scholarly"
	"github.com/researcherpro/researcherpro/services/research/internal/samework"
)

const (
	// Name is the connector's name, and its name as a provider.
	Name = "pubmed"
	// DefaultBaseURL is the public API.
	DefaultBaseURL = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils"

	// tool is the program's name, as NCBI wants it beside the contact.
	tool = "ResearcherPro"
	// maxRows keeps the second request's address short, maxTotal is how far esearch
	// pages.
	maxRows, maxTotal = 100, 10_000
)

// Config says where PubMed is and who asks.
type Config struct {
	// BaseURL is DefaultBaseURL when empty.
	BaseURL string
	// Contact is the operator's mail address; anything else is not sent.
	Contact string
}

// Connector asks PubMed.
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
	return &Connector{url: strings.TrimSuffix(cfg.BaseURL, "/"), contact: scholarly.Mail(cfg.Contact), doer: doer}
}

// About implements connector.Connector. The credential is NCBI's API key, which
// allows more requests.
func (*Connector) About() connector.About {
	return connector.About{
		Name: Name, Description: "Articles of medicine and the life sciences (PubMed).",
		Provider: Name, Filters: connector.FilterDates | connector.FilterLanguages,
	}
}

// Search implements connector.Connector with two requests, or one when nothing
// is found.
func (c *Connector) Search(ctx context.Context, q connector.Query) (connector.Answer, error) {
	rows := min(max(q.Limit, 1), maxRows)
	start := q.Page * rows
	what := term(q)
	if what == "" || start+rows > maxTotal {
		return connector.Answer{}, nil
	}
	params := c.common(q)
	params.Set("term", what)
	params.Set("retmode", "json")
	params.Set("sort", "relevance")
	params.Set("retmax", strconv.Itoa(rows))
	params.Set("retstart", strconv.Itoa(start))
	body, err := c.get(ctx, q, "/esearch.fcgi", params)
	if err != nil {
		return connector.Answer{}, err
	}
	found, err := parseSearch(body)
	if err != nil || len(found.ids) == 0 {
		return connector.Answer{}, err
	}
	params = c.common(q)
	params.Set("id", strings.Join(found.ids, ","))
	params.Set("retmode", "xml")
	params.Set("rettype", "abstract")
	if body, err = c.get(ctx, q, "/efetch.fcgi", params); err != nil {
		return connector.Answer{}, err
	}
	answer, err := parseArticles(body, found.ids)
	answer.More = err == nil && start+rows < min(found.total, maxTotal)
	return answer, err
}

// common returns what both requests have in common.
func (c *Connector) common(q connector.Query) url.Values {
	params := url.Values{"db": {"pubmed"}, "tool": {tool}}
	if c.contact != "" {
		params.Set("email", c.contact)
	}
	if q.Credential != "" {
		params.Set("api_key", q.Credential)
	}
	return params
}

// get sends one request.
func (c *Connector) get(ctx context.Context, q connector.Query, path string, params url.Values) ([]byte, error) {
	reply, err := scholarly.Get(ctx, c.doer, scholarly.Request{
		Account: connector.Account{Provider: Name, Credential: q.Credential}, URL: c.url + path, Params: params,
	})
	if err != nil && strings.Contains(string(reply.Body), "API key invalid") {
		// It says so with status 400, like a bad query.
		return nil, denied(err)
	}
	return reply.Body, err
}

// dialect is that of a term: words that stand together may be one subject heading
// ("vitamin d"), which AND between them would hide.
var dialect = scholarly.Dialect{Strict: 3, And: " ", Or: " OR "}

// term says what to look for; "" for a query without words. Dates go into the
// term, since the parameters mindate and maxdate only count together.
func term(q connector.Query) string {
	what := ""
	switch kind, id := samework.Find(q.Text); kind {
	case samework.PMID:
		what = id + "[pmid]"
	case samework.PMCID:
		what = id + "[pmcid]"
	case samework.DOI:
		what = `"` + strings.ReplaceAll(id, `"`, "") + `"[doi]`
	default:
		what = scholarly.Boolean(q.Text, dialect)
	}
	if what == "" {
		return ""
	}
	parts := []string{"(" + what + ")"}
	if !q.PublishedAfter.IsZero() || !q.PublishedBefore.IsZero() {
		from, to := "1000", "3000"
		if !q.PublishedAfter.IsZero() {
			from = q.PublishedAfter.Format("2006/01/02")
		}
		if !q.PublishedBefore.IsZero() {
			to = q.PublishedBefore.Format("2006/01/02")
		}
		parts = append(parts, `("`+from+`"[dp] : "`+to+`"[dp])`)
	}
	var languages []string
	for _, l := range q.Languages {
		if three := toMARC(l); three != "" {
			languages = append(languages, three+"[la]")
		}
	}
	if len(languages) > 0 {
		parts = append(parts, "("+strings.Join(languages, " OR ")+")")
	}
	return strings.Join(parts, " AND ")
}

// found is what a search returns.
type found struct {
	ids   []string
	total int
}

// parseSearch reads the answer of esearch. Its numbers are strings, and an error
// comes with status 200.
func parseSearch(body []byte) (found, error) {
	var reply struct {
		Result *struct {
			Count string   `json:"count"`
			IDs   []string `json:"idlist"`
			Error string   `json:"ERROR"`
		} `json:"esearchresult"`
		Error string `json:"error"`
	}
	if err := json.Unmarshal(body, &reply); err != nil {
		return found{}, scholarly.Malformed(err)
	}
	if reply.Error != "" {
		return found{}, refusal(reply.Error)
	}
	if reply.Result == nil {
		return found{}, scholarly.Malformed(errNotSearch)
	}
	if reply.Result.Error != "" {
		return found{}, refusal(reply.Result.Error)
	}
	out := found{}
	for _, id := range reply.Result.IDs {
		if id, ok := samework.Normalize(samework.PMID, id); ok {
			out.ids = append(out.ids, id)
		}
	}
	// Without a count there is just no next page.
	out.total, _ = strconv.Atoi(reply.Result.Count)
	return out, nil
}
