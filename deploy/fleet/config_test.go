package fleet_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/deploy/fleet"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
)

func TestConfigFromEnv_Defaults(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		env  map[string]string
		want func(*testing.T, fleet.Config)
	}{
		"the contract's ports on the loopback address": {nil, func(t *testing.T, c fleet.Config) {
			t.Helper()
			require.Equal(t, []string{"127.0.0.1:8080", "127.0.0.1:9100", "127.0.0.1:9001", "127.0.0.1:9002", "127.0.0.1:9003", "127.0.0.1:9004"},
				[]string{c.HTTPAddr, c.OpsAddr, c.AuthAddr, c.ResearchAddr, c.AnalysisAddr, c.ReportAddr})
		}},
		"port 0 picks free ones for all": {map[string]string{"HTTP_ADDR": "127.0.0.1:0"}, func(t *testing.T, c fleet.Config) {
			t.Helper()
			for _, addr := range []string{c.HTTPAddr, c.OpsAddr, c.AuthAddr, c.ResearchAddr, c.AnalysisAddr, c.ReportAddr} {
				require.Equal(t, "127.0.0.1:0", addr)
			}
		}},
		"a named port stays": {map[string]string{"HTTP_ADDR": ":0", "AUTH_ADDR": ":7001"}, func(t *testing.T, c fleet.Config) {
			t.Helper()
			require.Equal(t, ":7001", c.AuthAddr)
		}},
		"the state is where the user's state is": {map[string]string{"XDG_STATE_HOME": "/state"}, func(t *testing.T, c fleet.Config) {
			t.Helper()
			require.Equal(t, "/state/researcher-pro", c.StateDir)
		}},
		"a relative state does not move": {map[string]string{"STATE_DIR": "here"}, func(t *testing.T, c fleet.Config) {
			t.Helper()
			wd, err := os.Getwd()
			require.NoError(t, err)
			require.Equal(t, filepath.Join(wd, "here"), c.StateDir)
		}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg, err := fleet.ConfigFromEnv(func(name string) string { return tc.env[name] })
			require.NoError(t, err)
			tc.want(t, cfg)
		})
	}
}

func TestConfigFromEnv_MalformedNamesTheVariable(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{
		"HTTP_ADDR": "8080", "ACCESS_TOKEN_EXPIRE_MINUTES": "soon", "LOG_LEVEL": "LOUD",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := fleet.ConfigFromEnv(func(asked string) string {
				if asked == name {
					return value
				}
				return ""
			})
			require.ErrorContains(t, err, name+" is malformed, it takes")
			require.Equal(t, 0, strings.Count(err.Error(), "\n"), "one line")
		})
	}
}

func TestOpen_BadValuesNameTheVariable(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{"ALGORITHM": "none", "SECRET_KEY": "short", "API_V1_STR": "api", "BLOB_URL": "ftp://x/y", "REDIS_URL": "not a URL"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := map[string]string{"STATE_DIR": t.TempDir(), "DATABASE_URL": pgtest.NewEmpty(t), name: value}
			cfg, err := fleet.ConfigFromEnv(func(asked string) string { return env[asked] })
			if err == nil {
				cfg.UseFreePorts()
				_, err = fleet.Open(t.Context(), cfg, nil)
			}
			require.ErrorContains(t, err, name)
			require.Equal(t, 0, strings.Count(err.Error(), "\n"), "one line: %v", err)
		})
	}
}

func TestUseTemporaryState_RemovesWhatItMade(t *testing.T) {
	t.Parallel()
	var cfg fleet.Config
	remove, err := cfg.UseTemporaryState()
	require.NoError(t, err)
	require.DirExists(t, cfg.StateDir)
	require.NoError(t, remove())
	require.NoDirExists(t, cfg.StateDir)
}

func TestRunning_AFileThatACrashLeftIsNotBelieved(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	require.Empty(t, fleet.Running(t.Context(), state))
	for _, left := range []string{"http://127.0.0.1:1\n", "nonsense", ""} {
		require.NoError(t, os.WriteFile(filepath.Join(state, "fleet.url"), []byte(left), 0o600))
		require.Empty(t, fleet.Running(t.Context(), state))
	}
}
