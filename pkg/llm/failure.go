package llm

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxSaid is how much of a server's own words is kept, in bytes.
const maxSaid = 300

// failure is an answer that says that there is none.
type failure struct {
	status            int
	header            http.Header
	message           string
	kind, code, param string
	body              string
	midway            bool // it came after the answer had begun
}

// readFailure reads a body that says what went wrong, in any of the forms that servers
// have for it.
func readFailure(status int, header http.Header, body []byte) failure {
	f := failure{status: status, header: header, body: string(body)}
	body = bytes.TrimSpace(body)
	var list []json.RawMessage
	if json.Unmarshal(body, &list) == nil && len(list) > 0 {
		body = list[0] // Google's
	}
	var outer struct {
		Error json.RawMessage `json:"error"`
	}
	if json.Unmarshal(body, &outer) != nil {
		f.message = pageTitle(string(body))
		return f
	}
	f.read(body) // vLLM and others say it without an error around
	if len(outer.Error) > 0 {
		f.read(outer.Error)
	}
	return f
}

// read takes what an error says about itself, which may be a mere text.
func (f *failure) read(data json.RawMessage) {
	var said struct {
		Message  json.RawMessage `json:"message"`
		Detail   json.RawMessage `json:"detail"`
		Type     json.RawMessage `json:"type"`
		Code     json.RawMessage `json:"code"`
		Param    json.RawMessage `json:"param"`
		Metadata struct {
			Raw json.RawMessage `json:"raw"`
		} `json:"metadata"`
	}
	if json.Unmarshal(data, &said) != nil {
		f.message = words(data)
		return
	}
	for _, part := range []json.RawMessage{said.Message, said.Detail, said.Metadata.Raw} {
		if text := words(part); text != "" && !strings.Contains(f.message, text) {
			f.message = strings.TrimSpace(f.message + " " + text)
		}
	}
	for into, part := range map[*string]json.RawMessage{&f.kind: said.Type, &f.code: said.Code, &f.param: said.Param} {
		if text := words(part); text != "" {
			*into = text
		}
	}
	// In an answer with status 200 the code is the status that was meant.
	if code, err := strconv.Atoi(f.code); err == nil && f.status < http.StatusBadRequest && code >= http.StatusBadRequest && code < 600 {
		f.status = code
	}
}

// words are a JSON text, or other JSON as it stands; null is nothing.
func words(data json.RawMessage) string {
	var text string
	if json.Unmarshal(data, &text) == nil || string(data) == "null" {
		return text
	}
	return string(data)
}

// title finds the title of a page.
var title = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)

// pageTitle is what a page or a text says, in a line.
func pageTitle(body string) string {
	if m := title.FindStringSubmatch(body); m != nil {
		return "a page: " + strings.TrimSpace(html.UnescapeString(m[1]))
	}
	if strings.HasPrefix(strings.ToLower(body), "<") {
		return "a page"
	}
	return body
}

// error is the failure as the error of a call.
func (f failure) error(key string, now time.Time) *Error {
	e := &Error{Kind: f.sort(), RetryAfter: retryAfter(f.header, f.body, now), Sent: f.midway}
	switch f.status {
	case http.StatusRequestTimeout, http.StatusBadGateway, http.StatusGatewayTimeout, 520, 522, 524:
		// Whoever stands before the model did not hear its end.
		e.Sent = true
	}
	said := strings.Join(strings.Fields(f.message), " ")
	said = strings.ToValidUTF8(said[:min(len(said), maxSaid)], "")
	switch {
	case e.Kind == Denied:
		said = "the key is not accepted" // a server's words show parts of it
	case said == "":
		said = http.StatusText(f.status)
	}
	if key != "" {
		said = strings.ReplaceAll(said, key, "…")
	}
	e.Message = said
	if f.status > 0 {
		e.Message = fmt.Sprintf("status %d: %s", f.status, said)
	}
	if e.Kind == Invalid {
		e.parameter = f.unknown()
	}
	return e
}

