package calls

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/llm"
)

// Server is the server of an engine's models, as the operator configured it.
type Server struct {
	// Engine is the engine's name, and that of the provider whose credentials it takes.
	Engine string
	// Address says where it is, for the limits that all replicas share; empty for the
	// public one.
	Address string
	// Key is the operator's own; empty if there is none. Keyless says that the server
	// may be called without one.
	Key     string
	Keyless bool
	// Model is the model for who names none; without one the server is not used.
	Model string
	// Missing tells an operator and a user what to do when there is no key, or no model.
	Missing string
	// Limits are those of the server.
	Limits Limits
	// Dial returns a client that shows a key, which may be empty.
	Dial func(key string) llm.Client
}

// Credentials are the keys of users and workspaces.
type Credentials interface {
	// Credential returns the key for a provider: the user's own, else the workspace's,
	// else "".
	Credential(ctx context.Context, workspaceID, userID, provider string) (string, error)
}

// Servers are the servers that are configured. They implement Clients.
type Servers struct {
	servers     []Server
	credentials Credentials
}

// NewServers returns the servers with where the keys of users and workspaces are. An
// address is the operator's only: nobody's key is sent to an address of a user's.
func NewServers(credentials Credentials, servers ...Server) *Servers {
	return &Servers{servers: servers, credentials: credentials}
}

// Model implements Clients.
func (s *Servers) Model(engine string) string {
	server, _ := s.find(engine)
	return server.Model
}

// Open implements Clients.
func (s *Servers) Open(ctx context.Context, engine, workspaceID, userID string) (Line, error) {
	server, key, ok, err := s.open(ctx, engine, workspaceID, userID)
	if err != nil {
		return Line{}, err
	}
	if !ok {
		return Line{}, errs.Newf(errs.FailedPrecondition, "ENGINE_NOT_CONFIGURED", "the engine %s is not configured: %s", engine, server.Missing)
	}
	return Line{
		Client: server.Dial(key), Limits: server.Limits,
		// The limits are those of the key's owner; the digest does not show the key.
		Account: hex.EncodeToString(digest(engine, server.Address, key)[:16]),
	}, nil
}

// Configured reports whether an engine can be used for a user of a workspace; if not,
// missing says what would have to be done.
func (s *Servers) Configured(ctx context.Context, workspaceID, userID, engine string) (ok bool, missing string, err error) {
	server, _, ok, err := s.open(ctx, engine, workspaceID, userID)
	if err != nil || ok {
		return ok, "", err
	}
	return false, server.Missing, nil
}

// open returns a server with the key to show, and whether it can be called.
func (s *Servers) open(ctx context.Context, engine, workspaceID, userID string) (server Server, key string, ok bool, err error) {
	server, ok = s.find(engine)
	if !ok {
		server.Missing = "there is no such engine"
		return server, "", false, nil
	}
	if key, err = s.credentials.Credential(ctx, workspaceID, userID, engine); err != nil {
		return server, "", false, fmt.Errorf("look for a key for %s: %w", engine, err)
	}
	if key == "" {
		key = server.Key
	}
	return server, key, server.Model != "" && (key != "" || server.Keyless), nil
}

func (s *Servers) find(engine string) (Server, bool) {
	i := slices.IndexFunc(s.servers, func(server Server) bool { return server.Engine == engine })
	if i < 0 {
		return Server{}, false
	}
	return s.servers[i], true
}
