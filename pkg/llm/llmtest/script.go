package llmtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/researcherpro/researcherpro/pkg/llm"
)

// Script says what a request gets. It is called by many requests at once, in the order
// in which they come.
type Script func(Request) Reply

// Request is a request as a script sees it.
type Request struct {
	// Number is 1 for the server's first request.
	Number int
	// Key is the caller's key, without "Bearer".
	Key string
	// Digest is the SHA-256 of the body in hex: the same for the same request.
	Digest string
	// Model, Messages, Schema and MaxTokens are what the caller asked for. Schema is
	// nil without a response_format of type json_schema.
	Model     string
	Messages  []llm.Message
	Schema    *llm.Schema
	MaxTokens int
	// Stream says that the answer is wanted in pieces.
	Stream bool
	// Perplexity says that it came in Perplexity's form.
	Perplexity bool
	// Fields is the whole body.
	Fields map[string]json.RawMessage
}

// Reply is what a request gets. The zero Reply is an answer without text.
type Reply struct {
	// Text is what the model says; a server may leave its thoughts there, too, between
	// <think> and </think>. Reasoning are thoughts in a field of their own.
	Text, Reasoning string
	// Finish is why it stops; empty means that it said all, or all that fits.
	Finish llm.Finish
	// Refusal is OpenAI's field of that name, ToolCalls names functions that the model
	// wants called.
	Refusal   string
	ToolCalls []string
	// Citations are the URLs that Perplexity says it used.
	Citations []string
	// Cached is how many tokens of the request lay in the server's cache.
	Cached int64
	// NoUsage leaves out how many tokens were used.
	NoUsage bool

	// Delay is how long it takes until the answer begins, Pace until the next piece of
	// a stream; each piece has so many bytes of Piece, 24 if zero.
	Delay, Pace time.Duration
	Piece       int

	// Fault happens after At bytes of the text of a stream, or of the body of a plain
	// answer.
	Fault Fault
	At    int

	// Status is the status of the answer; zero is 200. Header is added to it. With an
	// ErrorMessage the body is an error in the caller's form, with a Body just that.
	Status       int
	Header       http.Header
	ErrorType    string
	ErrorMessage string
	Body         string
}

// Fault is what goes wrong with a connection.
type Fault int

// The faults.
const (
	// Sound: nothing.
	Sound Fault = iota
	// Break closes the connection.
	Break
	// Stall says nothing more and keeps the connection open.
	Stall
	// End ends the answer properly, as a proxy does that lost its server.
	End
)

// Say is a reply with a text.
func Say(text string) Reply { return Reply{Text: text} }

// JSON is a reply with a value as JSON. It panics if there is no JSON for it.
func JSON(value any) Reply {
	text, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("llmtest: %v", err))
	}
	return Say(string(text))
}

// Fail is a reply with an error, such as Fail(429, "rate_limit_exceeded", "Too many").
func Fail(status int, kind, message string) Reply {
	return Reply{Status: status, ErrorType: kind, ErrorMessage: message}
}

// With returns the reply with a header.
func (r Reply) With(header, value string) Reply {
	r.Header = r.Header.Clone()
	if r.Header == nil {
		r.Header = http.Header{}
	}
	r.Header.Add(header, value)
	return r
}

// Always gives every request the same reply.
func Always(reply Reply) Script { return func(Request) Reply { return reply } }

// Queue gives each request the next reply. Those that come when none is left get an
// error that no client tries again.
func Queue(replies ...Reply) Script {
	var next atomic.Int64
	return func(Request) Reply {
		n := int(next.Add(1))
		if n > len(replies) {
			return Fail(http.StatusBadRequest, "script_at_its_end", fmt.Sprintf("There is no reply number %d.", n))
		}
		return replies[n-1]
	}
}

// Without is a server that does not know some parameters, and refuses each request
// that names one, as OpenAI does.
func Without(script Script, parameters ...string) Script {
	return func(r Request) Reply {
		for _, name := range parameters {
			if _, there := r.Fields[name]; there {
				return Fail(http.StatusBadRequest, "invalid_request_error", fmt.Sprintf("Unsupported parameter: '%s' is not supported with this model.", name))
			}
		}
		return script(r)
	}
}
