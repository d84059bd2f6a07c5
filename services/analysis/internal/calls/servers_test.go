package calls_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/llm"
	"github.com/researcherpro/researcherpro/services/analysis/internal/calls"
)

// keys are the credentials of users, by user and provider.
type keys map[[2]string]string

// Credential implements calls.Credentials.
func (k keys) Credential(_ context.Context, _, user, provider string) (string, error) {
	if user == "unreadable" {
		return "", errs.FailedPrecondition
	}
	return k[[2]string{user, provider}], nil
}

// shown is a client that only knows which key it shows.
type shown struct {
	llm.Client

	key string
}

func server(s calls.Server) calls.Server {
	s.Dial = func(key string) llm.Client { return shown{key: key} }
	return s
}

func TestServers(t *testing.T) {
	t.Parallel()
	servers := calls.NewServers(keys{{"ada", "openai"}: "ada's"},
		server(calls.Server{Engine: "openai", Key: "operator's", Model: "m", Limits: calls.Limits{Concurrency: 3}}),
		server(calls.Server{Engine: "local", Address: "http://localhost", Keyless: true, Model: "m"}),
		server(calls.Server{Engine: "perplexity", Model: "m", Missing: "set PERPLEXITY_API_KEY"}))
	for name, tc := range map[string]struct{ user, engine, key string }{
		"the user's own key is shown":                {"ada", "openai", "ada's"},
		"else the operator's":                        {"bob", "openai", "operator's"},
		"a server of the operator's may need no key": {"bob", "local", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			line, err := servers.Open(t.Context(), tc.engine, "w", tc.user)
			require.NoError(t, err)
			require.Equal(t, tc.key, line.Client.(shown).key)
			ok, missing, err := servers.Configured(t.Context(), "w", tc.user, tc.engine)
			require.NoError(t, err)
			require.True(t, ok)
			require.Empty(t, missing)
		})
	}
	require.Equal(t, "m", servers.Model("openai"))
	require.Empty(t, servers.Model("nothing"))
}

func TestServers_WithoutAKeySayWhatIsMissing(t *testing.T) {
	t.Parallel()
	servers := calls.NewServers(keys{}, server(calls.Server{Engine: "perplexity", Model: "m", Missing: "set PERPLEXITY_API_KEY"}),
		server(calls.Server{Engine: "local", Keyless: true, Missing: "name a model"}))
	ok, missing, err := servers.Configured(t.Context(), "w", "ada", "perplexity")
	require.NoError(t, err)
	require.False(t, ok)
	require.Equal(t, "set PERPLEXITY_API_KEY", missing)
	ok, missing, err = servers.Configured(t.Context(), "w", "ada", "local")
	require.NoError(t, err)
	require.False(t, ok)
	require.Equal(t, "name a model", missing)
	for _, engine := range []string{"perplexity", "local", "nothing"} {
		_, err = servers.Open(t.Context(), engine, "w", "ada")
		require.ErrorIs(t, err, errs.FailedPrecondition)
		require.Equal(t, "ENGINE_NOT_CONFIGURED", errs.Reason(err))
	}
	_, _, err = servers.Configured(t.Context(), "w", "unreadable", "perplexity")
	require.ErrorIs(t, err, errs.FailedPrecondition)
}

// Each account has limits of its own, and its name shows no key.
func TestServers_TellAccountsApart(t *testing.T) {
	t.Parallel()
	open := func(s calls.Server, user string) string {
		line, err := calls.NewServers(keys{{"ada", "openai"}: "ada's"}, server(s)).Open(t.Context(), "openai", "w", user)
		require.NoError(t, err)
		require.NotContains(t, line.Account, "operator")
		return line.Account
	}
	one := calls.Server{Engine: "openai", Model: "m", Key: "operator's"}
	require.Equal(t, open(one, "bob"), open(one, "eve"))
	require.NotEqual(t, open(one, "bob"), open(one, "ada"))
	elsewhere := one
	elsewhere.Address = "http://localhost"
	require.NotEqual(t, open(one, "bob"), open(elsewhere, "bob"))
}
