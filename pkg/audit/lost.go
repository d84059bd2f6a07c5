package audit

import (
	"context"
	"log/slog"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"google.golang.org/genproto/googleapis/rpc/code"

	"github.com/researcherpro/researcherpro/pkg/authn"
)

// The numbers of what does not stand in the log.
var (
	lostEvents     = counter("audit.events.lost", "Events that could not be recorded; the log has them")
	anonymousCalls = counter("audit.calls.anonymous", "Refused calls of which nobody knows who made them")
)

// counter makes a counter. Only a name that is none makes it fail, and the counter is
// one that does nothing then.
func counter(name, description string) metric.Int64Counter {
	c, err := otel.Meter("github.com/researcherpro/researcherpro/pkg/audit").Int64Counter(name, metric.WithDescription(description))
	if err != nil {
		otel.Handle(err)
	}
	return c
}

// Lost writes an event that could not be recorded to the process' log, whole, so that
// an operator can add it by hand, and counts it.
func Lost(ctx context.Context, e Event, err error) {
	slog.ErrorContext(ctx, "an audit event could not be recorded", "event", e, "error", err)
	lostEvents.Add(ctx, 1, metric.WithAttributes(attribute.String("action", e.Action)))
}

// anonymous counts a call of which nobody knows who made it: no event of any
// workspace. Failed sign-ins to accounts that do not exist are only counted: whoever
// tries addresses would fill the log. Public calls that went well are none of both.
func anonymous(ctx context.Context, rule authn.Rule, e Event) {
	if rule.Public && e.Result != code.Code_UNAUTHENTICATED.String() {
		return
	}
	anonymousCalls.Add(ctx, 1, metric.WithAttributes(attribute.String("action", e.Action), attribute.String("result", e.Result)))
	if !rule.Public {
		slog.InfoContext(ctx, "a call by nobody who is known was refused",
			"action", e.Action, "result", e.Result, "reason", e.Reason, "address", e.Address)
	}
}
