// Package embed measures how near the meaning of texts is to a question, with an
// embedding model behind any server that speaks OpenAI's API.
//
// It is optional everywhere: when it fails, whoever asked ranks without it. What
// was embedded once is kept in a cache and never paid for twice, also when a later
// batch of the same question fails.
package embed

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
)

// defaultInputTokens is what nearly every embedding model takes; a passage of the
// service seldom has more.
const defaultInputTokens = 512

// Config says which model is asked, and how.
type Config struct {
	// BaseURL is the server's address up to the version, such as
	// https://api.openai.com/v1. It is the operator's own and therefore trusted.
	BaseURL string
	// Model is the model's name on that server.
	Model string
	// QueryPrefix and PassagePrefix are put before the question and the texts, for
	// models that were trained with them: "query: " and "passage: " for e5,
	// "search_query: " and "search_document: " for nomic-embed-text.
	QueryPrefix, PassagePrefix string
	// InputTokens is how much text the model takes at once, prefix included; what
	// is longer is cut. 0 means 512. Tokens are estimated, rather too many than too
	// few.
	InputTokens int
}

// Embedder asks an embedding model. It is safe for concurrent use.
type Embedder struct {
	cfg   Config
	doer  connector.Doer
	cache Cache
}

// New returns an Embedder that sends its requests through doer, under the limits
// that all replicas share. cache may be nil. An error names what is wrong with cfg.
func New(cfg Config, doer connector.Doer, cache Cache) (*Embedder, error) {
	u, err := url.Parse(cfg.BaseURL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("the base URL of the embedding model must look like https://host/v1")
	}
	if cfg.Model == "" {
		return nil, errors.New("the embedding model has no name")
	}
	if cfg.InputTokens <= 0 {
		cfg.InputTokens = defaultInputTokens
	}
	return &Embedder{cfg: cfg, doer: doer, cache: cache}, nil
}

// Similarities returns for each text the cosine similarity of its embedding to
// that of the question, -1 to 1. A blank text has 0, and so have all when the
// question is blank; nothing blank is sent.
//
// An error is a *connector.Error (Temporary says whether asking again may help), a
// *connector.Busy when the turn of a request comes later, or the end of ctx.
func (e *Embedder) Similarities(ctx context.Context, account connector.Account, question string, texts []string) ([]float64, error) {
	similarities := make([]float64, len(texts))
	asked := e.input(e.cfg.QueryPrefix, question)
	if asked.text == "" {
		return similarities, nil
	}
	inputs := []input{asked}
	for _, text := range texts {
		inputs = append(inputs, e.input(e.cfg.PassagePrefix, text))
	}
	vectors, err := e.vectors(ctx, account, unique(inputs))
	if err != nil {
		return nil, err
	}
	for i, in := range inputs[1:] {
		if in.text != "" {
			similarities[i] = dot(vectors[asked.key], vectors[in.key])
		}
	}
	return similarities, nil
}

// input is a text as it is sent; "" when there is nothing to send.
type input struct {
	key    string // what its vector is kept under
	text   string
	tokens int // estimated
}

// input returns a text with its prefix, cut to what the model takes.
func (e *Embedder) input(prefix, text string) input {
	text = strings.TrimSpace(strings.ToValidUTF8(text, "\uFFFD"))
	if text == "" {
		return input{}
	}
	text = cut(prefix+text, e.cfg.InputTokens)
	return input{key: e.key(text), text: text, tokens: estimate(text)}
}

// unique returns the inputs that are to be embedded, each once.
func unique(inputs []input) []input {
	seen := map[string]bool{"": true}
	var out []input
	for _, in := range inputs {
		if !seen[in.key] {
			seen[in.key] = true
			out = append(out, in)
		}
	}
	return out
}

// vectors returns the unit vectors of all inputs by their keys: those that are
// kept, and the others from the model.
func (e *Embedder) vectors(ctx context.Context, account connector.Account, inputs []input) (map[string][]float32, error) {
	vectors := e.kept(ctx, inputs)
	var missing []input
	for _, in := range inputs {
		if vectors[in.key] == nil {
			missing = append(missing, in)
		}
	}
	if err := e.fetch(ctx, account, missing, vectors); err != nil {
		return nil, err
	}
	if sameLength(vectors) {
		return vectors, nil
	}
	// The server has another model of that name than when vectors were kept.
	if len(missing) < len(inputs) {
		clear(vectors)
		if err := e.fetch(ctx, account, inputs, vectors); err != nil {
			return nil, err
		}
	}
	if !sameLength(vectors) {
		return nil, unusable(errors.New("vectors of different lengths"))
	}
	return vectors, nil
}

// unusable says that an answer of the server cannot be used, and why.
func unusable(why error) error {
	return &connector.Error{
		Problem: connector.Malformed, Message: "Its answer cannot be used.", Cause: fmt.Errorf("embeddings: %w", why),
	}
}
