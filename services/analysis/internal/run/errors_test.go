package run_test

import (
	"time"

	"github.com/researcherpro/researcherpro/pkg/errs"
)

// timeStep is how often a test looks.
const timeStep = 5 * time.Millisecond

// notAgain is what research says that cannot be extended.
var notAgain = errs.New(errs.FailedPrecondition, "NOT_ENDED_WELL", "the research cannot go on")
