// Package spend keeps runs, users and workspaces within what they may cost.
//
// Before a call is made, the most that it can cost is set aside ([Book.Reserve]) from
// everybody who pays for it: the run, its user's month and the workspace's month. It
// happens in one short transaction that holds their rows, so that however many calls
// on however many replicas ask at once, what is spent and what is set aside together
// are never more than a limit. Afterwards the call is settled with what it really
// cost, and the rest is free again.
//
// What does not fit because others have set it aside at the moment may fit soon:
// Reserve waits for it, and then says [Held]. What does not fit into what is left
// besides is engine.ErrBudget.
//
// # The ledger
//
// Each call is a row of the table calls. A process that is lost between the two leaves
// its row RESERVED. When the step is done again the same call finds the row, counts it
// as LOST, with all that was set aside, and makes a new one. Rows that nobody comes
// back to are found by the next reservation in the workspace, after five minutes (of
// searches, which belong to long waits, after two hours): sweeping needs no worker,
// since nobody but who reserves is harmed by what is set aside. Should the process
// that was thought lost come back, it settles the LOST row with the true figures.
//
// The answer to a call of a run is kept in the transaction that settles it. So a call
// that was answered and settled is never made again, whatever is killed.
package spend

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/services/analysis/internal/spend/price"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
)

const (
	// lostAfter is when a call that is still reserved counts as lost: later than any
	// job or request lasts.
	lostAfter = 5 * time.Minute
	// searchLostAfter is the same for searches, which end with a run's collection.
	searchLostAfter = 2 * time.Hour
	// lowShare is the share of a budget from which on it is low.
	lowShare = 0.8
)

// Amount is money and tokens. As a limit, zero means that there is none.
type Amount struct {
	CostNanoUSD int64 // billionths of a US dollar
	Tokens      int64 // in and out together
}

// Limits are what the operator allows; each workspace's own hold besides.
type Limits struct {
	// Run is for a run that names no budget, and the most that one may name.
	Run Amount
	// User and Workspace are for a calendar month (UTC). A user has one in each
	// workspace.
	User, Workspace Amount
}

// Quotas returns what the ADMINs of a workspace allow it in a month; the user is
// whom they are asked for.
type Quotas func(ctx context.Context, workspaceID, userID string) (Amount, error)

// Account is who pays for a call, and for what.
type Account struct {
	WorkspaceID, UserID string
	// AnalysisID is the run; empty when a text is looked through.
	AnalysisID string
	// Task is the step of the run with its round, Step what the ledger calls it.
	Task, Step string
	// Engine and Model are what is called; of a connector Model is empty.
	Engine, Model string
	// Budget is the run's own. Zero: only the user and the workspace pay.
	Budget Amount
}

// Book keeps the ledger. It is safe for concurrent use.
type Book struct {
	store  *store.Store
	prices price.Table
	limits Limits
	quotas Quotas
	// patience is how long a reservation waits for what others have set aside.
	patience time.Duration
	now      func() time.Time
}

// Config is what a Book goes by.
type Config struct {
	Prices price.Table
	Limits Limits
	Quotas Quotas
	// Patience is how long a reservation waits for what others have set aside, at
	// most; 20 seconds if zero.
	Patience time.Duration
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// defaultPatience leaves a step the time to be put off in order.
const defaultPatience = 20 * time.Second

// New returns a book over the service's rows.
func New(rows *store.Store, cfg Config) *Book {
	if cfg.Patience <= 0 {
		cfg.Patience = defaultPatience
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Book{store: rows, prices: cfg.Prices, limits: cfg.Limits, quotas: cfg.Quotas, patience: cfg.Patience, now: cfg.Now}
}

// RunBudget returns the budget in force for a run that asks for one: the operator's
// where it names none or more.
func (b *Book) RunBudget(asked Amount) Amount { return tighter(asked, b.limits.Run) }

// OfRun returns what a run has used, inside tx. What was asked about it afterwards is
// not in it.
func (b *Book) OfRun(ctx context.Context, tx pgx.Tx, analysisID string) (store.Usage, error) {
	return b.store.UsageOfRun(ctx, tx, analysisID)
}

// OfTask returns what the calls of a task used that were reserved at a time or later.
func (b *Book) OfTask(ctx context.Context, workspaceID, task string, since time.Time) (store.Usage, error) {
	return b.store.UsageOfTask(ctx, workspaceID, task, since)
}

// TakeWarnings returns the budgets of a run that have become low and whose BUDGET_LOW
// nobody has written yet, and marks them as told, inside tx: the transaction that
// writes the events. So each is told once.
func (b *Book) TakeWarnings(ctx context.Context, tx pgx.Tx, analysisID string) ([]store.Warning, error) {
	return b.store.TakeWarnings(ctx, tx, analysisID)
}

// tighter returns the smaller of two limits, each part by itself.
func tighter(a, b Amount) Amount {
	return Amount{CostNanoUSD: lesser(a.CostNanoUSD, b.CostNanoUSD), Tokens: lesser(a.Tokens, b.Tokens)}
}

func lesser(a, b int64) int64 {
	if a <= 0 || b > 0 && b < a {
		return max(b, 0)
	}
	return a
}

// period is the month (UTC) that a time belongs to.
func period(t time.Time) string { return t.UTC().Format("2006-01") }
