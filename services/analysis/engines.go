package analysis

import (
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine/prompted"
)

// engineSet returns the engines that are built in, the best first. Whether those that
// ask a model can be used depends on the keys of the operator, the workspace and the
// user.
func engineSet(m models) (engine.Set, error) {
	var set engine.Set
	for _, name := range []string{prompted.OpenAI, prompted.Perplexity} {
		p, err := prompted.New(prompted.Config{Name: name, Model: m.servers.Model(name)})
		if err != nil {
			return nil, err
		}
		set = append(set, p)
	}
	return append(set, m.plain), nil
}
