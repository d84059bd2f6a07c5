package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/textproto"
	"strings"
	"time"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
)

// Reason is the kind of an Error.
type Reason string

// The reasons.
const (
	// BadAddress: what was given is no address that can be fetched.
	BadAddress Reason = "BAD_ADDRESS"
	// Forbidden: it leads out of the public internet, or to a port that is not for
	// web pages.
	Forbidden Reason = "FORBIDDEN_ADDRESS"
	// NotAllowed: the workspace does not allow the host.
	NotAllowed Reason = "NOT_ALLOWED"
	// Robots: the site does not want it to be read by programs.
	Robots Reason = "ROBOTS"
	// Unreachable: no connection came about, or it broke off.
	Unreachable Reason = "UNREACHABLE"
	// Timeout: it took too long.
	Timeout Reason = "TIMEOUT"
	// TooLarge: it is larger than what is read.
	TooLarge Reason = "TOO_LARGE"
	// Status: the server answered with an error, see Error.Status.
	Status Reason = "STATUS"
	// Limited: the server says that it was asked too often.
	Limited Reason = "LIMITED"
	// Malformed: the answer breaks the rules of HTTP or of its compression, or
	// redirects in a circle.
	Malformed Reason = "MALFORMED"
	// UnsupportedType: it is a picture, a film, a program.
	UnsupportedType Reason = "UNSUPPORTED_TYPE"
)

// Error says why a page was not read.
type Error struct {
	Reason Reason
	// Message is a sentence for users, without internal detail.
	Message string
	// Status is the server's, for Status and Limited.
	Status int
	// RetryAfter is how long to wait before asking again; 0 if not said.
	RetryAfter time.Duration
	// Cause is for the log; may be nil.
	Cause error
}

// Error implements error, for the log.
func (e *Error) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("%s: %s: %v", e.Reason, e.Message, e.Cause)
	}
	return string(e.Reason) + ": " + e.Message
}

// Unwrap returns the cause, which may be nil.
func (e *Error) Unwrap() error { return e.Cause }

// Temporary reports whether asking again may help.
func (e *Error) Temporary() bool {
	switch e.Reason {
	case Timeout, Limited:
		return true
	case Unreachable:
		return !isPermanent(e.Cause)
	case Status:
		return e.Status >= 500 && e.Status != http.StatusNotImplemented || e.Status == http.StatusRequestTimeout
	case Robots:
		return e.RetryAfter > 0 // it could not be read just now
	}
	return false
}

// isPermanent reports whether a connection will not come about later either: the
// name does not exist, or the certificate is not the host's.
func isPermanent(err error) bool {
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	return errors.As(err, &dns) && dns.IsNotFound || errors.As(err, &certificate)
}

// explain turns what went wrong on the way into what Fetch promises. ctx is the
// caller's own: when it has ended, nothing else matters.
func explain(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("fetch: %w", context.Cause(ctx))
	}
	var own *Error
	var busy *connector.Busy
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &busy):
		return busy
	case isTimeout(err):
		return &Error{Reason: Timeout, Message: "The server took too long to answer.", Cause: err}
	case breaksRules(err):
		return &Error{Reason: Malformed, Message: "The server's answer cannot be understood.", Cause: err}
	}
	return &Error{Reason: Unreachable, Message: unreachable(err), Cause: err}
}

func isTimeout(err error) bool {
	var network net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &network) && network.Timeout()
}

// breaksRules reports whether an answer was not HTTP. net/http has no types for
// most of that, only texts; a text that changes would make it Unreachable.
func breaksRules(err error) bool {
	var header textproto.ProtocolError
	if errors.As(err, &header) {
		return true
	}
	for _, text := range []string{
		"malformed", "invalid byte in chunk", "chunked line too long", "response headers exceeded", "multiple Content-Length", "bad Content-Length", "PROTOCOL_ERROR",
	} {
		if strings.Contains(err.Error(), text) {
			return true
		}
	}
	return false
}

func unreachable(err error) string {
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return "There is no host of this name."
	case errors.As(err, &dns):
		return "The host's name could not be looked up."
	case errors.As(err, &certificate):
		return "The server's certificate is not valid."
	}
	return "The server could not be reached."
}

// statusError is what becomes of an answer that is no page.
func statusError(resp *http.Response, now time.Time) *Error {
	e := &Error{Reason: Status, Status: resp.StatusCode, RetryAfter: retryAfter(resp.Header, now)}
	switch code := resp.StatusCode; {
	case code == http.StatusTooManyRequests, code == http.StatusServiceUnavailable && e.RetryAfter > 0:
		e.Reason, e.Message = Limited, "The server asks for fewer requests."
	case code == http.StatusNotFound, code == http.StatusGone:
		e.Message = fmt.Sprintf("There is no such page (status %d).", code)
	case code == http.StatusUnauthorized, code == http.StatusForbidden, code == http.StatusPaymentRequired,
		code == http.StatusUnavailableForLegalReasons:
		e.Message = fmt.Sprintf("The server does not give it to us (status %d).", code)
	case code >= 500:
		e.Message = fmt.Sprintf("The server has a problem (status %d).", code)
	default:
		e.Message = fmt.Sprintf("The server answered with status %d.", code)
	}
	return e
}

// maxRetryAfter bounds what a server can ask for.
const maxRetryAfter = 24 * time.Hour

// retryAfter reads the header of this name, in seconds or as a date.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := h.Get("Retry-After")
	wait, ok := seconds(value)
	if !ok {
		at, err := http.ParseTime(value)
		if err != nil {
			return 0
		}
		wait = at.Sub(now)
	}
	return max(0, min(wait, maxRetryAfter))
}
