package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/deploy/programtest"
	"github.com/researcherpro/researcherpro/pkg/tlsx"
)

// site is one process of each program, as tests use it.
type site struct{ *programtest.Site }

// newFive builds the programs and prepares what they stand on.
func newFive(t *testing.T) *five {
	t.Helper()
	return &five{programtest.New(t, map[string]string{"CONNECTORS": "documents,urls"})}
}

// five is what the fleet's processes are started with.
type five struct{ *programtest.Fleet }

// start runs one more process of each program until the test ends.
func (f *five) start(t *testing.T) *site {
	t.Helper()
	return &site{f.Start(t)}
}

// TestFiveProcesses runs the suite on the gateway and the four services as
// processes of their own, each with its own environment, database role and
// certificate, as in production. Between them is mutual TLS.
func TestFiveProcesses(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds and runs five programs")
	}
	s := newFive(t).start(t)
	// Before the suite, which would be in the memory that it measures.
	t.Run("a large file passes through every process", func(t *testing.T) { testLargeFile(t, s) })
	suite(t, s.Base())
	t.Run(overGRPC, func(t *testing.T) {
		t.Parallel()
		secured, err := tlsx.Open(s.TLS["gateway"])
		require.NoError(t, err)
		testStreamAsk(t, s.Base(), s.Addrs["ANALYSIS_ADDR"], secured.Client())
	})
}
