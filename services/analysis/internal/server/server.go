// Package server implements the analysis service's gRPC methods.
package server

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/researcherpro/researcherpro/pkg/eventlog"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/settings"
	"github.com/researcherpro/researcherpro/services/analysis/internal/spend"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
)

const (
	maxPage = 200
)

// Jobs queues and cancels work in the transaction of the row that it is about.
type Jobs interface {
	InsertTx(ctx context.Context, tx pgx.Tx, args river.JobArgs, opts *river.InsertOpts) (*rivertype.JobInsertResult, error)
	JobCancelTx(ctx context.Context, tx pgx.Tx, id int64) (*rivertype.JobRow, error)
}

// Settings tells what the ADMINs of a workspace decided.
type Settings interface {
	Of(ctx context.Context, workspaceID, userID string) (settings.Settings, error)
}

// Models knows the servers of the engines' models.
type Models interface {
	// Configured reports whether an engine can be used for a user of a workspace; if
	// not, missing says what would have to be done.
	Configured(ctx context.Context, workspaceID, userID, engine string) (ok bool, missing string, err error)
	// Model returns the model of an engine for who names none.
	Model(engine string) string
}

// Prices tells what calls may cost.
type Prices interface {
	// RunBudget returns the budget in force for a run that asks for one.
	RunBudget(asked spend.Amount) spend.Amount
	// Check refuses calls that could never be made.
	Check(ctx context.Context, a spend.Account) error
	// Estimate returns what calls cost, in billionths of a US dollar.
	Estimate(engine, model string, calls, input, output int64) int64
	// Paid reports whether requests to a connector cost money.
	Paid(connector string) bool
}

// Server implements analysisv1.AnalysisServiceServer.
type Server struct {
	analysisv1.UnsafeAnalysisServiceServer

	store     *store.Store
	log       *eventlog.Log
	jobs      Jobs
	engines   engine.Set
	plain     engine.Provider
	settings  Settings
	models    Models
	prices    Prices
	answerTTL time.Duration
	research  researchv1.ResearchServiceClient
	report    reportv1.ReportServiceClient
	templates reportv1.TemplateServiceClient
}

var _ analysisv1.AnalysisServiceServer = (*Server)(nil)

// Deps is what a Server works with.
type Deps struct {
	Store *store.Store
	Log   *eventlog.Log
	Jobs  Jobs
	// Engines are those that are built in, the best first; Plain is the one of them that
	// needs no model.
	Engines  engine.Set
	Plain    engine.Provider
	Settings Settings
	Models   Models
	Prices   Prices
	// AnswerTTL is how long the answer of a run is given to who asks the same; 0 is
	// never.
	AnswerTTL time.Duration
	Research  researchv1.ResearchServiceClient
	Report    reportv1.ReportServiceClient
	Templates reportv1.TemplateServiceClient
}

// New returns the server.
func New(d Deps) *Server {
	return &Server{
		store: d.Store, log: d.Log, jobs: d.Jobs, engines: d.Engines, plain: d.Plain, settings: d.Settings, models: d.Models,
		prices: d.Prices, answerTTL: d.AnswerTTL, research: d.Research, report: d.Report, templates: d.Templates,
	}
}
