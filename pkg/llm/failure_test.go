package llm_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/llm"
	"github.com/researcherpro/researcherpro/pkg/llm/llmtest"
)

// verbatim is a reply with a body as it stands.
func verbatim(status int, body string) llmtest.Reply {
	return llmtest.Reply{Status: status, Body: body}
}

func TestCall_FailuresHaveAKind(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reply llmtest.Reply
		kind  llm.Kind
		says  string
	}{
		"OpenAI: too long":      {verbatim(400, `{"error":{"message":"This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}`), llm.TooLong, "8192"},
		"Perplexity: too long":  {verbatim(400, `{"error":{"message":"The total length of all messages is too long.","type":"too_many_prompt_tokens","code":400}}`), llm.TooLong, "too long"},
		"vLLM: too long":        {verbatim(400, `{"object":"error","message":"This model's maximum context length is 4096 tokens. However, you requested 5000 tokens (4900 in the messages, 100 in the completion). Please reduce the length of the messages or completion.","type":"BadRequestError","param":null,"code":400}`), llm.TooLong, "4096"},
		"llama.cpp: too long":   {verbatim(400, `{"error":{"code":400,"message":"the request exceeds the available context size, try increasing it","type":"exceed_context_size_error"}}`), llm.TooLong, "context size"},
		"LM Studio: too long":   {verbatim(400, `{"error":"Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens"}`), llm.TooLong, "4096"},
		"Ollama: too long":      {verbatim(500, `{"error":{"message":"the input length exceeds the context length","type":"api_error","param":null,"code":null}}`), llm.TooLong, "context length"},
		"OpenRouter: too long":  {verbatim(400, `{"error":{"message":"Provider returned error","code":400,"metadata":{"raw":"{\"message\":\"prompt is too long: 210000 tokens > 200000 maximum\"}"}}}`), llm.TooLong, "210000"},
		"Google: too long":      {verbatim(400, `[{"error":{"code":400,"message":"The input token count (1048577) exceeds the maximum number of tokens allowed (1048576).","status":"INVALID_ARGUMENT"}}]`), llm.TooLong, "1048577"},
		"a proxy: too long":     {verbatim(413, `<html><head><title>413 Request Entity Too Large</title></head></html>`), llm.TooLong, "a page: 413"},
		"too long for a minute": {llmtest.Fail(429, "tokens", "Request too large for gpt-4o in organization org-1 on tokens per min (TPM): Limit 30000, Requested 43000."), llm.TooLong, "43000"},

		"OpenAI: wrong key":        {verbatim(401, `{"error":{"message":"Incorrect API key provided: sk-se***et.","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}`), llm.Denied, "status 401: the key is not accepted"},
		"Perplexity: wrong key":    {verbatim(401, `{"error":{"message":"Invalid API key provided.","type":"invalid_api_key","code":401}}`), llm.Denied, "not accepted"},
		"Google: wrong key":        {verbatim(400, `[{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT"}}]`), llm.Denied, "not accepted"},
		"a country":                {llmtest.Fail(403, "unsupported_country", "Country not supported"), llm.Denied, "403"},
		"OpenAI: no credit":        {llmtest.Fail(429, "insufficient_quota", "You exceeded your current quota, please check your plan and billing details."), llm.Exhausted, "quota"},
		"OpenRouter: no credit":    {verbatim(402, `{"error":{"message":"Insufficient credits","code":402}}`), llm.Exhausted, "credits"},
		"Google: a minute's quota": {verbatim(429, `[{"error":{"code":429,"message":"You exceeded your current quota.","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34s"}]}}]`), llm.Unavailable, "quota"},
		"a filter":                 {verbatim(400, `{"error":{"message":"The response was filtered","code":"content_filter","param":"prompt","innererror":{"code":"ResponsibleAIPolicyViolation"}}}`), llm.Refused, "filtered"},
		"OpenRouter: flagged":      {verbatim(403, `{"error":{"message":"Your input was flagged","code":403,"metadata":{"reasons":["violence"]}}}`), llm.Refused, "flagged"},
		"an unknown model":         {llmtest.Fail(404, "model_not_found", "The model m does not exist"), llm.Invalid, "does not exist"},
		"FastAPI: invalid":         {verbatim(422, `{"detail":[{"loc":["body","messages"],"msg":"field required"}]}`), llm.Invalid, "field required"},
		"too many":                 {llmtest.Fail(429, "rate_limit_exceeded", "Rate limit reached. Add a payment method at https://a.example/account/billing."), llm.Unavailable, "Rate limit"},
		"overloaded":               {llmtest.Fail(529, "overloaded_error", "Overloaded"), llm.Unavailable, "status 529: Overloaded"},
		"a gateway's page":         {verbatim(502, "<!DOCTYPE html><html><title>Bad\n gateway &amp; co</title>"), llm.Unavailable, "status 502: a page: Bad gateway & co"},
		"nothing at all":           {llmtest.Reply{Status: 503, ErrorMessage: " "}, llm.Unavailable, "Service Unavailable"},
		"a redirect":               {verbatim(302, "elsewhere"), llm.Broken, "302"},

		"200 with an error":     {verbatim(200, `{"error":{"message":"Upstream failed","code":502}}`), llm.Unavailable, "status 502: Upstream failed"},
		"200 with a text":       {verbatim(200, `{"error":"model is loading"}`), llm.Broken, "model is loading"},
		"200 with vLLM's error": {verbatim(200, `{"object":"error","message":"prompt is too long","type":"BadRequestError","code":400}`), llm.TooLong, "too long"},
		"an error in a choice":  {verbatim(200, `{"choices":[{"error":{"message":"Rate limited","code":429},"message":{"content":""}}]}`), llm.Unavailable, "Rate limited"},
		"a page":                {verbatim(200, "<html><title>Log in</title></html>"), llm.Broken, "no chat completion: a page: Log in"},
		"no choices":            {verbatim(200, `{"object":"chat.completion","choices":[]}`), llm.Broken, "the answer is empty"},
		"half of it":            {verbatim(200, `{"choices":[{"message":{"content":"An`), llm.Broken, "no chat completion"},
		"a refusal":             {llmtest.Reply{Refusal: "I cannot help with that."}, llm.Refused, "I cannot help"},
		"a filter at the end":   {llmtest.Reply{Finish: llm.Filtered}, llm.Refused, "filter"},
		"a tool":                {llmtest.Reply{ToolCalls: []string{"search"}}, llm.Broken, "a tool"},
		"an empty answer":       {llmtest.Say(" \n"), llm.Broken, "empty"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := llmtest.New(t, llmtest.Always(tc.reply))
			for _, onText := range []func(string) error{nil, writeTo(&strings.Builder{})} {
				_, err := llm.NewOpenAI(llm.Config{BaseURL: s.OpenAI(), Key: "sk-secret"}).Call(t.Context(), question(), onText)
				requireError(t, err, tc.kind, tc.says)
			}
		})
	}
}

