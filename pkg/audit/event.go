package audit

import (
	"context"
	"regexp"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"
	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/status"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/origin"
	"github.com/researcherpro/researcherpro/pkg/telemetry"
)

// maxUserAgent is the most characters that are kept of a client's name for itself.
const maxUserAgent = 256

// event tells of the call what does not depend on who made it.
func (c *call) event(ctx context.Context, answer any, err error) Event {
	from := origin.FromContext(ctx)
	e := Event{
		ID:        uuid.Must(uuid.NewV7()).String(), // fails with the machine's randomness, and then all does
		Time:      time.Now().UTC().Truncate(time.Microsecond),
		Action:    Action(c.method),
		ObjectID:  ObjectID(c.rule.WorkspaceField, c.request, answer),
		UserAgent: printable(from.UserAgent),
		RequestID: telemetry.RequestID(ctx),
	}
	if from.Address.IsValid() {
		e.Address = from.Address.String()
	}
	e.Result, e.Reason = outcome(err)
	return e
}

// attribute fills in who called, and returns false when that is nobody whom a
// workspace knows.
func (c *call) attribute(e *Event) bool {
	if c.rule.Public {
		about := c.subject.Load()
		if about == nil {
			return false
		}
		e.Claimed, e.UserID = true, about.UserID
		if about.Reason != "" {
			e.Reason = about.Reason
		}
		return true
	}
	caller, known := c.observer.Caller()
	e.WorkspaceID, e.UserID, e.APIKeyID, e.Service = caller.WorkspaceID, caller.UserID, caller.KeyID, caller.Service
	return known
}

// Action is how an event names a method: "/package.Service/Method" is "Service.Method".
func Action(fullMethod string) string {
	service, method, _ := strings.Cut(strings.TrimPrefix(fullMethod, "/"), "/")
	return service[strings.LastIndexByte(service, '.')+1:] + "." + method
}

// code's names are those of the contract ("NOT_FOUND"); reasons look the same. What
// does not is no reason of ours.
var reasonPattern = regexp.MustCompile(`^[A-Z][A-Z0-9_]{0,63}$`)

// outcome returns the name of the code that an error is sent as, and its reason.
func outcome(err error) (result, reason string) {
	st := errs.Status(err)
	for _, detail := range st.Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok && reasonPattern.MatchString(info.GetReason()) {
			reason = info.GetReason()
		}
	}
	return code.Code(status.Code(st.Err())).String(), reason
}

// printable returns what a client calls itself, without what would break a line or
// a database.
func printable(text string) string {
	var b strings.Builder
	kept := 0
	for _, r := range text { // what is no UTF-8 comes as U+FFFD
		if kept == maxUserAgent {
			break
		}
		if unicode.IsPrint(r) {
			b.WriteRune(r)
			kept++
		}
	}
	return b.String()
}
