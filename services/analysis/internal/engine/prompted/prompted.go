// Package prompted is the engines that ask a language model: the same prompts for
// every server, under the names `openai` and `perplexity`.
//
// A model is reached only through the engine.Caller of the session. What it is told
// stands in versioned files (prompts/, prompt.go); what it answers is read against a
// JSON Schema of the same folder (reply.go), with one repair when it cannot be read
// (exchange.go). Three rules make up for the fact that a model believes what it reads:
//
//   - Evidence goes into a data block only (block.go), between lines that hold a code
//     which no source can know, with everything made harmless that looks like such a
//     line, like a role or like the number of a passage (neutral.go). The code is a
//     digest of the block, so the same request has the same bytes.
//   - Nothing is taken from an answer that has no quote in the evidence. A quote is
//     looked for in the passage that was named, and is the passage's own words in the
//     end (quote.go); a claim that has nothing in common with what it quotes is dropped
//     (overlap.go). What an answer is said to lack is said in words of this package.
//   - Text of a model is plain text (plain.go): no markup, no invisible characters, and
//     no address but those of the sources that were given (link.go). Text that repeats
//     the prompt is dropped (secret.go).
//
// Large evidence is read in slices side by side (slice.go), whose findings are merged
// by their words and then put in order by one more call (merge.go, arrange.go).
package prompted

import (
	"cmp"
	"fmt"

	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
)

// The engines' names in the API.
const (
	OpenAI     = "openai"
	Perplexity = "perplexity"
)

// What is used when a Config does not say.
const (
	defaultSlice    = 12_000
	defaultParallel = 4
)

// Config says which models an engine asks, and how much of them.
type Config struct {
	// Name is the engine's name in the API: OpenAI or Perplexity.
	Name string
	// Model is used when a session names none.
	Model string
	// SliceTokens is how many tokens of evidence go into one call, 0 for 12,000. A model
	// with a smaller context costs a refused call more per slice, which is then halved.
	SliceTokens int
	// Parallel is how many calls a step may have under way at once, 0 for 4. The limits
	// of the model's server are kept by the Caller.
	Parallel int
}

// Provider makes engines that ask a model. It is safe for concurrent use.
type Provider struct {
	config  Config
	prompts library
}

var _ engine.Provider = (*Provider)(nil)

// New returns the provider. It fails only if the prompt files are broken, which a
// test would have seen.
func New(c Config) (*Provider, error) {
	prompts, err := loadPrompts()
	if err != nil {
		return nil, fmt.Errorf("prompts of engine %s: %w", c.Name, err)
	}
	c.SliceTokens = cmp.Or(c.SliceTokens, defaultSlice)
	c.Parallel = cmp.Or(c.Parallel, defaultParallel)
	return &Provider{config: c, prompts: prompts}, nil
}

// Name implements engine.Provider.
func (p *Provider) Name() string { return p.config.Name }

// DefaultModel is the model that a session gets which names none.
func (p *Provider) DefaultModel() string { return p.config.Model }

// Version tells the prompts from those of another release: answers that were made
// with another version need not be the same.
func (p *Provider) Version() string { return p.prompts.version() }

// Open implements engine.Provider.
func (p *Provider) Open(s engine.Session) engine.Engine {
	return &Engine{
		config: p.config, prompts: p.prompts,
		model: cmp.Or(s.Model, p.config.Model), caller: s.Caller,
	}
}

// Engine asks one model for one step. It is safe for concurrent use if its Caller is.
type Engine struct {
	config  Config
	prompts library
	model   string
	caller  engine.Caller
}

var _ engine.Engine = (*Engine)(nil)
