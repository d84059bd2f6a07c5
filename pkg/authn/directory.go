package authn

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/singleflight"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/researcherpro/researcherpro/pkg/errs"
)

const (
	// freshFor is how long an answer of the directory is used without asking
	// again. What ends meanwhile is told by Revocations.
	freshFor = 30 * time.Second
	// staleFor is how long an answer is used while auth cannot be asked.
	staleFor = 10 * time.Minute
	// staleWait is how long a call that has an old answer waits for a new one.
	staleWait = 250 * time.Millisecond
	// retryAfter is how long an old answer is used without asking again after auth
	// could not be asked.
	retryAfter = time.Second
	// unknownFor is how long a made-up API key is refused without asking again.
	unknownFor = 10 * time.Second
	// maxKnown bounds the answers that are kept, and as much again the made-up keys.
	maxKnown = 10_000
	// maxAsking bounds the questions that are open at a time about credentials that
	// were good before, and maxAskingUnknown those about API keys that nobody has
	// seen: anyone can make these up, and must not keep the others waiting.
	maxAsking, maxAskingUnknown = 64, 8
	// askTimeout bounds one question to auth, with the wait for its turn.
	askTimeout = 5 * time.Second
)

// Query asks a Directory for a caller.
type Query struct {
	// Credential is what the call shows. Its workspace is the one to answer
	// for; "" means an API key's own.
	Credential
	// Known is what an access token says by itself, verified; zero for an API key.
	Known Caller
	// Since is the least version of the membership that an answer from a cache
	// must have.
	Since int64
}

// Directory knows what a credential does not say: whose an API key is, and the
// role of a user in a workspace. Lookup answers errs.Unauthenticated for a key
// that is not good, and errs.NotFound where the user is no member.
type Directory interface {
	Lookup(ctx context.Context, q Query) (Caller, error)
}

// Described is a caller as auth describes it. The contract's message is one, with
// the contract's own types N for roles and P for permissions.
type Described[N ~int32, P fmt.Stringer] interface {
	GetUserId() string
	GetWorkspaceId() string
	GetRole() N
	GetMembershipVersion() int64
	GetSessionId() string
	GetApiKeyId() string
	GetScopes() []P
	GetExpireTime() *timestamppb.Timestamp
}

// CachedDirectory asks auth and remembers the answers for some seconds, and for
// some minutes while auth does not answer. It is safe for concurrent use.
type CachedDirectory struct {
	ask     func(ctx context.Context) (Caller, error)
	known   *lru.Cache[directoryKey, answer]
	unknown *lru.Cache[directoryKey, time.Time] // made-up API keys, and when that was found
	asking  singleflight.Group
	now     func() time.Time
	// turns and unknownTurns hold one token for each question that is open.
	turns, unknownTurns chan struct{}
}

var _ Directory = (*CachedDirectory)(nil)

// directoryKey is what an answer is for. It holds a hash of the token: what is
// kept in memory for minutes should be of no use to who reads it there.
type directoryKey struct {
	token     [sha256.Size]byte
	workspace string
}

// answer is what auth said, and when.
type answer struct {
	caller Caller
	at     time.Time
	// failed is when auth could not be asked, since then.
	failed time.Time
}

// NewDirectory returns a directory that asks with the given function, which is
// AuthService.GetCaller: the context it gets carries the credential and the
// workspace in its outgoing metadata.
func NewDirectory[C Described[N, P], N ~int32, P fmt.Stringer](ask func(ctx context.Context) (C, error)) *CachedDirectory {
	// New fails on a size that is not positive.
	known, _ := lru.New[directoryKey, answer](maxKnown)
	unknown, _ := lru.New[directoryKey, time.Time](maxKnown)
	return &CachedDirectory{
		ask: func(ctx context.Context) (Caller, error) {
			described, err := ask(ctx)
			if err != nil {
				return Caller{}, err
			}
			return callerOf(described), nil
		},
		known: known, unknown: unknown, now: time.Now,
		turns: make(chan struct{}, maxAsking), unknownTurns: make(chan struct{}, maxAskingUnknown),
	}
}

