package auth_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/pg"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	"github.com/researcherpro/researcherpro/proto/jwks"
	"github.com/researcherpro/researcherpro/services/auth"
	"github.com/researcherpro/researcherpro/services/auth/authtest"
)

// either asks one replica after the other for the public keys, as a balancer does.
type either struct {
	replicas []*authtest.Server
	asked    atomic.Int64
}

// GetJwks implements jwks.Client.
func (e *either) GetJwks(ctx context.Context, in *authv1.GetJwksRequest, opts ...grpc.CallOption) (*authv1.GetJwksResponse, error) {
	return e.replicas[int(e.asked.Add(1))%len(e.replicas)].GetJwks(ctx, in, opts...)
}

// rotating is two replicas, whose rotations take seconds, and two services that verify
// tokens by themselves.
type rotating struct {
	replicas  []*authtest.Server
	verifiers []authn.Verifier
	db        *pg.Pool
}

func serveRotating(t *testing.T) rotating {
	t.Helper()
	first := authtest.Serve(t, func(c *auth.Config) { c.KeyReload = 100 * time.Millisecond })
	r := rotating{
		replicas: []*authtest.Server{first, authtest.Replica(t, first.Config)},
		db:       database(t, first.Config),
	}
	for range 2 {
		v, err := authn.NewVerifier(authn.Options{
			Secret: []byte(first.Config.SecretKey), Keys: jwks.New(&either{replicas: r.replicas}),
		})
		require.NoError(t, err)
		r.verifiers = append(r.verifiers, v)
	}
	return r
}

// use gets one token after the other from either replica until ctx ends, shows each to
// the other replica and to the verifiers, and returns the first failure.
func (r rotating) use(ctx context.Context, session *authv1.Session, calls *atomic.Int64) error {
	background := context.WithoutCancel(ctx) // what has begun is not cut off
	for i := 0; ctx.Err() == nil; i++ {
		here, there := r.replicas[i%2], r.replicas[(i+1)%2]
		next, err := here.Refresh(background, &authv1.RefreshRequest{RefreshToken: session.GetRefreshToken()})
		if err != nil {
			return err
		}
		session = next
		if _, err := there.GetMe(as(background, session), &authv1.GetMeRequest{}); err != nil {
			return err
		}
		for _, v := range r.verifiers {
			if _, err := v.Verify(background, authn.Credential{Token: session.GetAccessToken()}); err != nil {
				return err
			}
		}
		calls.Add(1)
	}
	return nil
}

// change runs a statement on the signing keys.
func (r rotating) change(t *testing.T, sql string) (rows int64) {
	t.Helper()
	require.NoError(t, r.db.InTx(t.Context(), func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT set_config('app.signing_keys', 'on', true)`); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, sql)
		rows = tag.RowsAffected()
		return err
	}))
	return rows
}

// kids returns the ids of the keys that a replica publishes.
func kids(t *testing.T, server *authtest.Server) []string {
	t.Helper()
	keys, err := server.GetJwks(t.Context(), &authv1.GetJwksRequest{})
	require.NoError(t, err)
	var all []string
	for _, key := range keys.GetKeys() {
		all = append(all, key.GetKid())
	}
	return all
}

// signer returns the id of the key that a replica signs with now.
func signer(t *testing.T, server *authtest.Server) string {
	t.Helper()
	var header struct{ Kid string }
	first, _, _ := strings.Cut(server.Token(t), ".")
	raw, err := base64.RawURLEncoding.DecodeString(first)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(raw, &header))
	return header.Kid
}

// await waits until both replicas sign with another key than old.
func (r rotating) await(t *testing.T, old string) string {
	t.Helper()
	for _, server := range r.replicas {
		require.Eventually(t, func() bool { return signer(t, server) != old }, 30*time.Second, 100*time.Millisecond)
	}
	now := signer(t, r.replicas[0])
	require.Equal(t, now, signer(t, r.replicas[1]))
	return now
}

func TestKeyRotation_UnderLoadNoCallFails(t *testing.T) {
	t.Parallel()
	r := serveRotating(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var calls atomic.Int64
	failures := make([]error, 3)
	var load sync.WaitGroup
	for i := range failures {
		session := r.replicas[0].SignUp(t)
		load.Go(func() { failures[i] = r.use(ctx, session, &calls) })
	}
	oldest := r.replicas[0].Token(t)

	cfg := r.replicas[0].Config
	kid := signer(t, r.replicas[0])
	require.NoError(t, auth.RotateKeys(t.Context(), cfg, io.Discard))
	kid = r.await(t, kid)
	r.change(t, `UPDATE signing_keys SET activate_time = activate_time - interval '91 days'`) // both replicas see that it is time
	kid = r.await(t, kid)
	require.NoError(t, auth.RotateKeys(t.Context(), cfg, io.Discard))
	kid = r.await(t, kid)
	stop()
	load.Wait()
	require.NoError(t, errors.Join(failures...))
	require.Positive(t, calls.Load())
	t.Logf("%d tokens issued and verified by four during three rotations", calls.Load())

	require.Len(t, kids(t, r.replicas[0]), 4, "of replicas that rotate by age one does it")
	for _, v := range r.verifiers {
		_, err := v.Verify(t.Context(), authn.Credential{Token: oldest})
		require.NoError(t, err, "a token of the first key is good as long as it lives")
	}

	// Their last tokens expire.
	require.EqualValues(t, 3, r.change(t, `UPDATE signing_keys SET activate_time = now() - interval '2 days',
		retire_time = now() - interval '1 second' WHERE retire_time IS NOT NULL`))
	for _, server := range r.replicas {
		require.Eventually(t, func() bool { return len(kids(t, server)) == 1 }, 30*time.Second, 50*time.Millisecond)
		require.Equal(t, []string{kid}, kids(t, server))
	}
	require.EqualValues(t, 1, r.change(t, `UPDATE signing_keys SET kid = kid`), "the old keys are deleted")
}
