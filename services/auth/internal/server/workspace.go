package server

import (
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	"github.com/researcherpro/researcherpro/services/auth/internal/store"
)

// WorkspacesDeps are what Workspaces work with. All are needed.
type WorkspacesDeps struct {
	Store *store.Store
	// Announcer tells all services whose access has ended or changed.
	Announcer store.Announcer
}

// Workspaces implements authv1.WorkspaceServiceServer.
type Workspaces struct {
	authv1.UnimplementedWorkspaceServiceServer
	WorkspacesDeps
}

// NewWorkspaces returns a server.
func NewWorkspaces(d WorkspacesDeps) *Workspaces { return &Workspaces{WorkspacesDeps: d} }
