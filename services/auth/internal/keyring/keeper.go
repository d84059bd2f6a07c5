package keyring

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/researcherpro/researcherpro/services/auth/internal/store"
)

const (
	// DefaultReload is how often a replica looks for new keys.
	DefaultReload = 5 * time.Second
	// leadReloads is for how many reloads a new key is published before it signs. Two
	// are enough when nothing goes wrong; with twenty, 100 seconds, a replica may miss
	// some, and verifiers that have just asked may wait before they ask again.
	leadReloads = 20
	// keepReloads is for how many reloads an old key is published after its last token
	// has expired: a replica may have signed with it for as long as it could not reload.
	keepReloads = 60
)

// Keys is the part of the store that a keyring needs.
type Keys interface {
	// SigningKeys returns the keys that are to be published, the newest first. When
	// there is none it stores the one that first makes, once for all replicas.
	SigningKeys(ctx context.Context, first store.MakeKey) ([]store.SigningKey, error)
	// RotateKeys stores a new key when the newest one is old enough.
	RotateKeys(ctx context.Context, r store.Rotation, next store.MakeKey) (bool, error)
}

// Schedule says when keys are replaced.
type Schedule struct {
	// Every is the age at which a key is replaced; 0 leaves it in force for ever.
	Every time.Duration
	// Reload is how often a replica looks for new keys; DefaultReload when 0. The
	// other times follow from it, so that a new key always comes to all in time.
	Reload time.Duration
	// TokenLife is how long an access token is good for.
	TokenLife time.Duration
}

// lead is how long a new key is published before it signs.
func (s Schedule) lead() time.Duration { return leadReloads * s.Reload }

// keep is how long an old key is published after the next one signs.
func (s Schedule) keep() time.Duration { return s.TokenLife + keepReloads*s.Reload }

// Keeper keeps a ring in step with the store, and replaces the keys in it.
type Keeper struct {
	ring     *Ring
	keys     Keys
	seal     sealer
	schedule Schedule
	failing  bool // the last reload did not work; of Run only
}

// NewKeeper returns a keeper of a ring. secret is the fleet's secret, which seals the
// keys in the store.
func NewKeeper(ring *Ring, keys Keys, secret []byte, schedule Schedule) (*Keeper, error) {
	seal, err := newSealer(secret)
	if err != nil {
		return nil, err
	}
	if schedule.Reload <= 0 {
		schedule.Reload = DefaultReload
	}
	return &Keeper{ring: ring, keys: keys, seal: seal, schedule: schedule}, nil
}

// Load takes over the keys in the store, and makes the first one when there is none.
// A key that was sealed with another secret is an error, and the ring stays as it
// was.
func (k *Keeper) Load(ctx context.Context) error {
	_, err := k.load(ctx)
	return err
}

// load is Load, and returns the keys.
func (k *Keeper) load(ctx context.Context) ([]store.SigningKey, error) {
	stored, err := k.keys.SigningKeys(ctx, k.generate)
	if err != nil {
		return nil, fmt.Errorf("load the signing keys: %w", err)
	}
	set := &keySet{public: make(map[string]ed25519.PublicKey, len(stored))}
	for _, key := range stored {
		set.public[key.KID] = key.Public
		set.order = append(set.order, key.KID)
		if set.private != nil {
			continue // one before signs
		}
		// One that waits for its time is opened as well: better to hear now that it
		// cannot be than when it is needed.
		private, err := k.seal.open(key)
		if err != nil {
			return nil, err
		}
		if key.Active() {
			set.kid, set.private = key.KID, private
		}
	}
	if set.private == nil {
		return nil, errors.New("load the signing keys: none of them may be used yet")
	}
	k.ring.loaded.Store(set)
	return stored, nil
}

// Lead is how long a new key is published before it signs.
func (k *Keeper) Lead() time.Duration { return k.schedule.lead() }

// Rotate replaces the signing key now, whatever its age. The new one signs after
// Lead. It returns false when there is one that waits for its time
// already: it changes nothing then.
func (k *Keeper) Rotate(ctx context.Context) (bool, error) {
	return k.rotate(ctx, 0)
}

func (k *Keeper) rotate(ctx context.Context, age time.Duration) (bool, error) {
	rotation := store.Rotation{Every: age, Lead: k.schedule.lead(), Keep: k.schedule.keep()}
	rotated, err := k.keys.RotateKeys(ctx, rotation, k.generate)
	if err != nil {
		return false, fmt.Errorf("rotate the signing keys: %w", err)
	}
	return rotated, nil
}

// Run keeps the ring in step until ctx ends, and replaces keys that are old. While
// the store does not answer the ring stays as it is.
func (k *Keeper) Run(ctx context.Context) {
	tick := time.NewTicker(k.schedule.Reload)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := k.step(ctx); ctx.Err() == nil {
			k.report(ctx, err)
		}
	}
}

// step reloads, and rotates when the newest key is old.
func (k *Keeper) step(ctx context.Context) error {
	keys, err := k.load(ctx)
	if err != nil || k.schedule.Every <= 0 || keys[0].Age < k.schedule.Every.Seconds() {
		return err
	}
	rotated, err := k.rotate(ctx, k.schedule.Every)
	if rotated {
		slog.InfoContext(ctx, "made a new signing key", "signs_in", k.schedule.lead())
	}
	return err
}

// report logs that the keys cannot be kept in step, and that they can again, once
// each.
func (k *Keeper) report(ctx context.Context, err error) {
	failing := err != nil
	if failing && !k.failing {
		slog.WarnContext(ctx, "the signing keys stay as they are for now", "error", err)
	}
	if !failing && k.failing {
		slog.InfoContext(ctx, "the signing keys are up to date again")
	}
	k.failing = failing
}

// generate makes a new key.
func (k *Keeper) generate() (store.SigningKey, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return store.SigningKey{}, fmt.Errorf("generate a signing key: %w", err)
	}
	key := store.SigningKey{KID: thumbprint(public), Public: public}
	key.Sealed = k.seal.seal(key.KID, private)
	return key, nil
}

// thumbprint is the key's id: its JWK thumbprint (RFC 7638; RFC 8037, appendix
// A.3), so that the same key has the same id everywhere.
func thumbprint(key ed25519.PublicKey) string {
	b64 := base64.RawURLEncoding
	sum := sha256.Sum256([]byte(`{"crv":"Ed25519","kty":"OKP","x":"` + b64.EncodeToString(key) + `"}`))
	return b64.EncodeToString(sum[:])
}
