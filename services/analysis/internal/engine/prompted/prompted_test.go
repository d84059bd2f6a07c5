package prompted_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/analysis/internal/engine/enginetest"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine/prompted"
)

func newProvider(t *testing.T, name string) *prompted.Provider {
	t.Helper()
	p, err := prompted.New(prompted.Config{Name: name, Model: "small-model"})
	require.NoError(t, err)
	return p
}

func TestEngines_Conform(t *testing.T) {
	t.Parallel()
	for _, name := range []string{prompted.OpenAI, prompted.Perplexity} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			enginetest.Run(t, newProvider(t, name), enginetest.Says(enginetest.Honest))
		})
	}
}
