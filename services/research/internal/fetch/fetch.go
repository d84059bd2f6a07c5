// Package fetch reads pages of the public web without harm: neither to whoever
// runs it nor to whoever is read.
//
// Not to us: no address outside the public internet is ever connected to,
// whatever an address, a redirect or the DNS says (guard.go; it is checked on the
// address that is dialled, so that a name which changes its answer gains nothing).
// Sizes before and after decompression, their ratio, and the time for each step
// are bounded. Proxies of the environment, cookies and credentials are not used.
//
// Not to them: robots.txt is obeyed (RFC 9309), for addresses that a user gave as
// well: RFC 9309 is about crawlers, and browsers that a person drives may ignore
// it, but nobody sits in front of a run that reads two hundred pages. A host
// gets as many requests as the Limiter allows, and is told who asks and how to
// reach them. Pages that are known are asked for conditionally.
package fetch

import (
	"context"
	"crypto/x509"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/researcherpro/researcherpro/services/research/internal/webaddr"
)

// Agent is the name in the User-Agent, and the product token that robots.txt
// may name.
const Agent = "ResearcherPro"

// Config is what a Fetcher needs. The zero value works: it reads the public web
// under the limits of one process.
type Config struct {
	// Contact is an address or URL at which the operator can be reached; it goes
	// into the User-Agent.
	Contact string
	// Limiter says when a host may be asked; nil for one that counts in this
	// process only, see NewPolite.
	Limiter Limiter
	// Trusted are networks of the operator's own that may be reached, on any port,
	// although they are not public (EGRESS_TRUSTED). Whoever can give an address to
	// the service reaches everything in them: empty, unless pages of an intranet
	// are to be read. Tests trust the loopback.
	Trusted []netip.Prefix
	// Limits bound one fetch.
	Limits Limits

	// For tests: what else would leave the machine, or take its time.
	now     func() time.Time
	resolve func(ctx context.Context, host string) ([]netip.Addr, error)
	dial    func(ctx context.Context, to netip.AddrPort) (net.Conn, error)
	roots   *x509.CertPool
}

// Limits bound one fetch. Zero means the default.
type Limits struct {
	// Body is the most bytes of a page; 50 MiB.
	Body int64
	// Wire is the most bytes that are received for it, before decompression; Body.
	Wire int64
	// Ratio is how many times larger than what was received a page may be, once it
	// is larger than 4 MiB; 200.
	Ratio int64
	// Total is the time for everything, robots.txt and redirects included; 60 s.
	Total time.Duration
	// Dial is the time for a connection, TLS included; 10 s each.
	Dial time.Duration
	// Header is the time until the header of an answer is there; 20 s.
	Header time.Duration
	// Idle is the time between two pieces of a body; 10 s.
	Idle time.Duration
	// Redirects is how many are followed; 10.
	Redirects int
}

func (l Limits) withDefaults() Limits {
	set := func(field *int64, value int64) {
		if *field == 0 {
			*field = value
		}
	}
	wait := func(field *time.Duration, value time.Duration) {
		if *field == 0 {
			*field = value
		}
	}
	set(&l.Body, 50<<20)
	set(&l.Wire, l.Body)
	set(&l.Ratio, 200)
	wait(&l.Total, time.Minute)
	wait(&l.Dial, 10*time.Second)
	wait(&l.Header, 20*time.Second)
	wait(&l.Idle, 10*time.Second)
	if l.Redirects == 0 {
		l.Redirects = 10
	}
	return l
}

// Limiter says when a host may be asked. Acquire returns a *connector.Busy if its
// turn comes later, and another error if it cannot say; release is called when
// everything that one fetch wants of the host is done, with what the host said.
type Limiter interface {
	Acquire(ctx context.Context, key string) (release func(Told), err error)
}

// Told is what a host said about how often it is asked.
type Told struct {
	// Limited says that it was asked too often, RetryAfter how long it wants to be
	// left alone; 0 if not said.
	Limited    bool
	RetryAfter time.Duration
}

