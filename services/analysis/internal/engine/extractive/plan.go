package extractive

import (
	"context"
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
	plan := engine.Plan{Queries: []string{query(whole.words)}}
	for _, part := range subQuestions(whole.text) {
		sub := newQuestion(part, read)
		if len(sub.terms) == 0 || len(plan.SubQuestions) == maxSubQuestions {
			continue
		}
		plan.SubQuestions = append(plan.SubQuestions, part)
		plan.Queries = append(plan.Queries, query(sub.words))
	}
	plan.Queries = append(plan.Queries, subjectQueries(whole)...)
	if len(whole.terms) > 3 { // a short question's phrases are the question
		for _, phrase := range keyPhrases(read.words(whole.text), whole.text) {
			if len(phrase.stems) > 1 {
				plan.Queries = append(plan.Queries, phrase.text)
			}
		}
	}
	plan.Queries = distinct(plan.Queries)
	plan.Queries = plan.Queries[:min(len(plan.Queries), maxQueries)]
	return plan, nil
}

// subjectQueries are a question's topics with the nouns of its relations, and
// the topics alone: a rare verb such as "represent" would else outweigh, in the
// ranking, the subject that the whole collection speaks of. There are none for
// a question that holds topics only.
func subjectQueries(q question) []string {
	if len(q.topics) == len(q.terms) {
		return nil
	}
	var subject, nouns []string
	for _, w := range q.words {
		switch noun := nominals[w.stem]; {
		case slices.Contains(q.topics, w.stem):
			subject = append(subject, w.text)
		case noun != "":
			nouns = append(nouns, noun)
		}
	}
	alone := strings.Join(subject[:min(len(subject), maxQueryWords)], " ")
	if len(nouns) == 0 {
		return []string{alone}
	}
	return []string{alone + " " + strings.Join(nouns, " "), alone}
}

// query writes content words as a keyword query.
func query(words []word) string {
	texts := make([]string, 0, len(words))
	for _, w := range words {
		if !slices.Contains(texts, w.text) && len(texts) < maxQueryWords {
			texts = append(texts, w.text)
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
