package webaddr

import (
	"regexp"
	"strings"
)

// The forms of identifiers, as their makers write them.
const (
	doiForm   = `(10\.\d{4,9}/[^?#]+)`
	arxivForm = `(\d{4}\.\d{4,5}|[a-z][a-z-]*(?:\.[A-Za-z]{2})?/\d{7})(?:v\d+)?`
)

// place is where an identifier stands in the addresses of some hosts.
type place struct {
	kind  string
	hosts []string // these, and those under them
	path  *regexp.Regexp
	write func(string) string // nil for as it is
}

// places are the sites that name a work by an identifier in the address itself.
// A site that only mentions one is not among them.
func places() []place {
	lower := strings.ToLower
	return []place{
		{"doi", []string{"doi.org"}, regexp.MustCompile(`^/(?:doi:)?` + doiForm), lower},
		{
			"doi",
			[]string{
				"wiley.com", "science.org", "pnas.org", "tandfonline.com", "acm.org", "sagepub.com", "pubs.acs.org", "acpjournals.org",
				"annualreviews.org", "ahajournals.org", "royalsocietypublishing.org", "aps.org", "ascelibrary.org", "liebertpub.com",
			},
			regexp.MustCompile(`^/doi/(?:(?:abs|full|pdf|epdf|pdfplus|full-xml|epub|book)/)?` + doiForm), lower,
		},
		{"doi", []string{"link.springer.com"}, regexp.MustCompile(`^/(?:article|chapter|book|content/pdf)/` + doiForm), springer},
		{"doi", []string{"biorxiv.org", "medrxiv.org"}, regexp.MustCompile(`^/content/(?:10\.1101/)(\d[\d.]*\d)(?:v\d+)?`), func(s string) string { return "10.1101/" + s }},
		{"doi", []string{"nature.com"}, regexp.MustCompile(`^/articles/(s\d{5}-\d{3}-\d{4,5}-\w|nature\d{5}|srep\d{5}|ncomms\d{4,5})(?:\.pdf)?$`), func(s string) string { return "10.1038/" + s }},
		{"arxiv", []string{"arxiv.org"}, regexp.MustCompile(`^/(?:abs|pdf|html|format|ps|e-print|src)/` + arxivForm), nil},
		{"arxiv", []string{"ar5iv.org", "alphaxiv.org"}, regexp.MustCompile(`^/(?:abs|html|pdf|overview)/` + arxivForm), nil},
		{"arxiv", []string{"huggingface.co"}, regexp.MustCompile(`^/papers/` + arxivForm), nil},
		{"pmid", []string{"pubmed.ncbi.nlm.nih.gov"}, regexp.MustCompile(`^/(\d{1,8})(?:/|$)`), nil},
		{"pmid", []string{"ncbi.nlm.nih.gov"}, regexp.MustCompile(`^/pubmed/(\d{1,8})(?:/|$)`), nil},
		{"pmid", []string{"europepmc.org"}, regexp.MustCompile(`(?i)^/(?:article|abstract)/med/(\d{1,8})(?:/|$)`), nil},
		{"pmcid", []string{"ncbi.nlm.nih.gov"}, regexp.MustCompile(`(?i)^/(?:pmc/)?articles/(PMC\d+)(?:/|$)`), strings.ToUpper},
		{"pmcid", []string{"europepmc.org"}, regexp.MustCompile(`(?i)^/(?:articles?|article/PMC)/(PMC\d+)(?:/|$)`), strings.ToUpper},
		{"openalex", []string{"openalex.org"}, regexp.MustCompile(`^/(?:works/)?([Ww]\d+)$`), strings.ToUpper},
		{"s2", []string{"semanticscholar.org"}, regexp.MustCompile(`^/paper/(?:[^/]+/)?([0-9a-f]{40})(?:/|$)`), nil},
	}
}

// Identifiers finds what works are called in addresses that hold their name.
type Identifiers struct {
	places []place
}

// NewIdentifiers returns an Identifiers, which may be used by any number of
// goroutines.
func NewIdentifiers() *Identifiers { return &Identifiers{places: places()} }

// Of returns the identifiers that an address holds, under the kinds of
// connector.Item: doi, arxiv (without version), pmid, pmcid, openalex, s2, and
// wikipedia (language:pageid). It is nil if there are none.
func (ids *Identifiers) Of(u *URL) map[string]string {
	if !u.web() {
		return nil
	}
	found := map[string]string{}
	path := decode(u.Path())
	for _, p := range ids.places {
		if !p.at(u.host) {
			continue
		}
		if m := p.path.FindStringSubmatch(path); m != nil {
			id := strings.TrimRight(m[1], "/.")
			if p.write != nil {
				id = p.write(id)
			}
			found[p.kind] = id
		}
	}
	addQueried(u, found)
	// arXiv registers a DOI for each of its papers, made of the paper's own name.
	if id, ok := strings.CutPrefix(found["doi"], "10.48550/arxiv."); ok {
		found["arxiv"] = id
	}
	if len(found) == 0 {
		return nil
	}
	return found
}

func (p place) at(host string) bool {
	host = strings.TrimSuffix(host, ".")
	for _, h := range p.hosts {
		if host == h || strings.HasSuffix(host, "."+h) {
			return true
		}
	}
	return false
}

// addQueried adds identifiers that stand in the query: PLOS names its articles
// there, and MediaWiki its pages by number.
func addQueried(u *URL, found map[string]string) {
	host := strings.TrimSuffix(u.host, ".")
	for pair := range strings.SplitSeq(u.query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		value = decode(value)
		switch {
		case name == "id" && host == "journals.plos.org" && strings.HasPrefix(value, "10.1371/"):
			found["doi"] = strings.ToLower(value)
		case name == "curid" && value != "" && strings.Trim(value, "0123456789") == "":
			language, ok := strings.CutSuffix(strings.Replace(host, ".m.", ".", 1), ".wikipedia.org")
			if ok && language != "www" {
				found["wikipedia"] = language + ":" + value
			}
		}
	}
}

// springer takes off what follows the DOI in addresses of files.
func springer(doi string) string {
	return strings.ToLower(strings.TrimSuffix(doi, ".pdf"))
}
