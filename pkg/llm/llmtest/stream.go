package llmtest

import (
	"strings"

	"github.com/researcherpro/researcherpro/pkg/llm"
)

// stream writes the answer in pieces and says whether all of it went out.
func (a *answer) stream(out *writer) bool {
	out.w.Header().Set("Content-Type", "text/event-stream")
	// What is said beside the text comes first, and once.
	if !a.event(out, a.chunk(a.words("", ""), "")) {
		return false
	}
	for a.wroteThoughts < len(a.reasoning) {
		piece := a.piece(a.reasoning[a.wroteThoughts:])
		a.wroteThoughts += len(piece)
		if !a.event(out, a.chunk(object{"reasoning_content": piece}, "")) || !out.pause(a.reply.Pace) {
			return false
		}
	}
	for a.wroteText < len(a.text) {
		piece := a.piece(a.text[a.wroteText:])
		if a.reply.Fault != Sound {
			piece = cut(piece, a.reply.At-a.wroteText)
			if piece == "" {
				out.fault()
				return false
			}
		}
		a.wroteText += len(piece)
		if !a.event(out, a.chunk(object{"content": piece}, "")) || !out.pause(a.reply.Pace) {
			return false
		}
	}
	if a.reply.Fault != Sound {
		out.fault()
		return false
	}
	return a.last(out)
}

// last writes what stands behind the text: OpenAI says how it ended, then what was used
// if that is wanted, then [DONE]; Perplexity says all at once, and is done.
func (a *answer) last(out *writer) bool {
	if a.form == perplexity {
		return a.event(out, a.chunk(object{}, a.finish))
	}
	if !a.event(out, a.chunk(object{}, a.finish)) {
		return false
	}
	if wanted := strings.Contains(string(a.req.Fields["stream_options"]), "include_usage"); wanted && !a.reply.NoUsage {
		end := a.envelope("chat.completion.chunk")
		end["usage"] = a.usage(true)
		if !a.event(out, end) {
			return false
		}
	}
	return out.write([]byte("data: [DONE]\n\n"))
}

// chunk is one event with a piece of the answer.
func (a *answer) chunk(delta object, finish llm.Finish) object {
	choice := object{"index": 0, "delta": delta, "finish_reason": nil}
	if finish != "" {
		choice["finish_reason"] = finish
	}
	if a.form == openAI {
		return a.envelope("chat.completion.chunk", choice)
	}
	// Perplexity repeats all that it said so far in each event.
	choice["message"] = object{"role": "assistant", "content": a.text[:a.wroteText]}
	kind := "chat.completion.chunk"
	if finish != "" {
		kind = "chat.completion.done"
	}
	event := a.envelope(kind, choice)
	if !a.reply.NoUsage {
		event["usage"] = a.usage(finish != "")
	}
	return event
}

// piece is the next piece of a text: whole characters, at least one.
func (a *answer) piece(rest string) string {
	length := a.reply.Piece
	if length <= 0 {
		length = defaultPiece
	}
	for {
		if piece := cut(rest, length); piece != "" {
			return piece
		}
		length++
	}
}

// event sends one event, its lines ended as the form does.
func (a *answer) event(out *writer, value object) bool {
	end := "\n\n"
	if a.form == perplexity {
		end = "\r\n\r\n"
	}
	return out.write([]byte("data: " + string(encode(value)) + end))
}
