// Package crossref finds publications in Crossref, the registry in which most
// publishers register their DOIs (https://api.crossref.org/swagger-ui/).
//
// The question goes to query.bibliographic as plain words; a query that holds a
// DOI is looked up by it. Dates are pushed down. A record's own retraction or
// correction is what updated-by names, or its title; a record with update-to is
// itself a notice about another work, and gets no mark. Records of parts
// (components, issues, grants) are left out.
//
// No select parameter is sent: it would make answers smaller, but the API
// refuses the whole query for one field that a route does not know, language
// among them.
package crossref

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/scholarly"
	"github.com/researcherpro/researcherpro/services/research/internal/samework"
)

const (
	// Name is the connector's name, and its name as a provider.
	Name = "crossref"
	// DefaultBaseURL is the public API.
	DefaultBaseURL = "https://api.crossref.org"

	// maxRows bounds an answer: a record carries its references and may be large.
	// maxOffset is how far the API pages.
	maxRows, maxOffset = 40, 10_000
)

// Config says where Crossref is and who asks.
type Config struct {
	// BaseURL is DefaultBaseURL when empty.
	BaseURL string
	// Contact is the operator's mail address. With it requests are counted in the
	// polite pool, which allows twice as many. Anything else than a mail address is
	// not sent.
	Contact string
}

// Connector asks Crossref.
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

// About implements connector.Connector. The credential is the token of a paid
// plan, which few have.
func (*Connector) About() connector.About {
	return connector.About{
		Name: Name, Description: "Publications with a DOI, as their publishers registered them (Crossref).",
		Provider: Name, Filters: connector.FilterDates,
	}
}

// Search implements connector.Connector with one request.
func (c *Connector) Search(ctx context.Context, q connector.Query) (connector.Answer, error) {
	rows := min(max(q.Limit, 1), maxRows)
	offset := q.Page * rows
	params := c.parameters(q)
	if params == nil || offset+rows > maxOffset {
		return connector.Answer{}, nil
	}
	params.Set("rows", strconv.Itoa(rows))
	params.Set("offset", strconv.Itoa(offset))
	request := scholarly.Request{
		Account: connector.Account{Provider: Name, Credential: q.Credential}, URL: c.url, Params: params,
	}
	if q.Credential != "" {
		request.Header = http.Header{"Crossref-Plus-Api-Token": {"Bearer " + q.Credential}}
	}
	reply, err := scholarly.Get(ctx, c.doer, request)
	if err != nil {
		return connector.Answer{}, err
	}
	answer, total, err := parse(reply.Body)
	answer.More = err == nil && len(answer.Items) > 0 && offset+rows < min(total, maxOffset)
	return answer, err
}

// parameters says what to look for; nil for a query without words.
func (c *Connector) parameters(q connector.Query) url.Values {
	params := url.Values{}
	var filters []string
	if kind, id := samework.Find(q.Text); kind == samework.DOI && !strings.ContainsAny(id, ",") {
		filters = append(filters, "doi:"+id)
	} else if plain := scholarly.Plain(q.Text); plain != "" {
		params.Set("query.bibliographic", plain)
	} else {
		return nil
	}
	if !q.PublishedAfter.IsZero() {
		filters = append(filters, "from-pub-date:"+q.PublishedAfter.Format("2006-01-02"))
	}
	if !q.PublishedBefore.IsZero() {
		filters = append(filters, "until-pub-date:"+q.PublishedBefore.Format("2006-01-02"))
	}
	if len(filters) > 0 {
		params.Set("filter", strings.Join(filters, ","))
	}
	if c.contact != "" {
		params.Set("mailto", c.contact)
	}
	return params
}

// parse makes items of an answer, and says how many there are in all.
func parse(body []byte) (answer connector.Answer, total int, err error) {
	var reply struct {
		Status  string `json:"status"`
		Type    string `json:"message-type"`
		Message struct {
			Total int               `json:"total-results"`
			Items []json.RawMessage `json:"items"`
		} `json:"message"`
	}
	// The message of a refusal is a list, so the shape tells it apart as well.
	if err := scholarly.JSON(body, &reply); err != nil {
		return connector.Answer{}, 0, err
	}
	if reply.Status != "ok" || reply.Type != "work-list" {
		return connector.Answer{}, 0, scholarly.Malformed(errNotList)
	}
	answer, err = scholarly.Records(reply.Message.Items, record.item)
	return answer, reply.Message.Total, err
}
