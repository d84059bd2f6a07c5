package llm

import (
	"fmt"
	"time"
)

// Kind is what went wrong with a call.
type Kind int

// The kinds.
const (
	// Unavailable: the server is busy, down or did not answer in time; the call may be
	// made again after RetryAfter.
	Unavailable Kind = iota + 1
	// TooLong: the messages do not fit into the model's context.
	TooLong
	// Refused: the model or the server's filter will not answer this.
	Refused
	// Denied: the key is missing, wrong or not allowed to do this.
	Denied
	// Exhausted: the account has no credit left.
	Exhausted
	// Invalid: the server does not take the request as it is: an unknown model, a
	// parameter that it does not know.
	Invalid
	// Broken: the answer broke off or cannot be read.
	Broken
)

// Error is why a call did not succeed.
type Error struct {
	Kind Kind
	// Message says it to an operator, without secrets.
	Message string
	// RetryAfter is the pause that the server asked for; 0 if it did not.
	RetryAfter time.Duration
	// Sent says that the server may have worked, and so may charge for it: the request
	// went out and was not answered with an error.
	Sent bool

	cause     error
	parameter string // what the server does not know, if it said so
}

// Unwrap is what ended the call from this side: the end of the context, or the error of
// whoever got the text.
func (e *Error) Unwrap() error { return e.cause }

// String names a kind for logs and metrics.
func (k Kind) String() string {
	switch k {
	case Unavailable:
		return "unavailable"
	case TooLong:
		return "too_long"
	case Refused:
		return "refused"
	case Denied:
		return "denied"
	case Exhausted:
		return "exhausted"
	case Invalid:
		return "invalid"
	case Broken:
		return "broken"
	}
	return "unknown"
}

// Error implements error.
func (e *Error) Error() string { return fmt.Sprintf("language model: %s", e.Message) }
