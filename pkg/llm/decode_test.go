package llm_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/llm"
)

// finding is what the tests want to read.
type finding struct {
	Claim  string `json:"claim"`
	Quotes []int  `json:"quotes"`
	Sure   *bool  `json:"sure"`
}

// findings is an answer of several.
type findings struct {
	Findings []finding `json:"findings"`
	Missing  string    `json:"missing"`
}

func TestDecodeJSON_TakesWhatModelsMakeOfJSON(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ text, want string }{
		"plain":                       {`{"claim":"A","quotes":[1,2]}`, `A`},
		"white space":                 {" \n{\"claim\": \"A\"}\n\n", `A`},
		"a byte order mark":           {"\ufeff{\"claim\":\"A\"}", `A`},
		"a fence":                     {"```json\n{\"claim\":\"A\"}\n```", `A`},
		"a fence that is not ended":   {"Here:\n```\n{\"claim\":\"A\"}", `A`},
		"prose around":                {"As [1] shows: {\"claim\":\"A\"} Hope this {helps}!", `A`},
		"thoughts":                    {"<think>maybe {\"claim\":\"B, or perhaps C\"}?</think>{\"claim\":\"A\"}", `A`},
		"thoughts without a begin":    {"maybe {\"claim\":\"B, or perhaps C\"}?\n</think>\n{\"claim\":\"A\"}", `A`},
		"thoughts of another kind":    {"[THINK]{\"claim\":\"B, or C\"}[/THINK]{\"claim\":\"A\"}", `A`},
		"the same twice":              {`{"claim":"A"}{"claim":"A"}`, `A`},
		"an example before":           {`In the form {"claim":""}: {"claim":"A and more"}`, `A and more`},
		"a comma too many":            {`{"claim":"A","quotes":[1,2,],}`, `A`},
		"a comma too few":             {"{\"claim\":\"A\" \"quotes\":[1 , 2]}", `A`},
		"a line without comma":        {"{\"claim\":\"A\"\n\"missing\":\"x\"}", `A`},
		"single quotes":               {`{'claim': 'it's A', 'quotes': []}`, `it's A`},
		"typographic quotes":          {`{“claim”: “A “b” c”}`, `A “b” c`},
		"bare keys":                   {`{claim: "A", quotes: [1]}`, `A`},
		"bare keys, commas too few":   {`{claim: "A" quotes: [1]}`, `A`},
		"a bare value":                {`{"claim": A and B, "quotes": [1]}`, `A and B`},
		"comments":                    {"{\"claim\": \"A\", // the claim\n /* or */ \"quotes\": [1]}", `A`},
		"an address is no comment":    {`{"claim": "see http://a.example/b,c", }`, `see http://a.example/b,c`},
		"Python's constants":          {`{"claim": "A", "sure": True, "missing": None}`, `A`},
		"no number":                   {`{"claim": "A", "sure": undefined, "missing": NaN}`, `A`},
		"a line break in a string":    {"{\"claim\": \"A\nB\tC\"}", "A\nB\tC"},
		"unescaped quotes":            {`{"claim": "He said "no" to me", "quotes": [1]}`, `He said "no" to me`},
		"quotes and a comma":          {`{"claim": "He said "no", and left.", "quotes": [1]}`, `He said "no", and left.`},
		"quotes and a list":           {`{"claim": "It is "a", "b" or "c".", "quotes": [1]}`, `It is "a", "b" or "c".`},
		"quotes and a brace":          {`{"claim": "the set "{a}" of", "quotes": [1]}`, `the set "{a}" of`},
		"quotes and a colon":          {`{"claim": "the label "Warning: hot" was", "quotes": [1]}`, `the label "Warning: hot" was`},
		"quotes at the end":           {`{"claim": "He said "no"", "quotes": [1]}`, `He said "no"`},
		"escapes":                     {`{"claim": "a\u00e9\ud83d\ude00\"\/\n",}`, "aé😀\"/\n"},
		"half a pair":                 {`{"claim": "a\ud83d b",}`, "a\uFFFD b"},
		"unknown escapes":             {`{"claim": "C:\Program, it\'s \(x\) \u12",}`, `C:\Program, it's \(x\) \u12`},
		"brackets at the end":         {`{"claim":"A","quotes":[1,2]`, `A`},
		"a bracket of the wrong sort": {`{"claim":"A","quotes":[1,2}`, `A`},
		"a bracket too many":          {`{"claim":"A","quotes":[1,2]]}`, `A`},
		"a value that is missing":     {`{"claim":"A","quotes":,"missing":}`, `A`},
		"left out":                    {`{"claim":"A","quotes":[1, ...]}`, `A`},
		"bytes that are no text":      {"{\"claim\":\"A\xff\",}", "A\uFFFD"},
		"the form's own noise":        {`{"name":"answer","claim":"A"}`, `A`},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got finding
			require.NoError(t, llm.DecodeJSON(tc.text, &got))
			require.Equal(t, tc.want, got.Claim)
		})
	}
}

