package authn

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/golang-lru/v2/expirable"
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
	// maxKnown bounds the answers that are kept.
	maxKnown = 10_000
	// askTimeout bounds one question to auth.
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
	known   *expirable.LRU[directoryKey, answer]
	asking  singleflight.Group
	now     func() time.Time
	freshly time.Duration
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
}

// NewDirectory returns a directory that asks with the given function, which is
// AuthService.GetCaller: the context it gets carries the credential and the
// workspace in its outgoing metadata.
func NewDirectory[C Described[N, P], N ~int32, P fmt.Stringer](ask func(ctx context.Context) (C, error)) *CachedDirectory {
	return &CachedDirectory{
		ask: func(ctx context.Context) (Caller, error) {
			described, err := ask(ctx)
			if err != nil {
				return Caller{}, err
			}
			return callerOf(described), nil
		},
		known:   expirable.NewLRU[directoryKey, answer](maxKnown, nil, staleFor),
		now:     time.Now,
		freshly: freshFor,
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
	known, ok := d.known.Get(key)
	usable := ok && known.caller.Membership >= q.Since
	if usable && d.now().Sub(known.at) < d.freshly {
		return known.caller, nil
	}
	caller, err := d.askOnce(ctx, key, q.Credential)
	if usable && err != nil && !errors.Is(err, errs.Unauthenticated) && !errors.Is(err, errs.NotFound) && ctx.Err() == nil {
		return known.caller, nil // auth is down: what was true a moment ago has to do
	}
	return caller, err
}

// askOnce asks auth, once for all who want to know the same.
func (d *CachedDirectory) askOnce(ctx context.Context, key directoryKey, c Credential) (Caller, error) {
	result := d.asking.DoChan(string(key.token[:])+key.workspace, func() (any, error) {
		// Of those who wait the first may hang up; the others still want it.
		asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), askTimeout)
		defer cancel()
		caller, err := d.ask(outgoing(asking, c))
		switch {
		case err == nil:
			d.known.Add(key, answer{caller: caller, at: d.now()})
		case errors.Is(err, errs.Unauthenticated), errors.Is(err, errs.NotFound):
			d.known.Remove(key)
		}
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

// outgoing returns a context whose outgoing calls show a credential, in place of
// what the context carried so far.
func outgoing(ctx context.Context, c Credential) context.Context {
	md := metadata.Pairs(authorization, "Bearer "+c.Token)
	if c.WorkspaceID != "" {
		md.Set(workspaceHeader, c.WorkspaceID)
	}
	return metadata.NewOutgoingContext(ctx, md)
}
