package llm_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/llm"
	"github.com/researcherpro/researcherpro/pkg/llm/llmtest"
)

// long is a text of 25 tokens here.
var long = strings.Repeat("Anna wrote it in Rome. ", 4) + "So it is"

// patience is how long a call waits for words: not long where it waits in vain, and else
// longer than any machine needs.
func patience(says string) time.Duration {
	if strings.Contains(says, "says nothing") {
		return time.Second
	}
	return time.Minute
}

func TestCall_StreamsThatEndTooSoon(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fault llmtest.Fault
		kind  llm.Kind
		says  string
	}{
		"broken off":       {llmtest.Break, llm.Broken, "the answer broke off"},
		"ended by a proxy": {llmtest.End, llm.Broken, "the answer broke off"},
		"nothing any more": {llmtest.Stall, llm.Unavailable, "says nothing for too long"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := llmtest.New(t, llmtest.Always(llmtest.Reply{Text: long, Fault: tc.fault, At: 79}))
			config := llm.Config{BaseURL: s.OpenAI(), Stall: patience(tc.says)}
			for _, client := range []llm.Client{llm.NewOpenAI(config), llm.NewPerplexity(config)} {
				var heard strings.Builder
				resp, err := client.Call(t.Context(), question(), writeTo(&heard))
				failed := requireError(t, err, tc.kind, tc.says)
				require.True(t, failed.Sent, "the model worked, and so may be charged for")
				require.Equal(t, heard.String(), resp.Text)
				require.Equal(t, long[:79], resp.Text)
				require.True(t, resp.Usage.Estimated)
				require.Nil(t, resp.Usage.CostNanoUSD, "what the request itself costs comes last")
			}
			require.NoError(t, s.Close())
			require.GreaterOrEqual(t, llm.CountRequest(question()), s.Total().Lost.InputTokens/2)
		})
	}
}

func TestCall_WholeAnswersThatEndTooSoon(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reply llmtest.Reply
		kind  llm.Kind
		says  string
	}{
		"broken off":           {llmtest.Reply{Fault: llmtest.Break, At: 50}, llm.Broken, "the answer broke off"},
		"broken off at once":   {llmtest.Reply{Fault: llmtest.Break}, llm.Unavailable, "EOF"},
		"ended by a proxy":     {llmtest.Reply{Fault: llmtest.End, At: 50}, llm.Broken, "no chat completion"},
		"nothing at all":       {llmtest.Reply{Delay: time.Hour}, llm.Unavailable, "says nothing for too long"},
		"nothing any more":     {llmtest.Reply{Fault: llmtest.Stall, At: 50}, llm.Unavailable, "says nothing for too long"},
		"a gateway gave it up": {llmtest.Fail(504, "timeout", "Gateway timeout"), llm.Unavailable, "Gateway timeout"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tc.reply.Text = long
			s := llmtest.New(t, llmtest.Always(tc.reply))
			client := llm.NewOpenAI(llm.Config{BaseURL: s.OpenAI(), Patience: patience(tc.says), Stall: patience(tc.says)})
			resp, err := client.Call(t.Context(), question(), nil)
			require.True(t, requireError(t, err, tc.kind, tc.says).Sent)
			require.Equal(t, llm.Usage{InputTokens: llm.CountRequest(question()), OutputTokens: 100, Estimated: true}, resp.Usage,
				"it may have written all that it was allowed to")
		})
	}
}

