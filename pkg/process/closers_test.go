package process_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/process"
)

func TestClosers_GiveBackTheLastFirst(t *testing.T) {
	t.Parallel()
	var given []string
	var c process.Closers
	c.Close() // nothing to give back
	for _, name := range []string{"pool", "log", "peers"} {
		c.Add(func() { given = append(given, name) })
	}
	c.Close()
	require.Equal(t, []string{"peers", "log", "pool"}, given)
}
