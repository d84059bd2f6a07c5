package embed_test

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/embed"
)

// account is on whose account these tests ask.
var account = connector.Account{Provider: "openai", Credential: "sk-secret-0123456789"}

// newEmbedder returns one that asks s.
func newEmbedder(t *testing.T, s *server, change func(*embed.Config), cache embed.Cache) *embed.Embedder {
	t.Helper()
	cfg := embed.Config{BaseURL: s.URL + "/v1", Model: "m"}
	if change != nil {
		change(&cfg)
	}
	e, err := embed.New(cfg, doer{}, cache)
	require.NoError(t, err)
	return e
}

func TestNew_RefusesWhatCannotWork(t *testing.T) {
	t.Parallel()
	tests := map[string]embed.Config{
		"no address":     {Model: "m"},
		"no host":        {BaseURL: "https:///v1", Model: "m"},
		"another scheme": {BaseURL: "file:///etc/passwd", Model: "m"},
		"no model":       {BaseURL: "https://example.org/v1"},
	}
	for name, cfg := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := embed.New(cfg, doer{}, nil)
			require.Error(t, err)
		})
	}
}

func TestSimilarities(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	got, err := newEmbedder(t, s, nil, nil).Similarities(t.Context(), account, "coffee sleep",
		[]string{"coffee sleep", "coffee", "tea", "", " \n", "coffee"})
	require.NoError(t, err)
	require.Len(t, got, 6)
	require.InDelta(t, 1, got[0], 1e-6)
	require.InDelta(t, math.Sqrt(0.5), got[1], 1e-6)
	require.InDelta(t, 0, got[2], 1e-6)
	require.Zero(t, got[3])
	require.Zero(t, got[4])
	require.InDelta(t, got[1], got[5], 0)
	require.Equal(t, []string{"coffee", "coffee sleep", "tea"}, s.asked(), "each text once, and nothing blank")

	require.Len(t, s.requests, 1)
	require.Equal(t, "/v1/embeddings", s.requests[0].path)
	require.Equal(t, "Bearer "+account.Credential, s.requests[0].key)
	require.Equal(t, "m", s.requests[0].Model)
	require.Empty(t, s.requests[0].Format, "there are servers that refuse the parameter")
}

func TestSimilarities_ABlankQuestionIsNotSent(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	got, err := newEmbedder(t, s, nil, nil).Similarities(t.Context(), account, " \t", []string{"coffee"})
	require.NoError(t, err)
	require.Equal(t, []float64{0}, got)
	require.Empty(t, s.asked())
}

func TestSimilarities_WithoutAKey(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	_, err := newEmbedder(t, s, nil, nil).Similarities(t.Context(), connector.Account{Provider: "local"}, "coffee", []string{"tea"})
	require.NoError(t, err)
	require.Empty(t, s.requests[0].key)
}

func TestSimilarities_Prefixes(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	e := newEmbedder(t, s, func(cfg *embed.Config) { cfg.QueryPrefix, cfg.PassagePrefix = "query: ", "passage: " }, nil)
	_, err := e.Similarities(t.Context(), account, "coffee", []string{"coffee"})
	require.NoError(t, err)
	require.Equal(t, []string{"passage: coffee", "query: coffee"}, s.asked())
}

// TestSimilarities_LongTextsAreCut counts with three characters of ASCII to a
// token, and one of any other script.
func TestSimilarities_LongTextsAreCut(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ text, want string }{
		"fits":                  {"abc def ghi jkl", "abc def ghi jkl"},
		"by whole words":        {"abcd efgh ijkl mnop", "abcd efgh ijkl"},
		"one endless word":      {strings.Repeat("x", 99), strings.Repeat("x", 15)},
		"a script without room": {"咖啡对睡眠的影响", "咖啡对睡眠"},
		"bytes that are no text": {
			"a\xffb", "a\uFFFDb",
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			e := newEmbedder(t, s, func(cfg *embed.Config) { cfg.InputTokens = 5 }, nil)
			_, err := e.Similarities(t.Context(), account, "q", []string{tc.text})
			require.NoError(t, err)
			require.ElementsMatch(t, []string{"q", tc.want}, s.asked())
		})
	}
}

