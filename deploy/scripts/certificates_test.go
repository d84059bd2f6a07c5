package scripts

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/tlsx"
)

// certificates runs certificates.sh on a folder.
func certificates(t *testing.T, dir string, env ...string) (said string, code int) {
	t.Helper()
	for _, program := range []string{"bash", "openssl"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(program + " is not there")
		}
	}
	command := exec.CommandContext(t.Context(), "bash", "./certificates.sh", dir)
	command.Env = append(os.Environ(), env...)
	out, _ := command.CombinedOutput() // the exit code says it
	return string(out), command.ProcessState.ExitCode()
}

// of names the files of one process.
func of(dir, name string) tlsx.Config {
	return tlsx.Config{
		CertFile: filepath.Join(dir, name, "tls.crt"), KeyFile: filepath.Join(dir, name, "tls.key"),
		CAFile: filepath.Join(dir, name, "ca.crt"), ClientAuth: tlsx.ClientAuthRequire,
	}
}

// meet lets a caller and a host shake hands over memory, and returns the host's error
// and the caller's.
func meet(t *testing.T, host, caller tlsx.Config, name string) (hosts, callers error) {
	t.Helper()
	one, err := tlsx.Open(host)
	require.NoError(t, err)
	other, err := tlsx.Open(caller)
	require.NoError(t, err)
	near, far := net.Pipe()
	defer near.Close()
	defer far.Close()
	ended := make(chan error, 1)
	go func() {
		_, _, err := one.Server().ServerHandshake(far)
		_ = far.Close() // or a caller that was refused would wait
		ended <- err
	}()
	_, _, callers = other.Client().ClientHandshake(t.Context(), name, near)
	if callers != nil {
		_ = near.Close()
	}
	return <-ended, callers
}

// leaf reads the certificate of a process.
func leaf(t *testing.T, cfg tlsx.Config) *x509.Certificate {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(cfg.CertFile, cfg.KeyFile)
	require.NoError(t, err)
	return pair.Leaf
}

func TestCertificates_LetTheProcessesMeet(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "tls")
	said, code := certificates(t, dir, "NAMESPACE=mine", "DAYS=7")
	require.Zero(t, code, "%s", said)
	for _, name := range []string{"auth", "research", "analysis", "report"} {
		for _, called := range []string{name + ":9001", name + ".mine.svc:9001", "127.0.0.1:9001"} {
			host, caller := meet(t, of(dir, name), of(dir, "gateway"), called)
			require.NoError(t, host, called)
			require.NoError(t, caller, called)
		}
	}
	_, err := meet(t, of(dir, "auth"), of(dir, "gateway"), "report:9004")
	require.ErrorContains(t, err, "not report", "one service cannot stand for another")
	require.WithinDuration(t, time.Now().AddDate(0, 0, 7), leaf(t, of(dir, "auth")).NotAfter, time.Hour)

	for _, secret := range []string{"ca.key", "auth/tls.key"} {
		info, err := os.Stat(filepath.Join(dir, secret))
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), secret)
	}
	require.NoFileExists(t, filepath.Join(dir, "auth", "ca.key"), "no process can issue certificates")
}

func TestCertificates_ASecondRunRenewsUnderTheSameCA(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	said, code := certificates(t, dir)
	require.Zero(t, code, "%s", said)
	ca, err := os.ReadFile(filepath.Join(dir, "ca.crt"))
	require.NoError(t, err)
	before := leaf(t, of(dir, "auth")).SerialNumber
	said, code = certificates(t, dir)
	require.Zero(t, code, "%s", said)

	again, err := os.ReadFile(filepath.Join(dir, "ca.crt"))
	require.NoError(t, err)
	require.Equal(t, ca, again)
	require.NotEqual(t, before, leaf(t, of(dir, "auth")).SerialNumber)
}

func TestCertificates_RefusesWhatCannotBeMeant(t *testing.T) {
	t.Parallel()
	_, code := certificates(t, "")
	require.Equal(t, 2, code)
	said, code := certificates(t, t.TempDir(), "DAYS=soon")
	require.Equal(t, 2, code)
	require.Contains(t, said, "DAYS")
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "ca.crt"), nil, 0o600))
	said, code = certificates(t, dir)
	require.Equal(t, 1, code)
	require.Contains(t, said, "ca.key is not there")
}
