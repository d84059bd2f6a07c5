// Package scholarly is what the connectors of encyclopedias and scholarly
// indexes have in common: sending one GET request and understanding its status,
// making key words of a question, and turning the markup and the dates of
// records into plain ones.
//
// It knows no index by name; each has a package of its own beside this one.
package scholarly

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
)

// Request is one question to an API.
type Request struct {
	Account connector.Account
	// URL is the address without its parameters.
	URL    string
	Params url.Values
	// Header is added to the request; may be nil.
	Header http.Header
}

// Get sends the request and returns the body of a good answer. Statuses that say
// no become a *connector.Error with the reason.
func Get(ctx context.Context, d connector.Doer, r Request) (connector.Reply, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.URL+"?"+r.Params.Encode(), nil)
	if err != nil {
		// The cause is not kept: it would repeat the address, which may hold a key.
		return connector.Reply{}, &connector.Error{
			Problem: connector.Rejected, Message: "The address that the operator configured for it cannot be used.",
		}
	}
	for name, values := range r.Header {
		req.Header[name] = values
	}
	reply, err := d.Do(ctx, r.Account, req)
	if err != nil {
		return connector.Reply{}, err //nolint:wrapcheck // the Doer's errors are already in the contract's own terms
	}
	if err := statusError(reply); err != nil {
		return reply, err
	}
	return reply, nil
}

// statusError returns why an answer with this status is none; nil for 2xx.
func statusError(reply connector.Reply) error {
	problem, message := connector.Malformed, "It answered in a way that was not expected."
	switch {
	case reply.Status >= 200 && reply.Status < 300:
		return nil
	case reply.Status == http.StatusUnauthorized, reply.Status == http.StatusPaymentRequired, reply.Status == http.StatusForbidden:
		problem, message = connector.Denied, "It refused access: its key is missing, not valid, or used up."
	case reply.Status == http.StatusTooManyRequests:
		problem, message = connector.Limited, "It was asked too often."
	case reply.Status >= 500, reply.Status == http.StatusRequestTimeout:
		problem, message = connector.Unavailable, "It has a problem of its own."
	case reply.Status >= 400:
		problem, message = connector.Rejected, "It does not take this query."
	}
	return &connector.Error{
		Problem: problem, Message: message, RetryAfter: RetryAfter(reply),
		Cause: fmt.Errorf("status %d: %q", reply.Status, beginning(reply.Body)),
	}
}

// RetryAfter returns how long an answer asks to wait, when it says so in
// seconds, as these APIs do; else 0.
func RetryAfter(reply connector.Reply) time.Duration {
	seconds, err := strconv.Atoi(reply.Header.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

// JSON decodes a body into v. What is no JSON, or not of v's shape, is
// Malformed.
func JSON(body []byte, v any) error {
	if err := json.Unmarshal(body, v); err != nil {
		return Malformed(fmt.Errorf("%w: %q", err, beginning(body)))
	}
	return nil
}

// Malformed returns the error of an answer that cannot be understood.
func Malformed(cause error) error {
	return &connector.Error{Problem: connector.Malformed, Message: "Its answer cannot be understood.", Cause: cause}
}

// Records decodes each record by itself and makes an item of it, so that one
// odd record does not take the others with it. A record that item refuses is
// left out silently: it is understood and of no use. Notes say how many could
// not be read; when none could, that is an error.
func Records[T any](raw []json.RawMessage, item func(T) (connector.Item, bool)) (connector.Answer, error) {
	var answer connector.Answer
	broken, last := 0, error(nil)
	for _, r := range raw {
		var record T
		if bytes.Equal(bytes.TrimSpace(r), []byte("null")) {
			broken, last = broken+1, errNull
			continue
		}
		if err := json.Unmarshal(r, &record); err != nil {
			broken, last = broken+1, err
			continue
		}
		if it, ok := item(record); ok {
			answer.Items = append(answer.Items, it)
		}
	}
	if broken > 0 && broken == len(raw) {
		return connector.Answer{}, Malformed(last)
	}
	if broken > 0 {
		answer.Notes = append(answer.Notes, fmt.Sprintf("%d of its %d records could not be read.", broken, len(raw)))
	}
	return answer, nil
}

// beginning returns the first bytes of a body, for the log.
func beginning(body []byte) string {
	return strings.ToValidUTF8(string(body[:min(len(body), 200)]), "")
}

// errNull is the cause when a list of records holds none at one place.
var errNull = fmt.Errorf("a record is null")
