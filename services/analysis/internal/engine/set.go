package engine

import (
	"slices"
	"strings"

	"github.com/researcherpro/researcherpro/pkg/errs"
)

// Set is the engines that are configured, the best first.
type Set []Engine

// Get returns the engine with a name; the empty name means the best one. A name
// that no engine has is an errs.InvalidArgument for the field engine.
func (s Set) Get(name string) (Engine, error) {
	if name == "" {
		return s[0], nil
	}
	i := slices.IndexFunc(s, func(e Engine) bool { return e.Name() == name })
	if i < 0 {
		names := make([]string, len(s))
		for i, e := range s {
			names[i] = e.Name()
		}
		return nil, errs.Field("engine", "is not configured; there are: "+strings.Join(names, ", "))
	}
	return s[i], nil
}
