package research

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/researcherpro/researcherpro/pkg/governor"
	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/arxiv"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/brave"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/crossref"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/documents"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/feed"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/openalex"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/perplexity"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/pubmed"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/searxng"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/semanticscholar"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/tavily"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/urls"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/wikipedia"
	"github.com/researcherpro/researcherpro/services/research/internal/fetch"
	"github.com/researcherpro/researcherpro/services/research/internal/library"
	"github.com/researcherpro/researcherpro/services/research/internal/outside"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
	"github.com/researcherpro/researcherpro/services/research/internal/web"
	"github.com/researcherpro/researcherpro/services/research/internal/webaddr"
)

// places is everything outside that the service asks, and how.
type places struct {
	governor *governor.Governor
	client   *outside.Client // of the APIs
	fetcher  *fetch.Fetcher  // of pages
}

// open prepares asking outside.
func (o Outside) open(ctx context.Context, client *redis.Client) (places, error) {
	g := governor.New(client, governor.Config{})
	trusted, err := o.trusted()
	if err != nil {
		return places{}, err
	}
	asker, err := outside.New(ctx, outside.Config{Governor: g, Redis: client, Contact: o.Contact, Timeout: o.Timeout})
	if err != nil {
		return places{}, err
	}
	return places{governor: g, client: asker, fetcher: o.fetcher(g, trusted)}, nil
}

func (o Outside) fetcher(g *governor.Governor, trusted []netip.Prefix) *fetch.Fetcher {
	return fetch.New(fetch.Config{Contact: o.Contact, Limiter: hosts{g}, Trusted: trusted})
}

// connectors are those that are offered.
func (p places) connectors(o Outside, lib *library.Library, rows *store.Store, allow web.Settings) (*connector.Set, error) {
	feeds, err := feed.New(feed.Config{Fetcher: p.fetcher, Feeds: o.Feeds, Allow: allowedHosts(allow)})
	if err != nil {
		return nil, err
	}
	all := []connector.Connector{
		documents.New(lib, rows), urls.New(), feeds,
		wikipedia.New(wikipedia.Config{BaseURL: o.WikipediaURL}, p.client),
		arxiv.New(arxiv.Config{BaseURL: o.ArxivURL}, p.client),
		crossref.New(crossref.Config{BaseURL: o.CrossrefURL, Contact: o.Contact}, p.client),
		openalex.New(openalex.Config{BaseURL: o.OpenAlexURL, Contact: o.Contact}, p.client),
		pubmed.New(pubmed.Config{BaseURL: o.PubMedURL, Contact: o.Contact}, p.client),
		semanticscholar.New(semanticscholar.Config{BaseURL: o.SemanticScholarURL}, p.client),
		perplexity.New(perplexity.Config{BaseURL: o.PerplexityURL}, p.client),
		tavily.New(tavily.Config{BaseURL: o.TavilyURL}, p.client),
		brave.New(brave.Config{BaseURL: o.BraveURL}, p.client),
		searxng.New(searxng.Config{BaseURL: o.SearXNGURL}, p.client),
	}
	if err := o.check(connector.NewSet(all...).Names()); err != nil {
		return nil, err
	}
	var offered []connector.Connector
	for _, c := range all {
		if o.offers(c.About().Name) {
			offered = append(offered, c)
		}
	}
	return connector.NewSet(offered...), nil
}

// allowedHosts is the egress allow-list of a workspace, for the connector feed.
func allowedHosts(s web.Settings) func(context.Context, string) (func(string) bool, error) {
	return func(ctx context.Context, workspaceID string) (func(string) bool, error) {
		own, err := s.Of(ctx, workspaceID, "")
		return own.Allows, err
	}
}

// addresses is what samework has to know about web addresses.
func addresses() func(address string) (string, map[string]string) {
	identifiers := webaddr.NewIdentifiers()
	return func(address string) (string, map[string]string) {
		u, err := webaddr.Parse(address, nil)
		if err != nil {
			return "", nil
		}
		return webaddr.Key(u), identifiers.Of(u)
	}
}

// hosts keeps the manners towards each host over all replicas: it implements
// fetch.Limiter.
type hosts struct {
	governor *governor.Governor
}

const (
	// hostConcurrency and hostRate are what a host gets at most from the fleet.
	hostConcurrency = 2
	hostRate        = 1 // a second
	// patience is how long a turn is waited for in place, in all.
	patience = 300 * time.Millisecond
)

// reportOf is what all replicas have to know of what a host said. A page that fails
// says nothing about the others of its host, so that is no failure.
func reportOf(told fetch.Told) governor.Report {
	if !told.Limited {
		return governor.Report{}
	}
	return governor.Report{Outcome: governor.Limited, RetryAfter: told.RetryAfter}
}

// Acquire implements fetch.Limiter.
func (h hosts) Acquire(ctx context.Context, key string) (func(fetch.Told), error) {
	ask := governor.Ask{
		Key: key, Ticket: outside.TicketOf(ctx),
		Limit: governor.Limit{Requests: hostRate, Per: time.Second, Concurrency: hostConcurrency},
	}
	for left := patience; ; {
		permit, err := h.governor.Acquire(ctx, ask)
		wait, busy := errors.AsType[*governor.Wait](err)
		switch {
		case err == nil:
			permit.Keep(ctx)
			return func(told fetch.Told) { permit.Done(context.WithoutCancel(ctx), reportOf(told)) }, nil
		case !busy:
			return nil, err
		case wait.After > left:
			return nil, &connector.Busy{After: wait.After}
		}
		left -= wait.After
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(wait.After):
		}
	}
}
