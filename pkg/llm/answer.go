package llm

import (
	"encoding/json"
	"errors"
	"strings"
)

// said is a chat completion, or an event of a stream of one, with all that servers add
// to it.
type said struct {
	Object  string          `json:"object"`
	Model   string          `json:"model"`
	Choices []choice        `json:"choices"`
	Usage   *usage          `json:"usage"`
	Error   json.RawMessage `json:"error"`
	// Message stands here when the whole is an error.
	Message json.RawMessage `json:"message"`
}

// readSaid reads what a server says. A field of another type than usual is left out.
func readSaid(data []byte) (said, error) {
	var s said
	var mistyped *json.UnmarshalTypeError
	if err := json.Unmarshal(data, &s); err != nil && (!errors.As(err, &mistyped) || mistyped.Field == "") {
		return said{}, err
	}
	return s, nil
}

// choice is an answer or a piece of one. Perplexity sends message beside delta: all
// that was said so far.
type choice struct {
	Message *utterance      `json:"message"`
	Delta   *utterance      `json:"delta"`
	Finish  *string         `json:"finish_reason"`
	Error   json.RawMessage `json:"error"`
}

// utterance is what a model says. The thoughts have two names.
type utterance struct {
	Content          content           `json:"content"`
	Refusal          *string           `json:"refusal"`
	ReasoningContent content           `json:"reasoning_content"`
	Reasoning        content           `json:"reasoning"`
	ToolCalls        []json.RawMessage `json:"tool_calls"`
	FunctionCall     json.RawMessage   `json:"function_call"`
}

// content is a text, or a list of parts of which some are text.
type content string

// UnmarshalJSON implements json.Unmarshaler. What is no text is none.
func (c *content) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) == nil {
		*c = content(text)
		return nil
	}
	var parts []struct {
		Type string `json:"type"`
		Text string `json:"text"`
	}
	if json.Unmarshal(data, &parts) == nil {
		for _, p := range parts {
			if p.Type == "" || p.Type == "text" || p.Type == "output_text" {
				*c += content(p.Text)
			}
		}
	}
	return nil
}

// answer is put together out of what a server says.
type answer struct {
	req      request
	onText   func(string) error
	thoughts thoughts
	raw      strings.Builder // the text with its thoughts
	aloud    int             // how many bytes of thoughts there were beside the text
	refusal  strings.Builder
	tools    bool
	finish   string
	model    string
	used     *usage
}

// take takes a part of the answer. The error is a failure that the server told of, or
// that of whoever gets the text.
func (a *answer) take(s said) *Error {
	if s.Model != "" {
		a.model = s.Model
	}
	if s.Usage != nil {
		a.used = s.Usage
	}
	for _, c := range s.Choices[:min(len(s.Choices), 1)] {
		if c.Finish != nil && *c.Finish != "" {
			a.finish = *c.Finish
		}
		piece := c.piece(&a.raw)
		if u := c.words(); u != nil {
			a.note(*u)
		}
		a.raw.WriteString(piece)
		if err := a.give(a.thoughts.add(piece)); err != nil {
			return err
		}
	}
	return nil
}

// words is the part of a choice that says something.
func (c choice) words() *utterance {
	if c.Delta != nil {
		return c.Delta
	}
	return c.Message
}

// piece is the text that a choice adds to what was said before.
func (c choice) piece(before *strings.Builder) string {
	if c.Delta != nil && c.Delta.Content != "" {
		return string(c.Delta.Content)
	}
	// A plain answer, or a stream whose events hold all that was said so far.
	if c.Message != nil && len(c.Message.Content) > before.Len() {
		if added, ok := strings.CutPrefix(string(c.Message.Content), before.String()); ok {
			return added
		}
	}
	return ""
}

// note takes what is said beside the text.
func (a *answer) note(u utterance) {
	a.aloud += max(len(u.ReasoningContent), len(u.Reasoning))
	if u.Refusal != nil {
		a.refusal.WriteString(*u.Refusal)
	}
	if len(u.ToolCalls) > 0 || len(u.FunctionCall) > len("null") {
		a.tools = true
	}
}

// give hands text out.
func (a *answer) give(text string) *Error {
	if text == "" || a.onText == nil {
		return nil
	}
	if err := a.onText(text); err != nil {
		return &Error{Kind: Broken, Message: "nobody takes the text", Sent: true, cause: err}
	}
	return nil
}

// end is the response when the server said all it had to say.
func (a *answer) end() (Response, *Error) {
	finish := finishOf(a.finish)
	if err := a.give(a.thoughts.close(finish == Truncated)); err != nil {
		return a.broken(), err
	}
	resp := a.response(finish)
	switch {
	case resp.Text != "" || finish == Truncated:
		return resp, nil
	case a.refusal.Len() > 0:
		return resp, &Error{Kind: Refused, Message: "the model refuses: " + cut(a.refusal.String(), maxSaid), Sent: true}
	case finish == Filtered:
		return resp, &Error{Kind: Refused, Message: "the server's filter took the answer", Sent: true}
	case a.tools:
		return resp, &Error{Kind: Broken, Message: "the model calls a tool that nobody offered", Sent: true}
	}
	return resp, &Error{Kind: Broken, Message: "the answer is empty", Sent: true}
}

// broken is the response of an answer that broke off. What it cost is not known, for
// servers say in the end what a request itself costs.
func (a *answer) broken() Response {
	r := a.response(Stopped)
	r.Usage.CostNanoUSD, r.Usage.Estimated = nil, true
	return r
}

// response is the answer so far.
func (a *answer) response(finish Finish) Response {
	r := Response{Text: a.thoughts.text.String(), Finish: finish, Model: a.model, Usage: a.usage()}
	if r.Model == "" {
		r.Model = a.req.Model
	}
	return r
}

// usage is what was used, by the server's words or counted here.
func (a *answer) usage() Usage {
	var u Usage
	if a.used != nil {
		u = a.used.usage()
	}
	if u.InputTokens == 0 {
		u.InputTokens, u.Estimated = CountRequest(a.req.Request), true
	}
	if u.OutputTokens == 0 && a.raw.Len()+a.aloud > 0 {
		thought := roughly(a.thoughts.thought + a.aloud)
		u.OutputTokens = CountTokens(a.req.Model, a.thoughts.text.String()) + thought
		u.ReasoningTokens, u.Estimated = thought, true
	}
	return u
}

// roughly is how many tokens so many bytes of thoughts are, which are not kept: three
// bytes are a token where words are dear.
func roughly(bytes int) int64 { return int64(bytes+2) / 3 }

// finishOf turns servers' words for why a model stopped into ours.
func finishOf(reason string) Finish {
	switch strings.ToLower(reason) {
	case "length", "max_tokens", "model_length", "max_output_tokens":
		return Truncated
	case "content_filter", "safety", "prohibited_content", "recitation", "blocklist", "refusal":
		return Filtered
	}
	return Stopped
}

// cut shortens a text to at most so many bytes.
func cut(text string, length int) string {
	return strings.ToValidUTF8(text[:min(len(text), length)], "")
}
