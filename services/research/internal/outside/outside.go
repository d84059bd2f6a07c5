// Package outside sends the requests of connectors to APIs on the internet: under
// limits that all replicas keep together (pkg/governor), with the fleet's User-Agent,
// bounded in time and size, and with everything that an answer says about limits
// learnt and obeyed. It implements connector.Doer.
//
// It never holds a worker for a limit: a request whose turn is more than a moment
// away is a *connector.Busy, and whoever works a job comes back with the same ticket
// (see WithTicket). What that ticket was answered before is kept for it for some
// minutes, so that a search of several requests goes on where it was sent away and
// does not begin anew each time.
//
// Addresses are the operator's own and trusted: they may be private ones, and the
// proxy of the environment is used. What users name is fetched by package fetch.
package outside

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/researcherpro/researcherpro/pkg/governor"
	"github.com/researcherpro/researcherpro/services/research/internal/connector"
)

const (
	// defaultTimeout is how long a request may take when nobody says, defaultBody how
	// long its answer may be, decompressed.
	defaultTimeout = 10 * time.Second
	defaultBody    = 8 << 20
	// moment is how long a request waits in place for its turn.
	moment = 300 * time.Millisecond
	// longPause is from when on a pause that the API asked for is a failure and not a
	// turn that comes.
	longPause = 2 * time.Minute
	// uncheckedPause is when to ask again after limits could not be checked.
	uncheckedPause = 5 * time.Second
)

// Config says how requests are sent.
type Config struct {
	Governor *governor.Governor
	// Contact is the operator's mail address or web page, for the User-Agent; without
	// it some APIs allow less.
	Contact string
	// Timeout is how long a request may take with its answer; ten seconds if zero.
	Timeout time.Duration
	// MaxBody is how many bytes an answer may have, decompressed; 8 MiB if zero.
	MaxBody int64
	// Redis keeps what providers ask to keep, for all replicas; nil keeps nothing.
	Redis redis.UniversalClient
	// Limits replace what is known of providers, by name.
	Limits map[string]governor.Limit
}

// Client sends requests. It is safe for concurrent use.
type Client struct {
	config    Config
	agent     string
	following *http.Client // follows redirects on the same host
	staying   *http.Client // follows none
	kept      *memory
	shared    shared
}

var _ connector.Doer = (*Client)(nil)

// New returns a client. The error says that the contact cannot stand in a header.
func New(ctx context.Context, config Config) (*Client, error) {
	agent, err := userAgent(config.Contact)
	if err != nil {
		return nil, err
	}
	if config.Contact == "" {
		slog.WarnContext(ctx, "CONTACT is not set: Wikipedia, Crossref, PubMed and OpenAlex are asked without saying whose requests they are, and allow fewer")
	}
	if config.Timeout <= 0 {
		config.Timeout = defaultTimeout
	}
	if config.MaxBody <= 0 {
		config.MaxBody = defaultBody
	}
	kept, err := newMemory()
	if err != nil {
		return nil, err
	}
	transport := newTransport()
	return &Client{
		config: config, agent: agent, kept: kept, shared: shared{redis: config.Redis},
		following: &http.Client{Transport: transport, CheckRedirect: sameHost},
		staying:   &http.Client{Transport: transport, CheckRedirect: noRedirect},
	}, nil
}

// userAgent names the program and whom to write to, in the form that Wikimedia asks
// for (https://foundation.wikimedia.org/wiki/Policy:User-Agent_policy).
func userAgent(contact string) (string, error) {
	const program = "ResearcherPro/1.0"
	if contact == "" {
		return program, nil
	}
	odd := func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`()\"`, r) }
	if strings.ContainsFunc(contact, odd) || !strings.ContainsAny(contact, "@:") {
		return "", errors.New("CONTACT must be a mail address or a URL")
	}
	return program + " (" + contact + ")", nil
}

type ticketKey struct{}

// WithTicket returns a context whose requests have a place in the line under that
// name, a job's id, whoever works it. A ticket asks for one thing at a time.
func WithTicket(ctx context.Context, ticket string) context.Context {
	return context.WithValue(ctx, ticketKey{}, ticket)
}

