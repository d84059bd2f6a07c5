package analysis

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"google.golang.org/grpc"

	"github.com/researcherpro/researcherpro/pkg/governor"
	"github.com/researcherpro/researcherpro/pkg/llm"
	"github.com/researcherpro/researcherpro/pkg/process"
	"github.com/researcherpro/researcherpro/pkg/redisx/cache"
	"github.com/researcherpro/researcherpro/services/analysis/internal/calls"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine/extractive"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine/prompted"
	"github.com/researcherpro/researcherpro/services/analysis/internal/settings"
	"github.com/researcherpro/researcherpro/services/analysis/internal/spend"
	"github.com/researcherpro/researcherpro/services/analysis/internal/spend/price"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
)

// Models is the configuration of the servers of models, and of what may be spent on
// them.
type Models struct {
	OpenAIKey         string `env:"OPENAI_API_KEY" doc:"the operator's key for the engine openai, for workspaces that have none of their own" secret:"true"`
	OpenAIURL         string `env:"OPENAI_BASE_URL" doc:"an OpenAI-compatible server, which may need no key; OpenAI's own when unset"`
	OpenAIModel       string `env:"OPENAI_MODEL" doc:"model of the engine openai when none is named; gpt-4.1-mini when neither this nor OPENAI_BASE_URL is set"`
	OpenAIRequests    int    `env:"OPENAI_REQUESTS_PER_MINUTE" envDefault:"500" doc:"how many requests a minute the server allows each key and model, over all replicas; 0 is any number"`
	OpenAITokens      int    `env:"OPENAI_TOKENS_PER_MINUTE" envDefault:"200000" doc:"how many tokens a minute it allows; 0 is any number"`
	OpenAIConcurrency int    `env:"OPENAI_CONCURRENCY" envDefault:"32" doc:"how many requests it allows at once; 0 is any number"`

	PerplexityKey         string `env:"PERPLEXITY_API_KEY" doc:"the operator's key for the engine perplexity, for workspaces that have none of their own" secret:"true"`
	PerplexityURL         string `env:"PERPLEXITY_URL" doc:"base address of Perplexity's API; the public one when unset"`
	PerplexityModel       string `env:"PERPLEXITY_MODEL" doc:"model of the engine perplexity when none is named; sonar when unset"`
	PerplexityRequests    int    `env:"PERPLEXITY_REQUESTS_PER_MINUTE" envDefault:"50" doc:"as OPENAI_REQUESTS_PER_MINUTE"`
	PerplexityTokens      int    `env:"PERPLEXITY_TOKENS_PER_MINUTE" envDefault:"0" doc:"as OPENAI_TOKENS_PER_MINUTE"`
	PerplexityConcurrency int    `env:"PERPLEXITY_CONCURRENCY" envDefault:"16" doc:"as OPENAI_CONCURRENCY"`

	Prices   string        `env:"MODEL_PRICES" doc:"prices besides the built-in ones, in US dollars: engine/model=in/cached/out+request with tokens by the million, such as openai/gpt-4.1=2/0.5/8, openai/llama*=0, tavily=+0.008"`
	CacheTTL time.Duration `env:"MODEL_CACHE_TTL" envDefault:"24h" doc:"how long the answer of a model is given to the same request again; 0 is never"`

	MaxCostRun       float64 `env:"MAX_COST_USD_PER_RUN" envDefault:"0" doc:"US dollars that a run may cost at most; 0 is no limit"`
	MaxTokensRun     int64   `env:"MAX_TOKENS_PER_RUN" envDefault:"0" doc:"tokens that a run may use at most, in and out; 0 is no limit"`
	MaxCostUser      float64 `env:"MAX_COST_USD_PER_USER_MONTH" envDefault:"0" doc:"US dollars that a user may spend in a workspace in a month (UTC); 0 is no limit"`
	MaxTokensUser    int64   `env:"MAX_TOKENS_PER_USER_MONTH" envDefault:"0" doc:"tokens that a user may use in a workspace in a month; 0 is no limit"`
	MaxCostWorkspace float64 `env:"MAX_COST_USD_PER_WORKSPACE_MONTH" envDefault:"0" doc:"US dollars that a workspace may spend in a month, besides its own limit; 0 is no limit"`
	MaxTokensWS      int64   `env:"MAX_TOKENS_PER_WORKSPACE_MONTH" envDefault:"0" doc:"tokens that a workspace may use in a month, besides its own limit; 0 is no limit"`
}

// models is what runs do with language models, and what keeps them within their means.
type models struct {
	settings *settings.Cache
	book     *spend.Book
	servers  *calls.Servers
	maker    *calls.Maker
	// engines are all that are built in, the best first; plain is the one that needs no
	// model.
	engines engine.Set
	plain   engine.Provider
}

// openModels builds it. It opens nothing: servers are called when they are needed. An
// error is one line that names the variable.
func openModels(cfg Models, r *process.Resources, auth grpc.ClientConnInterface, rows *store.Store) (models, error) {
	prices, err := price.New(cfg.Prices)
	if err != nil {
		return models{}, fmt.Errorf("MODEL_PRICES: %w", err)
	}
	if err := cfg.check(); err != nil {
		return models{}, err
	}
	m := models{settings: settings.New(auth, r.Minter), plain: extractive.New()}
	m.servers = calls.NewServers(m.settings, cfg.servers()...)
	m.book = spend.New(rows, spend.Config{Prices: prices, Limits: cfg.limits(), Quotas: m.settings.Month})
	m.maker = calls.New(calls.Deps{
		Book: m.book, Clients: m.servers, Governor: governor.New(r.Redis, governor.Config{}),
		Cache: cache.New(r.Redis, cache.Config{Prefix: "models:", TTL: cfg.CacheTTL}),
	})
	for _, name := range []string{prompted.OpenAI, prompted.Perplexity} {
		p, err := prompted.New(prompted.Config{Name: name, Model: m.servers.Model(name)})
		if err != nil {
			return models{}, err
		}
		m.engines = append(m.engines, p)
	}
	m.engines = append(m.engines, m.plain)
	return m, nil
}

