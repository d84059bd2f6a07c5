package analysis

import (
	"time"

	"google.golang.org/grpc"

	"github.com/researcherpro/researcherpro/pkg/governor"
	"github.com/researcherpro/researcherpro/pkg/process"
	"github.com/researcherpro/researcherpro/pkg/redisx/cache"
	"github.com/researcherpro/researcherpro/services/analysis/internal/calls"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine/extractive"
	"github.com/researcherpro/researcherpro/services/analysis/internal/settings"
	"github.com/researcherpro/researcherpro/services/analysis/internal/spend"
	"github.com/researcherpro/researcherpro/services/analysis/internal/spend/price"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
)

// callsKept is how long the answer to a call of a model is given to who asks the same.
const callsKept = 24 * time.Hour

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

// openModels builds it. It opens nothing: servers are called when they are needed.
func openModels(r *process.Resources, auth grpc.ClientConnInterface, rows *store.Store) (models, error) {
	prices, err := price.New("")
	if err != nil {
		return models{}, err
	}
	m := models{settings: settings.New(auth, r.Minter), plain: extractive.New()}
	m.book = spend.New(rows, spend.Config{Prices: prices, Quotas: m.settings.Month})
	m.servers = calls.NewServers(m.settings)
	m.maker = calls.New(calls.Deps{
		Book: m.book, Cache: cache.New(r.Redis, cache.Config{Prefix: "analysis:calls:", TTL: callsKept}),
		Governor: governor.New(r.Redis, governor.Config{}), Clients: m.servers,
	})
	m.engines = engine.Set{m.plain}
	return m, nil
}
