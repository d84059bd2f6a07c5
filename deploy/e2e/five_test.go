package e2e

import (
	"crypto/rand"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/pg/pgdev"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
	"github.com/researcherpro/researcherpro/pkg/redistest"
)

// TestFiveProcesses runs the suite on the gateway and the four services as
// processes of their own, each with its own environment and database role, as
// in production.
func TestFiveProcesses(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds and runs five programs")
	}
	suite(t, startProcesses(t))
}

// fleetOfFive is what the five processes are started with.
type fleetOfFive struct {
	programs string            // folder of the programs
	addrs    map[string]string // AUTH_ADDR … and HTTP_ADDR
	common   map[string]string // what each service takes
	database map[string]string // each service's own DATABASE_URL
}

// startProcesses runs the five processes until the test ends and returns the
// address of the gateway.
func startProcesses(t *testing.T) string {
	t.Helper()
	services := []string{"auth", "research", "analysis", "report"}
	f := fleetOfFive{
		programs: build(t, "services/auth/cmd/auth", "services/research/cmd/research", "services/analysis/cmd/analysis",
			"services/report/cmd/report", "gateway/cmd/gateway"),
		addrs: map[string]string{"HTTP_ADDR": freeAddress(t)},
	}
	for _, name := range []string{"AUTH_ADDR", "RESEARCH_ADDR", "ANALYSIS_ADDR", "REPORT_ADDR"} {
		f.addrs[name] = freeAddress(t)
	}
	f.common = map[string]string{
		"REDIS_URL": redistest.URL(t), "SECRET_KEY": rand.Text() + rand.Text(), "BLOB_URL": "file://" + filepath.ToSlash(t.TempDir()),
	}
	passwords := map[string]string{}
	for _, name := range services {
		passwords[name] = rand.Text()
	}
	var err error
	f.database, err = pgdev.Provision(t.Context(), pgtest.NewEmpty(t), services, func(name string) string { return passwords[name] })
	require.NoError(t, err)
	for _, name := range services {
		f.migrate(t, name)
	}

	// All at once: in which order they come up must not matter.
	ready := map[*child]string{}
	for _, name := range append(services, "gateway") {
		ops := freeAddress(t)
		env := f.environment(name)
		env["OPS_ADDR"] = ops
		ready[launch(t, filepath.Join(f.programs, name), env)] = "http://" + ops + "/readyz"
	}
	for c, url := range ready {
		c.await(t, "ready", func() bool { return answers(t, url) })
	}
	return "http://" + f.addrs["HTTP_ADDR"]
}

// environment is all that a program is told.
func (f fleetOfFive) environment(name string) map[string]string {
	env := map[string]string{"LOG_LEVEL": "WARN"}
	for key, value := range f.addrs {
		env[key] = value
	}
	if name == "gateway" { // it holds no secret and no database
		return env
	}
	for key, value := range f.common {
		env[key] = value
	}
	env["DATABASE_URL"] = f.database[name]
	env["GRPC_ADDR"] = f.addrs[map[string]string{
		"auth": "AUTH_ADDR", "research": "RESEARCH_ADDR", "analysis": "ANALYSIS_ADDR", "report": "REPORT_ADDR",
	}[name]]
	return env
}

// migrate runs a service's migrations, twice: each replica's start runs them.
func (f fleetOfFive) migrate(t *testing.T, name string) {
	t.Helper()
	for range 2 {
		cmd := exec.CommandContext(t.Context(), filepath.Join(f.programs, name), "migrate")
		cmd.Env = environment(f.environment(name))
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s migrate: %s", name, out)
	}
}

// freeAddress returns a loopback address whose port is free now.
func freeAddress(t *testing.T) string {
	t.Helper()
	lis, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, lis.Close()) }()
	return fmt.Sprint(lis.Addr())
}
