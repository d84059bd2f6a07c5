package llmtest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/llm"
	"github.com/researcherpro/researcherpro/pkg/llm/llmtest"
)

// fields is a request's body.
type fields = map[string]any

// ask is a question of eight bytes, and so two tokens, in a request's body.
func ask(more fields) fields {
	body := fields{"model": "m", "messages": []fields{{"role": "user", "content": "Who? Me?"}}}
	for name, value := range more {
		body[name] = value
	}
	return body
}

// request is a request with a body.
func request(t *testing.T, base string, body fields) *http.Request {
	t.Helper()
	data, err := json.Marshal(body)
	require.NoError(t, err)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/chat/completions", bytes.NewReader(data))
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer k1")
	return req
}

// post sends a request and returns the answer with its body, as far as that came.
func post(t *testing.T, base string, body fields) (*http.Response, string, error) {
	t.Helper()
	resp, err := http.DefaultClient.Do(request(t, base, body))
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp, string(text), err
}

func TestServer_AnswersInBothForms(t *testing.T) {
	t.Parallel()
	reply := llmtest.Reply{Text: "You and me.", Reasoning: "hmmm", Cached: 1, Citations: []string{"https://a.example/"}, Piece: 4}
	s := llmtest.New(t, llmtest.Always(reply))

	_, got, err := post(t, s.OpenAI(), ask(nil))
	require.NoError(t, err)
	require.JSONEq(t, `{"id":"chatcmpl-1","object":"chat.completion","created":1781100373,"model":"m",
		"choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"You and me.","reasoning_content":"hmmm"}}],
		"usage":{"prompt_tokens":2,"completion_tokens":4,"total_tokens":6,
			"prompt_tokens_details":{"cached_tokens":1},"completion_tokens_details":{"reasoning_tokens":1}}}`, got)

	_, got, err = post(t, s.OpenAI(), ask(fields{"stream": true, "stream_options": fields{"include_usage": true}}))
	require.NoError(t, err)
	require.Contains(t, got, `"delta":{"content":"You "}`)
	require.Contains(t, got, `"choices":[],"created":1781100373`)
	require.True(t, len(got) > 14 && got[len(got)-14:] == "data: [DONE]\n\n")

	_, got, err = post(t, s.Perplexity(), ask(fields{"stream": true}))
	require.NoError(t, err)
	require.NotContains(t, got, "[DONE]")
	require.Contains(t, got, `"message":{"content":"You and "`, "what was said so far is repeated")
	require.Contains(t, got, `"object":"chat.completion.done"`)
	require.Contains(t, got, `"request_cost":0.005000000,"total_cost":0.005006000`)
	require.Contains(t, got, "\r\n\r\n")
}

func TestServer_StopsWhereTheCallerSays(t *testing.T) {
	t.Parallel()
	s := llmtest.New(t, llmtest.Always(llmtest.Reply{Text: "one and two", Reasoning: "hmmm"}))
	for _, name := range []string{"max_tokens", "max_completion_tokens"} {
		_, got, err := post(t, s.OpenAI(), ask(fields{name: 2}))
		require.NoError(t, err)
		require.Contains(t, got, `"content":"one "`)
		require.Contains(t, got, `"finish_reason":"length"`)
	}
	require.Equal(t, llm.Usage{InputTokens: 4, OutputTokens: 4, ReasoningTokens: 2}, s.Account("k1").Usage)
}

func TestServer_KeepsAnAccount(t *testing.T) {
	t.Parallel()
	s := llmtest.New(t, llmtest.Queue(
		llmtest.Say("12345"),
		llmtest.Fail(429, "rate_limit_exceeded", "Too many.").With("Retry-After", "3"),
		llmtest.Reply{Text: "12345678", Fault: llmtest.Break, At: 4, Piece: 3},
		llmtest.Reply{Text: "12345678", Fault: llmtest.End, At: 100},
		llmtest.Reply{Text: "12345678", Fault: llmtest.Break, At: 7},
	))
	_, _, err := post(t, s.OpenAI(), ask(nil))
	require.NoError(t, err)
	resp, text, err := post(t, s.OpenAI(), ask(nil))
	require.NoError(t, err)
	require.Equal(t, 429, resp.StatusCode)
	require.Equal(t, "3", resp.Header.Get("Retry-After"))
	require.JSONEq(t, `{"error":{"message":"Too many.","type":"rate_limit_exceeded","param":null,"code":"rate_limit_exceeded"}}`, text)

	_, text, err = post(t, s.OpenAI(), ask(fields{"stream": true}))
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.Contains(t, text, `{"content":"4"}`)
	require.NotContains(t, text, "5")
	_, text, err = post(t, s.OpenAI(), ask(fields{"stream": true}))
	require.NoError(t, err)
	require.NotContains(t, text, "stop")
	_, text, err = post(t, s.OpenAI(), ask(nil))
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.Len(t, text, 7)
	_, text, err = post(t, s.Perplexity(), ask(nil))
	require.NoError(t, err)
	require.Contains(t, text, `"code":400`)

	require.NoError(t, s.Close())
	require.Equal(t, llmtest.Account{
		Requests: 6, Answered: 1, Broken: 3, Failed: 2,
		Usage: llm.Usage{InputTokens: 2, OutputTokens: 2}, Lost: llm.Usage{InputTokens: 6, OutputTokens: 5},
	}, s.Account("k1"))
	require.Equal(t, s.Account("k1"), s.Total())
	require.Zero(t, s.Account("k2"))
	calls := s.Calls()
	require.Len(t, calls, 6)
	require.Equal(t, calls[0].Digest, calls[1].Digest)
	require.NotEqual(t, calls[0].Digest, calls[2].Digest)
}

