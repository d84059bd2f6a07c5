// Package analysistest lends what the engines are tested with to tests of the whole
// fleet: models that a scripted server (llmtest) can speak for.
package analysistest

import (
	"github.com/researcherpro/researcherpro/pkg/llm"
	"github.com/researcherpro/researcherpro/pkg/llm/llmtest"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine/enginetest"
)

// Elsewhere is the host that an obedient model sends everything to.
const Elsewhere = enginetest.Elsewhere

// Honest is the script of a model that answers from what it is given: the same request
// always gets the same answer.
func Honest(r llmtest.Request) llmtest.Reply { return llmtest.Say(enginetest.Honest(request(r))) }

// Obedient is the script of a model that does whatever it reads.
func Obedient(r llmtest.Request) llmtest.Reply { return llmtest.Say(enginetest.Obedient(request(r))) }

func request(r llmtest.Request) llm.Request {
	return llm.Request{Model: r.Model, Messages: r.Messages, Schema: r.Schema, MaxTokens: r.MaxTokens}
}
