package prompted

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/researcherpro/researcherpro/pkg/llm"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
)

const (
	// doubtsPerCall is how many doubts are judged in one call.
	doubtsPerCall = 10
	// maxContext is how much of the text around a quote a model is shown, in characters.
	maxContext = 1500
)

// Judge implements engine.Engine. Doubts are judged in batches side by side; those of
// a batch that gave nothing stay Undecided. When the budget is used up it fails with
// engine.ErrBudget, and what was judged until then is returned with it.
func (e *Engine) Judge(ctx context.Context, doubts []engine.Doubt) ([]engine.Judgement, error) {
	out := make([]engine.Judgement, len(doubts))
	batches := (len(doubts) + doubtsPerCall - 1) / doubtsPerCall
	failures := make([]error, batches)
	var group errgroup.Group
	group.SetLimit(e.config.Parallel)
	for b := range batches {
		from, to := b*doubtsPerCall, min((b+1)*doubtsPerCall, len(doubts))
		group.Go(func() error {
			failures[b] = e.judge(ctx, doubts[from:to], out[from:to])
			return nil
		})
	}
	_ = group.Wait()
	var unpaid error
	for _, err := range failures {
		switch kind := llmKind(err); {
		case err == nil, kind == llm.Refused, kind == llm.Broken, kind == llm.TooLong:
		case errors.Is(err, engine.ErrBudget):
			unpaid = err
		default:
			return nil, wrap(engine.StepVerify, err)
		}
	}
	return out, wrap(engine.StepVerify, unpaid)
}

// judge judges one batch into out. One that is too long is judged in halves.
func (e *Engine) judge(ctx context.Context, doubts []engine.Doubt, out []engine.Judgement) error {
	cases := make([]string, len(doubts))
	for i, d := range doubts {
		cases[i] = fmt.Sprintf("[%d] claim: %s\nquote: %s\ncontext: %s", i+1,
			neutralLine(d.Claim, maxContext), neutralLine(d.Quote, maxContext), neutralLine(d.Context, maxContext))
	}
	answer, _, err := exchange[verdictsReply](ctx, e, promptJudge, words{Data: dataBlock("", strings.Join(cases, "\n\n"))})
	if llmKind(err) == llm.TooLong && len(doubts) > 1 {
		half := len(doubts) / 2
		return errors.Join(e.judge(ctx, doubts[:half], out[:half]), e.judge(ctx, doubts[half:], out[half:]))
	}
	if err != nil {
		return err
	}
	seen := map[int]bool{}
	for _, v := range list(answer.Verdicts) {
		i := int(v.Case) - 1
		if i < 0 || i >= len(out) || seen[i] {
			continue
		}
		seen[i] = true
		switch verdict := engine.Judgement(strings.ToUpper(strings.TrimSpace(string(v.Verdict)))); verdict {
		case engine.Supports, engine.Partly, engine.Not, engine.Against:
			out[i] = verdict
		}
	}
	return nil
}
