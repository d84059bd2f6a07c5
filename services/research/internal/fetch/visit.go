package fetch

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/researcherpro/researcherpro/services/research/internal/webaddr"
)

// visit is one fetch: a page, with the redirects and robots.txt that go with it.
type visit struct {
	*Fetcher
	request Request
	hops    []Hop
	held    map[string]func(Told) // the hosts whose turn it is, and how to give it back
	told    map[string]Told       // what they said
}

// follow goes from u to the page that it leads to. Each address on the way is
// judged like the first.
func (v *visit) follow(ctx context.Context, u *webaddr.URL) (Page, error) {
	seen := map[string]bool{}
	for {
		address := u.WithoutFragment()
		if seen[address] || len(v.hops) > v.limits.Redirects {
			return Page{}, &Error{Reason: Malformed, Message: "The address redirects in a circle, or too often."}
		}
		seen[address] = true
		if err := v.permit(ctx, u); err != nil {
			return Page{}, err
		}
		page, next, err := v.ask(ctx, u)
		if err != nil || next == nil {
			return page, err
		}
		u = next
	}
}

// permit says whether u may be asked for: by anybody, by this workspace, now, and
// by the site itself.
func (v *visit) permit(ctx context.Context, u *webaddr.URL) error {
	if err := v.admissible(u); err != nil {
		return err
	}
	first, err := v.acquire(ctx, u.Hostname())
	if err != nil {
		return err
	}
	site, err := v.rulesOf(ctx, u)
	if err != nil {
		return err
	}
	if !site.rules.allow(u.RequestTarget()) {
		return &Error{Reason: Robots, Message: "The site does not want programs to read this page (robots.txt)."}
	}
	if first {
		return v.robots.pace(site)
	}
	return nil
}

// maxAddress is how long an address may be, in bytes: what servers take.
const maxAddress = 8192

// admissible is what can be said of an address without asking anybody.
func (v *visit) admissible(u *webaddr.URL) error {
	switch {
	case u.Scheme() != "http" && u.Scheme() != "https":
		return &Error{Reason: BadAddress, Message: "Only http and https addresses are read."}
	case u.Username() != "" || u.Password() != "":
		return &Error{Reason: BadAddress, Message: "Addresses with a user name or password are not read."}
	case len(u.WithoutFragment()) > maxAddress:
		return &Error{Reason: BadAddress, Message: "The address is too long."}
	}
	literal := strings.Trim(u.Hostname(), "[]")
	addr, err := netip.ParseAddr(literal)
	switch {
	case err == nil:
		if err := v.guard.check(netip.AddrPortFrom(addr, uint16(u.PortNumber()))); err != nil {
			return forbiddenError(err)
		}
	case !webaddr.FitsDNS(u.Hostname()):
		return &Error{Reason: BadAddress, Message: "This host cannot exist."}
	}
	if v.request.Allow != nil && !v.request.Allow(strings.TrimSuffix(literal, ".")) {
		return &Error{Reason: NotAllowed, Message: "The workspace does not allow this host."}
	}
	return nil
}

// acquire waits for nobody: if the host's turn comes later, the visit ends as busy.
// A host counts once, however many requests it takes for the page: a chain of
// redirects that was busy at every second step would never come to its end. first
// says that it counted now.
func (v *visit) acquire(ctx context.Context, host string) (first bool, err error) {
	if _, ok := v.held[host]; ok {
		return false, nil
	}
	release, err := v.limiter.Acquire(ctx, "host:"+strings.TrimSuffix(host, "."))
	if err != nil {
		return false, err
	}
	v.held[host] = release
	return true, nil
}

func (v *visit) release() {
	for host, release := range v.held {
		release(v.told[host])
	}
}

// ask sends one request. It returns the page, or the next address.
func (v *visit) ask(ctx context.Context, u *webaddr.URL) (Page, *webaddr.URL, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	resp, err := v.roundTrip(ctx, u, v.header(u))
	if err != nil {
		return Page{}, nil, err
	}
	defer resp.Body.Close()
	now := v.now()
	switch code := resp.StatusCode; {
	case isRedirect(code) && resp.Header.Get("Location") != "":
		v.hops = append(v.hops, Hop{URL: u.WithoutFragment(), Status: code})
		next, err := webaddr.Parse(resp.Header.Get("Location"), u)
		if err != nil {
			return Page{}, nil, &Error{Reason: Malformed, Message: "The server redirects to an address that is none.", Cause: err}
		}
		return Page{}, next, nil
	case code == http.StatusNotModified && v.conditional(u):
		return v.page(u, resp), nil, nil
	case code < 200 || code > 299:
		refused := statusError(resp, now)
		v.told[u.Hostname()] = Told{Limited: refused.Reason == Limited, RetryAfter: refused.RetryAfter}
		return Page{}, nil, refused
	}
	page := v.page(u, resp)
	if err := refusedType(page.MediaType); err != nil {
		return Page{}, nil, err
	}
	page.Body, err = v.read(ctx, cancel, resp)
	return page, nil, err
}

func isRedirect(code int) bool {
	switch code {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// roundTrip sends a GET. It uses the transport alone: a client would add cookies,
// a referrer and redirects of its own.
func (f *Fetcher) roundTrip(ctx context.Context, u *webaddr.URL, header http.Header) (*http.Response, error) {
	req := (&http.Request{
		Method: http.MethodGet, URL: netURL(u), Host: u.Host(), Header: header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}).WithContext(ctx)
	resp, err := f.transport.RoundTrip(req)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
			return nil, cause
		}
		return nil, err
	}
	return resp, nil
}

// netURL writes u as net/http wants it, without having it parsed and escaped a
// second time: Opaque is sent as it is. A path that begins with two slashes would
// be taken for a host there.
func netURL(u *webaddr.URL) *url.URL {
	n := &url.URL{Scheme: u.Scheme(), Host: u.Host(), RawQuery: u.Query(), ForceQuery: strings.HasSuffix(u.RequestTarget(), "?")}
	if path := u.Path(); strings.HasPrefix(path, "//") {
		n.Path, n.RawPath = path, path
		if plain, err := url.PathUnescape(path); err == nil {
			n.Path = plain
		}
	} else {
		n.Opaque = path
	}
	return n
}
