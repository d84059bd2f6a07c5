package fetch

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/webaddr"
)

const (
	// robotsLife is how long a robots.txt counts: no longer than RFC 9309 allows.
	robotsLife = 24 * time.Hour
	// robotsPause is for how long a site is left alone whose robots.txt could not be
	// read because of a problem of its own.
	robotsPause = 5 * time.Minute
	// maxRobots is how much of a robots.txt is read: what RFC 9309 asks for at least.
	maxRobots = 500 << 10
	// maxRobotsHops is how many redirects of a robots.txt are followed: the same.
	maxRobotsHops = 5
	// maxCrawlDelay bounds the pause between two pages that a site can ask for.
	// A longer one would let a run wait for a site until it is given up.
	maxCrawlDelay = 10 * time.Second
	// maxRobotsMemory bounds what is remembered of all sites together, in bytes.
	maxRobotsMemory = 32 << 20
)

// robots remembers the robots.txt of sites: of a scheme, host and port each. A
// process reads its own, and paces itself after Crawl-delay; the rate that all
// replicas share is the Limiter's.
type robots struct {
	now func() time.Time

	mu    sync.Mutex
	sites map[string]*site
	size  int
}

// site is what the robots.txt of a site says.
type site struct {
	rules   rules
	problem *Error // why it could not be read
	expires time.Time
	next    time.Time // when the next page may be read, by Crawl-delay
}

func newRobots(now func() time.Time) *robots {
	return &robots{now: now, sites: map[string]*site{}}
}

// rulesOf returns what the site of u says, and asks it if need be.
func (v *visit) rulesOf(ctx context.Context, u *webaddr.URL) (*site, error) {
	if u.Path() == "/robots.txt" {
		return &site{}, nil // always allowed: RFC 9309, 2.2.2
	}
	origin := u.Scheme() + "://" + u.Host()
	s := v.robots.known(origin)
	if s == nil {
		var err error
		if s, err = v.readRobots(ctx, origin); err != nil {
			return nil, err
		}
		v.robots.keep(origin, s)
	}
	if s.problem != nil {
		return nil, s.problem
	}
	return s, nil
}

func (r *robots) known(origin string) *site {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.sites[origin]
	if s == nil || r.now().After(s.expires) {
		return nil
	}
	return s
}

// keep remembers s, and forgets any others that there is no room for.
func (r *robots) keep(origin string, s *site) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if old := r.sites[origin]; old != nil {
		r.size -= old.size(origin)
		s.next = old.next
	}
	r.sites[origin] = s
	r.size += s.size(origin)
	for other, old := range r.sites {
		if r.size <= maxRobotsMemory {
			return
		}
		if other != origin {
			delete(r.sites, other)
			r.size -= old.size(other)
		}
	}
}

func (s *site) size(origin string) int {
	const overhead = 256
	return overhead + len(origin) + s.rules.size
}

// pace keeps to Crawl-delay: it says when to come back, or counts a page.
func (r *robots) pace(s *site) error {
	if s.rules.delay == 0 {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	if wait := s.next.Sub(now); wait > 0 {
		return &connector.Busy{After: wait}
	}
	s.next = now.Add(s.rules.delay)
	return nil
}

// readRobots asks a site for its robots.txt. That there is none, or that it leads
// away from the site, means that everything is allowed; that the site has a
// problem means that nothing is, until it is solved.
func (v *visit) readRobots(ctx context.Context, origin string) (*site, error) {
	u, err := webaddr.Parse(origin+"/robots.txt", nil)
	if err != nil {
		return nil, fmt.Errorf("robots.txt of %s: %w", origin, err)
	}
	home := withoutWWW(u.Hostname())
	for range maxRobotsHops + 1 {
		s, next, err := v.askForRobots(ctx, u)
		if err != nil || s != nil {
			return s, err
		}
		if withoutWWW(next.Hostname()) != home || !v.isAdmissible(next) {
			break
		}
		u = next
	}
	return &site{expires: v.now().Add(robotsLife)}, nil
}

func (v *visit) isAdmissible(u *webaddr.URL) bool { return v.admissible(u) == nil }

func withoutWWW(host string) string { return strings.TrimPrefix(host, "www.") }

// askForRobots sends one request: it returns what the answer means, or the next
// address.
func (v *visit) askForRobots(ctx context.Context, u *webaddr.URL) (*site, *webaddr.URL, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	header := http.Header{"User-Agent": {v.agent}, "Accept": {"text/plain,*/*;q=0.5"}, "Accept-Encoding": {"gzip, br"}}
	resp, err := v.roundTrip(ctx, u, header)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	s := &site{expires: v.now().Add(robotsLife)}
	switch code := resp.StatusCode; {
	case isRedirect(code):
		next, err := webaddr.Parse(resp.Header.Get("Location"), u)
		if err != nil {
			return s, nil, nil // leads nowhere: there is no robots.txt
		}
		return nil, next, nil
	case code == http.StatusTooManyRequests || code >= 500:
		wait := max(robotsPause, retryAfter(resp.Header, v.now()))
		s.expires = v.now().Add(wait)
		s.problem = &Error{Reason: Robots, Message: "The site's robots.txt cannot be read at present, so nothing is read there.", RetryAfter: wait}
		return s, nil, nil
	case code < 200 || code > 299:
		return s, nil, nil
	}
	text, err := v.readStart(ctx, cancel, resp, maxRobots)
	if err != nil {
		return nil, nil, err
	}
	s.rules = parseRules(text)
	return s, nil, nil
}

// readStart reads the first bytes of a body, and leaves the rest.
func (f *Fetcher) readStart(ctx context.Context, cancel context.CancelCauseFunc, resp *http.Response, most int64) ([]byte, error) {
	resp.ContentLength = min(resp.ContentLength, most) // the rest is not read, however long it is
	plain, stop, err := f.open(cancel, resp)
	if err != nil {
		return nil, f.brokenBody(ctx, err)
	}
	defer stop()
	text, err := io.ReadAll(io.LimitReader(plain, most))
	if err != nil {
		return nil, f.brokenBody(ctx, err)
	}
	return text, nil
}
