// Package calls makes the calls of models that runs need: each one once, within all
// budgets, out of the cache where it can, and under the limits of the model's server.
package calls

import "github.com/researcherpro/researcherpro/services/analysis/internal/engine"

// Scope is what calls are made for.
type Scope struct {
	WorkspaceID, UserID string
	// AnalysisID is the run; empty when a text is looked through.
	AnalysisID string
	// Step is what the ledger calls it, Task the step of the run with its round, such
	// as "reflect/2": the same request in the same task is one call.
	Step engine.Step
	Task string
	// Engine is whose model is called, Model the model; empty is the engine's default.
	Engine, Model string
	// Budget is the run's own; the zero value means that only the user's and the
	// workspace's count.
	Budget Budget
	// Bypass says that nothing is taken from the cache.
	Bypass bool
}

// Budget is what a run may use. Zero means no limit.
type Budget struct {
	CostNanoUSD int64 // billionths of a US dollar
	Tokens      int64 // in and out together
}
