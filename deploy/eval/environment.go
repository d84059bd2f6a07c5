package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/researcherpro/researcherpro/deploy/client"
	"github.com/researcherpro/researcherpro/deploy/fleet"
	"github.com/researcherpro/researcherpro/pkg/grpcclient"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

// environment is a running fleet, and the data to measure it on.
type environment struct {
	data  string
	table *table

	token      string
	documents  researchv1.DocumentServiceClient
	workspaces authv1.WorkspaceServiceClient
	claims     analysisv1.ClaimServiceClient
}

// open starts a fleet with a state that is gone afterwards. It asks nobody outside.
func open(ctx context.Context, data string) (*environment, func() error, error) {
	cfg, err := fleet.ConfigFromEnv(os.Getenv)
	if err != nil {
		return nil, nil, err
	}
	cfg.UseFreePorts()
	cfg.Children = true
	cfg.Outside.Connectors = []string{"documents", "urls"}
	remove, err := cfg.UseTemporaryState()
	if err != nil {
		return nil, nil, err
	}
	f, err := fleet.Open(ctx, cfg, nil)
	if err != nil {
		return nil, nil, errors.Join(err, remove())
	}
	running, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- f.Run(running) }()
	closeAll := func() error {
		cancel()
		return errors.Join(<-ended, f.Close(), remove())
	}
	e := &environment{data: data, table: &table{}}
	if err := e.connect(ctx, f); err != nil {
		return nil, nil, errors.Join(err, closeAll())
	}
	return e, closeAll, nil
}

// connect signs a user up and connects to the services as internal teams do.
func (e *environment) connect(ctx context.Context, f *fleet.Fleet) error {
	cl := client.New(f.URL(), "")
	if _, err := cl.Register(ctx, "eval@localhost.localdomain", "correct horse battery staple", "Evaluation"); err != nil {
		return err
	}
	e.token = cl.Token()
	addresses := f.Addresses()
	toAuth, err := grpcclient.Dial(addresses["auth"], grpcclient.Options{})
	if err != nil {
		return err
	}
	toResearch, err := grpcclient.Dial(addresses["research"], grpcclient.Options{
		Dial: []grpc.DialOption{grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(64 << 20))},
	})
	if err != nil {
		return err
	}
	toAnalysis, err := grpcclient.Dial(addresses["analysis"], grpcclient.Options{})
	if err != nil {
		return err
	}
	e.claims = analysisv1.NewClaimServiceClient(toAnalysis)
	e.documents, e.workspaces = researchv1.NewDocumentServiceClient(toResearch), authv1.NewWorkspaceServiceClient(toAuth)
	return nil
}

// workspace returns the context of calls in a new workspace: what is rare in one
// set must not depend on the others.
func (e *environment) workspace(ctx context.Context, name string) (context.Context, error) {
	ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+e.token)
	w, err := e.workspaces.CreateWorkspace(ctx, &authv1.CreateWorkspaceRequest{DisplayName: name})
	if err != nil {
		return nil, fmt.Errorf("create a workspace: %w", err)
	}
	return metadata.AppendToOutgoingContext(ctx, "x-workspace-id", w.GetId()), nil
}

// path is where a part of the data is; "" and a line in the table when it is not.
func (e *environment) path(parts ...string) string {
	path := filepath.Join(append([]string{e.data}, parts...)...)
	if _, err := os.Stat(path); err != nil {
		e.table.skip(filepath.Join(parts...))
		return ""
	}
	return path
}
