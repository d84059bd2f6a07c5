package converse

import (
	"context"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/lexical"
	"github.com/researcherpro/researcherpro/pkg/sentence"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/calls"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
)

// AnalyzeText looks through a text: what it says on a question, or what matters most
// in it. Quotes are offsets into the text. Nothing of it is kept.
func (t *Talker) AnalyzeText(ctx context.Context, req *analysisv1.AnalyzeTextRequest, onText func(string) error) (*analysisv1.Answer, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(req.GetText()) == "" {
		return nil, errs.Field("text", "must not be blank")
	}
	provider, model, err := t.Routes.Route(ctx, caller, Want{
		Step: engine.StepAsk, Engine: req.GetEngine(), Model: req.GetModel(),
	})
	if err != nil {
		return nil, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	known := cut(req.GetText())
	if req.GetQuestion() != "" {
		known = choose(known, req.GetQuestion())
	}
	answer, err := t.answer(ctx, provider, engine.Ask{Question: req.GetQuestion(), Evidence: known.forEngine()}, known, question{
		scope: calls.Scope{
			WorkspaceID: caller.WorkspaceID, UserID: caller.UserID, Step: engine.StepAsk, Task: "text/" + id.String(),
			Engine: provider.Name(), Model: model, Bypass: req.GetCache() == analysisv1.Cache_BYPASS,
		},
		onText: onText,
	})
	if err != nil {
		return nil, err
	}
	for _, c := range answer.GetCitations() {
		c.PassageId = "" // a number of ours, which names nothing
	}
	return answer, nil
}

// passageBytes is about how long a passage of a text is.
const passageBytes = 1200

// cut cuts a text into passages of whole sentences, and at empty lines where that
// makes no passage much too short.
func cut(text string) passages {
	var out passages
	language := lexical.Detect(text)
	start := -1
	end := 0
	flush := func() {
		if start >= 0 {
			id := strconv.Itoa(len(out) + 1)
			out = append(out, passage{Evidence: engine.Evidence{ID: id, Text: text[start:end], Start: start, Language: language, Score: 1}})
		}
		start = -1
	}
	for _, s := range sentence.Split(text) {
		full := start >= 0 && s.End-start > passageBytes
		apart := start >= 0 && end-start > passageBytes/2 && strings.Count(text[end:s.Start], "\n") > 1
		if full || apart {
			flush()
		}
		if start < 0 {
			start = s.Start
		}
		end = s.End
	}
	flush()
	return out
}
