package connector

import (
	"slices"
	"strings"
)

// Set is the connectors that a service has.
type Set struct {
	list []Connector
}

// NewSet returns a set, in the order of names.
func NewSet(list ...Connector) *Set {
	s := &Set{list: slices.Clone(list)}
	slices.SortFunc(s.list, func(a, b Connector) int { return strings.Compare(a.About().Name, b.About().Name) })
	return s
}

// All returns the connectors, by name.
func (s *Set) All() []Connector { return s.list }

// Names returns their names.
func (s *Set) Names() []string {
	names := make([]string, len(s.list))
	for i, c := range s.list {
		names[i] = c.About().Name
	}
	return names
}

// ByName returns the connector of a name.
func (s *Set) ByName(name string) (Connector, bool) {
	for _, c := range s.list {
		if c.About().Name == name {
			return c, true
		}
	}
	return nil, false
}

// Chosen returns the connectors that take part in a research: those that it names,
// or all; and, with addresses given, those that read these. Without any, these do
// not take part unless they are named.
func (s *Set) Chosen(names, urls []string) []Connector {
	var out []Connector
	for _, c := range s.list {
		about := c.About()
		named := slices.Contains(names, about.Name)
		byDefault := len(names) == 0 && !about.GivenOnly
		if named || byDefault || about.GivenOnly && len(urls) > 0 {
			out = append(out, c)
		}
	}
	return out
}
