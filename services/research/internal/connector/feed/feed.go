// Package feed is the connector of feeds: RSS, Atom and JSON Feed. It looks into
// the feeds that the operator names, and into those among the addresses that a
// user gave, and finds the entries that share words with the question, the newest
// first.
package feed

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/errgroup"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/fetch"
	"github.com/researcherpro/researcherpro/services/research/internal/webaddr"
)

const (
	// atOnce is how many feeds are read at once.
	atOnce = 4
	// maxFeeds is how many of a user's addresses are looked at.
	maxFeeds = 50
	// remembered is for how long a feed is not read again: a run asks several
	// questions, and comes back to a feed whose host was busy.
	remembered = 5 * time.Minute
	// cached is how many feeds are remembered.
	cached = 128
	// defaultLimit is how many items there are if the query does not say.
	defaultLimit = 20
)

// Fetcher reads an address: a *fetch.Fetcher, or something around one.
type Fetcher interface {
	Fetch(ctx context.Context, req fetch.Request) (fetch.Page, error)
}

// Config is what a Connector needs.
type Config struct {
	Fetcher Fetcher
	// Feeds are the operator's: addresses of feeds that every query is looked for in.
	Feeds []string
	// Allow returns a workspace's egress list, see fetch.Request; nil if there are
	// none.
	Allow func(ctx context.Context, workspaceID string) (func(host string) bool, error)
	// Now is the time; nil for time.Now.
	Now func() time.Time
}

// Connector finds entries of feeds.
type Connector struct {
	cfg         Config
	identifiers *webaddr.Identifiers
	feeds       *lru.Cache[string, memory]
}

// memory is what an address led to lately: no entries if it is no feed.
type memory struct {
	entries []entry
	until   time.Time
}

var _ connector.Connector = (*Connector)(nil)

// New returns a Connector.
func New(cfg Config) (*Connector, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	feeds, err := lru.New[string, memory](cached)
	if err != nil {
		return nil, fmt.Errorf("remember feeds: %w", err)
	}
	return &Connector{cfg: cfg, identifiers: webaddr.NewIdentifiers(), feeds: feeds}, nil
}

// About implements connector.Connector.
func (c *Connector) About() connector.About {
	return connector.About{
		Name: "feed", Description: "Entries of news and journal feeds (RSS, Atom, JSON Feed).", AllAtOnce: true,
		GivenOnly: len(c.cfg.Feeds) == 0,
	}
}

// Search implements connector.Connector. Of the addresses that the user gave, those
// that are no feeds, or cannot be read, are passed over: they are the business of
// the connector `urls`.
func (c *Connector) Search(ctx context.Context, q connector.Query) (connector.Answer, error) {
	allow, err := c.allow(ctx, q.WorkspaceID)
	if err != nil {
		return connector.Answer{}, err
	}
	given := q.URLs[:min(len(q.URLs), maxFeeds)]
	addresses := slices.Concat(c.cfg.Feeds, given)
	found, failures, err := c.readAll(ctx, addresses, allow)
	if err != nil {
		return connector.Answer{}, err
	}
	answer := connector.Answer{Items: fitting(found, q)}
	answer.Items, answer.More = cut(answer.Items, q)
	for _, address := range c.cfg.Feeds {
		if err := failures[address]; err != nil {
			answer.Notes = append(answer.Notes, fmt.Sprintf("The feed %s could not be read: %s", address, err.Message))
		}
	}
	if n := len(answer.Notes); n > 0 && n == len(c.cfg.Feeds) && len(found) == 0 {
		return connector.Answer{}, failures[c.cfg.Feeds[0]]
	}
	return answer, nil
}

func (c *Connector) allow(ctx context.Context, workspaceID string) (func(host string) bool, error) {
	if c.cfg.Allow == nil {
		return nil, nil //nolint:nilnil // no list: every host
	}
	allow, err := c.cfg.Allow(ctx, workspaceID)
	if err != nil {
		return nil, fmt.Errorf("egress list: %w", err)
	}
	return allow, nil
}

// readAll reads the feeds among the addresses. What could not be read is in
// failures; an error is the end of ctx, or that a host's turn comes later: the
// others are remembered until then.
func (c *Connector) readAll(ctx context.Context, addresses []string, allow func(string) bool) ([]entry, map[string]*connector.Error, error) {
	var mu sync.Mutex
	var found []entry
	var busy *connector.Busy
	failures := map[string]*connector.Error{}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, address := range addresses {
		group.Go(func() error {
			entries, err := c.read(ctx, address, allow)
			mu.Lock()
			defer mu.Unlock()
			var later *connector.Busy
			var failure *connector.Error
			switch {
			case errors.As(err, &later):
				if busy == nil || later.After > busy.After {
					busy = later
				}
			case errors.As(err, &failure):
				failures[address] = failure
			case err != nil:
				return err
			}
			found = append(found, entries...)
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, nil, err
	}
	if busy != nil {
		return nil, nil, busy
	}
	return found, failures, nil
}

// read returns the entries of one feed; none if the address is no feed.
func (c *Connector) read(ctx context.Context, address string, allow func(string) bool) ([]entry, error) {
	u, err := webaddr.Parse(address, nil)
	if err != nil {
		return nil, &connector.Error{Problem: connector.Rejected, Message: "It is not a web address.", Cause: err}
	}
	if allow != nil && !allow(strings.Trim(u.Hostname(), "[]")) {
		return nil, &connector.Error{Problem: connector.Denied, Message: "The workspace does not allow this host."}
	}
	key := u.WithoutFragment()
	if m, ok := c.feeds.Get(key); ok && c.cfg.Now().Before(m.until) {
		return m.entries, nil
	}
	page, err := c.cfg.Fetcher.Fetch(ctx, fetch.Request{
		URL: key, Allow: allow, Accept: "application/atom+xml,application/rss+xml,application/feed+json,application/xml;q=0.9,text/xml;q=0.9,*/*;q=0.5",
	})
	if err != nil {
		return nil, problem(err)
	}
	m := memory{until: c.cfg.Now().Add(remembered)}
	m.entries, err = parse(page, c.identifiers)
	if err != nil && !errors.Is(err, errNoFeed) {
		return nil, &connector.Error{Problem: connector.Malformed, Message: "The feed cannot be understood.", Cause: err}
	}
	c.feeds.Add(key, m)
	return m.entries, nil
}

// problem says in a connector's words why a page was not read.
func problem(err error) error {
	var failure *fetch.Error
	if !errors.As(err, &failure) {
		return err // busy, or the end of ctx
	}
	e := &connector.Error{Problem: connector.Rejected, Message: failure.Message, RetryAfter: failure.RetryAfter, Cause: err}
	switch failure.Reason {
	case fetch.Unreachable:
		e.Problem = connector.Unreachable
	case fetch.Limited:
		e.Problem = connector.Limited
	case fetch.Malformed:
		e.Problem = connector.Malformed
	case fetch.NotAllowed, fetch.Robots, fetch.Forbidden:
		e.Problem = connector.Denied
	default:
		if failure.Temporary() {
			e.Problem = connector.Unavailable
		}
	}
	return e
}

func cut(items []connector.Item, q connector.Query) ([]connector.Item, bool) {
	limit := q.Limit
	if limit <= 0 {
		limit = defaultLimit
	}
	from := min(q.Page*limit, len(items))
	to := min(from+limit, len(items))
	return items[from:to], to < len(items)
}
