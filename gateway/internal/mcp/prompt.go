package mcp

import (
	"context"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// addPrompts adds what users may pick from a menu.
func addPrompts(server *sdk.Server) {
	addPrompt(server, prompt{
		name: "research_question", title: "Research a question", argument: "question",
		description: "Research a question and answer it with checked sources.",
		text: "Research this question with Researcher Pro: start_research, follow_research until it is done, then read_findings. " +
			"Answer in your own words, give the source of every claim, say which claims are not SUPPORTED and what is missing, and link the report by its id.\n\nThe question:\n",
	})
	addPrompt(server, prompt{
		name: "check_claim", title: "Check a claim", argument: "claim",
		description: "Check whether a claim holds, with what speaks for and against it.",
		text: "Check whether this claim holds with Researcher Pro: start_research with kind FACT_CHECK and the claim in claims, follow_research until it is done, then read_findings. " +
			"Say what the verdict is, quote what speaks for and against it with the sources, and say so when nothing was found.\n\nThe claim:\n",
	})
}

// prompt is a request with a place for what it is about.
type prompt struct{ name, title, description, argument, text string }

func addPrompt(server *sdk.Server, p prompt) {
	server.AddPrompt(&sdk.Prompt{
		Name: p.name, Title: p.title, Description: p.description,
		Arguments: []*sdk.PromptArgument{{Name: p.argument, Description: "The " + p.argument, Required: true}},
	}, func(_ context.Context, req *sdk.GetPromptRequest) (*sdk.GetPromptResult, error) {
		subject := strings.TrimSpace(req.Params.Arguments[p.argument])
		if subject == "" {
			return nil, &jsonrpc.Error{Code: jsonrpc.CodeInvalidParams, Message: p.argument + ": is required"}
		}
		return &sdk.GetPromptResult{Description: p.description, Messages: []*sdk.PromptMessage{
			{Role: "user", Content: &sdk.TextContent{Text: p.text + subject}},
		}}, nil
	})
}