// What servers say when the messages are too long: OpenAI, Perplexity, vLLM, llama.cpp,
// Ollama, LM Studio, OpenRouter, Anthropic, Google, Mistral and Cohere.
var (
	longCodes = []string{
		"context_length_exceeded", "too_many_prompt_tokens", "exceed_context_size_error", "string_above_max_length",
		"request_too_large", "context_window_exceeded", "prompt_too_long",
	}
	long = regexp.MustCompile(`(?i)context[ _-]?(?:length|window|size|limit)|maximum (?:context|prompt|input|sequence) length|` +
		`(?:prompt|input|message|messages|request) (?:is|are|was)? ?(?:too long|too large)|too (?:many|long).{0,20}tokens|` +
		`tokens to keep from the initial prompt|input token count|exceeds? the (?:maximum|limit).{0,40}tokens|` +
		`total length of all messages|reduce the length|longer than the model|input length|max_model_len|too large for model`)
	// tooBigForLimit is a request that never fits into a limit of tokens per minute.
	tooBigForLimit = regexp.MustCompile(`(?i)request too large.{0,200}tokens per min`)
)

// What they say when there is no credit left, when the key is wrong, and when they will
// not answer.
var (
	exhaustedCodes = []string{"insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "insufficient_balance", "credit_limit_exceeded"}
	exhausted      = regexp.MustCompile(`(?i)exceeded your current quota|insufficient (?:credit|balance|funds|quota)|credit balance is too low|out of credits|more credits|billing (?:hard limit|is not active)`)
	deniedCodes    = []string{"invalid_api_key", "invalid_authentication", "unauthorized", "authentication_error", "permission_error"}
	denied         = regexp.MustCompile(`(?i)api[ _]key not valid|invalid api[ _-]?key|incorrect api[ _-]?key|no api[ _-]?key`)
	refusedCodes   = []string{"content_filter", "content_policy_violation", "content_policy", "moderation", "responsibleaipolicyviolation", "invalid_prompt", "safety"}
	refused        = regexp.MustCompile(`(?i)content (?:management )?policy|content filter|flagged|moderation|violat\w+ (?:our|the)? ?(?:usage )?polic|safety (?:system|filter)`)
)

// sort is what kind of failure it is.
func (f failure) sort() Kind {
	code, status := strings.ToLower(f.code+" "+f.kind), f.status
	said := func(codes []string, words *regexp.Regexp) bool {
		return slices.ContainsFunc(codes, func(c string) bool { return strings.Contains(code, c) }) || words.MatchString(f.message)
	}
	server := status >= http.StatusInternalServerError
	switch {
	case status == http.StatusPaymentRequired, !server && said(exhaustedCodes, exhausted) && !retryDelay.MatchString(f.body):
		// Google says of a limit for a minute, too, that a quota is exceeded.
		return Exhausted
	case status == http.StatusTooManyRequests && !tooBigForLimit.MatchString(f.message):
		return Unavailable
	case status == http.StatusRequestEntityTooLarge, status != http.StatusUnauthorized && said(longCodes, long), tooBigForLimit.MatchString(f.message):
		return TooLong
	case status == http.StatusUnauthorized, !server && said(deniedCodes, denied):
		return Denied
	case said(refusedCodes, refused):
		return Refused
	case status == http.StatusForbidden:
		return Denied
	case server, status == http.StatusRequestTimeout, status == http.StatusConflict, status == http.StatusTooEarly:
		return Unavailable
	case status >= http.StatusBadRequest:
		return Invalid
	case strings.Contains(code, "rate_limit"), strings.Contains(code, "server_error"), strings.Contains(code, "overloaded"):
		return Unavailable
	}
	return Broken
}

// unknownWords are those of servers that do not know a parameter.
var unknownWords = regexp.MustCompile(`(?i)not support|unsupported|unknown|unrecognized|not permitted|unexpected|not allowed|does not exist|extra (?:inputs|fields)|invalid (?:parameter|argument|field)|use '?max_`)

// unknown is the parameter that the server does not know, of those that are sent and
// can be left out; empty if it means something else.
func (f failure) unknown() string {
	text := strings.ToLower(f.param + " " + f.message)
	for _, name := range []string{"json_schema", "json schema", "structured output", "guided decoding", "grammar"} {
		if strings.Contains(text, name) {
			return paramSchema
		}
	}
	known := unknownWords.MatchString(f.message)
	for _, name := range []string{paramSchema, paramStreamOptions, paramTemperature, paramDisableSearch, paramStreamMode} {
		if strings.Contains(text, name) && (known || name == paramSchema) {
			return name
		}
	}
	// The one that is refused is named first, the one to use instead after it.
	if at := strings.Index(text, "max_"); at >= 0 && known {
		if strings.HasPrefix(text[at:], paramMaxTokens) {
			return paramMaxTokens
		}
		return paramMaxCompletionTokens
	}
	return ""
}
