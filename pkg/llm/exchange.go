package llm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"time"
)

// maxFailure is how much is read of an answer that says what went wrong.
const maxFailure = 64 << 10

// errSilent is why a request is given up whose server says nothing.
var errSilent = errors.New("the server says nothing")

// exchange carries one request of go-openai: it adds what that does not carry, bounds
// what is read and how long, and keeps what go-openai would drop of the answer. The
// errors of its Do are *Error.
type exchange struct {
	client *client
	fields map[string]any
	stream bool
	begun  bool // the model says something

	cancel context.CancelCauseFunc
	quiet  *time.Timer // ends the request
	sent   atomic.Bool // all of it went out
	header http.Header // of the answer
	body   []byte      // the answer, if it is no stream
	tail   []byte      // the last bytes of a stream
}

// exchange begins an exchange. Its context ends when the server is silent for too long.
func (c *client) exchange(ctx context.Context, r request) (context.Context, *exchange) {
	ctx, cancel := context.WithCancelCause(ctx)
	x := &exchange{client: c, fields: r.fields, stream: r.stream, cancel: cancel}
	x.quiet = time.AfterFunc(c.Patience, func() { cancel(errSilent) })
	trace := &httptrace.ClientTrace{WroteRequest: func(info httptrace.WroteRequestInfo) { x.sent.Store(info.Err == nil) }}
	return httptrace.WithClientTrace(ctx, trace), x
}

// close ends the exchange.
func (x *exchange) close() {
	x.quiet.Stop()
	x.cancel(nil)
}

// Do implements openai.HTTPDoer.
func (x *exchange) Do(req *http.Request) (*http.Response, error) {
	if err := x.add(req); err != nil {
		return nil, &Error{Kind: Invalid, Message: err.Error()}
	}
	resp, err := x.client.HTTP.Do(req) //nolint:gosec // the operator says where it goes
	if err != nil {
		return nil, x.lost(req.Context(), err, Unavailable)
	}
	x.header = resp.Header
	if resp.StatusCode < http.StatusOK || resp.StatusCode >= http.StatusMultipleChoices {
		defer resp.Body.Close()
		said, _ := io.ReadAll(io.LimitReader(resp.Body, maxFailure)) // half of it says enough
		return nil, readFailure(resp.StatusCode, resp.Header, said).error(x.client.Key, time.Now())
	}
	bounded := &listener{x: x, from: resp.Body, left: x.client.MaxBytes}
	if x.stream && !strings.Contains(resp.Header.Get("Content-Type"), "json") {
		// go-openai drops a last line that is not ended.
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.MultiReader(bounded, strings.NewReader("\n\n")), resp.Body}
		return resp, nil
	}
	defer resp.Body.Close()
	x.begun = true
	body, err := io.ReadAll(bounded)
	if err != nil {
		return nil, x.lost(req.Context(), err, Broken)
	}
	x.body = body
	resp.Body = io.NopCloser(bytes.NewReader(x.body))
	return resp, nil
}

// add adds the fields to a request.
func (x *exchange) add(req *http.Request) error {
	fields := map[string]any{}
	decoder := json.NewDecoder(req.Body)
	decoder.UseNumber()
	if err := decoder.Decode(&fields); err != nil {
		return fmt.Errorf("prepare the request: %w", err)
	}
	for name, value := range x.fields {
		fields[name] = value
	}
	body, err := json.Marshal(fields)
	if err != nil {
		return fmt.Errorf("prepare the request: %w", err)
	}
	// Without GetBody net/http does not make it again: there is one request for each
	// permit.
	req.Body, req.ContentLength, req.GetBody = io.NopCloser(bytes.NewReader(body)), int64(len(body)), nil
	return nil
}

// lost is the error of a connection that failed or broke off, which is of a kind unless
// it was given up from this side.
func (x *exchange) lost(ctx context.Context, err error, kind Kind) *Error {
	e := &Error{Kind: kind, Sent: x.sent.Load()}
	cause := context.Cause(ctx)
	switch {
	case errors.Is(cause, errSilent):
		e.Kind, e.Message = Unavailable, "the server says nothing for too long"
	case cause != nil:
		e.Kind, e.Message, e.cause = Unavailable, "given up: "+cause.Error(), ctx.Err()
	case errors.Is(err, errTooLong):
		e.Message = err.Error()
	case kind == Broken:
		e.Message = "the answer broke off: " + err.Error()
	default:
		e.Message = err.Error()
	}
	if x.client.Key != "" {
		e.Message = strings.ReplaceAll(e.Message, x.client.Key, "…")
	}
	return e
}

// listen says how long the server may say nothing from now on. A model that thinks for
// minutes says nothing that matters until it begins to answer.
func (x *exchange) listen() {
	if x.begun {
		x.quiet.Reset(x.client.Stall)
		return
	}
	x.quiet.Reset(x.client.Patience)
}

// done says that a stream ended with the mark that it is at its end.
func (x *exchange) done() bool { return bytes.Contains(x.tail, []byte("[DONE]")) }

// errTooLong says that an answer is longer than anybody would need.
var errTooLong = errors.New("the answer is too long")

// listener reads an answer as long as there is something to hear.
type listener struct {
	x    *exchange
	from io.Reader
	left int64
}

// tailKept is how much of the end of a stream is kept: more than its mark has.
const tailKept = 32

// Read implements io.Reader.
func (l *listener) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errTooLong
	}
	l.x.listen()
	n, err := l.from.Read(p[:min(int64(len(p)), l.left)])
	l.x.quiet.Stop() // whoever takes the text may take its time
	l.left -= int64(n)
	if n > 0 {
		tail := append(l.x.tail, p[max(n-tailKept, 0):n]...)
		l.x.tail = tail[max(len(tail)-tailKept, 0):]
	}
	return n, err
}