func TestCall_ErrorsInAStream(t *testing.T) {
	t.Parallel()
	piece := "data: {\"choices\":[{\"delta\":{\"content\":\"Anna\"}}]}\n\n"
	tests := map[string]struct {
		body string
		kind llm.Kind
		sent bool
	}{
		"at once":                   {"data: {\"error\":{\"message\":\"Too many\",\"type\":\"rate_limit_error\",\"code\":\"rate_limit_exceeded\"}}\n\n", llm.Unavailable, false},
		"without a last line break": {"data: {\"error\":{\"message\":\"Too many\",\"code\":429}}", llm.Unavailable, false},
		"in the middle":             {piece + "data: {\"error\":{\"message\":\"Overloaded\",\"code\":503}}\n\n", llm.Unavailable, true},
		"beside a choice":           {piece + "data: {\"choices\":[],\"error\":{\"message\":\"Overloaded\",\"code\":503}}\n\n", llm.Unavailable, true},
		"no JSON":                   {piece + "data: {\"choices\n\n", llm.Broken, true},
		"a list":                    {piece + "data: []\n\n", llm.Broken, true},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := llmtest.New(t, llmtest.Always(llmtest.Reply{Body: tc.body}.With("Content-Type", "text/event-stream")))
			_, err := llm.NewOpenAI(llm.Config{BaseURL: s.OpenAI()}).Call(t.Context(), question(), writeTo(&strings.Builder{}))
			require.Equal(t, tc.sent, requireError(t, err, tc.kind, "").Sent)
		})
	}
}

func TestCall_StreamsOfManyShapes(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"notes to keep it open":     strings.Repeat(": PROCESSING\n\n", 500) + "data: {\"choices\":[{\"delta\":{\"content\":\"Anna.\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
		"no word of an end":         "data: {\"choices\":[{\"delta\":{\"content\":\"Anna.\"}}]}\n\ndata: [DONE]\n\n",
		"no mark of an end":         "data: {\"choices\":[{\"delta\":{\"content\":\"Anna.\"},\"finish_reason\":\"stop\"}]}",
		"names of events":           "event: message\r\nid: 1\r\ndata:{\"choices\":[{\"delta\":{\"content\":\"Anna.\"}}]}\r\n\r\nevent: done\r\ndata: [DONE]\r\n\r\n",
		"all that was said so far":  "data: {\"choices\":[{\"message\":{\"content\":\"An\"}}]}\n\ndata: {\"choices\":[{\"message\":{\"content\":\"Anna.\"},\"finish_reason\":\"stop\"}]}\n\n",
		"both":                      "data: {\"choices\":[{\"delta\":{\"content\":\"Anna.\"},\"message\":{\"content\":\"Anna.\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"\"},\"message\":{\"content\":\"Anna.\"},\"finish_reason\":\"stop\"}]}\n\n",
		"fields of other types":     "data: {\"choices\":[{\"delta\":{\"content\":\"Anna.\",\"tool_calls\":null},\"finish_reason\":\"stop\"}],\"model\":7,\"usage\":null}\n\ndata: [DONE]\n\n",
		"a second choice":           "data: {\"choices\":[{\"delta\":{\"content\":\"Anna.\"}},{\"delta\":{\"content\":\"Ben.\"}}]}\n\ndata: [DONE]\n\n",
		"thoughts of another name":  "data: {\"choices\":[{\"delta\":{\"reasoning\":\"hm\",\"content\":\"Anna.\"}}]}\n\ndata: [DONE]\n\n",
		"a server that streams not": "",
	}
	for name, body := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reply := llmtest.Reply{Body: body}.With("Content-Type", "text/event-stream")
			if body == "" {
				reply = verbatim(200, `{"choices":[{"message":{"content":"Anna."},"finish_reason":"stop"}]}`)
			}
			s := llmtest.New(t, llmtest.Always(reply))
			var heard strings.Builder
			resp, err := llm.NewOpenAI(llm.Config{BaseURL: s.OpenAI()}).Call(t.Context(), question(), writeTo(&heard))
			require.NoError(t, err)
			require.Equal(t, "Anna.", resp.Text)
			require.Equal(t, "Anna.", heard.String())
			require.Equal(t, llm.Stopped, resp.Finish)
			require.True(t, resp.Usage.Estimated)
		})
	}
}

