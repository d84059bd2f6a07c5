package tlsx

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"
)

// material is what the files hold.
type material struct {
	certificate *tls.Certificate // nil when none is configured
	roots       *x509.CertPool   // nil when no CA is configured
}

// files reads the configured files, again and again.
type files struct {
	cfg Config
	now func() time.Time

	mu      sync.Mutex
	looked  time.Time // when they were read last
	content [3][]byte // of certificate, key and CA, as they were read last
	current material  // out of the last content that could be used
}

// get returns what the files hold now. What cannot be used is logged, and what was
// there before goes on.
func (f *files) get() material {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.now().Sub(f.looked) < lookAgain {
		return f.current
	}
	if err := f.read(); err != nil {
		slog.Error("TLS goes on with the certificates from before", "error", err)
	}
	return f.current
}

// load reads the files for the first time.
func (f *files) load() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.read()
}

// read takes over what the files hold if that has changed. Errors name a variable
// and no content: one of the files is a secret. The caller holds the lock.
func (f *files) read() error {
	f.looked = f.now()
	var content [3][]byte
	for i, file := range []struct{ variable, path string }{
		{"TLS_CERT_FILE", f.cfg.CertFile}, {"TLS_KEY_FILE", f.cfg.KeyFile}, {"TLS_CA_FILE", f.cfg.CAFile},
	} {
		if file.path == "" {
			continue
		}
		var err error
		if content[i], err = os.ReadFile(file.path); err != nil {
			return fmt.Errorf("%s cannot be read: %w", file.variable, shorten(err))
		}
	}
	if same(f.content, content) {
		return nil // nothing new, or the same that could not be used
	}
	f.content = content
	next, err := f.parse(content)
	if err != nil {
		return err
	}
	f.current = next
	return nil
}

// parse turns the content of the files into what TLS needs.
func (f *files) parse(content [3][]byte) (material, error) {
	var m material
	if f.cfg.CertFile != "" {
		pair, err := tls.X509KeyPair(content[0], content[1])
		if err != nil {
			return m, fmt.Errorf("TLS_CERT_FILE and TLS_KEY_FILE are no certificate with its key: %w", err)
		}
		m.certificate = &pair
	}
	if f.cfg.CAFile != "" {
		m.roots = x509.NewCertPool()
		if !m.roots.AppendCertsFromPEM(content[2]) {
			return m, errors.New("TLS_CA_FILE holds no certificate in PEM")
		}
	}
	return m, nil
}

// same reports whether two readings are equal.
func same(a, b [3][]byte) bool {
	for i := range a {
		if !bytes.Equal(a[i], b[i]) {
			return false
		}
	}
	return true
}

// shorten leaves the operation and the path out of a file's error, where the
// variable says it already.
func shorten(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err
	}
	return err
}