func TestDecodeJSON_KeepsNumbersAndLists(t *testing.T) {
	t.Parallel()
	var got map[string]any
	require.NoError(t, llm.DecodeJSON(`{a: +1, b: .5, c: 1., d: -007, e: 1.5e3, f: 1-2, g: [1 , "x", [true]], h: {}, i: 12345678901234567890}`, &got))
	require.Equal(t, map[string]any{
		"a": 1.0, "b": 0.5, "c": 1.0, "d": -7.0, "e": 1500.0, "f": "1-2", "g": []any{1.0, "x", []any{true}}, "h": map[string]any{}, "i": 12345678901234567890.0,
	}, got)
	var list []string
	require.NoError(t, llm.DecodeJSON("Sure: ['a', 'b',\n'c' \n 'd']", &list))
	require.Equal(t, []string{"a", "b", "c", "d"}, list)
}

func TestDecodeJSON_SaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		text string
		want error
	}{
		"nothing":                {"", llm.ErrNoJSON},
		"prose":                  {"I cannot answer that.", llm.ErrNoJSON},
		"another form":           {`["a"]`, llm.ErrNoJSON},
		"another type":           {`{"claim": {"text": "A"}}`, llm.ErrNoJSON},
		"cut off in a string":    {`{"claim":"A and th`, llm.ErrTruncated},
		"cut off in a key":       {`{"claim":"A","quo`, llm.ErrTruncated},
		"cut off before a value": {`{"claim":"A","quotes":`, llm.ErrTruncated},
		"cut off in a number":    {`{"claim":"A","quotes":[1,2`, llm.ErrTruncated},
		"cut off in a fence":     {"```json\n{\"claim\":\"A and th", llm.ErrTruncated},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := finding{Claim: "before"}
			require.ErrorIs(t, llm.DecodeJSON(tc.text, &got), tc.want)
			require.Equal(t, finding{Claim: "before"}, got, "what was there stays")
		})
	}
	require.ErrorContains(t, llm.DecodeJSON("{}", findings{}), "a pointer is needed")
}

func TestDecodeTruncated_KeepsWholeItems(t *testing.T) {
	t.Parallel()
	whole := `{"findings":[{"claim":"A","quotes":[1,2]},{"claim":"B","quotes":[3]}],"missing":"nothing"}`
	a, b := finding{Claim: "A", Quotes: []int{1, 2}}, finding{Claim: "B", Quotes: []int{3}}
	for length := strings.Index(whole, "[") + 1; length <= len(whole); length++ {
		var got findings
		require.NoError(t, llm.DecodeTruncated(whole[:length], &got), whole[:length])
		switch {
		case length < strings.Index(whole, `,{"claim":"B"`):
			require.Empty(t, got.Findings, whole[:length])
		case length < strings.Index(whole, `],"missing"`):
			require.Equal(t, []finding{a}, got.Findings, whole[:length])
		default:
			require.Equal(t, []finding{a, b}, got.Findings, whole[:length])
		}
		if length <= strings.LastIndex(whole, `"`) {
			require.Empty(t, got.Missing, "no half sentence: %s", whole[:length])
		}
	}
}

func TestDecodeJSON_TakesTimeThatGrowsWithTheText(t *testing.T) {
	t.Parallel()
	const size = 20_000
	for _, part := range []string{"[", "{", `{"a":`, `"a`, `["`, `{a "`, `x" `, `\`, `"]`, `"}`, `",`, `" `, `"b,` + "\n", "'", "```", "//", "/*", "<think>", "</think>\n", "[1,", "\n"} {
		for _, before := range []string{"", `{"claim":"`} {
			text := before + strings.Repeat(part, size/len(part))
			begun := time.Now()
			var got finding
			_ = llm.DecodeJSON(text, &got)
			_ = llm.DecodeTruncated(text, &got)
			require.Less(t, time.Since(begun), 10*time.Second, part)
		}
	}
}

// FuzzDecodeJSON looks for texts that break it. What is proper JSON must come out as
// encoding/json reads it, and what is cut out of it must be a part of it.
func FuzzDecodeJSON(f *testing.F) {
	for _, seed := range []string{
		`{"a":[{"b":"c \" d"},{"e":1.5e3}],"f":null}`, `{'a': 'it's', b: True,}`, "```json\n[1,2,\n", `{"a":"x "y", z","b":[`, `{“a”: “b”}`, `<think>[1]</think>{"a":"\ud83d"}`,
	} {
		f.Add(seed, uint(7))
	}
	f.Fuzz(func(t *testing.T, text string, length uint) {
		var got, want any
		err := llm.DecodeJSON(text, &got)
		if json.Unmarshal([]byte(text), &want) == nil {
			require.NoError(t, err)
			require.Equal(t, want, got)
		}
		var cut any
		_ = llm.DecodeTruncated(text[:length%uint(len(text)+1)], &cut)
	})
}
