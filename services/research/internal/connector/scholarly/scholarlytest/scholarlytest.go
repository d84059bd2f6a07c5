// Package scholarlytest helps to test connectors: a server that gives the
// answers of a script, a Doer that asks it, and the recorded answers of the
// real APIs, where the evaluation data is at hand.
package scholarlytest

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
)

// Answer is an answer of the server.
type Answer struct {
	Status int // 200 when 0
	Header map[string]string
	Body   string
}

// OK returns the answers of good requests with these bodies.
func OK(bodies ...string) []Answer {
	var out []Answer
	for _, b := range bodies {
		out = append(out, Answer{Body: b})
	}
	return out
}

// Place stands in for an API. It is a connector.Doer as well, without limits.
type Place struct {
	URL string

	mu       sync.Mutex
	requests []*http.Request
	accounts []connector.Account
	answers  []Answer
}

var _ connector.Doer = (*Place)(nil)

// Serve starts a server that gives the answers in turn, the last one for ever.
func Serve(t *testing.T, answers ...Answer) *Place {
	t.Helper()
	p := &Place{answers: answers}
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	p.URL = server.URL
	return p
}

// ServeHTTP implements http.Handler.
func (p *Place) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	answer := p.answers[min(len(p.requests), len(p.answers)-1)]
	p.requests = append(p.requests, r)
	p.mu.Unlock()
	for name, value := range answer.Header {
		w.Header().Set(name, value)
	}
	w.WriteHeader(max(answer.Status, http.StatusOK))
	_, _ = io.WriteString(w, answer.Body) // the client notices
}

// Requests returns the requests so far.
func (p *Place) Requests() []*http.Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.requests
}

// Params returns the parameters of the i-th request.
func (p *Place) Params(t *testing.T, i int) url.Values {
	t.Helper()
	requests := p.Requests()
	require.Greater(t, len(requests), i)
	return requests[i].URL.Query()
}

// Accounts returns on whose account the requests went.
func (p *Place) Accounts() []connector.Account {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.accounts
}

// Do implements connector.Doer as its contract says.
func (p *Place) Do(_ context.Context, account connector.Account, req *http.Request) (connector.Reply, error) {
	p.mu.Lock()
	p.accounts = append(p.accounts, account)
	p.mu.Unlock()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return connector.Reply{}, &connector.Error{Problem: connector.Unreachable, Message: "No connection.", Cause: err}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return connector.Reply{}, fmt.Errorf("read body: %w", err)
	}
	switch {
	case resp.StatusCode == http.StatusTooManyRequests:
		return connector.Reply{}, &connector.Error{Problem: connector.Limited, Message: "It was asked too often."}
	case resp.StatusCode >= 500:
		return connector.Reply{}, &connector.Error{Problem: connector.Unavailable, Message: "It has a problem of its own."}
	}
	return connector.Reply{Status: resp.StatusCode, Header: resp.Header, Body: body}, nil
}

// RequireError requires that err is a *connector.Error with this problem and a
// message for users.
func RequireError(t *testing.T, err error, problem connector.Problem) *connector.Error {
	t.Helper()
	var own *connector.Error
	require.ErrorAs(t, err, &own)
	require.Equal(t, problem, own.Problem, err)
	require.True(t, strings.HasSuffix(own.Message, "."), own.Message)
	return own
}

// Data returns the folder of the evaluation data, and skips the test where it is
// absent.
func Data(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("RP_DATA")
	if dir == "" {
		// Tests run in their package's folder; the data lies beside the project.
		root, err := filepath.Abs(".")
		require.NoError(t, err)
		for ; filepath.Dir(root) != root; root = filepath.Dir(root) {
			if _, err := os.Stat(filepath.Join(root, "go.work")); err == nil {
				break
			}
		}
		dir = filepath.Join(root, "..", "shared", "data")
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("the evaluation data is not here: %v", err)
	}
	return dir
}

// Recording is a recorded answer.
type Recording struct {
	File, Method, URL string
	Status            int
	Body              string
}

// Recordings returns the recorded answers of a host to GET and POST requests.
func Recordings(t *testing.T, host string) []Recording {
	t.Helper()
	file, err := os.Open(filepath.Join(Data(t), "api-recordings", "interactions.jsonl.gz"))
	require.NoError(t, err)
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	require.NoError(t, err)
	var out []Recording
	lines := bufio.NewScanner(unzipped)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var r struct {
			File, Method, URL string
			Status            any
			Body              json.RawMessage
		}
		require.NoError(t, json.Unmarshal(lines.Bytes(), &r))
		u, err := url.Parse(r.URL)
		if err != nil || u.Host != host {
			continue
		}
		var status int
		_, err = fmt.Sscan(fmt.Sprint(r.Status), &status)
		require.NoError(t, err)
		out = append(out, Recording{File: r.File, Method: r.Method, URL: r.URL, Status: status, Body: text(r.Body)})
	}
	require.NoError(t, lines.Err())
	require.NotEmpty(t, out, "no recordings of %s", host)
	return out
}

// text returns a recorded body: most are strings, some were decoded already.
func text(body json.RawMessage) string {
	var s string
	if json.Unmarshal(body, &s) == nil {
		return s
	}
	return string(body)
}

// CheckItem requires what holds for every item of a scholarly place.
func CheckItem(t *testing.T, it connector.Item) {
	t.Helper()
	require.NotEmpty(t, it.Title)
	require.NotContains(t, it.Title, "\n")
	require.True(t, strings.HasPrefix(it.URL, "https://") || strings.HasPrefix(it.URL, "http://"), it.URL)
	require.NotEmpty(t, it.Identifiers)
	require.Regexp(t, `^(\d{4}(-\d{2}(-\d{2})?)?)?$`, it.Published)
	require.Equal(t, it.Text == "", it.Extent == connector.ExtentNone)
	require.NotContains(t, it.Title+it.Text, "<jats:")
	for _, a := range append([]string{it.Title, it.Text}, it.Authors...) {
		require.Equal(t, strings.ToValidUTF8(a, "?"), a)
	}
	for _, f := range it.FullTexts {
		require.True(t, strings.HasPrefix(f, "https://") || strings.HasPrefix(f, "http://"), f)
	}
}
