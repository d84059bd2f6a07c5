package llm_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/llm"
	"github.com/researcherpro/researcherpro/pkg/llm/llmtest"
)

// thinking are texts with thoughts and what they are without.
var thinking = map[string]struct{ text, want string }{
	"none":                     {"An answer.\n\nIn two parts.", "An answer.\n\nIn two parts."},
	"at the beginning":         {"<think>Well, 5 < 6.</think>\n\nAn answer.", "An answer."},
	"after white space":        {"\n <think>\nWell.\n</think>An answer.\n", "An answer."},
	"of another name":          {"<reasoning>a</reasoning><thinking>b</thinking>An answer.", "An answer."},
	"of Mistral":               {"[THINK]a[/THINK]An answer.", "An answer."},
	"of Kimi":                  {"◁think▷é◁/think▷An answer.", "An answer."},
	"in the middle":            {"One.\n<think>hm</think>\nTwo.", "One.\n\nTwo."},
	"twice":                    {"<think>a</think><think>b</think>An answer.", "An answer."},
	"never ended, after text":  {"An answer.\n\n<think>but then", "An answer."},
	"spoken of":                {"Models write <think> and </think> around thoughts.", "Models write <think> and </think> around thoughts."},
	"spoken of in JSON":        {`{"claim":"It writes <think>."}`, `{"claim":"It writes <think>."}`},
	"what only looks like one": {"<thin\n<thinker> [THIN", "<thin\n<thinker> [THIN"},
	"a mark in a thought":      {"<think>a <think> b</think>An answer.", "An answer."},
}

func TestCall_TakesOutThoughts(t *testing.T) {
	t.Parallel()
	for name, tc := range thinking {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, piece := range []int{1, 3, 1000} {
				s := llmtest.New(t, llmtest.Always(llmtest.Reply{Text: tc.text, Reasoning: "aside", Piece: piece}))
				client := llm.NewOpenAI(llm.Config{BaseURL: s.OpenAI()})
				resp, err := client.Call(t.Context(), question(), nil)
				require.NoError(t, err)
				require.Equal(t, tc.want, resp.Text)

				var heard strings.Builder
				resp, err = client.Call(t.Context(), question(), writeTo(&heard))
				require.NoError(t, err)
				require.Equal(t, tc.want, resp.Text)
				require.Equal(t, tc.want, heard.String(), "pieces of %d bytes", piece)
			}
		})
	}
}

func TestCall_OnlyThoughts(t *testing.T) {
	t.Parallel()
	s := llmtest.New(t, llmtest.Always(llmtest.Say("<think>hm, hm, hm")))
	client := llm.NewOpenAI(llm.Config{BaseURL: s.OpenAI()})
	for _, onText := range []func(string) error{nil, writeTo(&strings.Builder{})} {
		_, err := client.Call(t.Context(), question(), onText)
		requireError(t, err, llm.Broken, "the answer is empty")

		r := question()
		r.MaxTokens = 3
		resp, err := client.Call(t.Context(), r, onText)
		require.NoError(t, err)
		require.Equal(t, llm.Truncated, resp.Finish, "it was not done thinking")
		require.Empty(t, resp.Text)
	}
}

func TestCall_LearnsThatTheFirstMarkIsNotSent(t *testing.T) {
	t.Parallel()
	const text = "Let me see.\nAh.\n</think>\n\nAn answer."
	s := llmtest.New(t, llmtest.Queue(
		llmtest.Say(text), llmtest.Reply{Text: text, Piece: 2}, llmtest.Say("No thoughts."), llmtest.Say("Thoughts without"),
	))
	quirks := llm.NewQuirks()
	call := func(tokens int) (heard string, resp llm.Response) {
		var all strings.Builder
		r := question()
		r.MaxTokens = tokens
		client := llm.NewOpenAI(llm.Config{BaseURL: s.OpenAI(), Quirks: quirks})
		resp, err := client.Call(t.Context(), r, writeTo(&all))
		require.NoError(t, err)
		return all.String(), resp
	}
	_, resp := call(100)
	require.Equal(t, "An answer.", resp.Text, "once it is known, the text is right")
	heard, resp := call(100)
	require.Equal(t, "An answer.", resp.Text)
	require.Equal(t, "An answer.", heard, "from then on what is heard, too")
	heard, _ = call(100)
	require.Equal(t, "No thoughts.", heard)
	heard, resp = call(2)
	require.Empty(t, heard+resp.Text, "what was cut off may have been a thought")
}
