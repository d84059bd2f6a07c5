package extract

import "fmt"

// The reasons why a file cannot be read. They are part of the public contract.
const (
	Unsupported = "UNSUPPORTED_TYPE" // the type is not offered
	Broken      = "BROKEN"           // the content is damaged
	Encrypted   = "ENCRYPTED"        // a password is needed
	TooLarge    = "TOO_LARGE"        // one of the Limits on size
	Timeout     = "TIMEOUT"          // the limit on time
	Empty       = "EMPTY"            // there is no text in it
)

// Error says why a file cannot be read. Trying again will not help.
type Error struct {
	Reason  string // one of the constants above
	Message string // a sentence for the user, without internal detail
	cause   error  // what the parser said, for the log
}

// Error implements error; it holds the cause and is meant for the log.
func (e *Error) Error() string {
	if e.cause != nil {
		return fmt.Sprintf("%s: %s: %v", e.Reason, e.Message, e.cause)
	}
	return e.Reason + ": " + e.Message
}

// Unwrap returns what the parser said, which may be nil.
func (e *Error) Unwrap() error { return e.cause }

// fail makes an Error.
func fail(reason, format string, args ...any) error {
	return &Error{Reason: reason, Message: fmt.Sprintf(format, args...)}
}

// failBecause makes an Error that keeps its cause.
func failBecause(cause error, reason, format string, args ...any) error {
	return &Error{Reason: reason, Message: fmt.Sprintf(format, args...), cause: cause}
}
