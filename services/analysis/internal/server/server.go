// Package server implements the analysis service's gRPC methods.
package server

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/researcherpro/researcherpro/pkg/eventlog"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
)

const (
	defaultPage = 50
	maxPage     = 200
)

// Jobs queues work in the transaction of the row that it is about.
type Jobs interface {
	InsertTx(ctx context.Context, tx pgx.Tx, args river.JobArgs, opts *river.InsertOpts) (*rivertype.JobInsertResult, error)
}

// Server implements analysisv1.AnalysisServiceServer.
type Server struct {
	analysisv1.UnimplementedAnalysisServiceServer // until every method of the contract is there

	store    *store.Store
	log      *eventlog.Log
	jobs     Jobs
	engines  engine.Set
	research researchv1.ResearchServiceClient
	report   reportv1.ReportServiceClient
}

var _ analysisv1.AnalysisServiceServer = (*Server)(nil)

// Deps is what a Server works with.
type Deps struct {
	Store    *store.Store
	Log      *eventlog.Log
	Jobs     Jobs
	Engines  engine.Set
	Research researchv1.ResearchServiceClient
	Report   reportv1.ReportServiceClient
}

// New returns the server.
func New(d Deps) *Server {
	return &Server{store: d.Store, log: d.Log, jobs: d.Jobs, engines: d.Engines, research: d.Research, report: d.Report}
}
