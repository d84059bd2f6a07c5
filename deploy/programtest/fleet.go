package programtest

import (
	"crypto/rand"
	"fmt"
	"maps"
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

// Services are those with a schema of their own.
var Services = []string{"auth", "research", "analysis", "report"}

// Fleet is what the fleet's processes are started with, whatever their number.
type Fleet struct {
	programs string                 // folder of the programs
	Common   map[string]string      // what each service takes
	TLS      map[string]tlsx.Config // each process' own certificate
	AdminURL string                 // the database, as its administrator
	Database map[string]string      // each service's own DATABASE_URL
}

// Site is one process of each program. Two sites are two replicas of everything.
type Site struct {
	*Fleet

	Addrs     map[string]string // AUTH_ADDR … and HTTP_ADDR
	Worker    string            // the identity of the workers
	Processes map[string]*Child // by program
}

// New builds the programs and prepares what they stand on. Own is told to all of them
// besides.
func New(t testing.TB, own map[string]string) *Fleet {
	t.Helper()
	f := &Fleet{programs: Build(t, "services/auth/cmd/auth", "services/research/cmd/research", "services/analysis/cmd/analysis",
		"services/report/cmd/report", "gateway/cmd/gateway"), AdminURL: pgtest.NewEmpty(t)}
	f.Common = map[string]string{
		"REDIS_URL": redistest.URL(t), "SECRET_KEY": rand.Text() + rand.Text(), "BLOB_URL": "file://" + filepath.ToSlash(t.TempDir()),
	}
	maps.Copy(f.Common, own)
	passwords := map[string]string{}
	for _, name := range Services {
		passwords[name] = rand.Text()
	}
	f.TLS = certificates(t, append([]string{"gateway"}, Services...)...)
	var err error
	f.Database, err = pgdev.Provision(t.Context(), f.AdminURL, Services, func(name string) string { return passwords[name] })
	require.NoError(t, err)
	for _, name := range Services {
		f.migrate(t, name)
	}
	return f
}

// Start runs one more process of each program until the test ends.
func (f *Fleet) Start(t testing.TB) *Site {
	t.Helper()
	s := &Site{Fleet: f, Addrs: map[string]string{}, Worker: rand.Text(), Processes: map[string]*Child{}}
	for _, name := range []string{"HTTP_ADDR", "AUTH_ADDR", "RESEARCH_ADDR", "ANALYSIS_ADDR", "REPORT_ADDR"} {
		s.Addrs[name] = FreeAddress(t)
	}
	// All at once: in which order they come up must not matter.
	ready := map[string]func() bool{}
	for _, name := range append([]string{"gateway"}, Services...) {
		ready[name] = s.Launch(t, name)
	}
	for name, up := range ready {
		s.Processes[name].Await(t, "ready", up)
	}
	return s
}

// Base is the address of the site's gateway.
func (s *Site) Base() string { return "http://" + s.Addrs["HTTP_ADDR"] }

// Launch starts a program, or starts it again, and returns what tells that it is
// ready.
func (s *Site) Launch(t testing.TB, name string) (ready func() bool) {
	t.Helper()
	ops := FreeAddress(t)
	env := s.environment(name)
	env["OPS_ADDR"] = ops
	s.Processes[name] = Launch(t, filepath.Join(s.programs, name), env)
	return func() bool { return Whole(t, "http://"+ops+"/readyz") }
}

// environment is all that a program of the site is told.
func (s *Site) environment(name string) map[string]string {
	env := s.Fleet.environment(name)
	for key, value := range s.Addrs {
		env[key] = value
	}
	if name == "research" || name == "analysis" {
		env["WORKER_ID"] = s.Worker
	}
	env["GRPC_ADDR"] = s.Addrs[strings.ToUpper(name)+"_ADDR"]
	if name == "gateway" {
		delete(env, "GRPC_ADDR")
	}
	return env
}

// environment is what a program is told that is the same on every site.
func (f *Fleet) environment(name string) map[string]string {
	env := map[string]string{"LOG_LEVEL": "WARN"}
	env["TLS_CERT_FILE"], env["TLS_KEY_FILE"] = f.TLS[name].CertFile, f.TLS[name].KeyFile
	env["TLS_CA_FILE"], env["TLS_CLIENT_AUTH"] = f.TLS[name].CAFile, tlsx.ClientAuthRequire
	for key, value := range f.Common {
		env[key] = value
	}
	if name == "gateway" { // it has no database
		return env
	}
	env["DATABASE_URL"] = f.Database[name]
	return env
}

// certificates makes a certificate for each process, of one CA.
func certificates(t testing.TB, names ...string) map[string]tlsx.Config {
	t.Helper()
	ca, made := tlsxtest.NewCA(t), map[string]tlsx.Config{}
	for _, name := range names {
		made[name] = ca.Issue(t, t.TempDir(), "127.0.0.1", time.Now().Add(time.Hour))
	}
	return made
}

// migrate runs a service's migrations, twice: each replica's start runs them.
func (f *Fleet) migrate(t testing.TB, name string) {
	t.Helper()
	for range 2 {
		cmd := exec.CommandContext(t.Context(), filepath.Join(f.programs, name), "migrate")
		cmd.Env = environmentOf(f.environment(name))
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s migrate: %s", name, out)
	}
}

// FreeAddress returns a loopback address whose port is free now.
func FreeAddress(t testing.TB) string {
	t.Helper()
	lis, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, lis.Close()) }()
	return fmt.Sprint(lis.Addr())
}
