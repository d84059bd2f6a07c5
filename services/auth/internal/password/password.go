// Package password hashes passwords with argon2id (RFC 9106) and bounds what
// that costs: memory by a limit on concurrent hashes, and what an attacker
// learns by doing the same work for accounts that do not exist.
package password

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"time"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"github.com/researcherpro/researcherpro/pkg/errs"
)

// current are the parameters of new hashes, the first choice of the OWASP
// Password Storage Cheat Sheet for argon2id: 19 MiB, two passes, one lane. A
// hash carries its own parameters, so these can change at any time.
var current = params{memory: 19 << 10, passes: 2, lanes: 1}

const (
	saltSize = 16 // bytes, as RFC 9106 recommends
	hashSize = 32 // bytes
	// maxWait is how long a sign-in waits for its turn. Beyond it the queue is
	// an attack, and an answer is better than a time-out.
	maxWait = 10 * time.Second
	// maxWaiting is how many may wait at once, so that a flood takes no memory. More
	// than 64 could not be served within maxWait by a small machine anyway.
	maxWaiting = 64
	// retryAfter is when those who were turned away may come back: some dozens of
	// hashes later.
	retryAfter = 2 * time.Second
)

// Hasher hashes and verifies passwords. It is safe for concurrent use.
type Hasher struct {
	// slots holds one token for each hash that may run at the same time.
	slots chan struct{}
	// places holds one token for each hash that runs or waits.
	places chan struct{}
	// nobody is a well-formed hash that no password has.
	nobody string
}

// NewHasher returns a hasher that runs at most so many hashes at once; each
// takes 19 MiB while it runs.
func NewHasher(concurrent int) *Hasher {
	concurrent = max(concurrent, 1)
	return &Hasher{
		slots:  make(chan struct{}, concurrent),
		places: make(chan struct{}, concurrent+maxWaiting),
		nobody: encode(current, random(saltSize), random(hashSize)),
	}
}

// Hash returns the hash of a password in the PHC string format, with a new
// salt. When too many hashes are waiting it fails with errs.ResourceExhausted,
// which says when to come back.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	salt := random(saltSize)
	sum, err := h.derive(ctx, current, password, salt, hashSize)
	if err != nil {
		return "", err
	}
	return encode(current, salt, sum), nil
}

// Verify reports whether a password has the hash. A hash that cannot be read is
// an error, and so is too long a wait, as with Hash.
func (h *Hasher) Verify(ctx context.Context, password, encoded string) (bool, error) {
	p, salt, want, err := decode(encoded)
	if err != nil {
		return false, err
	}
	got, err := h.derive(ctx, p, password, salt, uint32(len(want)))
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}

// VerifyNobody does the work of Verify for an account that does not exist, so
// that the time of the answer does not tell.
func (h *Hasher) VerifyNobody(ctx context.Context, password string) error {
	_, err := h.Verify(ctx, password, h.nobody)
	return err
}

// Outdated reports whether a hash was made with other parameters than new ones
// are, so that it should be replaced while the password is at hand.
func Outdated(encoded string) bool {
	p, salt, hash, err := decode(encoded)
	return err == nil && (p != current || len(salt) != saltSize || len(hash) != hashSize)
}

// derive runs argon2id when it is this call's turn.
func (h *Hasher) derive(ctx context.Context, p params, password string, salt []byte, size uint32) ([]byte, error) {
	select {
	case h.places <- struct{}{}:
		defer func() { <-h.places }()
	default:
		return nil, errBusy()
	}
	wait, cancel := context.WithTimeout(ctx, maxWait)
	defer cancel()
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	case <-wait.Done():
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("wait to hash a password: %w", err)
		}
		return nil, errBusy()
	}
	// The same characters can be typed as different bytes; NFC makes them one
	// (RFC 8265, section 4.2).
	return argon2.IDKey([]byte(norm.NFC.String(password)), salt, p.passes, p.memory, p.lanes, size), nil
}

// errBusy turns a caller away.
func errBusy() error {
	return errs.Later(errs.ResourceExhausted, "TOO_MANY_SIGN_INS", "too many sign-ins at the moment, try again later", retryAfter)
}

// random returns n random bytes.
func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: it ends the program instead
	return b
}
