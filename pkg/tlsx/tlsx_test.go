package tlsx_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/tlsx"
	"github.com/researcherpro/researcherpro/pkg/tlsx/tlsxtest"
)

// later is when certificates end that are good during a test.
func later() time.Time { return time.Now().Add(time.Hour) }

// change returns a configuration with something about it changed.
func change(cfg tlsx.Config, fn func(*tlsx.Config)) tlsx.Config {
	fn(&cfg)
	return cfg
}

func TestOpen_RefusesWhatCannotBeMeantAndNamesTheVariable(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	good := tlsxtest.NewCA(t).Issue(t, dir, "localhost", later())
	anothers := tlsxtest.NewCA(t).Issue(t, t.TempDir(), "localhost", later())
	nonsense := filepath.Join(dir, "nonsense")
	require.NoError(t, os.WriteFile(nonsense, []byte("hello"), 0o600))
	tests := map[string]struct {
		edit func(*tlsx.Config)
		want string
	}{
		"a certificate without a key":      {func(c *tlsx.Config) { c.KeyFile = "" }, "TLS_KEY_FILE is not set"},
		"a key without a certificate":      {func(c *tlsx.Config) { c.CertFile = "" }, "TLS_CERT_FILE is not set"},
		"a certificate that is not there":  {func(c *tlsx.Config) { c.CertFile += "x" }, "TLS_CERT_FILE cannot be read: no such file"},
		"a key that is not there":          {func(c *tlsx.Config) { c.KeyFile += "x" }, "TLS_KEY_FILE cannot be read"},
		"a CA that is not there":           {func(c *tlsx.Config) { c.CAFile += "x" }, "TLS_CA_FILE cannot be read"},
		"a folder for a file":              {func(c *tlsx.Config) { c.CAFile = dir }, "TLS_CA_FILE cannot be read"},
		"no certificate in it":             {func(c *tlsx.Config) { c.CertFile = nonsense }, "TLS_CERT_FILE and TLS_KEY_FILE"},
		"another certificate's key":        {func(c *tlsx.Config) { c.KeyFile = anothers.KeyFile }, "TLS_CERT_FILE and TLS_KEY_FILE"},
		"no CA in it":                      {func(c *tlsx.Config) { c.CAFile = nonsense }, "TLS_CA_FILE holds no certificate"},
		"required certificates without CA": {func(c *tlsx.Config) { c.ClientAuth, c.CAFile = "require", "" }, "TLS_CLIENT_AUTH is require, which needs TLS_CA_FILE"},
		"required certificates in plain text": {func(c *tlsx.Config) {
			c.ClientAuth, c.CertFile, c.KeyFile = "require", "", ""
		}, "TLS_CLIENT_AUTH is require, which needs TLS_CERT_FILE"},
		"another word": {func(c *tlsx.Config) { c.ClientAuth = "maybe" }, "TLS_CLIENT_AUTH is malformed, it takes none or require"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := tlsx.Open(change(good, tc.edit))
			require.ErrorContains(t, err, tc.want)
			require.NotContains(t, err.Error(), "\n", "one line")
		})
	}
}

func TestOpen_WithoutFilesIsPlainText(t *testing.T) {
	t.Parallel()
	plain, err := tlsx.Open(tlsx.Config{ClientAuth: "none"})
	require.NoError(t, err)
	require.Equal(t, "insecure", plain.Server().Info().SecurityProtocol)
	require.Equal(t, "insecure", plain.Client().Info().SecurityProtocol)

	cfg := tlsxtest.NewCA(t).Issue(t, t.TempDir(), "localhost", later())
	caller, err := tlsx.Open(tlsx.Config{CAFile: cfg.CAFile})
	require.NoError(t, err)
	require.Equal(t, "insecure", caller.Server().Info().SecurityProtocol, "there is no certificate to serve with")
	require.Equal(t, "tls", caller.Client().Info().SecurityProtocol)
}
