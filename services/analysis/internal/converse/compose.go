package converse

import (
	"slices"
	"strconv"
	"strings"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/verify"
)

// nothing is what an answer says that found nothing.
const nothing = "Nothing in the evidence answers this question."

// composer makes a checked answer.
type composer struct {
	known  passages
	idf    verify.IDF
	answer *analysisv1.Answer
}

// compose checks what an engine wrote and numbers what it cites.
func compose(written engine.Answer, known passages) *analysisv1.Answer {
	texts := make([]string, len(known))
	for i := range known {
		texts[i] = known[i].Text
	}
	c := composer{known: known, idf: verify.NewIDF(texts, ""), answer: &analysisv1.Answer{NoEvidence: written.Nothing}}
	for _, s := range written.Sentences {
		c.add(s)
	}
	c.answer.NoEvidence = c.answer.NoEvidence || len(c.answer.GetSentences()) == 0
	c.answer.Text = c.text()
	return c.answer
}

// add puts a sentence into the answer, if something that it quotes is there. One
// without a quote claims something that nobody can look up.
func (c *composer) add(s engine.AnswerSentence) {
	text := strings.TrimSpace(s.Text)
	if text == "" {
		return
	}
	sentence := &analysisv1.AnswerSentence{Text: text}
	var quotes []*analysisv1.Citation
	for _, q := range s.Quotes {
		cited, ok := c.locate(q)
		if !ok {
			continue
		}
		quotes = append(quotes, cited)
	}
	if len(quotes) == 0 {
		return
	}
	sentence.Support = c.judge(text, quotes)
	for _, q := range quotes {
		sentence.Citations = append(sentence.Citations, c.number(q))
	}
	slices.Sort(sentence.Citations)
	sentence.Citations = slices.Compact(sentence.Citations)
	c.answer.Sentences = append(c.answer.Sentences, sentence)
}

// locate finds a quote in its passage. The citation has the passage's own words.
func (c *composer) locate(q engine.Quote) (*analysisv1.Citation, bool) {
	p, ok := c.known.byID(q.EvidenceID)
	if !ok {
		return nil, false
	}
	span, _, ok := verify.Locate(p.Text, q.Text, q.Start-p.Start)
	if !ok {
		return nil, false
	}
	return &analysisv1.Citation{
		SourceId: p.SourceID, PassageId: p.ID, Quote: p.Text[span.Start:span.End],
		StartOffset: int32(p.Start + span.Start), EndOffset: int32(p.Start + span.End),
		SnapshotSha256: p.snapshotSHA256, SourceTitle: p.SourceTitle, Page: p.page, CheckedBy: "check",
	}, true
}

// judge gives each citation its verdict and returns that of the sentence: the best of
// them, or what they say together.
func (c *composer) judge(sentence string, quotes []*analysisv1.Citation) analysisv1.Support {
	together := make([]string, len(quotes))
	best := analysisv1.Support_UNSUPPORTED
	for i, q := range quotes {
		verdict := verify.Check(sentence, q.GetQuote(), c.idf)
		q.Support, q.Score = support(verdict), verdict.Score
		best = better(best, q.GetSupport())
		together[i] = q.GetQuote()
	}
	if len(quotes) > 1 {
		best = better(best, support(verify.Check(sentence, strings.Join(together, "\n"), c.idf)))
	}
	return best
}

func support(v verify.Verdict) analysisv1.Support {
	return analysisv1.Support(analysisv1.Support_value[string(v.Support)])
}

// order is from the worst verdict of a sentence to the best. That one quote denies it
// weighs less than that another says it.
var order = []analysisv1.Support{
	analysisv1.Support_UNSUPPORTED, analysisv1.Support_CONTRADICTED, analysisv1.Support_PARTIAL, analysisv1.Support_SUPPORTED,
}

func better(a, b analysisv1.Support) analysisv1.Support {
	if slices.Index(order, b) > slices.Index(order, a) {
		return b
	}
	return a
}

// number returns the place of a citation in the answer's list, from 1. The same span
// is one citation, whichever sentences quote it; it keeps its first verdict.
func (c *composer) number(q *analysisv1.Citation) int32 {
	i := slices.IndexFunc(c.answer.Citations, func(have *analysisv1.Citation) bool {
		return have.GetPassageId() == q.GetPassageId() && have.GetStartOffset() == q.GetStartOffset() && have.GetEndOffset() == q.GetEndOffset()
	})
	if i < 0 {
		c.answer.Citations = append(c.answer.Citations, q)
		i = len(c.answer.Citations) - 1
	}
	return int32(i + 1)
}

// text is the answer in one piece, with its marks.
func (c *composer) text() string {
	var sentences []string
	if c.answer.GetNoEvidence() {
		sentences = append(sentences, nothing)
	}
	for _, s := range c.answer.GetSentences() {
		var marked strings.Builder
		marked.WriteString(s.GetText())
		for _, n := range s.GetCitations() {
			marked.WriteString(" [" + strconv.Itoa(int(n)) + "]")
		}
		sentences = append(sentences, marked.String())
	}
	return strings.Join(sentences, " ")
}