func TestCall_ModelsMayThinkBeforeTheyBegin(t *testing.T) {
	t.Parallel()
	config := llm.Config{HTTP: &http.Client{}, Patience: time.Minute, Stall: 100 * time.Millisecond}
	body, events := io.Pipe()
	text := pieces(t, "Anna.", 10)
	config.HTTP.Transport = answering(func() io.Reader { return body })
	go func() {
		_, _ = io.WriteString(events, "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\"}}]}\n\n")
		<-time.After(200 * time.Millisecond)
		_, _ = io.WriteString(events, text)
		_ = events.Close()
	}()
	resp, err := llm.NewOpenAI(config).Call(t.Context(), question(), writeTo(&strings.Builder{}))
	require.NoError(t, err)
	require.Equal(t, "Anna.", resp.Text)

	s := llmtest.New(t, llmtest.Always(llmtest.Reply{Text: long, Fault: llmtest.Stall}))
	config = llm.Config{BaseURL: s.OpenAI(), Patience: 50 * time.Millisecond, Stall: time.Hour}
	_, err = llm.NewOpenAI(config).Call(t.Context(), question(), writeTo(&strings.Builder{}))
	requireError(t, err, llm.Unavailable, "says nothing for too long")
}

func TestCall_WaitsForWhoeverTakesTheText(t *testing.T) {
	t.Parallel()
	s := llmtest.New(t, llmtest.Always(llmtest.Reply{Text: long, Piece: 60}))
	waited := false
	_, err := llm.NewOpenAI(llm.Config{BaseURL: s.OpenAI(), Stall: time.Second}).Call(t.Context(), question(), func(string) error {
		if !waited {
			<-time.After(1200 * time.Millisecond)
			waited = true
		}
		return nil
	})
	require.NoError(t, err, "it is not the server that says nothing")
}

func TestCall_FollowsNoRedirect(t *testing.T) {
	t.Parallel()
	other := llmtest.New(t, llmtest.Always(llmtest.Say("Anna.")))
	for _, status := range []int{302, 307} {
		s := llmtest.New(t, llmtest.Always(verbatim(status, "elsewhere").With("Location", other.OpenAI()+"/chat/completions")))
		_, err := llm.NewOpenAI(llm.Config{BaseURL: s.OpenAI()}).Call(t.Context(), question(), nil)
		requireError(t, err, llm.Broken, "elsewhere")
	}
	require.Zero(t, other.Total())
}

func TestCall_GivenUp(t *testing.T) {
	t.Parallel()
	s := llmtest.New(t, llmtest.Always(llmtest.Reply{Text: long, Fault: llmtest.Stall, At: 10}))
	client := llm.NewOpenAI(llm.Config{BaseURL: s.OpenAI()})

	ctx, cancel := context.WithCancel(t.Context())
	resp, err := client.Call(ctx, question(), func(string) error {
		cancel()
		return nil
	})
	require.ErrorIs(t, err, context.Canceled)
	require.True(t, requireError(t, err, llm.Unavailable, "given up").Sent)
	require.Positive(t, resp.Usage.InputTokens)

	resp, err = client.Call(ctx, question(), nil)
	require.ErrorIs(t, err, context.Canceled)
	require.False(t, requireError(t, err, llm.Unavailable, "given up").Sent, "it never went out")
	require.Zero(t, resp.Usage)

	ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = client.Call(ctx, question(), nil)
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestCall_NobodyThere(t *testing.T) {
	t.Parallel()
	s := llmtest.New(t, llmtest.Always(llmtest.Say("Anna.")))
	require.NoError(t, s.Close())
	resp, err := llm.NewOpenAI(llm.Config{BaseURL: s.OpenAI()}).Call(t.Context(), question(), nil)
	require.False(t, requireError(t, err, llm.Unavailable, "connection refused").Sent)
	require.Zero(t, resp.Usage)
}

func TestCall_AnswersAreBounded(t *testing.T) {
	t.Parallel()
	s := llmtest.New(t, llmtest.Always(llmtest.Say(strings.Repeat("Anna. ", 1000))))
	client := llm.NewOpenAI(llm.Config{BaseURL: s.OpenAI(), MaxBytes: 1000})
	r := question()
	r.MaxTokens = 0
	for _, onText := range []func(string) error{nil, writeTo(&strings.Builder{})} {
		_, err := client.Call(t.Context(), r, onText)
		require.True(t, requireError(t, err, llm.Broken, "too long").Sent)
	}
}
