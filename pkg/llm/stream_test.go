package llm_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/llm"
)

// answering is a network in which every request is answered with a stream.
type answering func() io.Reader

// RoundTrip implements http.RoundTripper.
func (a answering) RoundTrip(r *http.Request) (*http.Response, error) {
	body, ok := a().(io.ReadCloser)
	if !ok {
		body = io.NopCloser(a())
	}
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"text/event-stream"}}, Body: body, Request: r,
	}, nil
}

// stream calls a model whose answer is a stream, and returns what was heard of it.
func stream(t *testing.T, body func() io.Reader) (string, llm.Response, error) {
	t.Helper()
	var heard strings.Builder
	client := llm.NewOpenAI(llm.Config{BaseURL: "http://model.example/v1", HTTP: &http.Client{Transport: answering(body)}})
	resp, err := client.Call(t.Context(), question(), writeTo(&heard))
	return heard.String(), resp, err
}

// pieces are the events of a stream that says a text in pieces of so many characters.
func pieces(t *testing.T, text string, length int) string {
	t.Helper()
	var events strings.Builder
	for rest := []rune(text); len(rest) > 0; {
		n := min(length, len(rest))
		piece, err := json.Marshal(string(rest[:n]))
		require.NoError(t, err)
		events.WriteString(`data: {"choices":[{"delta":{"content":` + string(piece) + "}}]}\n\n")
		rest = rest[n:]
	}
	return events.String() + "data: [DONE]\n\n"
}

// FuzzStream looks for texts whose pieces make a difference: how a server cuts its
// answer must not change what comes of it.
func FuzzStream(f *testing.F) {
	for _, tc := range thinking {
		f.Add(tc.text, uint8(1))
	}
	f.Fuzz(func(t *testing.T, text string, length uint8) {
		if len(text) > 1000 {
			t.Skip("longer texts find nothing else")
		}
		_, whole, errWhole := stream(t, func() io.Reader { return strings.NewReader(pieces(t, text, len(text)+1)) })
		heard, cut, errCut := stream(t, func() io.Reader { return iotest.OneByteReader(strings.NewReader(pieces(t, text, int(length)%8+1))) })
		require.Equal(t, whole.Text, cut.Text)
		require.Equal(t, errWhole, errCut)
		require.True(t, strings.HasSuffix(heard, cut.Text), "what is heard after the last thought is the text")
	})
}

// FuzzEvents looks for streams that a server may send by mistake, or by intent, and
// that break it. Whatever comes, the error is one of ours.
func FuzzEvents(f *testing.F) {
	f.Add("data: {\"choices\":[{\"delta\":{\"content\":\"A\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n", uint(90))
	f.Add("data: {\"error\":{\"message\":[\"a\"],\"code\":429}}\n\n", uint(90))
	f.Add(": note\r\n\r\ndata: {\"choices\":[{\"message\":{\"content\":[{\"text\":\"A\"}]}}],\"usage\":{\"cost\":{\"total_cost\":1e-3}}}\r\n\r\n", uint(0))
	f.Fuzz(func(t *testing.T, events string, length uint) {
		length %= uint(len(events) + 1)
		_, resp, err := stream(t, func() io.Reader {
			return io.MultiReader(strings.NewReader(events[:length]), iotest.ErrReader(errors.New("broken")))
		})
		var failed *llm.Error
		if err != nil {
			require.ErrorAs(t, err, &failed)
			require.NotEmpty(t, failed.Kind)
		}
		require.GreaterOrEqual(t, resp.Usage.OutputTokens, int64(0))
		require.GreaterOrEqual(t, resp.Usage.InputTokens, int64(0))
	})
}
