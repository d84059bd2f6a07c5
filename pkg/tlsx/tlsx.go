// Package tlsx is TLS, and mutual TLS, between the processes of the fleet, as the
// environment configures it. TLS 1.3 only, since both ends are ours.
//
// The files are read again when somebody connects and they have changed, so that
// renewed certificates (cert-manager's, or a mounted Secret's) need no restart.
// Connections that are open live on with what they began with. Files that cannot
// be used, such as a certificate whose new key is not there yet, change nothing
// and are named in the log.
//
// gRPC's own certprovider/pemfile was weighed and not taken: it writes the private
// key into the log when certificate and key do not match, and blocks a handshake
// for ever when a file was never readable.
package tlsx

import (
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
)

// Values of TLS_CLIENT_AUTH.
const (
	// ClientAuthNone lets callers in without a certificate.
	ClientAuthNone = "none"
	// ClientAuthRequire lets nobody in without a certificate of the CA.
	ClientAuthRequire = "require"
)

// lookAgain is how often, at most, the files are read.
const lookAgain = time.Second

// Config is the part of a process's environment that is about TLS. The zero value
// means plain text.
type Config struct {
	CertFile   string `env:"TLS_CERT_FILE" doc:"certificate in PEM, with its chain, that this process shows to its peers and serves gRPC with; plain text when unset"`
	KeyFile    string `env:"TLS_KEY_FILE" doc:"private key of TLS_CERT_FILE in PEM"`
	CAFile     string `env:"TLS_CA_FILE" doc:"certificates in PEM that peers' ones must come from; with it calls to peers use TLS, else plain text"`
	ClientAuth string `env:"TLS_CLIENT_AUTH" envDefault:"none" doc:"require lets only callers in that show a certificate from TLS_CA_FILE (mutual TLS); none lets all"`
}

// check refuses what cannot be meant. The error names the variable.
func (c Config) check() error {
	switch {
	case c.CertFile != "" && c.KeyFile == "":
		return errors.New("TLS_KEY_FILE is not set, but TLS_CERT_FILE is: they are used together")
	case c.CertFile == "" && c.KeyFile != "":
		return errors.New("TLS_CERT_FILE is not set, but TLS_KEY_FILE is: they are used together")
	}
	switch c.ClientAuth {
	case "", ClientAuthNone:
		return nil
	case ClientAuthRequire:
	default:
		return errors.New("TLS_CLIENT_AUTH is malformed, it takes none or require")
	}
	if c.CAFile == "" {
		return errors.New("TLS_CLIENT_AUTH is require, which needs TLS_CA_FILE: the CA of the callers' certificates")
	}
	if c.CertFile == "" { // it would serve plain text, to anybody
		return errors.New("TLS_CLIENT_AUTH is require, which needs TLS_CERT_FILE and TLS_KEY_FILE: without them there is no TLS")
	}
	return nil
}

// TLS makes the credentials of one process. A nil *TLS makes those of plain text.
type TLS struct {
	files   *files
	require bool
}

// Open checks the configuration and reads the files. The error is one line that
// names the variable.
func Open(cfg Config) (*TLS, error) {
	return openAt(cfg, time.Now)
}

// openAt is Open with a clock, by which it is decided when to look at the files.
func openAt(cfg Config, now func() time.Time) (*TLS, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	f := &files{cfg: cfg, now: now}
	if err := f.load(); err != nil {
		return nil, fmt.Errorf("set up TLS: %w", err)
	}
	return &TLS{files: f, require: cfg.ClientAuth == ClientAuthRequire}, nil
}

// Server returns the credentials that gRPC is served with.
func (t *TLS) Server() credentials.TransportCredentials {
	if t == nil || t.files.cfg.CertFile == "" {
		return insecure.NewCredentials()
	}
	return &renewing{config: t.serverConfig}
}

// Client returns the credentials that peers are called with. The peer's
// certificate must be valid for the host in the address that is dialled.
func (t *TLS) Client() credentials.TransportCredentials {
	if t == nil || t.files.cfg.CAFile == "" {
		return insecure.NewCredentials()
	}
	return &renewing{config: t.clientConfig}
}
