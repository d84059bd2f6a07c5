// Package throttle slows down whoever guesses passwords, and nobody else.
//
// Attempts are counted for each network address, and for each pair of an account
// and an address, never for an account alone: whoever could use up an account's
// attempts from afar would lock its owner out. So the owner who comes from another
// address never waits. Who shares the attacker's address waits at most as long as
// one attempt takes to come back, ten seconds, once the attacker pauses.
//
// The counters are GCRA (the generic cell rate algorithm, as in go-redis/redis_rate)
// in Redis, shared by all replicas; a refused attempt costs nothing and postpones
// nothing. Keys hold hashes of mail addresses and expire as soon as they say nothing.
package throttle

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"log/slog"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/go-redis/redis_rate/v10"
	"github.com/redis/go-redis/v9"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
)

// patience is how long Redis may take. Without an answer the attempt goes on.
const patience = time.Second

// Throttle limits attempts. It is safe for concurrent use.
type Throttle struct {
	limiter *redis_rate.Limiter
	limits  limits
	key     []byte      // of the hash of mail addresses
	blind   atomic.Bool // Redis did not answer the last time
}

// New returns a throttle that counts in Redis. secret is the fleet's, of at least
// authn.MinSecret bytes: with a key of it, a copy of Redis cannot be searched for
// known mail addresses.
func New(client *redis.Client, secret []byte) (*Throttle, error) {
	key, err := authn.DeriveKey(secret, "sign-in throttle")
	if err != nil {
		return nil, err
	}
	return &Throttle{limiter: redis_rate.NewLimiter(client), limits: allowed(), key: key}, nil
}

// SignIn admits an attempt to sign in to an account from an address. The error of
// a refused one is errs.ResourceExhausted and says how long to wait. An address
// that is not valid, that of a call within the process, has no limit of its own.
func (t *Throttle) SignIn(ctx context.Context, from netip.Addr, email string) error {
	if from.IsValid() {
		// The address is asked first: behind its limit it cannot fill Redis with pairs
		// of made-up accounts.
		if err := t.admitFrom(ctx, "signin", from, t.limits.address); err != nil {
			return err
		}
		if t.blind.Load() {
			return nil // Redis did not answer just now: do not wait for it twice
		}
	}
	return t.admit(ctx, t.pair(from, email), t.limits.pair)
}

// SignedIn forgets the attempts at an account from an address: whoever knows the
// password was not guessing.
func (t *Throttle) SignedIn(ctx context.Context, from netip.Addr, email string) {
	ask, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	t.note(ctx, t.limiter.Reset(ask, t.pair(from, email)))
}

// Register admits an attempt to make an account; errors as with SignIn.
func (t *Throttle) Register(ctx context.Context, from netip.Addr) error {
	return t.admitFrom(ctx, "register", from, t.limits.register)
}

// Refresh admits an attempt to exchange a refresh token; errors as with SignIn.
func (t *Throttle) Refresh(ctx context.Context, from netip.Addr) error {
	return t.admitFrom(ctx, "refresh", from, t.limits.refresh)
}

// Oidc admits a step of a sign-in with the OpenID provider; errors as with SignIn.
func (t *Throttle) Oidc(ctx context.Context, from netip.Addr) error {
	return t.admitFrom(ctx, "oidc", from, t.limits.oidc)
}

// ChangePassword admits an attempt of a signed-in user to show their password;
// errors as with SignIn. It is counted for the session, so that whoever has stolen
// one cannot keep the owner, in another, from changing the password.
func (t *Throttle) ChangePassword(ctx context.Context, userID, sessionID string) error {
	return t.admit(ctx, "auth:password:"+userID+":"+sessionID, t.limits.password)
}

// admitFrom counts an attempt of an address.
func (t *Throttle) admitFrom(ctx context.Context, what string, from netip.Addr, limit redis_rate.Limit) error {
	if !from.IsValid() {
		return nil
	}
	return t.admit(ctx, "auth:"+what+":"+network(from), limit)
}

// admit counts an attempt, unless there were too many. Without Redis it admits:
// that an attacker can stop Redis must not stop everyone's signing in, and how many
// passwords are hashed at a time is bounded anyway.
func (t *Throttle) admit(ctx context.Context, key string, limit redis_rate.Limit) error {
	ask, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	got, err := t.limiter.Allow(ask, key, limit)
	t.note(ctx, err)
	if err != nil || got.Allowed > 0 {
		return nil
	}
	// Redis counts in floating point: what it says is a hair too early now and then.
	wait := got.RetryAfter.Truncate(time.Millisecond) + time.Millisecond
	return errs.Later(errs.ResourceExhausted, "TOO_MANY_SIGN_INS", "too many attempts, try again later", wait)
}

// note logs that Redis stopped answering, and that it answers again, once each.
func (t *Throttle) note(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return // the caller went away, which says nothing about Redis
	}
	if blind := err != nil; t.blind.Swap(blind) == blind {
		return
	}
	if err != nil {
		slog.WarnContext(ctx, "attempts to sign in are not counted: Redis does not answer", "error", err)
		return
	}
	slog.InfoContext(ctx, "attempts to sign in are counted again")
}

// pair is the key of an account and an address.
func (t *Throttle) pair(from netip.Addr, email string) string {
	mac := hmac.New(sha256.New, t.key)
	mac.Write([]byte(email))
	account := base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
	return "auth:pair:" + account + ":" + network(from)
}

// network is what counts as one address: an IPv4 address, or the /64 of an IPv6
// one, which a single customer has whole (RFC 6177).
func network(from netip.Addr) string {
	if !from.IsValid() {
		return "local"
	}
	if prefix, err := from.WithZone("").Prefix(64); err == nil && !from.Unmap().Is4() {
		return prefix.Masked().String()
	}
	return from.Unmap().String()
}
