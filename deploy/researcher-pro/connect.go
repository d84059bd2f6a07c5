package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/researcherpro/researcherpro/deploy/client"
	"github.com/researcherpro/researcherpro/deploy/fleet"
)

// server says which server a client command talks to.
type server struct {
	Server string `help:"Address of a running server, http://host:port; without one, the local fleet, which is started if it does not run." env:"RESEARCHER_PRO_SERVER" placeholder:"URL"`
	Token  string `help:"Access token or API key for the server." env:"RESEARCHER_PRO_TOKEN" placeholder:"TOKEN"`
}

// with calls fn with a signed-in client, on a fleet of our own where none runs.
func (s server) with(ctx context.Context, t terminal, fn func(context.Context, *client.Client) error) error {
	if s.Server != "" {
		if s.Token == "" {
			return fmt.Errorf("%w: --server needs --token", errUsage)
		}
		return fn(ctx, client.New(s.Server, s.Token))
	}
	cfg, err := t.fleetConfig()
	if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	if running := fleet.Running(ctx, cfg.StateDir); running != "" {
		c, err := signInLocal(ctx, running, cfg.StateDir)
		if err != nil {
			return err
		}
		return fn(ctx, c)
	}
	cfg.UseFreePorts()
	return withFleet(ctx, cfg, func(ctx context.Context, f *fleet.Fleet) error {
		c, err := signInLocal(ctx, f.URL(), cfg.StateDir)
		if err != nil {
			return err
		}
		return fn(ctx, c)
	})
}

// withFleet runs a fleet while fn runs.
func withFleet(ctx context.Context, cfg fleet.Config, fn func(context.Context, *fleet.Fleet) error) (err error) {
	f, err := fleet.Open(ctx, cfg, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	runCtx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- f.Run(runCtx) }()
	fnErr := fn(runCtx, f)
	stop()
	return errors.Join(fnErr, <-ended)
}

// account is the local user of a state directory.
type account struct {
	Email    string `json:"email"`
	Password string `json:"password"`
}

// accountFile keeps the local user's account in the state directory.
const accountFile = "account.json"

// signInLocal signs in as the local user, who is made on the first use.
func signInLocal(ctx context.Context, url, stateDir string) (*client.Client, error) {
	c := client.New(url, "")
	path := filepath.Join(stateDir, accountFile)
	content, err := os.ReadFile(path)
	if err == nil {
		var a account
		if err := json.Unmarshal(content, &a); err != nil {
			return nil, fmt.Errorf("read the local account: %w", err)
		}
		if _, err := c.Login(ctx, a.Email, a.Password); err != nil {
			return nil, fmt.Errorf("sign in as the local user: %w", err)
		}
		return c, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the local account: %w", err)
	}
	a := account{Email: "local-" + rand.Text()[:8] + "@localhost.localdomain", Password: rand.Text()}
	encoded, err := json.Marshal(a)
	if err != nil {
		return nil, err
	}
	if _, err := c.Register(ctx, a.Email, a.Password, "Local user"); err != nil {
		return nil, fmt.Errorf("make the local user: %w", err)
	}
	return c, os.WriteFile(path, encoded, 0o600)
}
