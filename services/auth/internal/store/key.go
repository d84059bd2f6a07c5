package store

import (
	"context"
	"crypto/ed25519"
	"time"

	"github.com/jackc/pgx/v5"
)

// keyLock is the advisory lock under which signing keys are made. Any number that
// this schema's code uses for nothing else will do.
const keyLock = 0x61757468 // "auth"

// SigningKey is a key pair for access tokens.
type SigningKey struct {
	KID    string            `db:"kid"`
	Public ed25519.PublicKey `db:"public_key"`
	// Sealed is the private key, encrypted.
	Sealed []byte `db:"sealed_private_key"`
	// Age is how long the key has been the one to sign with, in seconds by the
	// database's clock; below zero it is published and not yet to be used.
	Age float64 `db:"age"`
}

// Active reports whether the key may sign.
func (k SigningKey) Active() bool { return k.Age >= 0 }

// MakeKey makes a new key pair, sealed.
type MakeKey func() (SigningKey, error)

// Rotation says when a signing key is replaced.
type Rotation struct {
	// Every is the age at which the newest key is replaced; 0 replaces it now.
	Every time.Duration
	// Lead is how long the new key is published before it signs.
	Lead time.Duration
	// Keep is how long the older keys stay after that: the life of a token, and some.
	Keep time.Duration
}

// SigningKeys deletes the keys whose time is over and returns the others, the
// newest first. When there is none it stores the one that first makes; of replicas
// that start together one does so and the others wait for its key.
func (s *Store) SigningKeys(ctx context.Context, first MakeKey) ([]SigningKey, error) {
	var keys []SigningKey
	err := s.in(ctx, ofSigningKeys(), func(ctx context.Context, tx pgx.Tx) (err error) {
		if _, err := exec(ctx, tx, "delete retired signing keys",
			`DELETE FROM signing_keys WHERE retire_time < now()`); err != nil {
			return err
		}
		if keys, err = signingKeys(ctx, tx); err != nil || len(keys) > 0 {
			return err
		}
		if err := lockKeys(ctx, tx); err != nil {
			return err
		}
		if keys, err = signingKeys(ctx, tx); err != nil || len(keys) > 0 {
			return err // another replica was first
		}
		if err := insertKey(ctx, tx, first, 0); err != nil {
			return err
		}
		keys, err = signingKeys(ctx, tx)
		return err
	})
	return keys, err
}

// RotateKeys stores a new signing key, to be used after the rotation's lead, and
// sets the end of the older ones. It does nothing and returns false when the newest
// key is not old enough, or is one that is waiting for its time. Replicas that call
// it together rotate once.
func (s *Store) RotateKeys(ctx context.Context, r Rotation, next MakeKey) (bool, error) {
	var rotated bool
	err := s.in(ctx, ofSigningKeys(), func(ctx context.Context, tx pgx.Tx) error {
		rotated = false // fn may run again
		if err := lockKeys(ctx, tx); err != nil {
			return err
		}
		keys, err := signingKeys(ctx, tx)
		if err != nil {
			return err
		}
		if len(keys) == 0 || !keys[0].Active() || keys[0].Age < r.Every.Seconds() {
			return nil
		}
		if _, err := exec(ctx, tx, "set the end of the signing keys", `
			UPDATE signing_keys SET retire_time = clock_timestamp() + $1::interval + $2::interval
			WHERE retire_time IS NULL`, r.Lead, r.Keep); err != nil {
			return err
		}
		rotated = true
		return insertKey(ctx, tx, next, r.Lead)
	})
	return rotated, err
}

// lockKeys makes the transaction the only one that makes keys.
func lockKeys(ctx context.Context, tx pgx.Tx) error {
	_, err := exec(ctx, tx, "lock the signing keys", `SELECT pg_advisory_xact_lock($1)`, keyLock)
	return err
}

// signingKeys returns the keys that are not retired, the newest first. The clock is
// that of the statement: a transaction may have waited for the lock.
func signingKeys(ctx context.Context, tx pgx.Tx) ([]SigningKey, error) {
	return all[SigningKey](ctx, tx, "list signing keys", `
		SELECT kid, public_key, sealed_private_key,
		       extract(epoch FROM clock_timestamp() - activate_time)::float8 AS age
		FROM signing_keys WHERE retire_time IS NULL OR retire_time > clock_timestamp()
		ORDER BY activate_time DESC, kid`)
}

// insertKey stores a new key that signs after a while.
func insertKey(ctx context.Context, tx pgx.Tx, next MakeKey, after time.Duration) error {
	key, err := next()
	if err != nil {
		return err
	}
	_, err = exec(ctx, tx, "insert signing key", `
		INSERT INTO signing_keys (kid, public_key, sealed_private_key, activate_time)
		VALUES ($1, $2, $3, clock_timestamp() + $4::interval)`,
		key.KID, []byte(key.Public), key.Sealed, after)
	return err
}
