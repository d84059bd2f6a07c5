package authn_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/redistest"
)

// What each call with an API key costs a service that has seen the key: a hash, the
// cache, and a look into Redis for what has ended.
func BenchmarkVerify_APIKeyFromTheCache(b *testing.B) {
	for name, revocations := range map[string]authn.Revocations{
		"without Redis": nil,
		"with Redis":    authn.NewRedisRevocations(redistest.New(b), time.Minute),
	} {
		b.Run(name, func(b *testing.B) {
			directory, _, clock := newDirectory()
			v, err := authn.NewVerifier(authn.Options{
				Secret: secret, Algorithm: authn.HS256, Directory: directory, Revocations: revocations, Now: clock.Now,
			})
			require.NoError(b, err)
			shown := authn.Credential{Token: authn.NewAPIKey()}
			for b.Loop() {
				if _, err := v.Verify(b.Context(), shown); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
