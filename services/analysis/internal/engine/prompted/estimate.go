package prompted

import "github.com/researcherpro/researcherpro/services/analysis/internal/engine"

const (
	// usualShare is how much of what a model may write it seldom goes beyond.
	usualShare = 0.6
	// findingsPerSlice and findingTokens are what a slice gives at most.
	findingsPerSlice = 16
	findingTokens    = 80
	// doubtfulShare is the share of citations that words alone cannot decide, and
	// doubtTokens what one of them takes with its context.
	doubtfulShare = 0.5
	doubtTokens   = 500
)

// Estimate implements engine.Provider. It is meant to be seldom exceeded: full slices,
// and answers of more than half of what may be written. Repairs are not in it, which
// models need in one call of a hundred.
func (p *Provider) Estimate(run engine.Prospect) []engine.Estimate {
	question := tokens(run.Question.Text)
	for _, claim := range run.Question.Claims {
		question += tokens(claim)
	}
	perPassage := run.EvidenceTokens + headTokens
	passages := max(0, run.Evidence)
	total := passages * perPassage
	count := min((total+p.config.SliceTokens-1)/p.config.SliceTokens, maxSlices)
	shown := min(total, maxSlices*p.config.SliceTokens)
	findings := count * findingsPerSlice
	analyse := promptFacts
	if run.Question.Kind != engine.FactCheck {
		analyse = analysePrompt(run.Question.Kind)
		findings = min(findings, maxLong)
	} else {
		findings = max(1, len(run.Question.Claims)) * factQuotes
	}
	out := []engine.Estimate{p.estimate(engine.StepPlan, promptPlan, 1, question)}
	if run.Rounds > 1 {
		each := question + min(total, p.config.SliceTokens)
		out = append(out, p.estimate(engine.StepReflect, promptReflect, run.Rounds-1, (run.Rounds-1)*each))
	}
	analysed := p.estimate(engine.StepAnalyze, analyse, count, count*question+shown)
	if count > 1 && run.Question.Kind != engine.FactCheck {
		arranged := p.estimate(engine.StepAnalyze, promptArrange, 1, question+count*findingsPerSlice*findingTokens)
		analysed.Calls += arranged.Calls
		analysed.InputTokens += arranged.InputTokens
		analysed.OutputTokens += arranged.OutputTokens
	}
	doubts := int(float64(2*findings) * doubtfulShare)
	judging := (doubts + doubtsPerCall - 1) / doubtsPerCall
	return append(out, analysed,
		p.estimate(engine.StepVerify, promptJudge, judging, doubts*doubtTokens),
		p.estimate(engine.StepWrite, promptWrite, 1, question+findings*findingTokens))
}

// estimate is some calls with a prompt that together carry so many tokens of material.
func (p *Provider) estimate(step engine.Step, name string, calls, material int) engine.Estimate {
	prompt := p.prompts.prompts[name]
	overhead := 0
	for _, part := range []string{"system", "user"} {
		if text, err := prompt.render(part, words{}); err == nil {
			overhead += tokens(text)
		}
	}
	if prompt.schema != nil {
		overhead += tokens(string(prompt.schema.JSON))
	}
	return engine.Estimate{
		Step: step, Calls: calls, InputTokens: int64(calls*overhead + material),
		OutputTokens: int64(float64(calls*prompt.maxTokens) * usualShare),
	}
}
