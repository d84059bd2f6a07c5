package fleet

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// addressFile of the state directory holds the public URL while a fleet runs.
const addressFile = "fleet.url"

// Running returns the URL of the fleet that runs on a state directory, or "".
func Running(ctx context.Context, stateDir string) string {
	content, err := os.ReadFile(filepath.Join(stateDir, addressFile))
	if err != nil {
		return ""
	}
	url := strings.TrimSpace(string(content))
	// After a crash the file is still there, so see whether it is true.
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/openapi.json", nil)
	if err != nil {
		return ""
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return ""
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return ""
	}
	return url
}

// announce notes the URL of a running fleet and returns what takes the note back.
func announce(stateDir, url string) (func() error, error) {
	path := filepath.Join(stateDir, addressFile)
	forget := func() error {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		return nil
	}
	return forget, os.WriteFile(path, []byte(url+"\n"), 0o600)
}

// UseFreePorts makes the fleet listen on free ports of the loopback address.
func (c *Config) UseFreePorts() {
	for _, addr := range []*string{&c.HTTPAddr, &c.OpsAddr, &c.AuthAddr, &c.ResearchAddr, &c.AnalysisAddr, &c.ReportAddr} {
		*addr = "127.0.0.1:0"
	}
}

// Database runs fn with the URLs of the state's database, as its administrator,
// and of its blobs. A database that a fleet runs is used, else it is started for
// the while.
func Database(ctx context.Context, cfg Config, fn func(ctx context.Context, databaseURL, blobURL string) error) (err error) {
	b := &backing{blobURL: cfg.BlobURL}
	defer func() { err = errors.Join(err, b.Close()) }()
	if b.state, err = openState(cfg.StateDir, cfg.SecretKey); err != nil {
		return err
	}
	if b.blobURL == "" {
		b.blobURL = b.state.blobURL()
	}
	admin := cfg.DatabaseURL
	if admin == "" && Running(ctx, cfg.StateDir) != "" {
		admin = b.state.notedDatabase()
	}
	if admin == "" {
		if admin, err = b.startDatabase(ctx, false); err != nil {
			return err
		}
	}
	return fn(ctx, admin, b.blobURL)
}
