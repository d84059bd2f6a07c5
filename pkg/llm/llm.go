// Package llm calls language models, of any server that speaks OpenAI's
// chat completions and of Perplexity.
//
// A Client makes one call at a time and knows nothing of budgets, caches or limits:
// those belong to whoever holds it. What servers do differently ends here: answers
// come without thoughts, usage is always there (counted when the server does not
// say), and everything that can go wrong is an *Error of one of a few kinds.
package llm

import (
	"context"
	"encoding/json"
)

// Client calls models. Implementations are safe for concurrent use.
type Client interface {
	// Call makes one call, and tries nothing again: waiting is for whoever keeps the
	// limits. Only a request that is refused for a parameter that the server does not
	// know, which is not charged, is made again without it. With onText the answer is streamed: onText gets each piece
	// of the text, without thoughts, in order, and an error from it ends the call.
	// The Response is whole in both cases. An error of the server is an *Error; it
	// comes with a Response whose Usage says what was used nevertheless.
	Call(ctx context.Context, r Request, onText func(string) error) (Response, error)
}

// Request is one call of a model.
type Request struct {
	// Model is the model in the server's own words.
	Model string `json:"model"`
	// Messages are the conversation, the system's words first.
	Messages []Message `json:"messages"`
	// Schema is the form of the answer; nil means prose.
	Schema *Schema `json:"schema,omitempty"`
	// MaxTokens is how much may be written at most, thoughts included.
	MaxTokens int `json:"max_tokens"`
}

// Role is who says a message.
type Role string

// The roles.
const (
	System    Role = "system"
	User      Role = "user"
	Assistant Role = "assistant"
)

// Message is one message of a conversation.
type Message struct {
	Role Role   `json:"role"`
	Text string `json:"text"`
}

// Schema is the form of an answer: a JSON Schema with a name.
type Schema struct {
	Name string          `json:"name"`
	JSON json.RawMessage `json:"json"`
}

// Finish is why a model stopped writing.
type Finish string

// The ways to stop.
const (
	// Stopped: it said what it had to say.
	Stopped Finish = "stop"
	// Truncated: MaxTokens were written.
	Truncated Finish = "length"
	// Filtered: the server's filter cut it off.
	Filtered Finish = "content_filter"
)

// Response is what a model answered.
type Response struct {
	// Text is the answer without thoughts.
	Text string `json:"text"`
	// Finish is why it ends there.
	Finish Finish `json:"finish"`
	// Model is the model that answered, as the server calls it.
	Model string `json:"model"`
	// Usage is what it used.
	Usage Usage `json:"usage"`
	// Limits are what the server says about its limits, also with an error.
	Limits Limits `json:"-"`
}

// Usage is what a call used.
type Usage struct {
	// InputTokens were sent, CachedInputTokens of them lay in the server's cache.
	InputTokens       int64 `json:"input_tokens"`
	CachedInputTokens int64 `json:"cached_input_tokens,omitempty"`
	// OutputTokens were written, ReasoningTokens of them thoughts.
	OutputTokens    int64 `json:"output_tokens"`
	ReasoningTokens int64 `json:"reasoning_tokens,omitempty"`
	// CostNanoUSD is what the server says it cost, in billionths of a US dollar; nil
	// when it does not say.
	CostNanoUSD *int64 `json:"cost_nano_usd,omitempty"`
	// Estimated says that the tokens are counted here, not by the server.
	Estimated bool `json:"estimated,omitempty"`
}
