package mcp

import (
	"context"
	"fmt"
	"strings"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	rpccode "google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/researcherpro/researcherpro/gateway/internal/limit"
	"github.com/researcherpro/researcherpro/gateway/internal/reply"
)

// maxComplaint is how long what is wrong with arguments may be told: the SDK quotes
// the argument, which may be a megabyte.
const maxComplaint = 2000

// kind is what a tool does to what is there.
type kind int

const (
	reads   kind = iota // changes nothing
	adds                // adds something each time
	keeps               // adds something once, however often it is called
	ends                // takes something away
	openEnd kind = 8    // or-ed: also looks at the world outside
)

// annotations tell clients whether to ask their user first.
func (k kind) annotations() *sdk.ToolAnnotations {
	k, open := k&^openEnd, k&openEnd != 0
	return &sdk.ToolAnnotations{
		ReadOnlyHint:    k == reads,
		DestructiveHint: new(k == ends),
		IdempotentHint:  k != adds,
		OpenWorldHint:   &open,
	}
}

// tool is a tool before its schemas are made.
type tool struct {
	name, title, description string
	kind                     kind
	class                    limit.Class // how its calls are limited
	args                     arguments
}

// worded is a result that has words of its own beside its structure.
type worded interface{ words() string }

// addTool adds a tool. What run returns as an error is told as the tool's result, in
// the words that are meant for users: a model can do something about it.
func addTool[In, Out any](s *Server, t tool, run func(ctx context.Context, req *sdk.CallToolRequest, in In) (Out, error)) error {
	input, err := schemaOf[In](t.args)
	if err != nil {
		return fmt.Errorf("tool %s: %w", t.name, err)
	}
	described := &sdk.Tool{
		Name: t.name, Title: t.title, Description: t.description, InputSchema: input, Annotations: t.kind.annotations(),
	}
	s.classes[t.name] = t.class
	sdk.AddTool(s.server, described, func(ctx context.Context, req *sdk.CallToolRequest, in In) (*sdk.CallToolResult, Out, error) {
		out, err := run(ctx, req, in)
		if err != nil {
			return nil, out, toolError(describe(reply.Status(ctx, err), t.args))
		}
		if own, ok := any(out).(worded); ok {
			return &sdk.CallToolResult{Content: []sdk.Content{&sdk.TextContent{Text: own.words()}}}, out, nil
		}
		return nil, out, nil
	})
	return nil
}

// toolError is what a tool tells of what went wrong.
type toolError string

// Error returns the words for the model.
func (e toolError) Error() string { return string(e) }

// describe puts a Status into words: its code, its reason, and what is wrong with
// which argument, under the argument's own name.
func describe(st *status.Status, args arguments) string {
	code, reason := rpccode.Code(int32(st.Code())).String(), ""
	var wrong []string
	for _, detail := range st.Details() {
		switch d := detail.(type) {
		case *errdetails.ErrorInfo:
			if d.GetReason() != code {
				reason = " (" + d.GetReason() + ")"
			}
		case *errdetails.BadRequest:
			for _, v := range d.GetFieldViolations() {
				wrong = append(wrong, args.named(v.GetField())+": "+v.GetDescription())
			}
		case *errdetails.RetryInfo:
			wrong = append(wrong, "try again in "+d.GetRetryDelay().AsDuration().String())
		}
	}
	message := st.Message()
	if st.Code() == codes.InvalidArgument && len(wrong) > 0 {
		return shorten(code+reason+": "+strings.Join(wrong, "; "), maxComplaint)
	}
	return shorten(strings.Join(append([]string{code + reason + ": " + message}, wrong...), "; "), maxComplaint)
}

// named is the name of the argument that became a field, or the field's own.
func (a arguments) named(field string) string {
	for name, arg := range a {
		if rest, ok := strings.CutPrefix(field, arg.path); ok && arg.path != "" && (rest == "" || rest[0] == '[') {
			return name + rest
		}
	}
	return field
}

// shorten cuts a text at a number of characters, and shows that it did.
func shorten(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return string(runes[:most]) + "…"
}
