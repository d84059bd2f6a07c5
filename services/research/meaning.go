package research

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/researcherpro/researcherpro/services/research/internal/collect"
	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/embed"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
)

// openAI is the provider whose credential the embedding model is asked with, and
// openAIURL its own server.
const (
	openAI    = "openai"
	openAIURL = "https://api.openai.com/v1"
)

// meaning compares passages with a question by an embedding model.
type meaning struct {
	embedder *embed.Embedder
	keys     collect.Credentials
}

// meaning returns the comparison by the embedding model of the configuration; nil
// when there is none.
func (o Outside) meaning(p parts, client *redis.Client) (collect.Semantic, error) {
	if o.EmbeddingModel == "" {
		return nil, nil
	}
	base := o.OpenAIURL
	if base == "" {
		base = openAIURL
	}
	embedder, err := embed.New(embed.Config{BaseURL: base, Model: o.EmbeddingModel}, p.places.client, embed.NewRedisCache(client))
	return meaning{embedder: embedder, keys: p.keys}, err
}

// Similarities implements collect.Semantic. A turn that comes later is waited for,
// as long as the job's context lets it: nothing else is left to do for the research.
func (m meaning) Similarities(ctx context.Context, r store.Research, texts []string) ([]float64, error) {
	key, err := m.keys.Credential(ctx, r.WorkspaceID, r.UserID, openAI)
	if err != nil {
		return nil, err
	}
	for {
		near, err := m.embedder.Similarities(ctx, connector.Account{Provider: openAI, Credential: key}, r.Query, texts)
		busy, ok := errors.AsType[*connector.Busy](err)
		if !ok {
			return near, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(busy.After):
		}
	}
}
