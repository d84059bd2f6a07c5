package extractive

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
)

// Reflection constants: a part of a question is answered by findings of enough sources,
// and how many queries of the next round there are at most, and for each part.
const (
	enoughSources  = 2
	maxNextQueries = 6
	maxPartQueries = 2
)

// Reflect implements engine.Engine. A part of the question is unanswered if no sentence
// reaches the floor of relevance for it. The next queries are what was not asked yet of
// the unanswered parts, and their words with what the best passages speak of most that no
// query held: pseudo-relevance feedback (Rocchio, "Relevance feedback in information
// retrieval", 1971). There are none when every part is answered by several sources.
func (e *Engine) Reflect(ctx context.Context, r engine.Request) (engine.Reflection, error) {
	var out engine.Reflection
	thin := false
	read := newReader(languageOf(r.Question, r.Evidence))
	seen := newAsked(r.Asked, read)
	for _, part := range partsOf(r, read) {
		if err := ctx.Err(); err != nil {
			return engine.Reflection{}, fmt.Errorf("reflect: %w", err)
		}
		found, s, err := e.part(r, part, read)
		if err != nil {
			return engine.Reflection{}, err
		}
		if s == nil { // nothing to search for
			continue
		}
		if found == 0 {
			out.Unanswered = append(out.Unanswered, part)
		}
		if found < enoughSources {
			thin = true
			out.Queries = append(out.Queries, s.next(seen)...)
		}
	}
	if !thin {
		out.Queries = nil
	}
	out.Queries = out.Queries[:min(len(out.Queries), maxNextQueries)]
	return out, nil
}

// partsOf are the questions that want an answer each: the claims of a fact check, the
// things of a comparison, else the parts of the plan.
func partsOf(r engine.Request, read *reader) []string {
	switch r.Question.Kind {
	case engine.FactCheck:
		return r.Question.Claims
	case engine.Comparison:
		things, rest := comparedIn(r.Question.Text, read)
		if len(things) < 2 {
			break
		}
		parts := make([]string, len(things))
		for i, thing := range things {
			parts[i] = plainSpace(thing.name + " " + rest)
		}
		return parts
	}
	if len(r.Plan.SubQuestions) > 0 {
		return r.Plan.SubQuestions
	}
	return []string{r.Question.Text}
}

// part returns how many sources answer a part, and the study of it; nil if the part holds
// no word to search for.
func (*Engine) part(r engine.Request, part string, read *reader) (sources int, s *study, err error) {
	if r.Question.Kind == engine.FactCheck {
		quotes, _ := bearing(part, r)
		sources = len(quotes)
	}
	s, err = newStudy(engine.Question{Text: part, Language: read.language}, r.Evidence)
	if err != nil {
		return 0, nil, ignore(err, engine.ErrNoQuestion)
	}
	s.rank()
	if r.Question.Kind != engine.FactCheck && !s.indirect {
		heard := map[string]bool{}
		for _, c := range s.candidates {
			heard[c.evidence.SourceID] = true
		}
		sources = len(heard)
	}
	return sources, s, nil
}

// asked are the queries so far.
type asked struct {
	read  *reader
	exact map[string]bool // by their stems
	stems map[string]bool // in any of them
}

// newAsked reads the queries.
func newAsked(queries []string, read *reader) *asked {
	a := &asked{read: read, exact: map[string]bool{}, stems: map[string]bool{}}
	for _, q := range queries {
		a.add(q)
	}
	return a
}

// add notes a query, and reports whether it is new: other words, not only another order.
func (a *asked) add(query string) bool {
	set := stemSet(a.read.words(query))
	stems := make([]string, 0, len(set))
	for stem := range set {
		stems = append(stems, stem)
		a.stems[stem] = true
	}
	slices.Sort(stems)
	key := strings.Join(stems, " ")
	known := a.exact[key] || key == ""
	a.exact[key] = true
	return !known
}

// next returns the queries that a part has left.
func (s *study) next(seen *asked) []string {
	subject := query(s.question.text, s.question.words)
	options := append([]string{subject}, subjectQueries(s.question)...)
	var topic []word
	for _, w := range s.question.words {
		if slices.Contains(s.question.topics, w.stem) {
			topic = append(topic, w)
		}
	}
	about := query(s.question.text, topic[:min(len(topic), maxSubject)])
	for _, ph := range s.lessons(seen) {
		options = append(options, about+" "+ph)
	}
	var queries []string
	for _, option := range options {
		if len(queries) < maxPartQueries && seen.add(option) {
			queries = append(queries, option)
		}
	}
	return queries
}

// maxSubject is how many words of the subject stand beside what was learnt.
const maxSubject = 5

// lessons are the phrases of the best passages that no query held, the most frequent
// first.
func (s *study) lessons(seen *asked) []string {
	counts := map[string]int{}
	texts := map[string]string{}
	var order []string
	for _, c := range s.candidates[:min(len(s.candidates), teachers)] {
		for _, ph := range s.names(c) {
			fresh := slices.ContainsFunc(ph.stems, func(stem string) bool { return !seen.stems[stem] })
			key := strings.Join(ph.stems, " ")
			if !fresh || len(ph.stems) < 2 {
				continue
			}
			if counts[key]++; counts[key] == 1 {
				texts[key] = ph.text
				order = append(order, key)
			}
		}
	}
	slices.SortStableFunc(order, func(a, b string) int { return counts[b] - counts[a] })
	phrases := make([]string, len(order))
	for i, key := range order {
		phrases[i] = texts[key]
	}
	return phrases
}