func TestCall_NoiseBesideTheText(t *testing.T) {
	t.Parallel()
	s := llmtest.New(t, llmtest.Queue(
		llmtest.Reply{Text: "Anna.", ToolCalls: []string{"search"}},
		llmtest.Reply{Text: "Anna and", Finish: llm.Filtered},
		verbatim(200, `{"choices":[{"message":{"content":[{"type":"text","text":"Anna"},{"type":"image_url"},{"text":"."}]},"finish_reason":"max_tokens"}],"usage":{"prompt_tokens":"7"}}`),
		verbatim(200, "\n \n{\"choices\":[{\"message\":{\"content\":\"Anna.\"},\"finish_reason\":null}],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":2,\"prompt_cache_hit_tokens\":3,\"cost\":0.0000000012}}"),
	))
	client := llm.NewOpenAI(llm.Config{BaseURL: s.OpenAI()})
	call := func() llm.Response {
		resp, err := client.Call(t.Context(), question(), nil)
		require.NoError(t, err)
		return resp
	}
	require.Equal(t, "Anna.", call().Text)
	require.Equal(t, llm.Filtered, call().Finish)
	resp := call()
	require.Equal(t, "Anna.", resp.Text)
	require.Equal(t, llm.Truncated, resp.Finish)
	require.True(t, resp.Usage.Estimated)
	two := int64(2)
	require.Equal(t, llm.Usage{InputTokens: 7, CachedInputTokens: 3, OutputTokens: 2, CostNanoUSD: &two}, call().Usage, "a part of a billionth is rounded up")
}

