package template

import (
	"maps"
	"slices"
	"strings"
)

// TagNames are the names of the tags that place blocks.
func TagNames() []string { return slices.Sorted(maps.Keys(blockTags())) }

// FunctionNames are the names of the functions that can be written as such.
func FunctionNames() []string {
	env, err := newEnv()
	if err != nil {
		panic(err)
	}
	names := slices.Collect(maps.Keys(env.Functions()))
	for _, macro := range env.Macros() {
		names = append(names, macro.Function())
	}
	return slices.DeleteFunc(names, func(name string) bool { return strings.ContainsAny(name, "@_") && !strings.HasPrefix(name, "exists_") })
}
