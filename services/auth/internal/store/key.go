package store

import (
	"context"
	"crypto/ed25519"

	"github.com/jackc/pgx/v5"
)

// firstKeyLock is the advisory lock under which the first signing key is made.
// Any number that this schema's code uses for nothing else will do.
const firstKeyLock = 0x61757468 // "auth"

// SigningKey is a key pair for access tokens.
type SigningKey struct {
	KID    string            `db:"kid"`
	Public ed25519.PublicKey `db:"public_key"`
	// Sealed is the private key, encrypted.
	Sealed []byte `db:"sealed_private_key"`
}

// SigningKeys returns all keys, the newest first. When there is none it stores
// the one that first makes; of replicas that start together one does so and the
// others wait for its key.
func (s *Store) SigningKeys(ctx context.Context, first func() (SigningKey, error)) ([]SigningKey, error) {
	var keys []SigningKey
	err := s.pool.InTx(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		if _, err := exec(ctx, tx, "lock the signing keys", `SELECT pg_advisory_xact_lock($1)`, firstKeyLock); err != nil {
			return err
		}
		keys, err = all[SigningKey](ctx, tx, "list signing keys", `
			SELECT kid, public_key, sealed_private_key FROM signing_keys ORDER BY create_time DESC, kid`)
		if err != nil || len(keys) > 0 {
			return err
		}
		key, err := first()
		if err != nil {
			return err
		}
		keys = []SigningKey{key}
		_, err = exec(ctx, tx, "insert signing key", `
			INSERT INTO signing_keys (kid, public_key, sealed_private_key) VALUES ($1, $2, $3)`,
			key.KID, []byte(key.Public), key.Sealed)
		return err
	})
	return keys, err
}
