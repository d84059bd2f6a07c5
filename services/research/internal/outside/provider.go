package outside

import (
	"net/http"
	"time"

	"github.com/researcherpro/researcherpro/pkg/governor"
	"github.com/researcherpro/researcherpro/services/research/internal/connector"
)

// failures is how many failures in a row open a provider's circuit.
const failures = 5

// provider is what is known of an API.
type provider struct {
	// open is the limit of those who say nothing of themselves; polite that of those
	// who say whom to write to; keyed that of a credential. One that asks for nothing
	// is the one before.
	open, polite, keyed governor.Limit
	// learn reads what an answer says about limits; may be nil.
	learn func(http.Header) lesson
	// keep is how long the provider wants its answers to be kept instead of asking
	// again; 0 is not at all.
	keep time.Duration
}

// rate is a limit of so many requests in a time, of which burst may go at once.
func rate(requests int, per time.Duration, burst, concurrency int) governor.Limit {
	return governor.Limit{Requests: requests, Per: per, Burst: burst, Concurrency: concurrency, Failures: failures}
}

// upTo lets a limit be raised by what the API says.
func upTo(l governor.Limit, requests, concurrency int) governor.Limit {
	l.MaxRequests, l.MaxConcurrency = requests, concurrency
	return l
}

// providerOf returns what is known of an API. The numbers are those that providers
// publish or send, as of October 2026; they are for all replicas together.
func providerOf(name string) provider {
	switch name {
	case "perplexity": // 50 a minute in its lowest tier
		return provider{open: rate(50, time.Minute, 10, 5)}
	case "tavily": // 100 a minute for development keys
		return provider{open: rate(100, time.Minute, 10, 5)}
	case "brave": // one a second for the smallest plan; others say more
		return provider{open: upTo(rate(1, time.Second, 1, 2), 50, 10), learn: windows}
	case "searxng": // a meta search asks many others for each request
		return provider{open: rate(2, time.Second, 2, 2)}
	case "arxiv":
		// "No more than one request every three seconds, and a single connection at a
		// time", for all machines together (https://info.arxiv.org/help/api/tou.html).
		// Its manual asks to keep answers for a day (https://info.arxiv.org/help/api/user-manual.html).
		return provider{open: governor.Limit{Gap: 3 * time.Second, Strict: true, Failures: failures}, keep: 24 * time.Hour}
	case "crossref": // its pools public and polite; it sends both numbers
		return provider{
			open: upTo(rate(5, time.Second, 1, 1), 50, 5), polite: upTo(rate(10, time.Second, 2, 3), 50, 5), learn: crossref,
		}
	case "openalex": // 100 a second for all, and a day's allowance, which it sends
		return provider{open: rate(5, time.Second, 2, 2), keyed: rate(10, time.Second, 2, 4), learn: windows}
	case "pubmed": // three a second, ten with a key; a search is two requests
		return provider{open: rate(3, time.Second, 2, 2), keyed: rate(10, time.Second, 2, 4)}
	case "wikipedia": // all Wikimedia projects together; ten a minute for the unidentified
		return provider{open: rate(10, time.Minute, 4, 1), polite: rate(200, time.Minute, 20, 3)}
	case "semanticscholar": // one a second with a key; else a pool shared with all the world
		return provider{open: rate(1, 3*time.Second, 1, 1), keyed: rate(1, time.Second, 1, 1)}
	}
	return provider{open: rate(2, time.Second, 2, 2)}
}

// Limit is the limit of an account.
func (c *Client) Limit(account connector.Account) governor.Limit {
	if own, ok := c.config.Limits[account.Provider]; ok {
		return own
	}
	p := providerOf(account.Provider)
	limit := p.open
	if c.config.Contact != "" && p.polite != (governor.Limit{}) {
		limit = p.polite
	}
	if account.Credential != "" && p.keyed != (governor.Limit{}) {
		limit = p.keyed
	}
	return limit
}
