package tlsx

import (
	"context"
	"crypto/tls"
	"net"

	"google.golang.org/grpc/credentials"
)

// serverConfig is how the next caller is met.
func (t *TLS) serverConfig() *tls.Config {
	now := t.files.get()
	cfg := &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{*now.certificate}}
	if t.require {
		cfg.ClientAuth, cfg.ClientCAs = tls.RequireAndVerifyClientCert, now.roots
	}
	return cfg
}

// clientConfig is how the next peer is called. Without a certificate of its own a
// process shows none, and reaches only peers that ask for none.
func (t *TLS) clientConfig() *tls.Config {
	now := t.files.get()
	cfg := &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: now.roots}
	if now.certificate != nil {
		cfg.Certificates = []tls.Certificate{*now.certificate}
	}
	return cfg
}

// renewing are gRPC's TLS credentials, made anew for each handshake, which is what
// lets certificates and the CA change.
type renewing struct {
	config func() *tls.Config
}

var _ credentials.TransportCredentials = (*renewing)(nil)

// ClientHandshake implements credentials.TransportCredentials.
func (r *renewing) ClientHandshake(ctx context.Context, authority string, conn net.Conn) (net.Conn, credentials.AuthInfo, error) {
	return credentials.NewTLS(r.config()).ClientHandshake(ctx, authority, conn)
}

// ServerHandshake implements credentials.TransportCredentials.
func (r *renewing) ServerHandshake(conn net.Conn) (net.Conn, credentials.AuthInfo, error) {
	return credentials.NewTLS(r.config()).ServerHandshake(conn)
}

// Info implements credentials.TransportCredentials.
func (r *renewing) Info() credentials.ProtocolInfo {
	return credentials.NewTLS(&tls.Config{MinVersion: tls.VersionTLS13}).Info()
}

// Clone implements credentials.TransportCredentials. There is nothing to change in
// them, so that one serves all.
func (r *renewing) Clone() credentials.TransportCredentials { return r }

// OverrideServerName implements credentials.TransportCredentials, by doing nothing:
// the name that is verified is the one that was dialled, or grpc.WithAuthority's.
func (r *renewing) OverrideServerName(string) error { return nil }
