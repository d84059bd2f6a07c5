package authn

import (
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// SetClock gives the revocations another clock.
func (r *RedisRevocations) SetClock(now func() time.Time) { r.now = now }

// SetClock gives the directory another clock.
func (d *CachedDirectory) SetClock(now func() time.Time) { d.now = now }

// Remembers returns how many good and how many made-up credentials are kept.
func (d *CachedDirectory) Remembers() (good, madeUp int) { return d.known.Len(), d.unknown.Len() }

// SetPing makes the watcher ask for a sign of life after another silence.
func (w *RedisWatcher) SetPing(d time.Duration) { w.ping = d }

// Watched returns how many subjects are watched.
func (w *RedisWatcher) Watched() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.watched)
}

// The bounds that tests try.
const (
	MaxKnown         = maxKnown
	MaxAskingUnknown = maxAskingUnknown
)

// VerifyJWS decides about a JWS of any content as a verifier decides about a token's
// header and signature, under the rules for keys of NewVerifier.
func VerifyJWS(algorithm, token string, key any) error {
	if secret, ok := key.([]byte); ok {
		if err := checkSecret(secret); err != nil {
			return err
		}
	}
	method := jwt.GetSigningMethod(algorithm)
	if algorithm != EdDSA && algorithm != HS256 {
		return fmt.Errorf("no key is for %s", algorithm)
	}
	j, err := split(token)
	if err != nil {
		return err
	}
	return j.verify(method, key)
}

// Proofs returns how many tokens the verifier remembers.
func (v *TokenVerifier) Proofs() int { return v.proofs.Len() }

// Waiting returns how many calls wait for the next look-up.
func (r *RedisRevocations) Waiting() int {
	r.reads.mu.Lock()
	defer r.reads.mu.Unlock()
	if r.reads.next == nil {
		return 0
	}
	return len(r.reads.next.keys) / len(subjects(Caller{}))
}
