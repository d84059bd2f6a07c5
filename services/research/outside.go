package research

import (
	"context"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Outside is the configuration of the places outside that evidence comes from. All
// addresses here are the operator's own, so they are trusted: the guard against
// private addresses is for those that come from users, pages and answers.
type Outside struct {
	Connectors []string      `env:"CONNECTORS" doc:"the connectors to offer, joined by commas; all when unset"`
	Contact    string        `env:"CONTACT" doc:"the operator's mail address or URL, sent to those who are asked, who then allow more"`
	Timeout    time.Duration `env:"OUTSIDE_TIMEOUT" envDefault:"10s" doc:"how long an outside API may take to answer"`
	Collect    time.Duration `env:"COLLECT_TIMEOUT" envDefault:"3m" doc:"how long one collection takes at most"`
	Feeds      []string      `env:"FEEDS" doc:"addresses of RSS or Atom feeds that the connector feed searches, joined by commas"`
	Trusted    []string      `env:"EGRESS_TRUSTED" doc:"private networks that pages may be fetched from all the same, such as 10.1.0.0/16, joined by commas"`

	Keys Keys

	WikipediaURL       string `env:"WIKIPEDIA_URL" doc:"base address of Wikipedia's API, {lang} in place of the language; the public one when unset"`
	ArxivURL           string `env:"ARXIV_URL" doc:"base address of arXiv's API; the public one when unset"`
	CrossrefURL        string `env:"CROSSREF_URL" doc:"base address of Crossref's API; the public one when unset"`
	OpenAlexURL        string `env:"OPENALEX_URL" doc:"base address of OpenAlex's API; the public one when unset"`
	PubMedURL          string `env:"PUBMED_URL" doc:"base address of the E-utilities; the public one when unset"`
	SemanticScholarURL string `env:"SEMANTICSCHOLAR_URL" doc:"base address of Semantic Scholar's API; the public one when unset"`
	PerplexityURL      string `env:"PERPLEXITY_URL" doc:"base address of Perplexity's API; the public one when unset"`
	TavilyURL          string `env:"TAVILY_URL" doc:"base address of Tavily's API; the public one when unset"`
	BraveURL           string `env:"BRAVE_URL" doc:"base address of Brave's search API; the public one when unset"`
	SearXNGURL         string `env:"SEARXNG_URL" doc:"address of a SearXNG; its connector needs one"`

	EmbeddingModel string `env:"OPENAI_EMBEDDING_MODEL" doc:"embedding model by which passages are ranked besides; none when unset"`
	OpenAIURL      string `env:"OPENAI_BASE_URL" doc:"an OpenAI-compatible server; OpenAI's own when unset"`
}

// Keys are the operator's keys, for workspaces that have none of their own.
type Keys struct {
	Perplexity      string `env:"PERPLEXITY_API_KEY" doc:"key for Perplexity" secret:"true"`
	Tavily          string `env:"TAVILY_API_KEY" doc:"key for Tavily" secret:"true"`
	Brave           string `env:"BRAVE_API_KEY" doc:"key for Brave" secret:"true"`
	OpenAlex        string `env:"OPENALEX_API_KEY" doc:"key for OpenAlex" secret:"true"`
	SemanticScholar string `env:"SEMANTICSCHOLAR_API_KEY" doc:"key for Semantic Scholar" secret:"true"`
	PubMed          string `env:"PUBMED_API_KEY" doc:"NCBI's key for the E-utilities" secret:"true"`
	Crossref        string `env:"CROSSREF_API_KEY" doc:"token of Crossref Plus" secret:"true"`
	OpenAI          string `env:"OPENAI_API_KEY" doc:"key for the embedding model's server" secret:"true"`
}

// byProvider are the keys by the names of providers.
func (k Keys) byProvider() map[string]string {
	return map[string]string{
		"perplexity": k.Perplexity, "tavily": k.Tavily, "brave": k.Brave, "openalex": k.OpenAlex,
		"semanticscholar": k.SemanticScholar, "pubmed": k.PubMed, "crossref": k.Crossref, "openai": k.OpenAI,
	}
}

// offers reports whether a connector is to be offered.
func (o Outside) offers(name string) bool {
	return len(o.Connectors) == 0 || slices.Contains(o.Connectors, name)
}

// check finds malformed values, and names that are no connector's.
func (o Outside) check(names []string) error {
	for _, name := range o.Connectors {
		if !slices.Contains(names, name) {
			return fmt.Errorf("CONNECTORS names %q, which is none of %s", name, strings.Join(names, ", "))
		}
	}
	for variable, address := range map[string]string{
		"WIKIPEDIA_URL": o.WikipediaURL, "ARXIV_URL": o.ArxivURL, "CROSSREF_URL": o.CrossrefURL, "OPENALEX_URL": o.OpenAlexURL,
		"PUBMED_URL": o.PubMedURL, "SEMANTICSCHOLAR_URL": o.SemanticScholarURL, "PERPLEXITY_URL": o.PerplexityURL,
		"TAVILY_URL": o.TavilyURL, "BRAVE_URL": o.BraveURL, "SEARXNG_URL": o.SearXNGURL, "OPENAI_BASE_URL": o.OpenAIURL,
	} {
		u, err := url.Parse(strings.ReplaceAll(address, "{lang}", "en"))
		if address != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
			return fmt.Errorf("%s is malformed, it takes an address such as https://api.example.org", variable)
		}
	}
	return nil
}

// trusted are the networks that the guard lets through.
func (o Outside) trusted() ([]netip.Prefix, error) {
	list := make([]netip.Prefix, len(o.Trusted))
	for i, text := range o.Trusted {
		prefix, err := netip.ParsePrefix(strings.TrimSpace(text))
		if err != nil {
			return nil, fmt.Errorf("EGRESS_TRUSTED is malformed, it takes networks such as 10.1.0.0/16")
		}
		list[i] = prefix
	}
	return list, nil
}

// credentials are the keys that calls go with: the workspace's own first, else the
// operator's.
type credentials struct {
	workspaces interface {
		Credential(ctx context.Context, workspaceID, userID, provider string) (string, error)
	}
	operator map[string]string
}

// Credential implements collect.Credentials.
func (c credentials) Credential(ctx context.Context, workspaceID, userID, provider string) (string, error) {
	key, err := c.workspaces.Credential(ctx, workspaceID, userID, provider)
	if err != nil || key != "" {
		return key, err
	}
	return c.operator[provider], nil
}
