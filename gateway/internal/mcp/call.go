package mcp

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	"google.golang.org/grpc/metadata"

	"github.com/researcherpro/researcherpro/gateway/internal/live"
	"github.com/researcherpro/researcherpro/gateway/internal/reply"
)

// spare is how much earlier than the request a call ends, so that its answer, which
// says that it took too long, still gets out.
const spare = time.Second

type callKey struct{}

// call is the HTTP request that a message came in.
type call struct {
	md       metadata.MD // shows the credential to the services
	admitted *live.Admission
	request  context.Context //nolint:containedctx // the life of the request, which the SDK keeps from handlers
	out      *answer
}

// begin returns a context for calls to the services, under the credential of the
// request that the message came in. It ends with that request: the SDK lets a tool go
// on when nobody waits for it any more.
func begin(ctx context.Context, limit time.Duration) (context.Context, *call, context.CancelFunc, error) {
	c, ok := ctx.Value(callKey{}).(*call)
	if !ok {
		return nil, nil, nil, errNoCall
	}
	ctx, end := context.WithTimeout(metadata.NewOutgoingContext(ctx, c.md.Copy()), limit)
	cancel := end
	if until, ok := c.request.Deadline(); ok {
		var early context.CancelFunc
		ctx, early = context.WithDeadline(ctx, until.Add(-spare))
		cancel = func() { early(); end() }
	}
	stop := context.AfterFunc(c.request, cancel)
	return ctx, c, func() { stop(); cancel() }, nil
}

// guarded keeps what goes wrong inside of a message there. Handlers run on goroutines
// of the SDK, where a panic would end the process; and nothing can be subscribed to,
// so that no request stays open for good.
func guarded(next sdk.MethodHandler) sdk.MethodHandler {
	return func(ctx context.Context, method string, req sdk.Request) (result sdk.Result, err error) {
		defer func() {
			if p := recover(); p != nil {
				result, err = nil, protocolError(ctx, fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
			}
		}()
		if method == "subscriptions/listen" {
			return nil, &jsonrpc.Error{Code: jsonrpc.CodeMethodNotFound, Message: "there is nothing to subscribe to"}
		}
		result, err = next(ctx, method, req)
		if refused, ok := result.(*sdk.CallToolResult); ok && refused.IsError {
			shortenWords(refused)
		}
		return result, err
	}
}

// shortenWords cuts what is told of arguments that break their schema.
func shortenWords(refused *sdk.CallToolResult) {
	for _, content := range refused.Content {
		if text, ok := content.(*sdk.TextContent); ok {
			text.Text = shorten(text.Text, maxComplaint)
		}
	}
}

// protocolError is an error as an answer that is not a tool's has it.
func protocolError(ctx context.Context, err error) error {
	return &jsonrpc.Error{Code: jsonrpc.CodeInternalError, Message: describe(reply.Status(ctx, err), nil)}
}

// progress tells the client how a call goes, if it wants to know.
type progress struct {
	session *sdk.ServerSession
	token   any
	pause   time.Duration // between two
	last    time.Time
	value   float64
}

func newProgress(req *sdk.CallToolRequest) *progress {
	return &progress{session: req.Session, token: req.Params.GetProgressToken(), pause: 200 * time.Millisecond}
}

// tell sends a notification, unless the last was a moment ago: a run that is told from
// its beginning has thousands of events. The value must grow. A client that cannot be
// told is one that is gone, which ends the call by itself.
func (p *progress) tell(ctx context.Context, value float64, message string) {
	if p.token == nil || value <= p.value || time.Since(p.last) < p.pause {
		return
	}
	p.last, p.value = time.Now(), value
	_ = p.session.NotifyProgress(ctx, &sdk.ProgressNotificationParams{ProgressToken: p.token, Progress: value, Message: message})
}