// Request is what to fetch.
type Request struct {
	// URL is the address, as a user or a page wrote it. Its fragment is ignored.
	URL string
	// Conditional is what is known of the page already.
	Conditional Conditional
	// Allow says whether a host may be asked: the workspace's egress list, which is
	// on top of what nobody may reach. It is asked again for each redirect, with a
	// name in ASCII and lower case, or an address without brackets; nil allows every
	// host.
	Allow func(host string) bool
	// Accept is the header of this name; by default pages and documents.
	Accept string
	// Languages are ISO 639-1 codes, the most wanted first; empty for any.
	Languages []string
}

// Conditional is what an earlier answer said of itself.
type Conditional struct {
	// URL is the page's FinalURL; empty means the request's own. Conditions are only
	// sent there: what they say holds for one address.
	URL string
	// ETag and LastModified as in Page. Empty means not to ask.
	ETag, LastModified string
}

// Page is what was read.
type Page struct {
	// FinalURL is the address that answered, Hops the redirects that led there.
	FinalURL string
	Hops     []Hop
	Status   int
	// NotModified says that the page is as the Conditional knows it; there is no
	// Body then.
	NotModified bool
	// Header holds the fields that are worth keeping, see SafeHeader.
	Header http.Header
	// Body is the whole body, decompressed.
	Body []byte
	// MediaType is the declared type without parameters, in lower case, and
	// Charset its charset; "" if none is declared. The body may be something else.
	MediaType, Charset string
	// FetchTime is when the answer came.
	FetchTime time.Time
	// ETag and LastModified are for the next Conditional, as they were sent.
	ETag, LastModified string
	// FreshUntil is until when the page need not be asked for again (RFC 9111).
	// Not after FetchTime if it must be; NoStore says that it asks not to be kept
	// for reuse.
	FreshUntil time.Time
	NoStore    bool
}

// Hop is a redirect: an address, and the status with which it sent us away.
type Hop struct {
	URL    string
	Status int
}

// Fetcher reads pages. It may be used by any number of goroutines.
type Fetcher struct {
	limits    Limits
	limiter   Limiter
	agent     string
	guard     *guard
	transport *http.Transport
	robots    *robots
	now       func() time.Time
}

// New returns a Fetcher.
func New(cfg Config) *Fetcher {
	f := &Fetcher{limits: cfg.Limits.withDefaults(), limiter: cfg.Limiter, agent: Agent + "/1.0", now: cfg.now}
	if cfg.Contact != "" {
		f.agent += " (+" + cfg.Contact + ")"
	}
	if f.now == nil {
		f.now = time.Now
	}
	if f.limiter == nil {
		f.limiter = NewPolite(f.now)
	}
	f.guard = newGuard(cfg.Trusted)
	f.transport = newTransport(cfg, f.limits, f.guard)
	f.robots = newRobots(f.now)
	return f
}

// Close ends the connections that nobody uses.
func (f *Fetcher) Close() { f.transport.CloseIdleConnections() }

// Fetch reads one page. An error is an *Error, whose message users may see; a
// *connector.Busy, when the turn of a host comes later and nothing else is wrong;
// or the end of ctx.
func (f *Fetcher) Fetch(ctx context.Context, req Request) (Page, error) {
	u, err := webaddr.Parse(req.URL, nil)
	if err != nil {
		return Page{}, &Error{Reason: BadAddress, Message: "This is not a web address.", Cause: err}
	}
	limited, cancel := context.WithTimeout(ctx, f.limits.Total)
	defer cancel()
	v := visit{Fetcher: f, request: req, held: map[string]func(Told){}, told: map[string]Told{}}
	defer v.release()
	page, err := v.follow(limited, u)
	if err != nil {
		return Page{}, explain(ctx, err)
	}
	return page, nil
}
