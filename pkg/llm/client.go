package llm

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/sashabaranov/go-openai"
)

// The defaults of a Config.
const (
	openAIURL     = "https://api.openai.com/v1"
	perplexityURL = "https://api.perplexity.ai"

	defaultPatience = 5 * time.Minute
	defaultStall    = time.Minute
	defaultMaxBytes = 64 << 20 // Perplexity sends 3 KB for each token
)

// Config is how a model server is reached. Its zero value is OpenAI, or Perplexity,
// without a key.
type Config struct {
	// BaseURL is the API's address, "/v1" included where there is one; empty is the
	// maker's own.
	BaseURL string
	// Key is the caller's key. It is in no error, log or trace.
	Key string
	// Model is used by requests that name none.
	Model string
	// HTTP sends the requests; nil is http.DefaultClient. A time limit of its own would
	// end answers that take longer. It follows no redirects here.
	HTTP *http.Client
	// Patience is how long the answer may take to begin, five minutes if zero: an
	// answer that is not streamed begins when it is finished, and a stream with its
	// first words or thoughts. Stall is how long it may then say nothing, a minute if
	// zero.
	Patience, Stall time.Duration
	// MaxBytes is how much of an answer is read; 64 MiB if zero.
	MaxBytes int64
	// Quirks is what is known of servers and their models, shared by clients; nil is a
	// memory of the client's own.
	Quirks *Quirks
}

// NewOpenAI returns a client of OpenAI or of a server that speaks its chat completions.
func NewOpenAI(c Config) Client {
	c.BaseURL = cmp.Or(c.BaseURL, openAIURL)
	return newClient(c, "openai", func(request) map[string]any { return nil })
}

// NewPerplexity returns a client of Perplexity's Sonar. Its models answer from what the
// request holds: their own search is switched off.
func NewPerplexity(c Config) Client {
	c.BaseURL = cmp.Or(c.BaseURL, perplexityURL)
	return newClient(c, "perplexity", func(r request) map[string]any {
		own := map[string]any{paramDisableSearch: true}
		if r.stream {
			// Else each piece repeats all that was said before.
			own[paramStreamMode] = "concise"
		}
		return own
	})
}

// client is a client of one server. Servers differ in what their requests hold; what
// their answers hold is read whatever the server is.
type client struct {
	Config
	provider string
	own      func(request) map[string]any
}

// newClient returns a client with the defaults filled in.
func newClient(c Config, provider string, own func(request) map[string]any) *client {
	c.BaseURL = strings.TrimRight(c.BaseURL, "/")
	c.Patience = cmp.Or(c.Patience, defaultPatience)
	c.Stall = cmp.Or(c.Stall, defaultStall)
	c.MaxBytes = cmp.Or(c.MaxBytes, defaultMaxBytes)
	// Requests go where the operator says and nowhere else.
	straight := *cmp.Or(c.HTTP, http.DefaultClient)
	straight.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c.HTTP = &straight
	if c.Quirks == nil {
		c.Quirks = NewQuirks()
	}
	return &client{Config: c, provider: provider, own: own}
}

// Call implements Client.
func (c *client) Call(ctx context.Context, r Request, onText func(string) error) (Response, error) {
	r.Model = cmp.Or(r.Model, c.Model)
	ctx, seen := c.begin(ctx, r)
	resp, failed := c.try(ctx, r, onText)
	seen.end(ctx, resp, failed)
	if failed != nil {
		return resp, failed
	}
	return resp, nil
}

// try makes the request, and again for each parameter that the server turns out not to
// know. That is learnt once for all calls.
func (c *client) try(ctx context.Context, r Request, onText func(string) error) (Response, *Error) {
	for {
		req := c.request(r, onText != nil)
		resp, err := c.once(ctx, req, onText)
		if err == nil || err.Sent || !req.has(err.parameter) {
			return resp, err
		}
		slog.InfoContext(ctx, "a model server does not know a parameter, which is left out from now on",
			"server", c.BaseURL, "model", r.Model, "parameter", err.parameter, "said", err.Message)
		c.Quirks.add(c.BaseURL, r.Model, err.parameter)
	}
}

// request is a request in a server's words.
type request struct {
	Request
	stream bool
	quirks []string
	// fields are what go-openai does not carry: a temperature of 0, parameters of
	// other servers, and the limit, whose name go-openai checks against the model's.
	fields map[string]any
}

// request prepares a request, without what the server does not know.
func (c *client) request(r Request, stream bool) request {
	// An answer that takes long to begin breaks off in the middle of the network if
	// nothing is heard for minutes.
	stream = stream || strings.Contains(bareModel(r.Model), "deep-research")
	req := request{Request: r, stream: stream, quirks: c.Quirks.of(c.BaseURL, r.Model), fields: map[string]any{}}
	for name, value := range c.own(req) {
		req.set(name, value)
	}
	limit, other := paramMaxTokens, paramMaxCompletionTokens
	if reasons(r.Model) {
		limit, other = other, limit
	} else {
		// The same words give the same answer, as far as there is such a thing.
		req.set(paramTemperature, 0)
	}
	if slices.Contains(req.quirks, limit) {
		limit = other
	}
	if r.MaxTokens > 0 {
		req.set(limit, r.MaxTokens)
	}
	return req
}

// set adds a parameter, unless the server does not know it.
func (r request) set(name string, value any) {
	if !slices.Contains(r.quirks, name) {
		r.fields[name] = value
	}
}

// has says that a parameter is sent.
func (r request) has(parameter string) bool {
	if slices.Contains(r.quirks, parameter) {
		return false
	}
	_, there := r.fields[parameter]
	return there || parameter == paramSchema && r.Schema != nil || parameter == paramStreamOptions && r.stream
}

// body is the request for go-openai. A schema that the server does not know stands in
// the system's words.
func (r request) body() openai.ChatCompletionRequest {
	body := openai.ChatCompletionRequest{Model: r.Model, Stream: r.stream}
	messages := slices.Clone(r.Messages)
	if r.Schema != nil && r.has(paramSchema) {
		body.ResponseFormat = &openai.ChatCompletionResponseFormat{
			Type: openai.ChatCompletionResponseFormatTypeJSONSchema,
			JSONSchema: &openai.ChatCompletionResponseFormatJSONSchema{
				Name: r.Schema.Name, Schema: r.Schema.JSON, Strict: true,
			},
		}
	} else if r.Schema != nil {
		messages = withWords(messages, schemaWords(r.Schema))
	}
	if r.stream && r.has(paramStreamOptions) {
		body.StreamOptions = &openai.StreamOptions{IncludeUsage: true}
	}
	for _, m := range messages {
		body.Messages = append(body.Messages, openai.ChatCompletionMessage{Role: string(m.Role), Content: m.Text})
	}
	return body
}

// schemaWords ask for the form in words.
func schemaWords(s *Schema) string {
	return "Answer with one JSON value that follows this JSON Schema, and with nothing else: no explanation, no code fence.\n" + string(s.JSON)
}

// withWords adds words to the last of the system's messages, or before the others.
func withWords(messages []Message, words string) []Message {
	for i, m := range slices.Backward(messages) {
		if m.Role == System {
			messages[i].Text = m.Text + "\n\n" + words
			return messages
		}
	}
	return slices.Insert(messages, 0, Message{Role: System, Text: words})
}
