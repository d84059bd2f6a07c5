package llm

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/sashabaranov/go-openai"
)

// maxNotes is how many lines of a stream may come one after another that say nothing:
// servers that think for long send notes to keep the connection open.
const maxNotes = 100_000

// once makes one request.
func (c *client) once(ctx context.Context, r request, onText func(string) error) (Response, *Error) {
	ctx, x := c.exchange(ctx, r)
	defer x.close()
	cfg := openai.DefaultConfig(c.Key)
	cfg.BaseURL, cfg.HTTPClient, cfg.EmptyMessagesLimit = c.BaseURL, x, maxNotes
	api := openai.NewClientWithConfig(cfg)

	a := &answer{req: r, onText: onText}
	a.thoughts.begun = slices.Contains(r.quirks, startsThinking)
	var resp Response
	var err *Error
	if r.stream {
		resp, err = c.streamed(ctx, api, a, x)
	} else {
		resp, err = c.plain(ctx, api, a, x)
	}
	if a.thoughts.unopened {
		c.Quirks.add(c.BaseURL, r.Model, startsThinking)
	}
	resp.Limits = limitsOf(x.header)
	return resp, err
}

// plain asks for the whole answer.
func (c *client) plain(ctx context.Context, api *openai.Client, a *answer, x *exchange) (Response, *Error) {
	// What go-openai makes of the answer is not looked at: it drops too much.
	_, err := api.CreateChatCompletion(ctx, a.req.body())
	if x.body == nil {
		return c.nothing(a, err)
	}
	return c.whole(a, x)
}

// whole reads an answer that came in one piece.
func (c *client) whole(a *answer, x *exchange) (Response, *Error) {
	s, err := readSaid(x.body)
	if err != nil {
		f := readFailure(0, x.header, x.body)
		return c.worst(a), &Error{Kind: Broken, Message: "the answer is no chat completion: " + cut(f.message, maxSaid), Sent: true}
	}
	if err := c.told(s, x, x.body); err != nil {
		if err.Sent {
			return c.worst(a), err
		}
		return Response{}, err
	}
	if err := a.take(s); err != nil {
		return a.broken(), err
	}
	return a.end()
}

// streamed asks for the answer in pieces.
func (c *client) streamed(ctx context.Context, api *openai.Client, a *answer, x *exchange) (Response, *Error) {
	stream, err := api.CreateChatCompletionStream(ctx, a.req.body())
	if err != nil {
		return c.nothing(a, err)
	}
	var opened io.Closer = stream
	defer opened.Close()
	if x.body != nil {
		return c.whole(a, x) // the server does not stream
	}
	for events := 0; ; events++ {
		line, err := stream.RecvRaw()
		if errors.Is(err, io.EOF) && (x.done() || a.finish != "") {
			return a.end()
		}
		if err != nil {
			return a.broken(), c.brokeOff(ctx, x, err, events)
		}
		s, err := readSaid(line)
		if err != nil {
			return a.broken(), &Error{Kind: Broken, Message: "a piece of the answer cannot be read", Sent: true}
		}
		if err := c.told(s, x, line); err != nil {
			err.Sent = err.Sent || events > 0
			return a.broken(), err
		}
		if err := a.take(s); err != nil {
			return a.broken(), err
		}
		x.begun = x.begun || a.raw.Len()+a.aloud > 0
	}
}

// told is the failure that stands in what a server says with status 200.
func (c *client) told(s said, x *exchange, body []byte) *Error {
	problem := s.Error
	for _, choice := range s.Choices {
		if len(choice.Error) > len("null") {
			problem = choice.Error
		}
	}
	if len(problem) <= len("null") && (s.Object != "error" || len(s.Message) == 0) {
		return nil
	}
	f := readFailure(0, x.header, body)
	if len(problem) > len("null") {
		f.read(problem)
	}
	f.midway = len(s.Choices) > 0
	return f.error(c.Key, time.Now())
}

// brokeOff is the error of a stream that ended before the answer did, after so many
// events.
func (c *client) brokeOff(ctx context.Context, x *exchange, err error, events int) *Error {
	var said *openai.APIError
	if errors.As(err, &said) {
		f := failure{header: x.header, midway: events > 0}
		if data, err := json.Marshal(said); err == nil {
			f.read(data)
		}
		return f.error(c.Key, time.Now())
	}
	return x.lost(ctx, err, Broken)
}

// nothing is the result of a request that got no answer.
func (c *client) nothing(a *answer, err error) (Response, *Error) {
	var failed *Error
	if !errors.As(err, &failed) {
		// go-openai did not send it.
		return Response{}, &Error{Kind: Invalid, Message: err.Error()}
	}
	if failed.Sent {
		return c.worst(a), failed
	}
	return Response{}, failed
}

// worst is the response when nobody knows what a server did: it may have written as
// much as it was allowed to.
func (c *client) worst(a *answer) Response {
	resp := a.response(Stopped)
	resp.Usage.OutputTokens = max(resp.Usage.OutputTokens, int64(a.req.MaxTokens))
	resp.Usage.Estimated = true
	return resp
}
