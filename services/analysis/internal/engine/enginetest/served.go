package enginetest

import (
	"github.com/researcherpro/researcherpro/pkg/llm"
	"github.com/researcherpro/researcherpro/pkg/llm/llmtest"
)

// Served is the script of a server on loopback that speaks with a model's voice.
func Served(m Model) llmtest.Script {
	return func(r llmtest.Request) llmtest.Reply {
		return llmtest.Say(m(llm.Request{Model: r.Model, Messages: r.Messages, Schema: r.Schema, MaxTokens: r.MaxTokens}))
	}
}
