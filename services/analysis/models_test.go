package analysis_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/analysis"
)

// A mistake in the configuration is one line that names the variable.
func TestModels_NameTheVariableThatIsWrong(t *testing.T) {
	t.Parallel()
	b := prepare(t)
	for name, change := range map[string]func(*analysis.Models){
		"MODEL_PRICES":                   func(m *analysis.Models) { m.Prices = "openai/gpt=cheap" },
		"OPENAI_BASE_URL":                func(m *analysis.Models) { m.OpenAIURL = "localhost:11434" },
		"PERPLEXITY_URL":                 func(m *analysis.Models) { m.PerplexityURL = "ftp://host" },
		"MODEL_CACHE_TTL":                func(m *analysis.Models) { m.CacheTTL = -time.Second },
		"MAX_COST_USD_PER_RUN":           func(m *analysis.Models) { m.MaxCostRun = -1 },
		"MAX_TOKENS_PER_WORKSPACE_MONTH": func(m *analysis.Models) { m.MaxTokensWS = -1 },
		"OPENAI_REQUESTS_PER_MINUTE":     func(m *analysis.Models) { m.OpenAIRequests = -1 },
	} {
		cfg := b.cfg
		change(&cfg.Models)
		_, err := analysis.New(t.Context(), cfg, analysis.Peers{Auth: b.auth})
		require.ErrorContains(t, err, name)
		require.NotContains(t, err.Error(), "\n")
	}
}
