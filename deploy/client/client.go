// Package client is a client of the public REST API: what the command line is
// built on, and the end-to-end tests.
package client

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// requestTimeout bounds a request that is no stream.
const requestTimeout = 60 * time.Second

// Client calls one server as one user. It is safe for concurrent use once it is
// signed in.
type Client struct {
	base  string
	http  *http.Client
	token string
}

// New returns a client of the server at base, "http://host:port", with an access
// token or an API key; the token may be empty until signing in.
func New(base, token string) *Client {
	return &Client{base: strings.TrimRight(base, "/"), http: &http.Client{}, token: token}
}

// Token is the token that the client shows.
func (c *Client) Token() string { return c.token }

// Error is an answer that says no.
type Error struct {
	Status  int           // the HTTP status
	Message string        // for people
	Reason  string        // for programs; "" when there is none
	Wait    time.Duration // before the next try, as the server says; 0 when it does not
}

// Error implements error.
func (e *Error) Error() string { return e.Message }

// decode reads answers; a newer server may know more than we do.
var decode = protojson.UnmarshalOptions{DiscardUnknown: true}

// call sends in as JSON, or nothing when it is nil, and reads the answer into
// out, which may be nil.
func (c *Client) call(ctx context.Context, method, path string, in, out proto.Message) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	var body io.Reader
	if in != nil {
		encoded, err := protojson.Marshal(in)
		if err != nil {
			return fmt.Errorf("encode request: %w", err)
		}
		body = bytes.NewReader(encoded)
	}
	req, err := c.request(ctx, method, path, body)
	if err != nil {
		return err
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return c.send(req, out)
}

// request makes a request that shows the token.
func (c *Client) request(ctx context.Context, method, path string, body io.Reader) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	return req, nil
}

// send sends a request and reads the answer into out.
func (c *Client) send(req *http.Request, out proto.Message) error {
	resp, err := c.open(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	if err != nil {
		return &lostError{err}
	}
	if out == nil {
		return nil
	}
	if err := decode.Unmarshal(content, out); err != nil {
		return fmt.Errorf("decode answer of %s: %w", req.URL.Path, err)
	}
	return nil
}

// open sends a request and returns a good answer, whose body is the caller's to
// close; one that says no is an *Error.
func (c *Client) open(req *http.Request) (*http.Response, error) {
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, &lostError{err}
	}
	if resp.StatusCode < 300 {
		return resp, nil
	}
	defer resp.Body.Close()
	content, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return nil, refusal(resp, content)
}

// refusal reads an answer that says no.
func refusal(resp *http.Response, content []byte) *Error {
	var status struct {
		Message string `json:"message"`
		Details []struct {
			Reason string `json:"reason"`
		} `json:"details"`
	}
	out := &Error{Status: resp.StatusCode, Message: resp.Status}
	if json.Unmarshal(content, &status) == nil && status.Message != "" {
		out.Message = status.Message
	}
	for _, detail := range status.Details {
		out.Reason = cmp.Or(out.Reason, detail.Reason)
	}
	seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After")) // 0 when there is none
	out.Wait = time.Duration(seconds) * time.Second
	return out
}

// path joins a path of fixed words and escaped values.
func path(format string, values ...string) string {
	escaped := make([]any, len(values))
	for i, v := range values {
		escaped[i] = url.PathEscape(v)
	}
	return fmt.Sprintf(format, escaped...)
}
