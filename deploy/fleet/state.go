package fleet

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/researcherpro/researcherpro/pkg/authn"
)

// The files of the state directory that this package keeps; pgdev keeps others.
const (
	secretFile   = "secret.key"   // the fleet's secret
	databaseFile = "database.url" // where the running database is; there while it runs
	blobFolder   = "blobs"
)

// state is the directory that survives restarts.
type state struct {
	dir    string
	secret string
}

// openState opens the directory, made if missing, and its secret, made once. A
// secret from the configuration wins.
func openState(dir, configured string) (state, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return state{}, fmt.Errorf("make the state directory: %w", err)
	}
	if configured != "" {
		return state{dir: dir, secret: configured}, nil
	}
	path := filepath.Join(dir, secretFile)
	content, err := os.ReadFile(path)
	if err == nil {
		return state{dir: dir, secret: strings.TrimSpace(string(content))}, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return state{}, fmt.Errorf("read the secret key: %w", err)
	}
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return state{}, fmt.Errorf("make the secret key: %w", err)
	}
	secret := hex.EncodeToString(key)
	if err := os.WriteFile(path, []byte(secret+"\n"), 0o600); err != nil {
		return state{}, fmt.Errorf("keep the secret key: %w", err)
	}
	return state{dir: dir, secret: secret}, nil
}

// blobURL is the folder of blobs in the state, as a URL.
func (s state) blobURL() string {
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(filepath.Join(s.dir, blobFolder))}).String()
}

// rolePassword derives the password of a service's login role, so that there is
// one secret to keep.
func (s state) rolePassword(service string) (string, error) {
	key, err := authn.DeriveKey([]byte(s.secret), "database role "+service)
	if err != nil {
		return "", err
	}
	return hex.EncodeToString(key), nil
}

// noteDatabase tells other programs of this user where the running database is.
func (s state) noteDatabase(address string) error {
	return os.WriteFile(filepath.Join(s.dir, databaseFile), []byte(address+"\n"), 0o600)
}

// notedDatabase is what noteDatabase wrote, or "" when no database is noted.
func (s state) notedDatabase() string {
	content, err := os.ReadFile(filepath.Join(s.dir, databaseFile))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(content))
}

func (s state) forgetDatabase() { _ = os.Remove(filepath.Join(s.dir, databaseFile)) }
