package llmtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/researcherpro/researcherpro/pkg/llm"
)

// form is a way to write answers.
type form int

const (
	openAI form = iota
	perplexity
)

// defaultPiece is how many bytes a piece of a stream has.
const defaultPiece = 24

// object is a JSON object.
type object = map[string]any

// answer is an answer of a model in one of the forms.
type answer struct {
	form            form
	req             Request
	reply           Reply
	id              string
	reasoning, text string // what is to be written
	finish          llm.Finish
	wroteThoughts   int // how many bytes of each were written
	wroteText       int
}

// newAnswer prepares an answer, as long as the request allows.
func newAnswer(form form, call Call) *answer {
	a := &answer{
		form: form, req: call.Request, reply: call.Reply, id: "chatcmpl-" + strconv.Itoa(call.Number),
		reasoning: call.Reply.Reasoning, text: call.Reply.Text, finish: call.Reply.Finish,
	}
	if room := call.MaxTokens; room > 0 {
		a.reasoning = cut(a.reasoning, room*bytesPerToken)
		a.text = cut(a.text, (room-int(Tokens(a.reasoning)))*bytesPerToken)
	}
	if a.finish == "" {
		a.finish = llm.Stopped
		switch {
		case len(a.reasoning) < len(call.Reply.Reasoning), len(a.text) < len(call.Reply.Text):
			a.finish = llm.Truncated
		case len(call.Reply.ToolCalls) > 0:
			a.finish = "tool_calls"
		}
	}
	return a
}

// used is what was used for what was written so far.
func (a *answer) used() llm.Usage {
	return usage(a.req, a.reply, a.reasoning[:a.wroteThoughts], a.text[:a.wroteText])
}

// whole writes the answer in one piece and says whether all of it went out.
func (a *answer) whole(out *writer) bool {
	// The model has worked when the answer begins, whatever becomes of it.
	a.wroteThoughts, a.wroteText = len(a.reasoning), len(a.text)
	message := a.words(a.reasoning, a.text)
	message["role"] = "assistant"
	reply := a.envelope("chat.completion", object{"index": 0, "message": message, "finish_reason": a.finish})
	if !a.reply.NoUsage {
		reply["usage"] = a.usage(true)
	}
	data := encode(reply)
	out.w.Header().Set("Content-Type", "application/json")
	if out.reply.Fault == Sound {
		return out.write(data)
	}
	at := min(a.reply.At, len(data))
	if out.reply.Fault != End {
		out.w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	}
	if at > 0 && !out.write(data[:at]) {
		return false
	}
	out.fault()
	return false
}

// words are the fields of a message. A model that calls a tool says null.
func (a *answer) words(reasoning, text string) object {
	words := object{"content": text}
	if reasoning != "" {
		words["reasoning_content"] = reasoning
	}
	if a.reply.Refusal != "" {
		words["refusal"] = a.reply.Refusal
	}
	if len(a.reply.ToolCalls) > 0 {
		var calls []object
		for i, name := range a.reply.ToolCalls {
			calls = append(calls, object{
				"index": i, "id": fmt.Sprintf("call_%d", i), "type": "function",
				"function": object{"name": name, "arguments": "{}"},
			})
		}
		words["tool_calls"] = calls
		if text == "" {
			words["content"] = nil
		}
	}
	return words
}

// envelope is what stands around a choice.
func (a *answer) envelope(kind string, choices ...object) object {
	if choices == nil {
		choices = []object{}
	}
	e := object{"id": a.id, "object": kind, "created": 1781100373, "model": a.req.Model, "choices": choices}
	if a.form == perplexity {
		results := []object{}
		for _, url := range a.reply.Citations {
			results = append(results, object{"title": url, "url": url, "snippet": "", "source": "web"})
		}
		e["citations"], e["search_results"] = slices.Clone(a.reply.Citations), results
	}
	return e
}

// usage is what was used, in the form's words. Perplexity says only in the end what the
// request itself costs.
func (a *answer) usage(end bool) object {
	u := a.used()
	said := object{
		"prompt_tokens": u.InputTokens, "completion_tokens": u.OutputTokens, "total_tokens": u.InputTokens + u.OutputTokens,
	}
	if a.form == openAI {
		said["prompt_tokens_details"] = object{"cached_tokens": u.CachedInputTokens}
		said["completion_tokens_details"] = object{"reasoning_tokens": u.ReasoningTokens}
		return said
	}
	cost := object{"input_tokens_cost": dollars(u.InputTokens * TokenNanoUSD), "output_tokens_cost": dollars(u.OutputTokens * TokenNanoUSD)}
	total := (u.InputTokens + u.OutputTokens) * TokenNanoUSD
	if end {
		cost["request_cost"] = dollars(*u.CostNanoUSD - total)
		total = *u.CostNanoUSD
	}
	cost["total_cost"] = dollars(total)
	said["cost"], said["search_context_size"] = cost, "low"
	return said
}

// dollars are billionths of a dollar as a JSON number of dollars.
func dollars(nano int64) json.Number {
	return json.Number(fmt.Sprintf("%d.%09d", nano/1_000_000_000, nano%1_000_000_000))
}

// encode writes JSON. What comes here can be written.
func encode(value any) []byte {
	data, err := json.Marshal(value)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	return data
}
