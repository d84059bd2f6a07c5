package rest

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRoutes_OfTheBusiestServiceAreTriedFirst(t *testing.T) {
	t.Parallel()
	all := registrations(Conns{})
	names := slices.SortedFunc(maps.Keys(all), busiestLast)
	require.Len(t, names, len(all))
	require.Equal(t, busiest, names[len(names)-1])
	require.True(t, slices.IsSorted(names[:len(names)-1]), "the same in every process")
}
