package tlsx_test

import (
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/tlsx"
	"github.com/researcherpro/researcherpro/pkg/tlsx/tlsxtest"
)

// clock is a clock that only a test moves.
type clock struct{ nanoseconds atomic.Int64 }

func (c *clock) now() time.Time          { return time.Unix(0, c.nanoseconds.Load()) }
func (c *clock) forward(d time.Duration) { c.nanoseconds.Add(int64(d)) }

// openAt opens a configuration that is right, with a clock.
func openAt(t *testing.T, cfg tlsx.Config, at *clock) *tlsx.TLS {
	t.Helper()
	secured, err := tlsx.OpenAt(cfg, at.now)
	require.NoError(t, err)
	return secured
}

func TestRenewal_OldConnectionsLiveOnAndNewOnesUseTheNewCertificate(t *testing.T) {
	t.Parallel()
	ca, dir, at := tlsxtest.NewCA(t), t.TempDir(), &clock{}
	cfg := ca.Issue(t, dir, "localhost", later())
	cfg.ClientAuth = tlsx.ClientAuthRequire
	secured := openAt(t, cfg, at)
	addr := serve(t, secured.Server())
	old := dial(t, addr, secured.Client())
	before, err := call(t.Context(), old)
	require.NoError(t, err)

	// Calls go on while the files are replaced.
	stop, failed := make(chan struct{}), make(chan error, 1)
	go func() {
		for {
			select {
			case <-stop:
				failed <- nil
				return
			default:
			}
			if _, err := call(t.Context(), old); err != nil {
				failed <- err
				return
			}
		}
	}()
	ca.Issue(t, dir, "localhost", later())
	at.forward(time.Minute)
	after, err := call(t.Context(), dial(t, addr, secured.Client()))
	require.NoError(t, err)
	require.NotEqual(t, before.PeerCertificates[0].SerialNumber, after.PeerCertificates[0].SerialNumber)
	still, err := call(t.Context(), old)
	require.NoError(t, err)
	require.Equal(t, before.PeerCertificates[0].SerialNumber, still.PeerCertificates[0].SerialNumber, "the connection is the same")
	close(stop)
	require.NoError(t, <-failed)
}

func TestRenewal_ANewCAIsTrustedAndTheOldOneNoLonger(t *testing.T) {
	t.Parallel()
	dir, at := t.TempDir(), &clock{}
	first, second := tlsxtest.NewCA(t), tlsxtest.NewCA(t)
	cfg := first.Issue(t, dir, "localhost", later())
	left := first.Issue(t, t.TempDir(), "localhost", later())
	cfg.ClientAuth = tlsx.ClientAuthRequire
	secured := openAt(t, cfg, at)
	seen := witness{secured.Server(), make(chan error, 1)}
	addr := serve(t, seen)
	_, err := call(t.Context(), dial(t, addr, open(t, left).Client()))
	require.NoError(t, err)
	require.NoError(t, <-seen.verdicts)

	second.Issue(t, dir, "localhost", later())
	at.forward(time.Minute)
	_, err = call(t.Context(), dial(t, addr, secured.Client()))
	require.NoError(t, err)
	require.NoError(t, <-seen.verdicts)
	left.CAFile = cfg.CAFile // it trusts us still, and we no longer it
	_, err = call(t.Context(), dial(t, addr, open(t, left).Client()))
	require.Error(t, err)
	require.ErrorContains(t, <-seen.verdicts, "unknown authority")
}

func TestRenewal_WhatCannotBeUsedChangesNothing(t *testing.T) {
	t.Parallel()
	ca := tlsxtest.NewCA(t)
	tests := map[string]func(t *testing.T, cfg tlsx.Config){
		"a file that is gone": func(t *testing.T, cfg tlsx.Config) {
			t.Helper()
			require.NoError(t, os.Remove(cfg.CertFile))
		},
		"a certificate before its key": func(t *testing.T, cfg tlsx.Config) {
			t.Helper()
			key, err := os.ReadFile(cfg.KeyFile)
			require.NoError(t, err)
			dir := t.TempDir()
			next := ca.Issue(t, dir, "localhost", later())
			certificate, err := os.ReadFile(next.CertFile)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(cfg.CertFile, certificate, 0o600))
			require.NoError(t, os.WriteFile(cfg.KeyFile, key, 0o600))
		},
		"a CA that was cut short": func(t *testing.T, cfg tlsx.Config) {
			t.Helper()
			require.NoError(t, os.WriteFile(cfg.CAFile, []byte("-----BEGIN CERT"), 0o600))
		},
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at, dir := &clock{}, t.TempDir()
			cfg := ca.Issue(t, dir, "localhost", later())
			secured := openAt(t, cfg, at)
			addr := serve(t, secured.Server())
			before, err := call(t.Context(), dial(t, addr, secured.Client()))
			require.NoError(t, err)

			spoil(t, cfg)
			at.forward(time.Minute)
			after, err := call(t.Context(), dial(t, addr, secured.Client()))
			require.NoError(t, err)
			require.Equal(t, before.PeerCertificates[0].SerialNumber, after.PeerCertificates[0].SerialNumber)

			ca.Issue(t, dir, "localhost", later())
			at.forward(time.Minute)
			after, err = call(t.Context(), dial(t, addr, secured.Client()))
			require.NoError(t, err)
			require.NotEqual(t, before.PeerCertificates[0].SerialNumber, after.PeerCertificates[0].SerialNumber, "once it is whole again")
		})
	}
}

func TestRenewal_FilesAreReadAtMostOnceASecond(t *testing.T) {
	t.Parallel()
	ca, dir, at := tlsxtest.NewCA(t), t.TempDir(), &clock{}
	secured := openAt(t, ca.Issue(t, dir, "localhost", later()), at)
	addr := serve(t, secured.Server())
	before, err := call(t.Context(), dial(t, addr, secured.Client()))
	require.NoError(t, err)
	ca.Issue(t, dir, "localhost", later())
	at.forward(time.Second / 2)
	after, err := call(t.Context(), dial(t, addr, secured.Client()))
	require.NoError(t, err)
	require.Equal(t, before.PeerCertificates[0].SerialNumber, after.PeerCertificates[0].SerialNumber)
}
