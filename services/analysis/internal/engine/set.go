package engine

import (
	"slices"
	"strings"

	"github.com/researcherpro/researcherpro/pkg/errs"
)

// Set is the engines that are configured, the best first.
type Set []Provider

// Get returns the engine with a name; the empty name means the best one. A name
// that no engine has is an errs.InvalidArgument for the field engine.
func (s Set) Get(name string) (Provider, error) {
	if name == "" {
		return s[0], nil
	}
	i := slices.IndexFunc(s, func(p Provider) bool { return p.Name() == name })
	if i < 0 {
		names := make([]string, len(s))
		for i, p := range s {
			names[i] = p.Name()
		}
		return nil, errs.Field("engine", "is not configured; there are: "+strings.Join(names, ", "))
	}
	return s[i], nil
}