// callerOf translates a description.
func callerOf[C Described[N, P], N ~int32, P fmt.Stringer](d C) Caller {
	c := Caller{
		UserID: d.GetUserId(), WorkspaceID: d.GetWorkspaceId(), SessionID: d.GetSessionId(), KeyID: d.GetApiKeyId(),
		Role: Role(d.GetRole()), Membership: d.GetMembershipVersion(),
	}
	for _, scope := range d.GetScopes() {
		c.Scopes = append(c.Scopes, scope.String())
	}
	if d.GetExpireTime() != nil {
		c.Expire = d.GetExpireTime().AsTime()
	}
	return c
}

// Lookup implements Directory.
func (d *CachedDirectory) Lookup(ctx context.Context, q Query) (Caller, error) {
	key := directoryKey{token: sha256.Sum256([]byte(q.Token)), workspace: q.WorkspaceID}
	now := d.now()
	if at, ok := d.unknown.Get(key); ok && now.Sub(at) < unknownFor {
		return Caller{}, errTokenInvalid
	}
	last, ok := d.known.Get(key)
	if !ok || now.Sub(last.at) >= staleFor || last.caller.Membership < q.Since {
		return d.askOnce(ctx, key, q)
	}
	if now.Sub(last.at) < freshFor || now.Sub(last.failed) < retryAfter {
		return last.caller, nil
	}
	// What was true a moment ago has to do when auth is down, or takes its time.
	soon, cancel := context.WithTimeout(ctx, staleWait)
	defer cancel()
	caller, err := d.askOnce(soon, key, q)
	if err != nil && !refuses(err) && ctx.Err() == nil {
		return last.caller, nil
	}
	return caller, err
}

// askOnce asks auth, once for all who want to know the same. A question that was
// asked before a change may be answered from before it, so those who know of the
// change do not share in it.
func (d *CachedDirectory) askOnce(ctx context.Context, key directoryKey, q Query) (Caller, error) {
	flight := fmt.Sprintf("%s%s:%d", key.token[:], key.workspace, q.Since)
	result := d.asking.DoChan(flight, func() (any, error) {
		// Of those who wait the first may hang up; the others still want it.
		asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), askTimeout)
		defer cancel()
		caller, err := d.inTurn(asking, key, q)
		d.remember(key, q, caller, err)
		return caller, err
	})
	select {
	case <-ctx.Done():
		return Caller{}, ctx.Err()
	case r := <-result:
		caller, _ := r.Val.(Caller)
		return caller, r.Err
	}
}

// inTurn asks when fewer questions than may be are open.
func (d *CachedDirectory) inTurn(ctx context.Context, key directoryKey, q Query) (Caller, error) {
	turns := d.turns
	if q.Known.UserID == "" && !d.known.Contains(key) {
		turns = d.unknownTurns
	}
	select {
	case turns <- struct{}{}:
		defer func() { <-turns }()
		return d.ask(outgoing(ctx, q.Credential))
	case <-ctx.Done():
		return Caller{}, fmt.Errorf("wait for a turn to ask auth: %w", ctx.Err())
	}
}

// remember keeps what came of a question.
func (d *CachedDirectory) remember(key directoryKey, q Query, caller Caller, err error) {
	switch {
	case err == nil:
		d.known.Add(key, answer{caller: caller, at: d.now()})
	case errors.Is(err, errs.Unauthenticated) && q.Known.UserID == "":
		d.unknown.Add(key, d.now())
		d.known.Remove(key)
	case refuses(err):
		d.known.Remove(key)
	default:
		if last, ok := d.known.Peek(key); ok {
			last.failed = d.now()
			d.known.Add(key, last)
		}
	}
}

// outgoing returns a context whose outgoing calls show a credential, in place of
// what the context carried so far.
func outgoing(ctx context.Context, c Credential) context.Context {
	md := metadata.Pairs(authorization, "Bearer "+c.Token)
	if c.WorkspaceID != "" {
		md.Set(workspaceHeader, c.WorkspaceID)
	}
	return metadata.NewOutgoingContext(ctx, md)
}
