package converse

import (
	"errors"
	"fmt"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/llm"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
)

// publicError gives what an engine could not do words for whoever asked.
func publicError(err error) error {
	if errors.Is(err, engine.ErrBudget) {
		return errs.New(errs.ResourceExhausted, "BUDGET_EXHAUSTED", "the budget of the workspace or the user is used up")
	}
	failed, ok := errors.AsType[*llm.Error](err)
	if !ok {
		return fmt.Errorf("answer: %w", err)
	}
	switch failed.Kind {
	case llm.Denied:
		return errs.New(errs.FailedPrecondition, "MODEL_DENIED", "the model's server refused the key")
	case llm.Exhausted:
		return errs.New(errs.FailedPrecondition, "MODEL_EXHAUSTED", "the account at the model's server has no credit left")
	case llm.Invalid:
		return errs.New(errs.FailedPrecondition, "MODEL_INVALID", "the model's server does not take such requests; is the model's name right?")
	case llm.Refused:
		return errs.New(errs.FailedPrecondition, "MODEL_REFUSED", "the model will not answer this")
	case llm.TooLong:
		return errs.New(errs.FailedPrecondition, "TOO_LONG", "the question and its evidence do not fit into the model's context")
	default:
		return errs.New(errs.Unavailable, "MODEL_UNAVAILABLE", "the model's server did not answer, try again")
	}
}
