// Package converse answers at once: questions about the evidence of a run, and texts
// to look through.
//
// An answer is written by an engine out of numbered passages and told while it is
// written; what is told then is not checked. When it is whole, each quote is looked up
// in its passage and each sentence judged by what it quotes, like the findings of a
// run, and the answer is composed anew from what is left: a sentence that claims
// something and quotes nothing that is there is dropped. That answer replaces what was
// told, and is what the conversation remembers.
package converse

import (
	"context"
	"time"

	"github.com/researcherpro/researcherpro/pkg/authn"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/calls"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
)

// Callers makes what calls models for a conversation.
type Callers interface {
	// For returns the caller for what scope says.
	For(scope calls.Scope) engine.Caller
}

// Ledger knows what calls cost.
type Ledger interface {
	// OfTask returns what the calls of a task used that began at a time or later.
	OfTask(ctx context.Context, workspaceID, task string, since time.Time) (store.Usage, error)
}

// Routes says which engine and model answer.
type Routes interface {
	// Route returns the engine and the model for a step: those that were asked for,
	// else those of the workspace's settings, else the fallback, else the best that
	// is configured. An engine that is not is an errs.InvalidArgument.
	Route(ctx context.Context, caller authn.Caller, want Want) (engine.Provider, string, error)
}

// Want is what is known of the engine that should answer.
type Want struct {
	Step          engine.Step
	Engine, Model string
	// Fallback and FallbackModel are those of the run.
	Fallback, FallbackModel string
}

// Deps is what a Talker works with.
type Deps struct {
	Store    *store.Store
	Research researchv1.ResearchServiceClient
	Callers  Callers
	Ledger   Ledger
	Routes   Routes
}

// Talker answers. It is safe for concurrent use.
type Talker struct{ Deps }

// New returns a talker.
func New(d Deps) *Talker { return &Talker{d} }
