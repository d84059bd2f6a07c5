package run

import (
	"context"
	"fmt"
	"strings"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
	"github.com/researcherpro/researcherpro/services/analysis/internal/verify"
	"github.com/researcherpro/researcherpro/services/analysis/internal/wire"
)

// write has the findings summed up in a few sentences. A sentence that names no finding
// is dropped, and so is one that the quotes of its findings do not support: a summary
// claims nothing that the findings do not. The verdicts on given claims are their own
// summary.
func (t *task) write(ctx context.Context) (Outcome, error) {
	out := Outcome{Next: StepReport, State: store.Reporting, Progress: progressWritten}
	findings, err := t.findings(ctx)
	if err != nil {
		return Outcome{}, err
	}
	worth := worthTelling(findings)
	if len(worth) == 0 || t.req.GetKind() == analysisv1.Kind_FACT_CHECK {
		return out, nil
	}
	m, err := t.material(ctx)
	if err != nil {
		return Outcome{}, err
	}
	request, given := t.request(m), forEngine(worth)
	var sentences []engine.Sentence
	ask := func(ctx context.Context, e engine.Engine) (err error) {
		sentences, err = e.Write(ctx, request, given)
		return err
	}
	reason, err := t.withModel(ctx, engine.StepWrite, ask)
	if err == nil && reason != "" {
		out.Missing = []string{"The summary was put together by the built-in engine, because " + reason + "."}
		err = ask(ctx, t.plain())
	}
	if err != nil {
		return Outcome{}, fmt.Errorf("write: %w", err)
	}
	summary, err := t.proven(ctx, sentences, worth, verify.NewIDF(m.texts(), ""))
	if err != nil {
		return Outcome{}, err
	}
	if len(summary) == 0 {
		return out, nil
	}
	parts, err := wire.EncodeParts(t.parts.GetRounds(), summary)
	if err != nil {
		return Outcome{}, err
	}
	out.Change = func(a *store.Analysis) { a.Parts = parts }
	out.Events = []*analysisv1.Event{{
		Type: analysisv1.Event_TEXT, Detail: &analysisv1.Event_Text{Text: &analysisv1.TextWritten{Text: prose(summary)}},
	}}
	return out, nil
}

// worthTelling returns the findings that a summary may rest on.
func worthTelling(findings []*analysisv1.Finding) []*analysisv1.Finding {
	var out []*analysisv1.Finding
	for _, f := range findings {
		if f.GetSupport() == analysisv1.Support_SUPPORTED || f.GetSupport() == analysisv1.Support_PARTIAL {
			out = append(out, f)
		}
	}
	return out
}

// forEngine returns findings as engines see them.
func forEngine(findings []*analysisv1.Finding) []engine.Finding {
	out := make([]engine.Finding, len(findings))
	for i, f := range findings {
		out[i] = engine.Finding{Claim: f.GetClaim(), Theme: f.GetSection(), Salience: f.GetSalience(), Subject: f.GetSubject(), Date: f.GetDate()}
		for _, c := range f.GetCitations() {
			out[i].Citations = append(out[i].Citations, engine.Quote{
				EvidenceID: c.GetPassageId(), SourceID: c.GetSourceId(), Text: c.GetQuote(), Start: int(c.GetStartOffset()), End: int(c.GetEndOffset()),
			})
		}
	}
	return out
}

// proven returns the sentences that the quotes of their findings support: those that
// the check says so of, and of the doubtful ones those that a model does.
func (t *task) proven(ctx context.Context, sentences []engine.Sentence, findings []*analysisv1.Finding, idf verify.IDF) ([]*analysisv1.SummarySentence, error) {
	c := checker{texts: map[string]string{}, idf: idf}
	claims := make([]*analysisv1.Finding, 0, len(sentences))
	var summary []*analysisv1.SummarySentence
	for _, s := range sentences {
		text := strings.Join(strings.Fields(s.Text), " ")
		ids, quotes := restsOn(s, findings)
		if text == "" || len(ids) == 0 {
			continue
		}
		// The sentence as a claim that cites all that its findings cite, as one text.
		key := fmt.Sprint(len(claims))
		c.texts[key] = quotes
		claims = append(claims, &analysisv1.Finding{Claim: text, Citations: []*analysisv1.Citation{
			{SourceId: key, Quote: quotes, EndOffset: int32(len(quotes))},
		}})
		summary = append(summary, &analysisv1.SummarySentence{Text: text, FindingIds: ids})
	}
	c.judge(claims)
	if _, err := t.settleDoubts(ctx, &c); err != nil {
		return nil, err
	}
	var out []*analysisv1.SummarySentence
	for i, f := range claims {
		if best(f.GetCitations()) == analysisv1.Support_SUPPORTED {
			out = append(out, summary[i])
		}
	}
	return out, nil
}

// restsOn returns the ids of the findings that a sentence names, and what they quote.
func restsOn(s engine.Sentence, findings []*analysisv1.Finding) (ids []string, quotes string) {
	var texts []string
	seen := map[int]bool{}
	for _, i := range s.Findings {
		if i < 0 || i >= len(findings) || seen[i] {
			continue
		}
		seen[i] = true
		ids = append(ids, findings[i].GetId())
		for _, c := range findings[i].GetCitations() {
			texts = append(texts, c.GetQuote())
		}
	}
	return ids, strings.Join(texts, "\n")
}

// prose joins the sentences of a summary.
func prose(summary []*analysisv1.SummarySentence) string {
	texts := make([]string, len(summary))
	for i, s := range summary {
		texts[i] = s.GetText()
	}
	return strings.Join(texts, " ")
}
