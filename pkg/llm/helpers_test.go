package llm_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/researcherpro/researcherpro/pkg/llm"
)

// TestMain sees that no call leaves anything running. Connections that are kept for the
// next call are the HTTP client's.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		goleak.IgnoreTopFunction("net/http.(*persistConn).readLoop"),
		goleak.IgnoreTopFunction("net/http.(*persistConn).writeLoop"),
		goleak.IgnoreTopFunction("internal/poll.runtime_pollWait"))
}

// question is a request.
func question() llm.Request {
	return llm.Request{
		Model: "m", MaxTokens: 100,
		Messages: []llm.Message{{Role: llm.System, Text: "Be brief."}, {Role: llm.User, Text: "Who wrote it?"}},
	}
}

// structured is a request for an answer with a form.
func structured() llm.Request {
	r := question()
	r.Schema = &llm.Schema{Name: "answer", JSON: []byte(`{"type":"object"}`)}
	return r
}

// writeTo is an onText that keeps what it hears.
func writeTo(all *strings.Builder) func(string) error {
	return func(text string) error {
		all.WriteString(text)
		return nil
	}
}

// requireError requires an error of a kind that says something.
func requireError(t *testing.T, err error, kind llm.Kind, says string) *llm.Error {
	t.Helper()
	var failed *llm.Error
	require.ErrorAs(t, err, &failed)
	require.Equal(t, kind, failed.Kind, "%s: %s", failed.Kind, failed.Message)
	require.ErrorContains(t, failed, says)
	return failed
}

// The units of time.
const (
	second = time.Second
	minute = time.Minute
)
