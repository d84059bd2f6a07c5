package e2e

import (
	"crypto/rand"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/pg/pgdev"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
	"github.com/researcherpro/researcherpro/pkg/redistest"
	"github.com/researcherpro/researcherpro/pkg/tlsx"
	"github.com/researcherpro/researcherpro/pkg/tlsx/tlsxtest"
)

// TestFiveProcesses runs the suite on the gateway and the four services as
// processes of their own, each with its own environment, database role and
// certificate, as in production. Between them is mutual TLS.
func TestFiveProcesses(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds and runs five programs")
	}
	suite(t, newFive(t).start(t).base())
}

// services are those with a schema of their own.
var services = []string{"auth", "research", "analysis", "report"}

// five is what the fleet's processes are started with, whatever their number.
type five struct {
	programs string                 // folder of the programs
	common   map[string]string      // what each service takes
	tls      map[string]tlsx.Config // each process' own certificate
	adminURL string                 // the database, as its administrator
	database map[string]string      // each service's own DATABASE_URL
}

// site is one process of each program. Two sites are two replicas of everything.
type site struct {
	*five

	addrs     map[string]string // AUTH_ADDR … and HTTP_ADDR
	worker    string            // the identity of the workers
	processes map[string]*child // by program
}

// newFive builds the programs and prepares what they stand on.
func newFive(t *testing.T) *five {
	t.Helper()
	f := &five{programs: build(t, "services/auth/cmd/auth", "services/research/cmd/research", "services/analysis/cmd/analysis",
		"services/report/cmd/report", "gateway/cmd/gateway"), adminURL: pgtest.NewEmpty(t)}
	f.common = map[string]string{
		"REDIS_URL": redistest.URL(t), "SECRET_KEY": rand.Text() + rand.Text(), "BLOB_URL": "file://" + filepath.ToSlash(t.TempDir()),
		"CONNECTORS": "documents,urls",
	}
	passwords := map[string]string{}
	for _, name := range services {
		passwords[name] = rand.Text()
	}
	f.tls = certificates(t, append([]string{"gateway"}, services...)...)
	var err error
	f.database, err = pgdev.Provision(t.Context(), f.adminURL, services, func(name string) string { return passwords[name] })
	require.NoError(t, err)
	for _, name := range services {
		f.migrate(t, name)
	}
	return f
}

// start runs one more process of each program until the test ends.
func (f *five) start(t *testing.T) *site {
	t.Helper()
	s := &site{five: f, addrs: map[string]string{}, worker: rand.Text(), processes: map[string]*child{}}
	for _, name := range []string{"HTTP_ADDR", "AUTH_ADDR", "RESEARCH_ADDR", "ANALYSIS_ADDR", "REPORT_ADDR"} {
		s.addrs[name] = freeAddress(t)
	}
	// All at once: in which order they come up must not matter.
	ready := map[string]func() bool{}
	for _, name := range append([]string{"gateway"}, services...) {
		ready[name] = s.launch(t, name)
	}
	for name, up := range ready {
		s.processes[name].await(t, "ready", up)
	}
	return s
}

// base is the address of the site's gateway.
func (s *site) base() string { return "http://" + s.addrs["HTTP_ADDR"] }

// launch starts a program, or starts it again, and returns what tells that it is
// ready.
func (s *site) launch(t *testing.T, name string) (ready func() bool) {
	t.Helper()
	ops := freeAddress(t)
	env := s.environment(name)
	env["OPS_ADDR"] = ops
	s.processes[name] = launch(t, filepath.Join(s.programs, name), env)
	return func() bool { return answers(t, "http://"+ops+"/readyz") }
}

// environment is all that a program of the site is told.
func (s *site) environment(name string) map[string]string {
	env := s.five.environment(name)
	for key, value := range s.addrs {
		env[key] = value
	}
	if name == "research" || name == "analysis" {
		env["WORKER_ID"] = s.worker
	}
	env["GRPC_ADDR"] = s.addrs[strings.ToUpper(name)+"_ADDR"]
	if name == "gateway" {
		delete(env, "GRPC_ADDR")
	}
	return env
}

// environment is what a program is told that is the same on every site.
func (f *five) environment(name string) map[string]string {
	env := map[string]string{"LOG_LEVEL": "WARN"}
	env["TLS_CERT_FILE"], env["TLS_KEY_FILE"] = f.tls[name].CertFile, f.tls[name].KeyFile
	env["TLS_CA_FILE"], env["TLS_CLIENT_AUTH"] = f.tls[name].CAFile, tlsx.ClientAuthRequire
	for key, value := range f.common {
		env[key] = value
	}
	if name == "gateway" { // it has no database
		return env
	}
	env["DATABASE_URL"] = f.database[name]
	return env
}

// certificates makes a certificate for each process, of one CA.
func certificates(t *testing.T, names ...string) map[string]tlsx.Config {
	t.Helper()
	ca, made := tlsxtest.NewCA(t), map[string]tlsx.Config{}
	for _, name := range names {
		made[name] = ca.Issue(t, t.TempDir(), "127.0.0.1", time.Now().Add(time.Hour))
	}
	return made
}

// migrate runs a service's migrations, twice: each replica's start runs them.
func (f *five) migrate(t *testing.T, name string) {
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
