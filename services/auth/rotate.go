package auth

import (
	"context"
	"fmt"
	"io"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/pg"
	"github.com/researcherpro/researcherpro/services/auth/internal/keyring"
	"github.com/researcherpro/researcherpro/services/auth/internal/store"
)

// RotateKeys makes a new signing key, whatever the age of the one in force, and says
// on out when it signs. Running replicas take it over by themselves, and no token
// that is out becomes invalid.
func RotateKeys(ctx context.Context, cfg Config, out io.Writer) error {
	if err := cfg.check(); err != nil {
		return err
	}
	if cfg.Algorithm == authn.HS256 {
		return fmt.Errorf("ALGORITHM is %s: there are no signing keys, tokens are signed with SECRET_KEY", authn.HS256)
	}
	db, err := pg.Open(ctx, cfg.DatabaseURL, pg.Options{Name: Name + " rotate-keys"})
	if err != nil {
		return err
	}
	defer db.Close()
	keeper, err := keyring.NewKeeper(&keyring.Ring{}, store.New(db), []byte(cfg.SecretKey), cfg.keySchedule())
	if err != nil {
		return err
	}
	// With the wrong SECRET_KEY the new key would be one that no replica can open.
	if err := keeper.Load(ctx); err != nil {
		return err
	}
	rotated, err := keeper.Rotate(ctx)
	if err != nil {
		return err
	}
	text := "a new signing key is waiting for its time already; nothing was changed\n"
	if rotated {
		text = fmt.Sprintf("made a new signing key; it signs in %s, when every replica has it\n", keeper.Lead())
	}
	_, err = io.WriteString(out, text)
	return err
}
