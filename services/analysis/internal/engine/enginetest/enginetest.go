// Package enginetest is what engines are tested with: a conformance suite that every
// engine passes, and models that need no server.
//
// Run is the suite. Honest is a model that answers from what it is given, as a good one
// would; Obedient is one that does whatever it reads in the material of strangers, as
// the worst one would. Both are functions of the request alone, so that a server on
// loopback (llmtest) can speak with their voice too. They know the forms that the
// prompts of package prompted ask for by the names of their schemas.
package enginetest

import (
	"context"
	"slices"
	"sync"

	"github.com/researcherpro/researcherpro/pkg/llm"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
)

// Model says what a request is answered with.
type Model func(r llm.Request) string

// Script says what comes of a call.
type Script func(ctx context.Context, c engine.Call) (llm.Response, error)

// Says is the script of a model that always answers.
func Says(m Model) Script {
	return func(_ context.Context, c engine.Call) (llm.Response, error) { return Reply(m(c.Request)), nil }
}

// Reply is a whole answer.
func Reply(text string) llm.Response { return llm.Response{Text: text, Finish: llm.Stopped} }

// CutOff is an answer that broke off at its limit.
func CutOff(text string) llm.Response { return llm.Response{Text: text, Finish: llm.Truncated} }

// InTurn is a script of answers, one after the other; the last one is repeated.
func InTurn(replies ...llm.Response) Script {
	var mu sync.Mutex
	next := 0
	return func(context.Context, engine.Call) (llm.Response, error) {
		mu.Lock()
		defer mu.Unlock()
		reply := replies[min(next, len(replies)-1)]
		next++
		return reply, nil
	}
}

// Caller is an engine.Caller that follows a script and remembers its calls. The text of
// an answer comes in pieces of a few bytes, also in the middle of characters' words.
// It is safe for concurrent use.
type Caller struct {
	script Script

	mu    sync.Mutex
	calls []engine.Call
}

var _ engine.Caller = (*Caller)(nil)

// NewCaller returns a Caller that follows a script; nil if the engine calls no model.
func NewCaller(script Script) *Caller { return &Caller{script: script} }

// pieceBytes is how long the pieces of a stream are, in characters.
const pieceBytes = 7

// Call implements engine.Caller.
func (c *Caller) Call(ctx context.Context, call engine.Call) (llm.Response, error) {
	c.mu.Lock()
	c.calls = append(c.calls, call)
	c.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return llm.Response{}, err
	}
	resp, err := c.script(ctx, call)
	if call.OnText == nil {
		return resp, err
	}
	for piece := range slices.Chunk([]rune(resp.Text), pieceBytes) {
		if err := call.OnText(string(piece)); err != nil {
			return resp, err
		}
	}
	return resp, err
}

// Calls are the calls so far, in the order of their prompts and requests: those that
// were made side by side come in any order.
func (c *Caller) Calls() []engine.Call {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.calls)
}
