package e2e

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/deploy/fleet"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
	"github.com/researcherpro/researcherpro/pkg/redistest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// cases are the suite, by the rule that each shows. Each gets the address of a
// server, and makes users of its own there.
var cases = map[string]func(t *testing.T, base string){
	"an account is made, used and left":                    testAccount,
	"a refresh token works once":                           testRefresh,
	"wrong credentials say nothing":                        testWrongCredentials,
	"files of each kind become searchable":                 testLibrary,
	"the same bytes twice are one document":                testSameBytes,
	"a file that cannot be read fails with a reason":       testUnreadable,
	"a run is told gap-free and can be resumed":            testEvents,
	"every way to follow a run tells the same":             testWaysToFollow,
	"every quote is verbatim in its source":                testFindings,
	"the report has every quote":                           testReport,
	"a dry run has a plan and a price, and starts nothing": testDryRun,
	"the same call again is answered at once for nothing":  testSecondCall,
	"a plan is followed when it is approved":               testApproval,
	"citations are checked again":                          testReverify,
	"a run asked again says what changed":                  testCompare,
	"a question is answered out of the evidence":           testAsk,
	"a bad question is refused, streamed or not":           testAskRefused,
	"a text is looked through at once":                     testAnalyzeText,
	"a repeated request makes nothing twice":               testRepeatedRequest,
	"an empty library is no evidence":                      testNoEvidence,
	"another's resources look absent":                      testIsolation,
	"bad input names the field":                            testBadInput,
	"bad input over a socket leaves it open":               testBadMessages,
	"the API describes itself":                             testOpenAPI,
	"the API's page needs no other host":                   testPage,
	"a generated TypeScript client does a whole job":       testTypeScript,
	"a linter finds no error in the API's document":        testLint,
	"the public keys are served":                           testKeys,
	"API keys do what they are for, everywhere":            testAPIKeys,
	"a role counts everywhere from the next call on":       testTeam,
	"a PATCH changes what its body names":                  testPatch,
	"a PATCH leaves what its body does not name":           testPatches,
	"the audit log tells of every service":                 testAudit,
	"a report is a file in every format":                   testReportFormats,
	"templates, versions and differences of reports":       testReportVersions,
	"a link shows a report until it is revoked":            testReportShare,
	"every operation of the API":                           testOperations,
	"an assistant completes a run":                         testAssistant,
	"an assistant may do what its user may":                testAssistantAccess,
	"the inspector of the protocol completes a run":        testInspector,
}

// suite runs every case against one server.
func suite(t *testing.T, base string) {
	t.Helper()
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, base)
		})
	}
}

// TestOneProcess runs the suite on the server of E2E_BASE_URL, and without one
// on the whole fleet in this process.
func TestOneProcess(t *testing.T) {
	t.Parallel()
	if base := os.Getenv("E2E_BASE_URL"); base != "" {
		suite(t, base)
		return
	}
	f := startFleet(t)
	suite(t, f.URL())
	t.Run(overGRPC, func(t *testing.T) {
		t.Parallel()
		testStreamAsk(t, f.URL(), f.Addresses()["analysis"], nil)
	})
}

// startFleet runs the fleet in this process until the test ends.
func startFleet(t *testing.T) *fleet.Fleet {
	t.Helper()
	cfg, err := fleet.ConfigFromEnv(testEnvironment(t, t.TempDir()))
	require.NoError(t, err)
	cfg.UseFreePorts()
	f, err := fleet.Open(t.Context(), cfg, nil)
	require.NoError(t, err)
	// The test's context ends before the cleanups run, and with it the fleet.
	ended := make(chan error, 1)
	go func() { ended <- f.Run(t.Context()) }()
	t.Cleanup(func() {
		require.NoError(t, <-ended)
		require.NoError(t, f.Close())
	})
	return f
}

// testEnvironment is the environment of a fleet with a database and a Redis of its
// own: two fleets on one database would set each other's passwords.
func testEnvironment(t *testing.T, state string) func(string) string {
	t.Helper()
	own := map[string]string{"STATE_DIR": state, "DATABASE_URL": pgtest.NewEmpty(t), "REDIS_URL": redistest.URL(t), "CONNECTORS": "documents,urls"}
	return func(name string) string { return own[name] }
}