func TestSimilarities_Batches(t *testing.T) {
	t.Parallel()
	many := make([]string, 300)
	for i := range many {
		many[i] = fmt.Sprintf("text number%d", i)
	}
	long := make([]string, 60) // of 500 estimated tokens each: 16 to a batch
	for i := range long {
		long[i] = fmt.Sprintf("%03d", i) + strings.Repeat("abc", 499)
	}
	for name, tc := range map[string]struct {
		texts    []string
		requests int
	}{"many short texts": {many, 3}, "long texts": {long, 4}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			got, err := newEmbedder(t, s, nil, nil).Similarities(t.Context(), account, "number7", tc.texts)
			require.NoError(t, err)
			require.Len(t, got, len(tc.texts))
			require.Len(t, s.requests, tc.requests)
			for _, r := range s.requests {
				require.LessOrEqual(t, len(r.Input), 128)
				require.LessOrEqual(t, len(strings.Join(r.Input, ""))/3, 8000)
			}
			if len(tc.texts) == len(many) {
				require.Greater(t, got[7], got[8], "each text has its own vector, whatever batch it was in")
			}
		})
	}
}

// vectorJSON is an answer with one vector of numbers as they are written.
func vectorJSON(numbers string) string {
	return `{"data":[{"index":0,"embedding":` + numbers + `},{"index":1,"embedding":[1,2]}]}`
}

// packed returns numbers as base64.
func packed(numbers ...float32) string {
	var raw []byte
	for _, x := range numbers {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(x))
	}
	return base64.StdEncoding.EncodeToString(raw)
}

// TestSimilarities_Problems lists what servers answer instead of two vectors.
func TestSimilarities_Problems(t *testing.T) {
	t.Parallel()
	nan := float32(math.NaN())
	tests := map[string]struct {
		status  int
		body    string
		problem connector.Problem
	}{
		"the key is wrong":          {401, `{"error":{"message":"Incorrect API key provided: sk-secret-0123456789","type":"invalid_request_error","code":"invalid_api_key"}}`, connector.Denied},
		"the plan does not pay":     {402, `Payment Required`, connector.Denied},
		"forbidden":                 {403, `{"error":"no"}`, connector.Denied},
		"no such model":             {404, `{"error":{"message":"The model does not exist","type":"invalid_request_error","code":"model_not_found"}}`, connector.Rejected},
		"no embeddings there":       {404, `404 page not found`, connector.Rejected},
		"the text is too long":      {400, `{"error":{"message":"maximum context length is 512 tokens"}}`, connector.Rejected},
		"a message that is none":    {400, `{"error":{"message":{"nested":true}}}`, connector.Rejected},
		"too many requests":         {429, `{}`, connector.Limited},
		"down":                      {500, `oops`, connector.Unavailable},
		"overloaded":                {503, ``, connector.Unavailable},
		"slow":                      {408, ``, connector.Unavailable},
		"a page":                    {200, `<html><body>Sign in</body></html>`, connector.Malformed},
		"nothing":                   {200, ``, connector.Malformed},
		"cut off":                   {200, `{"data":[{"index":0,"embed`, connector.Malformed},
		"an error that looks well":  {200, `{"error":{"message":"No endpoints found"}}`, connector.Malformed},
		"no vector":                 {200, `{"data":[]}`, connector.Malformed},
		"one too few":               {200, `{"data":[{"index":0,"embedding":[1]}]}`, connector.Malformed},
		"one too many":              {200, `{"data":[{"index":0,"embedding":[1]},{"index":1,"embedding":[1]},{"index":2,"embedding":[1]}]}`, connector.Malformed},
		"the same number twice":     {200, `{"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}]}`, connector.Malformed},
		"a number too high":         {200, `{"data":[{"index":0,"embedding":[1]},{"index":2,"embedding":[1]}]}`, connector.Malformed},
		"a negative number":         {200, `{"data":[{"index":0,"embedding":[1]},{"index":-1,"embedding":[1]}]}`, connector.Malformed},
		"zeros":                     {200, vectorJSON(`[0,0]`), connector.Malformed},
		"nothing but null":          {200, vectorJSON(`[null,null]`), connector.Malformed},
		"empty":                     {200, vectorJSON(`[]`), connector.Malformed},
		"null":                      {200, vectorJSON(`null`), connector.Malformed},
		"not a number":              {200, vectorJSON(`[NaN,1]`), connector.Malformed},
		"too large a number":        {200, vectorJSON(`[1e99,1]`), connector.Malformed},
		"words for numbers":         {200, vectorJSON(`["1","2"]`), connector.Malformed},
		"different lengths":         {200, vectorJSON(`[1,2,3]`), connector.Malformed},
		"packed, not a number":      {200, `{"data":[{"index":0,"embedding":"` + packed(nan, 1) + `"},{"index":1,"embedding":"` + packed(1, 2) + `"}]}`, connector.Malformed},
		"packed, infinite":          {200, `{"data":[{"index":0,"embedding":"` + packed(float32(math.Inf(1)), 1) + `"},{"index":1,"embedding":"` + packed(1, 2) + `"}]}`, connector.Malformed},
		"packed, empty":             {200, `{"data":[{"index":0,"embedding":""},{"index":1,"embedding":""}]}`, connector.Malformed},
		"packed in another way":     {200, `{"data":[{"index":0,"embedding":"***"},{"index":1,"embedding":"***"}]}`, connector.Malformed},
		"packed and numbers in one": {200, `{"data":[{"index":0,"embedding":"` + packed(1) + `"},{"index":1,"embedding":[1]}]}`, connector.Malformed},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, says(tc.status, tc.body))
			got, err := newEmbedder(t, s, nil, nil).Similarities(t.Context(), account, "coffee", []string{"tea"})
			require.Nil(t, got)
			var problem *connector.Error
			require.ErrorAs(t, err, &problem)
			require.Equal(t, tc.problem, problem.Problem)
			require.NotEmpty(t, problem.Message)
			require.NotContains(t, err.Error(), account.Credential)
			require.Equal(t, tc.status == 429 || tc.status >= 500 || tc.status == 408, problem.Temporary())
			require.Len(t, s.requests, 1, "asking again is for whoever asked to decide")
		})
	}
}