// check names the variable that cannot be right.
func (m Models) check() error {
	for name, address := range map[string]string{"OPENAI_BASE_URL": m.OpenAIURL, "PERPLEXITY_URL": m.PerplexityURL} {
		u, err := url.Parse(address)
		if address != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
			return fmt.Errorf("%s must look like https://host/v1", name)
		}
	}
	for name, n := range map[string]float64{
		"MAX_COST_USD_PER_RUN": m.MaxCostRun, "MAX_TOKENS_PER_RUN": float64(m.MaxTokensRun),
		"MAX_COST_USD_PER_USER_MONTH": m.MaxCostUser, "MAX_TOKENS_PER_USER_MONTH": float64(m.MaxTokensUser),
		"MAX_COST_USD_PER_WORKSPACE_MONTH": m.MaxCostWorkspace, "MAX_TOKENS_PER_WORKSPACE_MONTH": float64(m.MaxTokensWS),
		"OPENAI_REQUESTS_PER_MINUTE": float64(m.OpenAIRequests), "OPENAI_TOKENS_PER_MINUTE": float64(m.OpenAITokens),
		"OPENAI_CONCURRENCY": float64(m.OpenAIConcurrency), "PERPLEXITY_REQUESTS_PER_MINUTE": float64(m.PerplexityRequests),
		"PERPLEXITY_TOKENS_PER_MINUTE": float64(m.PerplexityTokens), "PERPLEXITY_CONCURRENCY": float64(m.PerplexityConcurrency),
	} {
		if !(n >= 0) { // not a number is refused, too
			return fmt.Errorf("%s must not be negative", name)
		}
	}
	if m.CacheTTL < 0 {
		return errors.New("MODEL_CACHE_TTL must not be negative")
	}
	return nil
}

// The models of who names none, of the makers' own servers.
const (
	openAIModel     = "gpt-4.1-mini"
	perplexityModel = "sonar"
)

// openAI returns the model for who names none, and what is missing without a key. Which
// models another server has nobody can guess; without one that is named it is taken to
// be there for something else, such as embeddings.
func (m Models) openAI() (model, missing string) {
	const key = "it needs a key for openai: your own, the workspace's or the operator's (OPENAI_API_KEY)"
	switch {
	case m.OpenAIModel != "":
		return m.OpenAIModel, key
	case m.OpenAIURL == "":
		return openAIModel, key
	}
	return "", "the operator has to name a model of the server (OPENAI_MODEL)"
}

// servers are the servers of the engines. Clients share what they learn of servers.
func (m Models) servers() []calls.Server {
	model, missing := m.openAI()
	quirks := llm.NewQuirks()
	// No limit on the whole: answers are written for minutes. The clients have limits
	// for each part, and calls have deadlines.
	sender := &http.Client{}
	openai := llm.Config{BaseURL: m.OpenAIURL, HTTP: sender, Quirks: quirks}
	perplexity := llm.Config{BaseURL: m.PerplexityURL, HTTP: sender, Quirks: quirks}
	return []calls.Server{
		{
			Engine: prompted.OpenAI, Address: m.OpenAIURL, Key: m.OpenAIKey, Keyless: m.OpenAIURL != "",
			Model: model, Missing: missing,
			Limits: calls.Limits{
				RequestsPerMinute: m.OpenAIRequests, TokensPerMinute: m.OpenAITokens, Concurrency: m.OpenAIConcurrency,
			},
			Dial: func(key string) llm.Client { return llm.NewOpenAI(with(openai, key)) },
		},
		{
			Engine: prompted.Perplexity, Address: m.PerplexityURL, Key: m.PerplexityKey, Model: cmp.Or(m.PerplexityModel, perplexityModel),
			Missing: "it needs a key for perplexity: your own, the workspace's or the operator's (PERPLEXITY_API_KEY)",
			Limits: calls.Limits{
				RequestsPerMinute: m.PerplexityRequests, TokensPerMinute: m.PerplexityTokens, Concurrency: m.PerplexityConcurrency,
			},
			Dial: func(key string) llm.Client { return llm.NewPerplexity(with(perplexity, key)) },
		},
	}
}

// with returns a configuration with a key.
func with(c llm.Config, key string) llm.Config {
	c.Key = key
	return c
}

// limits are what the operator allows.
func (m Models) limits() spend.Limits {
	return spend.Limits{
		Run:       spend.Amount{CostNanoUSD: price.FromUSD(m.MaxCostRun), Tokens: m.MaxTokensRun},
		User:      spend.Amount{CostNanoUSD: price.FromUSD(m.MaxCostUser), Tokens: m.MaxTokensUser},
		Workspace: spend.Amount{CostNanoUSD: price.FromUSD(m.MaxCostWorkspace), Tokens: m.MaxTokensWS},
	}
}
