// Package fleet runs all services and the gateway in one process, on a private
// PostgreSQL that it starts itself and a Redis in its own memory, unless
// DATABASE_URL and REDIS_URL name others. The services are the same as in
// production, and talk over gRPC with the same interceptors; only the wire
// between them is memory.
package fleet

import (
	"fmt"
	"net"
	"os"
	"path/filepath"

	"github.com/researcherpro/researcherpro/gateway"
	"github.com/researcherpro/researcherpro/pkg/config"
	"github.com/researcherpro/researcherpro/pkg/telemetry"
	"github.com/researcherpro/researcherpro/pkg/tlsx"
	"github.com/researcherpro/researcherpro/services/analysis"
	"github.com/researcherpro/researcherpro/services/research"
)

// Config is the configuration of the local mode. Everything has a default.
type Config struct {
	gateway.Config
	Telemetry telemetry.Config
	Models    analysis.Models // before Outside, which takes the keys for its own ends, too
	Outside   research.Outside
	TLS       tlsx.Config // of the gRPC ports; inside of the process there is no wire to secure

	HTTPAddr     string `env:"HTTP_ADDR" envDefault:"127.0.0.1:8080" doc:"public HTTP address; with port 0 every address gets a free port"`
	OpsAddr      string `env:"OPS_ADDR" doc:"where /healthz, /readyz and /metrics listen; 127.0.0.1:9100 when unset"`
	AuthAddr     string `env:"AUTH_ADDR" doc:"where auth's gRPC API listens; 127.0.0.1:9001 when unset"`
	ResearchAddr string `env:"RESEARCH_ADDR" doc:"where research's gRPC API listens; 127.0.0.1:9002 when unset"`
	AnalysisAddr string `env:"ANALYSIS_ADDR" doc:"where analysis' gRPC API listens; 127.0.0.1:9003 when unset"`
	ReportAddr   string `env:"REPORT_ADDR" doc:"where report's gRPC API listens; 127.0.0.1:9004 when unset"`

	StateDir     string `env:"STATE_DIR" doc:"folder of all state; $XDG_STATE_HOME/researcher-pro when unset"`
	DatabaseURL  string `env:"DATABASE_URL" doc:"PostgreSQL to use, with a role that may create roles; a private one is started when unset" secret:"true"`
	RedisURL     string `env:"REDIS_URL" doc:"Redis to use; one in this process when unset" secret:"true"`
	BlobURL      string `env:"BLOB_URL" doc:"where originals and snapshots are kept; the folder blobs of the state when unset"`
	SecretKey    string `env:"SECRET_KEY" doc:"secret of the fleet, at least 32 bytes; made and kept in the state when unset" secret:"true"`
	Algorithm    string `env:"ALGORITHM" envDefault:"EdDSA" doc:"how access tokens are signed: EdDSA, or HS256 with SECRET_KEY"`
	TokenMinutes int    `env:"ACCESS_TOKEN_EXPIRE_MINUTES" envDefault:"30" doc:"how long an access token is good for, in minutes"`

	// Children says that files are read in child processes of this program, whose
	// main then calls research.ServeChild first.
	Children bool

	temporary bool // see UseTemporaryState
}

// ConfigFromEnv reads the configuration and fills the defaults that depend on
// other values.
func ConfigFromEnv(env func(string) string) (Config, error) {
	var cfg Config
	if err := config.Load(&cfg, env); err != nil {
		return Config{}, err
	}
	_, port, err := net.SplitHostPort(cfg.HTTPAddr)
	if err != nil {
		return Config{}, fmt.Errorf("HTTP_ADDR is malformed, it takes an address such as 127.0.0.1:8080")
	}
	for _, inner := range []struct {
		addr *string
		port string
	}{
		{&cfg.OpsAddr, "9100"},
		{&cfg.AuthAddr, "9001"},
		{&cfg.ResearchAddr, "9002"},
		{&cfg.AnalysisAddr, "9003"},
		{&cfg.ReportAddr, "9004"},
	} {
		if *inner.addr == "" {
			*inner.addr = net.JoinHostPort("127.0.0.1", pick(port == "0", "0", inner.port))
		}
	}
	if cfg.StateDir == "" {
		if cfg.StateDir, err = defaultStateDir(env); err != nil {
			return Config{}, err
		}
	}
	cfg.StateDir, err = filepath.Abs(cfg.StateDir)
	return cfg, err
}

// defaultStateDir is where a user's programs keep state, after the XDG Base
// Directory Specification.
func defaultStateDir(env func(string) string) (string, error) {
	if dir := env("XDG_STATE_HOME"); dir != "" {
		return filepath.Join(dir, "researcher-pro"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("STATE_DIR is not set and there is no home folder to put it in: %w", err)
	}
	return filepath.Join(home, ".local", "state", "researcher-pro"), nil
}

func pick(cond bool, yes, no string) string {
	if cond {
		return yes
	}
	return no
}
