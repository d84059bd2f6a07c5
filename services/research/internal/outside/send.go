package outside

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/researcherpro/researcherpro/pkg/governor"
	"github.com/researcherpro/researcherpro/services/research/internal/connector"
)

const (
	maxRedirects = 3
	// maxHeader is how many bytes the header of an answer may have.
	maxHeader = 64 << 10
	// idleTime is how long a connection is kept for the next request.
	idleTime = time.Minute
)

var (
	errElsewhere = errors.New("redirected to another host")
	errMoved     = errors.New("redirected")
	errTooLong   = errors.New("longer than allowed")
)

// newTransport returns what connections are made by: HTTP/2, and gzip, as Go's own.
func newTransport() *http.Transport {
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, IdleConnTimeout: idleTime, MaxResponseHeaderBytes: maxHeader,
	}
}

// sameHost lets a request be redirected to where its credential may be seen as well.
func sameHost(req *http.Request, via []*http.Request) error {
	first := via[0].URL
	if len(via) > maxRedirects || req.URL.Host != first.Host || (first.Scheme == "https" && req.URL.Scheme != "https") {
		return errElsewhere
	}
	return nil
}

// noRedirect is for APIs that count each request of a redirect.
func noRedirect(*http.Request, []*http.Request) error { return errMoved }

// send sends a request once and says what was learnt from how it went.
func (c *Client) send(ctx context.Context, account connector.Account, req *http.Request) (connector.Reply, governor.Report, error) {
	limit := c.Limit(account)
	client, begun := c.following, time.Now()
	inTime, cancel := context.WithTimeout(ctx, c.config.Timeout)
	defer cancel()
	req = req.Clone(inTime)
	req.Header.Set("User-Agent", c.agent)
	if limit.Gap > 0 {
		// One connection in all the fleet: it is not kept open until the next turn. And
		// each request of a redirect would have to wait for a turn of its own.
		client, req.Close = c.staying, true
	}
	resp, err := client.Do(req) //nolint:gosec // G704: the address is the operator's own, see the package
	if err != nil {
		return connector.Reply{}, c.failed(ctx, begun), c.explain(ctx, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, c.config.MaxBody+1))
	if err == nil && int64(len(body)) > c.config.MaxBody {
		err = errTooLong
	}
	if err != nil {
		return connector.Reply{}, c.failed(ctx, begun), c.explain(ctx, err)
	}
	reply := connector.Reply{Status: resp.StatusCode, Header: resp.Header, Body: body}
	report := learnt(account.Provider, reply)
	return reply, report, statusError(reply.Status, report.RetryAfter)
}

// learnt is what an answer says about how to go on.
func learnt(name string, reply connector.Reply) governor.Report {
	report := governor.Report{RetryAfter: retryAfter(reply.Header, time.Now())}
	if learn := providerOf(name).learn; learn != nil {
		told := learn(reply.Header)
		report.Learnt = told.rate
		report.RetryAfter = max(report.RetryAfter, told.pause)
	}
	switch {
	case reply.Status == http.StatusTooManyRequests:
		report.Outcome = governor.Limited
	case reply.Status >= http.StatusInternalServerError:
		report.Outcome = governor.Failed
	}
	return report
}

// statusError is the error of a status, nil for those that connectors judge.
func statusError(status int, after time.Duration) error {
	cause := fmt.Errorf("status %d", status)
	switch {
	case status == http.StatusTooManyRequests:
		return &connector.Error{
			Problem: connector.Limited, Message: "It said that there were too many requests.", RetryAfter: after, Cause: cause,
		}
	case status >= http.StatusInternalServerError:
		return &connector.Error{
			Problem: connector.Unavailable, RetryAfter: after, Cause: cause,
			Message: fmt.Sprintf("It answered that it does not work at the moment (status %d).", status),
		}
	}
	return nil
}

// failed is the report of a request that was not answered. If nobody waited for the
// answer, that says nothing about the API, unless it had most of its time.
func (c *Client) failed(ctx context.Context, begun time.Time) governor.Report {
	switch {
	case ctx.Err() == nil:
		return governor.Report{Outcome: governor.Failed}
	case errors.Is(ctx.Err(), context.DeadlineExceeded) && time.Since(begun) >= c.config.Timeout/2:
		return governor.Report{Outcome: governor.Failed}
	}
	return governor.Report{Outcome: governor.Abandoned}
}

// explain says in words for users why there is no answer.
func (c *Client) explain(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	// The address holds the key, for some APIs.
	var withAddress *url.Error
	if errors.As(err, &withAddress) {
		err = withAddress.Err
	}
	var ofNetwork net.Error
	var dialling *net.OpError
	var untrusted *tls.CertificateVerificationError
	problem, message := connector.Unavailable, "It broke off before its answer was complete."
	switch {
	case errors.Is(err, errElsewhere):
		problem, message = connector.Malformed, "It redirects to another address."
	case errors.Is(err, errMoved):
		problem, message = connector.Malformed, "It redirects to another address, which has to be set instead of this one."
	case errors.Is(err, errTooLong):
		problem, message = connector.Malformed, fmt.Sprintf("Its answer is longer than %d MiB.", c.config.MaxBody>>20)
	case errors.As(err, &untrusted):
		problem, message = connector.Unreachable, "Its certificate is not trusted."
	case errors.As(err, &dialling) && dialling.Op == "dial" && !dialling.Timeout():
		problem, message = connector.Unreachable, "No connection to it came about."
	case errors.As(err, &ofNetwork) && ofNetwork.Timeout():
		message = fmt.Sprintf("It did not answer within %s.", c.config.Timeout)
	}
	return &connector.Error{Problem: problem, Message: message, Cause: err}
}
