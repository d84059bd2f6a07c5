package llmtest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/researcherpro/researcherpro/pkg/llm"
)

// body is what is read of a request's body; Fields holds the rest.
type body struct {
	Model    string `json:"model"`
	Messages []struct {
		Role    llm.Role `json:"role"`
		Content string   `json:"content"`
	} `json:"messages"`
	MaxTokens           int  `json:"max_tokens"`
	MaxCompletionTokens int  `json:"max_completion_tokens"`
	Stream              bool `json:"stream"`
	ResponseFormat      struct {
		Type       string `json:"type"`
		JSONSchema struct {
			Name   string          `json:"name"`
			Schema json.RawMessage `json:"schema"`
		} `json:"json_schema"`
	} `json:"response_format"`
}

// serve serves a request in one of the forms.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, form form) {
	if !s.enter() {
		panic(http.ErrAbortHandler)
	}
	defer s.handlers.Done()
	req, err := read(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	req.Perplexity = form == perplexity
	req.Number = s.begin(req.Key)
	call := Call{Request: req, Reply: s.script(req)}
	// Also when the connection is broken off, which is a panic.
	defer func() { s.end(call) }()

	out := &writer{w: w, gone: r.Context().Done(), closing: s.closing, reply: call.Reply}
	if !out.pause(call.Reply.Delay) {
		return
	}
	for name, values := range call.Reply.Header {
		w.Header()[name] = values
	}
	if call.Reply.verbatim() {
		s.raw(out, call)
		return
	}
	answer := newAnswer(form, call)
	defer func() { call.Usage = answer.used() }()
	if req.Stream {
		call.Answered = answer.stream(out)
		return
	}
	call.Answered = answer.whole(out)
}

// raw writes a reply that is no answer of a model.
func (s *Server) raw(out *writer, call Call) {
	status, text := call.Reply.Status, call.Reply.Body
	if status == 0 {
		status = http.StatusOK
	}
	if call.Reply.ErrorMessage != "" {
		text = failure(call)
	}
	if out.w.Header().Get("Content-Type") == "" {
		out.w.Header().Set("Content-Type", "application/json")
	}
	out.w.WriteHeader(status)
	_, _ = io.WriteString(out.w, text)
}

// failure is an error in the caller's form: codes are numbers at Perplexity.
func failure(call Call) string {
	var code any = call.Reply.ErrorType
	if call.Perplexity {
		code = call.Reply.Status
	}
	text, err := json.Marshal(map[string]any{"error": map[string]any{
		"message": call.Reply.ErrorMessage, "type": call.Reply.ErrorType, "param": nil, "code": code,
	}})
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// verbatim says that the reply is no answer of a model, and that nobody is charged.
func (r Reply) verbatim() bool {
	return r.Status >= http.StatusBadRequest || r.Body != "" || r.ErrorMessage != ""
}

// read reads a request.
func read(r *http.Request) (Request, error) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return Request{}, fmt.Errorf("read the request: %w", err)
	}
	var b body
	sum := sha256.Sum256(raw)
	req := Request{Key: strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), Digest: hex.EncodeToString(sum[:])}
	for _, into := range []any{&b, &req.Fields} {
		if err := json.NewDecoder(bytes.NewReader(raw)).Decode(into); err != nil {
			return Request{}, fmt.Errorf("read the request: %w", err)
		}
	}
	req.Model, req.Stream = b.Model, b.Stream
	req.MaxTokens = max(b.MaxTokens, b.MaxCompletionTokens)
	for _, m := range b.Messages {
		req.Messages = append(req.Messages, llm.Message{Role: m.Role, Text: m.Content})
	}
	if b.ResponseFormat.Type == "json_schema" {
		req.Schema = &llm.Schema{Name: b.ResponseFormat.JSONSchema.Name, JSON: b.ResponseFormat.JSONSchema.Schema}
	}
	return req, nil
}

// writer writes an answer, as far as the script lets it.
type writer struct {
	w             http.ResponseWriter
	gone, closing <-chan struct{}
	reply         Reply
}

// pause waits. It is false when nobody waits for the answer any more.
func (o *writer) pause(d time.Duration) bool {
	if d <= 0 {
		return !o.left()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-o.gone:
		return false
	case <-o.closing:
		return false
	}
}

// left says that the caller has gone away.
func (o *writer) left() bool {
	select {
	case <-o.gone:
		return true
	default:
		return false
	}
}

// write sends bytes now. It is false when the caller has gone away before: one that
// goes when it has read the last of them has got the answer.
func (o *writer) write(data []byte) bool {
	if o.left() {
		return false
	}
	if _, err := o.w.Write(data); err != nil {
		return false
	}
	return http.NewResponseController(o.w).Flush() == nil
}

// fault does what goes wrong. It returns when the answer is to end there.
func (o *writer) fault() {
	switch o.reply.Fault {
	case Break:
		// Makes net/http close the connection without a word.
		panic(http.ErrAbortHandler)
	case Stall:
		_ = http.NewResponseController(o.w).Flush()
		select {
		case <-o.gone:
		case <-o.closing:
		}
		panic(http.ErrAbortHandler)
	case Sound, End:
	}
}

// cut shortens a text to at most so many bytes, between two characters.
func cut(text string, length int) string {
	if length >= len(text) {
		return text
	}
	length = max(length, 0)
	for length > 0 && !utf8.RuneStart(text[length]) {
		length--
	}
	return text[:length]
}
