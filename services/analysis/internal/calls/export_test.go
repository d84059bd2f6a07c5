package calls

import (
	"context"
	"time"
)

// WaitWith lets a test say how waiting goes.
func (m *Maker) WaitWith(wait func(context.Context, time.Duration) error) { m.wait = wait }

// MostTokens is how many tokens a request has at most.
var MostTokens = mostTokens
