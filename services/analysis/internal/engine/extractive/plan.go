package extractive

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
)

// Plan limits: a plan that asks more costs every connector more and finds
// little that is new.
const (
	maxSubQuestions = 5
	maxQueries      = 6
	maxQueryWords   = 12
)

// Plan implements engine.Engine. The first query holds all of the question's
// content words, those of each sub-question follow where there are several, then
// the question's subject without what is asked of it, and its key phrases.
func (*Engine) Plan(_ context.Context, in engine.Question) (engine.Plan, error) {
	read := newReader(languageOf(in, nil))
	whole := newQuestion(in.Text, read)
	if len(whole.terms) == 0 {
		return engine.Plan{}, engine.ErrNoQuestion
	}
	plan := engine.Plan{Queries: []string{query(whole.text, whole.words)}}
	for _, part := range subQuestions(whole.text) {
		sub := newQuestion(part, read)
		if whole.isBrief() { // of which some parts only say how to write
			sub = sub.without(instructions, read)
		}
		if formal.MatchString(part) || len(sub.terms) < min(2, len(whole.topics)) && whole.isBrief() || len(sub.terms) == 0 || len(plan.SubQuestions) == maxSubQuestions {
			continue
		}
		plan.SubQuestions = append(plan.SubQuestions, part)
		plan.Queries = append(plan.Queries, query(sub.text, sub.words))
	}
	plan.Queries = append(plan.Queries, subjectQueries(whole)...)
	if len(whole.terms) > 3 { // a short question's phrases are the question
		for _, phrase := range keyPhrases(whole.words, whole.text) {
			if len(phrase.stems) > 1 {
				plan.Queries = append(plan.Queries, phrase.text)
			}
		}
	}
	plan.Queries = distinct(plan.Queries)
	plan.Queries = plan.Queries[:min(len(plan.Queries), maxQueries)]
	return plan, nil
}

// formal opens a sentence that says how an answer must look, not what it is about.
var formal = regexp.MustCompile(`(?i)^(?:please )?(?:ensure|make sure|conclude|cite|structure|format|organi[sz]e|the (?:final )?(?:report|analysis|paper|review) should|your (?:report|analysis|paper|response))\b`)

// subjectQueries are a question's topics with the nouns of its relations, and
// the topics alone: a rare verb such as "represent" would else outweigh, in the
// ranking, the subject that the whole collection speaks of. There are none for
// a question that holds topics only.
func subjectQueries(q question) []string {
	if len(q.topics) == len(q.terms) {
		return nil
	}
	var subject []word
	var nouns []string
	for _, w := range q.words {
		switch noun := nominals[w.stem]; {
		case slices.Contains(q.topics, w.stem):
			subject = append(subject, w)
		case noun != "":
			nouns = append(nouns, noun)
		}
	}
	alone := query(q.text, subject)
	if len(nouns) == 0 {
		return []string{alone}
	}
	return []string{alone + " " + strings.Join(nouns, " "), alone}
}

// query writes content words as a keyword query. Groups of characters that overlap in the
// text are written as the run that they are cut from.
func query(text string, words []word) string {
	var texts []string
	for i := 0; i < len(words) && len(texts) < maxQueryWords; i++ {
		first, last := words[i], words[i]
		for i+1 < len(words) && words[i+1].start < last.end {
			i++
			last = words[i]
		}
		if written := text[first.start:last.end]; !slices.Contains(texts, written) {
			texts = append(texts, written)
		}
	}
	return strings.Join(texts, " ")
}

// distinct drops later repetitions, whatever their case.
func distinct(queries []string) []string {
	seen := map[string]bool{}
	return slices.DeleteFunc(queries, func(q string) bool {
		key := strings.ToLower(q)
		was := seen[key]
		seen[key] = true
		return was
	})
}