func TestServer_TakesItsTime(t *testing.T) {
	t.Parallel()
	s := llmtest.New(t, llmtest.Always(llmtest.Reply{Text: "é12345678", Delay: 60 * time.Millisecond, Pace: 20 * time.Millisecond, Piece: 3}))
	begun := time.Now()
	_, text, err := post(t, s.OpenAI(), ask(fields{"stream": true}))
	require.NoError(t, err)
	require.Contains(t, text, `{"content":"é1"}`, "characters are whole")
	require.GreaterOrEqual(t, time.Since(begun), 140*time.Millisecond, "four pieces")

	ctx, cancel := context.WithCancel(t.Context())
	s = llmtest.New(t, func(llmtest.Request) llmtest.Reply {
		cancel()
		return llmtest.Reply{Text: "text", Delay: time.Hour}
	})
	_, err = http.DefaultClient.Do(request(t, s.OpenAI(), ask(nil)).WithContext(ctx))
	require.ErrorIs(t, err, context.Canceled)
	require.Eventually(t, func() bool { return s.Account("k1").Broken == 1 }, 5*time.Second, time.Millisecond)
	require.Zero(t, s.Account("k1").Lost, "it had not begun")
}

func TestServer_CountsCallersApart(t *testing.T) {
	t.Parallel()
	s := llmtest.New(t, func(r llmtest.Request) llmtest.Reply { return llmtest.JSON(fields{"model": r.Model}) })
	var all sync.WaitGroup
	for i := range 20 {
		req := request(t, s.OpenAI(), ask(nil))
		req.Header.Set("Authorization", "Bearer "+[]string{"k1", "k2"}[i%2])
		all.Go(func() {
			resp, err := http.DefaultClient.Do(req)
			if assert.NoError(t, err) {
				resp.Body.Close()
			}
		})
	}
	all.Wait()
	require.NoError(t, s.Close())
	require.Equal(t, s.Account("k1"), s.Account("k2"))
	require.Equal(t, 20, s.Total().Answered)
	require.Equal(t, llm.Usage{InputTokens: 20, OutputTokens: 40}, s.Account("k1").Usage)
	numbers := map[int]bool{}
	for _, c := range s.Calls() {
		numbers[c.Number] = true
		require.JSONEq(t, `{"model":"m"}`, c.Reply.Text)
	}
	require.Len(t, numbers, 20)
}

func TestServer_RefusesWhatIsNoRequest(t *testing.T) {
	t.Parallel()
	s := llmtest.New(t, llmtest.Always(llmtest.Say("text")))
	req := request(t, s.OpenAI(), nil)
	req.Body, req.ContentLength = io.NopCloser(bytes.NewReader([]byte("text"))), 4
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, http.StatusBadRequest, resp.StatusCode)
	require.Zero(t, s.Total())
}

func TestServer_ClosesStalledAnswers(t *testing.T) {
	t.Parallel()
	for _, stream := range []bool{false, true} {
		s := llmtest.New(t, llmtest.Always(llmtest.Reply{Text: "text", Fault: llmtest.Stall}))
		req := request(t, s.OpenAI(), ask(fields{"stream": stream}))
		ended := make(chan error)
		go func() {
			resp, err := http.DefaultClient.Do(req)
			if err == nil {
				_, err = io.ReadAll(resp.Body)
			}
			ended <- err
		}()
		require.Eventually(t, func() bool { return s.Total().Requests == 1 }, 5*time.Second, time.Millisecond)
		require.NoError(t, s.Close())
		require.Error(t, <-ended)
		require.Equal(t, 1, s.Total().Broken)
		require.NoError(t, s.Close(), "a second time")
	}
}

func TestWithout_RefusesAParameter(t *testing.T) {
	t.Parallel()
	s := llmtest.New(t, llmtest.Without(llmtest.Always(llmtest.Say("fine")), "response_format"))
	schema := fields{"type": "json_schema", "json_schema": fields{"name": "n", "schema": fields{"type": "object"}}}
	resp, text, err := post(t, s.OpenAI(), ask(fields{"response_format": schema}))
	require.NoError(t, err)
	require.Equal(t, 400, resp.StatusCode)
	require.Contains(t, text, "'response_format'")
	resp, _, err = post(t, s.OpenAI(), ask(nil))
	require.NoError(t, err)
	require.Equal(t, 200, resp.StatusCode)
	require.Equal(t, "n", s.Calls()[0].Schema.Name)
	require.JSONEq(t, `{"type":"object"}`, string(s.Calls()[0].Schema.JSON))
}
