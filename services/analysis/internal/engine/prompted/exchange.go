package prompted

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/researcherpro/researcherpro/pkg/llm"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
)

// maxShown is how much of an answer that cannot be read a model is shown again.
const maxShown = 6000

// reply is a form that is read out of an answer.
type reply interface{ complete() bool }

var (
	errEmpty      = errors.New("it was empty")
	errForm       = errors.New("it was not JSON of the form that was asked for")
	errIncomplete = errors.New("it was cut off before anything of use was said; be brief")
)

var (
	// toolNoise is what models write that were trained to call tools, though there are none.
	toolNoise = regexp.MustCompile(`(?is)<(tool_call|function_call|function_calls|tool_use|invoke)\b.*?(?:</(?:tool_call|function_call|function_calls|tool_use|invoke)>|$)|<\|[^|<>\n]{1,40}\|>`)
	// apology is how models begin that will not answer.
	apology = regexp.MustCompile(`(?i)^\W*(?:i(?:'|’)?m (?:really |very )?sorry|sorry\b|i (?:can(?:'|’)?t|cannot|can not|won(?:'|’)?t|am unable|am not able)|i(?:'|’)m (?:unable|not able)|unfortunately, i (?:can|am)|as an ai\b|es tut mir leid|je suis désolé|lo siento|извините|抱歉|对不起)`)
)

// unreadable is the error of an answer that could not be read, nor its repair.
func unreadable(p *prompt) error {
	return &llm.Error{Kind: llm.Broken, Message: "the answer to " + p.id + " cannot be read", Sent: true}
}

// refused is the error of a model that will not answer.
func refused(p *prompt) error {
	return &llm.Error{Kind: llm.Refused, Message: "the model will not answer " + p.id, Sent: true}
}

// exchange asks a model and reads its answer. An answer that cannot be read is
// returned once, with what is wrong with it. cut says that the answer broke off at its
// limit, and that what it holds up to there was read. Errors are those of the Caller,
// or an *llm.Error of kind Refused or Broken.
func exchange[T reply](ctx context.Context, e *Engine, name string, w words) (answer T, cut bool, err error) {
	p := e.prompts.prompts[name]
	request, err := e.request(p, w)
	if err != nil {
		return answer, false, err
	}
	resp, err := e.caller.Call(ctx, engine.Call{Prompt: p.id, Request: request})
	if err != nil {
		return answer, false, err
	}
	answer, cut, problem := read[T](p, resp)
	if problem == nil || llmKind(problem) != 0 {
		return answer, cut, problem
	}
	request, err = e.repair(p, request, resp, problem)
	if err != nil {
		return answer, false, err
	}
	resp, err = e.caller.Call(ctx, engine.Call{Prompt: p.id, Request: request})
	if llmKind(err) == llm.TooLong {
		return answer, false, unreadable(p)
	}
	if err != nil {
		return answer, false, err
	}
	answer, cut, problem = read[T](p, resp)
	if problem != nil && llmKind(problem) == 0 {
		problem = unreadable(p)
	}
	return answer, cut, problem
}

// read takes the form out of a response; cut says that only its whole items are in it.
// Errors are an *llm.Error, or say to the model what is wrong.
func read[T reply](p *prompt, resp llm.Response) (form T, cut bool, err error) {
	text := strings.TrimSpace(toolNoise.ReplaceAllString(resp.Text, ""))
	switch {
	case resp.Finish == llm.Filtered:
		return form, false, refused(p)
	case text == "" && resp.Finish == llm.Truncated:
		return form, false, errIncomplete
	case text == "":
		return form, false, errEmpty
	}
	err = llm.DecodeJSON(text, &form)
	if errors.Is(err, llm.ErrTruncated) { // which some servers do not say
		cut, err = true, llm.DecodeTruncated(text, &form)
	}
	switch {
	case err == nil && form.complete():
		return form, cut, nil
	case !strings.ContainsAny(text, "{[") && apology.MatchString(text):
		return form, false, refused(p)
	case cut || resp.Finish == llm.Truncated:
		return form, false, errIncomplete
	}
	return form, false, errForm
}

// repair makes the request that asks for an answer once more. One that was cut off may
// be twice as long.
func (e *Engine) repair(p *prompt, request llm.Request, resp llm.Response, problem error) (llm.Request, error) {
	text, err := e.prompts.prompts[promptRepair].render("user", words{Problem: problem.Error()})
	if err != nil {
		return llm.Request{}, err
	}
	said := clip(neutral(resp.Text), maxShown)
	if said == "" {
		said = "{}"
	}
	request.Messages = append(request.Messages[:len(request.Messages):len(request.Messages)],
		llm.Message{Role: llm.Assistant, Text: said}, llm.Message{Role: llm.User, Text: text})
	if errors.Is(problem, errIncomplete) {
		request.MaxTokens = 2 * p.maxTokens
	}
	return request, nil
}

// llmKind is the kind of an *llm.Error, else 0.
func llmKind(err error) llm.Kind {
	var failed *llm.Error
	if errors.As(err, &failed) {
		return failed.Kind
	}
	return 0
}

// wrap says in which step an error happened.
func wrap(step engine.Step, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", step, err)
}