func TestCall_SaysWhenItMayBeMadeAgain(t *testing.T) {
	t.Parallel()
	busy := llmtest.Fail(429, "rate_limit_exceeded", "Busy.")
	says := func(text string) llmtest.Reply { return llmtest.Fail(429, "rate_limit_exceeded", text) }
	tests := map[string]struct {
		reply llmtest.Reply
		want  time.Duration
	}{
		"nothing":               {busy, 0},
		"seconds":               {busy.With("Retry-After", "20"), 20 * second},
		"a part of a second":    {busy.With("Retry-After", "0.5"), second / 2},
		"milliseconds":          {busy.With("Retry-After-Ms", "250").With("Retry-After", "1"), second / 4},
		"a date":                {busy.With("Date", "Mon, 23 Nov 2026 08:00:00 GMT").With("Retry-After", "Mon, 23 Nov 2026 08:01:30 GMT"), 90 * second},
		"a date that is over":   {busy.With("Date", "Mon, 23 Nov 2026 08:00:00 GMT").With("Retry-After", "Mon, 23 Nov 2026 07:00:00 GMT"), 0},
		"too long to believe":   {busy.With("Retry-After", "1e12"), 24 * time.Hour},
		"less than nothing":     {busy.With("Retry-After", "-5"), 0},
		"nonsense":              {busy.With("Retry-After", "soon"), 0},
		"words":                 {says("Rate limit reached. Please try again in 1.2s. Visit …"), 1200 * time.Millisecond},
		"words: milliseconds":   {says("Please try again in 321ms."), 321 * time.Millisecond},
		"words: minutes":        {says("Please try again in 6m0s."), 6 * minute},
		"words: written out":    {says("Retry after 20 seconds"), 20 * second},
		"words: whole minutes":  {says("Please wait for 2 minutes"), 2 * minute},
		"Google's details":      {verbatim(429, `{"error":{"message":"Quota.","details":[{"retryDelay":"34.5s"}]}}`), 34*second + second/2},
		"OpenAI's spent limits": {busy.With("X-Ratelimit-Limit-Tokens", "9").With("X-Ratelimit-Remaining-Tokens", "0").With("X-Ratelimit-Reset-Tokens", "7.5s").With("X-Ratelimit-Limit-Requests", "9").With("X-Ratelimit-Remaining-Requests", "1").With("X-Ratelimit-Reset-Requests", "1h"), 7500 * time.Millisecond},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := llmtest.New(t, llmtest.Always(tc.reply))
			_, err := llm.NewOpenAI(llm.Config{BaseURL: s.OpenAI()}).Call(t.Context(), question(), nil)
			failed := requireError(t, err, llm.Unavailable, "status 429")
			require.Equal(t, tc.want, failed.RetryAfter)
			require.False(t, failed.Sent, "an error is not charged")
			require.Equal(t, 1, s.Total().Requests, "nothing is tried again here")
		})
	}
}

func TestCall_ShowsNoKey(t *testing.T) {
	t.Parallel()
	s := llmtest.New(t, func(r llmtest.Request) llmtest.Reply {
		return verbatim(http.StatusBadRequest, `{"error":{"message":"bad request with `+r.Key+`"}}`)
	})
	_, err := llm.NewOpenAI(llm.Config{BaseURL: s.OpenAI(), Key: "sk-secret"}).Call(t.Context(), question(), nil)
	require.EqualError(t, err, "language model: status 400: bad request with …")
	_, err = llm.NewOpenAI(llm.Config{BaseURL: "http://127.0.0.1:1/sk-secret", Key: "sk-secret"}).Call(t.Context(), question(), nil)
	require.NotContains(t, err.Error(), "sk-secret")
}
