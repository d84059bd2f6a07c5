package audit

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"

	"github.com/researcherpro/researcherpro/pkg/authn"
)

// recordTimeout bounds how long recording may hold up the answer.
const recordTimeout = 5 * time.Second

// errPanicked stands in the event of a call whose handler panicked; the client gets
// its words from the interceptor that recovers.
var errPanicked = errors.New("handler panicked")

// Unary returns the server interceptor that records calls. It belongs before the
// interceptors of package authn and after that of package origin.
func Unary(p authn.Policy, sink Sink) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (answer any, err error) {
		c, recorded := begin(ctx, p, info.FullMethod)
		if !recorded {
			return next(ctx, req)
		}
		c.request = req
		err = errPanicked // unless the handler returns
		defer func() { c.end(ctx, sink, answer, err) }()
		return next(c.ctx, req)
	}
}

// Stream is Unary for streams. The request is the first message that comes, the
// answer the last one that goes.
func Stream(p authn.Policy, sink Sink) grpc.StreamServerInterceptor {
	return func(srv any, ss grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) (err error) {
		c, recorded := begin(ss.Context(), p, info.FullMethod)
		if !recorded {
			return next(srv, ss)
		}
		watched := &serverStream{ServerStream: ss, call: c}
		err = errPanicked
		defer func() { c.end(ss.Context(), sink, watched.answer, err) }()
		return next(srv, watched)
	}
}

// call is a call that goes on.
type call struct {
	// ctx is what the call goes on with.
	ctx      context.Context //nolint:containedctx // the way to it, and no longer than the call
	method   string
	rule     authn.Rule
	observer *authn.Observer
	subject  *atomic.Pointer[Subject]
	request  any
}

// begin prepares to record a call, and returns false for one that is not recorded.
func begin(ctx context.Context, p authn.Policy, method string) (*call, bool) {
	rule, known := p(method)
	if !known || !rule.Audited && !rule.Public {
		return nil, false
	}
	c := &call{method: method, rule: rule, subject: &atomic.Pointer[Subject]{}}
	c.ctx, c.observer = authn.Observe(ctx)
	if rule.Public {
		c.ctx = context.WithValue(c.ctx, subjectKey{}, c.subject)
	}
	return c, true
}

// end records the call.
func (c *call) end(ctx context.Context, sink Sink, answer any, err error) {
	e := c.event(ctx, answer, err)
	if !c.attribute(&e) {
		anonymous(ctx, c.rule, e)
		return
	}
	// The client may have hung up; what it did is done.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	for _, workspace := range c.workspaces(e, answer) {
		e.WorkspaceID = workspace
		if err := sink.Record(ctx, e); err != nil {
			Lost(ctx, e, err)
		}
	}
}

// workspaces returns whose event it is: that of the workspace where it happened, and
// of the one into which the caller came with it.
func (c *call) workspaces(e Event, answer any) []string {
	all := []string{e.WorkspaceID}
	if other := workspaceOf(answer); e.Result == OK && !e.Claimed && other != "" && other != e.WorkspaceID {
		all = append(all, other)
	}
	return all
}

// serverStream is a stream that notes its request and its answer. Both ends are the
// handler's, which is done when they are read.
type serverStream struct {
	grpc.ServerStream
	call   *call
	answer any
}

// Context returns the context of the call.
func (s *serverStream) Context() context.Context { return s.call.ctx }

// RecvMsg implements grpc.ServerStream.
func (s *serverStream) RecvMsg(m any) error {
	err := s.ServerStream.RecvMsg(m)
	if err == nil && s.call.request == nil {
		s.call.request = m
	}
	return err
}

// SendMsg implements grpc.ServerStream.
func (s *serverStream) SendMsg(m any) error {
	s.answer = m
	return s.ServerStream.SendMsg(m)
}