// TicketOf returns the name that WithTicket gave a context, or "".
func TicketOf(ctx context.Context) string {
	ticket, _ := ctx.Value(ticketKey{}).(string)
	return ticket
}

// Do implements connector.Doer.
func (c *Client) Do(ctx context.Context, account connector.Account, req *http.Request) (connector.Reply, error) {
	ctx, call := begin(ctx, account.Provider, req)
	slot := c.kept.slot(TicketOf(ctx), account, req)
	provider := providerOf(account.Provider)
	place := c.shared.place(provider, account, req)
	reply, ok := slot.get()
	if !ok {
		reply, ok = c.shared.get(ctx, place)
	}
	if ok {
		call.end(ctx, "remembered")
		return reply, nil
	}
	permit, err := c.admit(ctx, account)
	if err != nil {
		call.end(ctx, outcome(err))
		return connector.Reply{}, err
	}
	permit.Keep(ctx)
	call.sent()
	reply, report, err := c.send(ctx, account, req)
	permit.Done(ctx, report)
	if err == nil {
		slot.put(reply)
		c.shared.put(ctx, place, provider.keep, reply)
	}
	call.answered(reply.Status, err)
	call.end(ctx, outcome(err))
	return reply, err
}

// Leave gives up the place of the context's ticket in the line of an account, for
// work that was cancelled, so that the others need not wait for it.
func (c *Client) Leave(ctx context.Context, account connector.Account) {
	c.config.Governor.Leave(ctx, key(account), TicketOf(ctx))
}

// Health says how requests of an account went lately, in all replicas. The error says
// that Redis did not answer.
func (c *Client) Health(ctx context.Context, account connector.Account) (governor.State, error) {
	return c.config.Governor.State(ctx, key(account))
}

// admit asks for the turn of a request. One without a ticket has a place in the line
// for as long as it stands there.
func (c *Client) admit(ctx context.Context, account connector.Account) (*governor.Permit, error) {
	ask := governor.Ask{
		Key: key(account), Ticket: TicketOf(ctx), Limit: c.Limit(account),
	}
	if ask.Ticket != "" {
		return c.stand(ctx, ask)
	}
	ask.Ticket = rand.Text()
	permit, err := c.stand(ctx, ask)
	if err != nil {
		c.config.Governor.Leave(ctx, ask.Key, ask.Ticket)
	}
	return permit, err
}

// stand waits a moment for a turn.
func (c *Client) stand(ctx context.Context, ask governor.Ask) (*governor.Permit, error) {
	for left := moment; ; {
		permit, err := c.config.Governor.Acquire(ctx, ask)
		var wait *governor.Wait
		switch {
		case errors.Is(err, governor.ErrUnchecked):
			return nil, &connector.Error{
				Problem: connector.Unavailable, Message: "The limits that it has to be asked within cannot be checked at the moment.",
				RetryAfter: uncheckedPause, Cause: err,
			}
		case !errors.As(err, &wait):
			return permit, err
		case wait.Why == governor.Turn && wait.After <= left:
			left -= wait.After
			if err := pause(ctx, wait.After); err != nil {
				return nil, err
			}
		default:
			return nil, refusal(wait)
		}
	}
}

// refusal says why a request was not sent.
func refusal(wait *governor.Wait) error {
	switch {
	case wait.Why == governor.Open:
		return &connector.Error{
			Problem: connector.Unavailable, Message: "It failed several times in a row and is left alone for a while.",
			RetryAfter: wait.After, Cause: wait,
		}
	case wait.Why == governor.Hold && wait.After > longPause:
		return &connector.Error{
			Problem: connector.Limited, Message: "It asked for no more requests for a while.", RetryAfter: wait.After, Cause: wait,
		}
	}
	return &connector.Busy{After: wait.After}
}

// pause waits, or returns why ctx ended.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// key is what an account's limits are kept under. Of the credential it holds a digest,
// which tells nothing: credentials are long and random.
func key(account connector.Account) string {
	name := "outside:" + account.Provider
	if account.Credential == "" {
		return name
	}
	sum := sha256.Sum256([]byte(name + "\x00" + account.Credential))
	return fmt.Sprintf("%s:%s", name, hex.EncodeToString(sum[:8]))
}