func TestSimilarities_VectorsAsBase64(t *testing.T) {
	t.Parallel()
	signed := func(numbers ...int8) string {
		var raw []byte
		for _, x := range numbers {
			raw = append(raw, byte(x))
		}
		return base64.StdEncoding.EncodeToString(raw)
	}
	tests := map[string]struct {
		question, text string
		want           float64
	}{
		"floats":                    {packed(3, 4), packed(30, 40), 1},
		"signed bytes":              {signed(100, 0, -100, 127), signed(-100, 0, 100, 127), -0.107},
		"bytes that are no floats":  {signed(1, 0, 0), signed(1, 0, 0), 1},
		"floats that are tiny ones": {packed(1e-20, 0), packed(0, 1e-20), 0},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, says(200, `{"data":[{"index":1,"embedding":"`+tc.text+`"},{"index":0,"embedding":"`+tc.question+`"}]}`))
			got, err := newEmbedder(t, s, nil, nil).Similarities(t.Context(), account, "coffee", []string{"tea"})
			require.NoError(t, err)
			require.InDelta(t, tc.want, got[0], 1e-3)
		})
	}
}

func TestSimilarities_TheServerIsGone(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	e := newEmbedder(t, s, nil, nil)
	s.Close()
	_, err := e.Similarities(t.Context(), account, "coffee", []string{"tea"})
	var problem *connector.Error
	require.ErrorAs(t, err, &problem)
	require.Equal(t, connector.Unreachable, problem.Problem)
	require.True(t, problem.Temporary())
}

// busy is a Doer whose turn comes later.
type busy struct{}

func (busy) Do(context.Context, connector.Account, *http.Request) (connector.Reply, error) {
	return connector.Reply{}, &connector.Busy{After: 7}
}

func TestSimilarities_BusyIsPassedOn(t *testing.T) {
	t.Parallel()
	e, err := embed.New(embed.Config{BaseURL: "http://localhost/v1", Model: "m"}, busy{}, nil)
	require.NoError(t, err)
	_, err = e.Similarities(t.Context(), account, "coffee", []string{"tea"})
	var later *connector.Busy
	require.ErrorAs(t, err, &later)
	require.EqualValues(t, 7, later.After)
}

// TestSimilarities_CancellingEndsTheRequest cancels while the server thinks.
func TestSimilarities_CancellingEndsTheRequest(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s := newServer(t, func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	_, err := newEmbedder(t, s, nil, nil).Similarities(ctx, account, "coffee", []string{"tea"})
	require.ErrorIs(t, err, context.Canceled)
}

func TestSimilarities_ConcurrentUse(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	e := newEmbedder(t, s, nil, nil)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			got, err := e.Similarities(t.Context(), account, "coffee", []string{"coffee", "tea"})
			if err != nil || got[0] < got[1] {
				t.Errorf("%v %v", got, err)
			}
		})
	}
	group.Wait()
}
