// Package wikipedia finds articles in the editions of Wikipedia through the
// Action API (https://www.mediawiki.org/wiki/API:Main_page).
//
// One request for each edition brings the best pages with their introductions
// and revision numbers. An item's address is the permanent link of the revision
// that was found, and its full text is read there by the fetcher: extracts of
// whole articles come one to a request and lack tables, and the limit of
// Wikimedia is ten requests a minute for an operator who leaves no contact.
// The link has the form /wiki/…?oldid=, which Wikimedia's robots.txt allows;
// /w/index.php it does not.
//
// An item's date is that of the revision: when this text was published.
//
// The editions are those of the query's languages, at most three; without them
// the one of the language that the query is in, or the English one. Errors of
// the API come with status 200.
package wikipedia

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/researcherpro/researcherpro/pkg/lexical"
	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/scholarly"
)

const (
	// Name is the connector's name, and its name as a provider.
	Name = "wikipedia"
	// DefaultBaseURL is an edition; {lang} is its language.
	DefaultBaseURL = "https://{lang}.wikipedia.org"

	// maxRows is how many introductions the API gives at once, maxOffset how far its
	// search pages.
	maxRows, maxOffset = 20, 10_000
	maxEditions        = 3
)

// Config says where Wikipedia is.
type Config struct {
	// BaseURL is DefaultBaseURL when empty. Without {lang} it is one wiki for all
	// languages.
	BaseURL string
}

// Connector asks Wikipedia.
type Connector struct {
	base string
	doer connector.Doer
}

var _ connector.Connector = (*Connector)(nil)

// New returns the connector.
func New(cfg Config, doer connector.Doer) *Connector {
	if cfg.BaseURL == "" {
		cfg.BaseURL = DefaultBaseURL
	}
	return &Connector{base: strings.TrimSuffix(cfg.BaseURL, "/"), doer: doer}
}

// About implements connector.Connector.
func (*Connector) About() connector.About {
	return connector.About{
		Name: Name, Description: "Articles of the free encyclopedia, in its editions (Wikipedia).",
		Filters: connector.FilterLanguages | connector.FilterDomains,
	}
}

// dialect is that of CirrusSearch: words without a sign between them must all
// occur. An article is long, and holds more words together than an abstract.
var dialect = scholarly.Dialect{Strict: 5, And: " ", Or: " OR "}

// Search implements connector.Connector with one request for each edition. An
// edition that does not answer is a note while another does.
func (c *Connector) Search(ctx context.Context, q connector.Query) (connector.Answer, error) {
	what := scholarly.Boolean(q.Text, dialect)
	languages := editions(q)
	if what == "" || len(languages) == 0 {
		return connector.Answer{}, nil
	}
	if !strings.Contains(c.base, "{lang}") {
		languages = languages[:1]
	}
	var answers []connector.Answer
	var notes []string
	var failed error
	for _, lang := range languages {
		answer, err := c.ask(ctx, lang, what, q)
		if err != nil {
			if ctx.Err() != nil || isBusy(err) {
				return connector.Answer{}, err
			}
			failed = err
			notes = append(notes, fmt.Sprintf("The edition %q did not answer.", lang))
			continue
		}
		answers = append(answers, answer)
	}
	if len(answers) == 0 {
		return connector.Answer{}, failed
	}
	joined := interleave(answers)
	joined.Notes = append(joined.Notes, notes...)
	return joined, nil
}

// ask asks one edition.
func (c *Connector) ask(ctx context.Context, lang, what string, q connector.Query) (connector.Answer, error) {
	rows := min(max(q.Limit, 1), maxRows)
	offset := q.Page * rows
	if offset+rows > maxOffset {
		return connector.Answer{}, nil
	}
	base := strings.ReplaceAll(c.base, "{lang}", lang)
	reply, err := scholarly.Get(ctx, c.doer, scholarly.Request{
		Account: connector.Account{Provider: Name}, URL: base + "/w/api.php",
		Params: url.Values{
			"action": {"query"}, "format": {"json"}, "formatversion": {"2"}, "maxlag": {"5"},
			"generator": {"search"}, "gsrsearch": {what}, "gsrnamespace": {"0"},
			"gsrlimit": {strconv.Itoa(rows)}, "gsroffset": {strconv.Itoa(offset)},
			"prop":   {"extracts|revisions|info|pageprops"},
			"inprop": {"url"}, "rvprop": {"ids|timestamp"}, "ppprop": {"disambiguation"},
			"exintro": {"1"}, "explaintext": {"1"}, "exlimit": {strconv.Itoa(rows)},
		},
	})
	if err != nil {
		return connector.Answer{}, err
	}
	return parse(reply, edition{base: base, lang: lang})
}

var code = regexp.MustCompile(`^[a-z]{2,3}$`)

// editions returns the languages of the editions to ask: those that the query
// names, else its own, without those whose host its domains exclude.
func editions(q connector.Query) []string {
	wanted := q.Languages
	if len(wanted) == 0 {
		lang := lexical.Detect(q.Text)
		if lang == "" {
			lang = "en"
		}
		wanted = []string{lang}
	}
	var out []string
	for _, lang := range wanted {
		lang = strings.ToLower(lang)
		// A code becomes part of a host name, so nothing else may pass.
		if code.MatchString(lang) && allowed(lang+".wikipedia.org", q) && len(out) < maxEditions {
			out = append(out, lang)
		}
	}
	return out
}

// allowed reports whether a query's domains let a host pass.
func allowed(host string, q connector.Query) bool {
	for _, d := range q.ExcludeDomains {
		if under(host, d) {
			return false
		}
	}
	for _, d := range q.IncludeDomains {
		if under(host, d) {
			return true
		}
	}
	return len(q.IncludeDomains) == 0
}

// under reports whether host is domain or stands under it.
func under(host, domain string) bool {
	domain = strings.ToLower(strings.TrimSuffix(domain, "."))
	return host == domain || strings.HasSuffix(host, "."+domain)
}
