package extractive

import (
	"regexp"
	"slices"
	"strings"
)

// question is the user's question, read.
type question struct {
	text   string
	words  []word   // content words, in order
	terms  []string // their stems, each once
	topics []string // the terms that say what about: all but the relations
	pairs  map[[2]string]bool
	kin    map[string]string // a stem met → its term, "" if it is of none
	derive bool              // whether kin holds in the question's language
	expect expectation
}

// newQuestion reads a question.
func newQuestion(text string, read *reader) question {
	q := question{
		text: plainSpace(text), pairs: map[[2]string]bool{},
		kin: map[string]string{}, derive: read.language == "en",
	}
	relation := relationStems(read)
	q.expect = expected(q.text)
	previous, opener := "", ""
	for _, w := range read.words(q.text) {
		if w.stop || furniture[w.lower] {
			previous, opener = "", w.lower
			continue
		}
		if previous != "" {
			q.pairs[[2]string{previous, w.stem}] = true
		}
		previous = w.stem
		q.words = append(q.words, w)
		if !slices.Contains(q.terms, w.stem) {
			q.terms = append(q.terms, w.stem)
			if !relation[w.stem] && (!asksDegree[opener] || !degree[w.lower]) {
				q.topics = append(q.topics, w.stem)
			} else if noun := nominals[w.stem]; noun != "" {
				q.kin[read.words(noun)[0].stem] = w.stem
			}
		}
		opener = ""
	}
	if len(q.topics) == 0 { // "How does it work?" of someone who means work
		q.topics = q.terms
	}
	return q
}

// phraseBonus rewards a sentence in which words that stand side by side in the
// question do so too: 0.1 for one such pair, at most 0.2.
func (q question) phraseBonus(words []word) float64 {
	found := map[[2]string]bool{}
	for i := 1; i < len(words); i++ {
		pair := [2]string{words[i-1].stem, words[i].stem}
		if q.pairs[pair] {
			found[pair] = true
		}
	}
	return min(0.2, 0.1*float64(len(found)))
}

// count returns the question's terms among the words, and how often each occurs.
func (q question) count(words []word) map[string]int {
	counts := map[string]int{}
	for _, w := range words {
		if term := q.content(w); term != "" {
			counts[term]++
		}
	}
	return counts
}

// content returns the question's term that a word stands for, or "".
func (q question) content(w word) string {
	if w.stop {
		return ""
	}
	return q.term(w.stem)
}

// term returns the question's term that a stem stands for, or "".
func (q question) term(stem string) string {
	term, known := q.kin[stem]
	if known {
		return term
	}
	i := slices.Index(q.terms, stem)
	if i < 0 && q.derive {
		i = slices.IndexFunc(q.terms, func(t string) bool { return kin(t, stem) })
	}
	if i >= 0 {
		term = q.terms[i]
	}
	q.kin[stem] = term
	return term
}

// furniture are words that say how to answer, not about what.
var furniture = map[string]bool{
	"explain": true, "describe": true, "tell": true, "list": true, "summarize": true,
	"summarise": true, "overview": true, "please": true, "give": true, "compare": true,
	"discuss": true, "mean": true, "means": true, "happen": true, "happens": true, "happened": true,
	"many": true, "much": true, "way": true, "ways": true, "know": true, "known": true,
	"erkläre": true, "beschreibe": true, "viele": true, "explica": true,
}

// conjunction splits a question that asks two things, each with its own
// question word: "What is X and how does it Y?".
var conjunction = regexp.MustCompile(`(?i)[,;]?\s+(?:and|und|y|et|и)\s+((?:what|how|why|when|where|who|which|is|are|does|do|was|wie|warum|wann|wo|wer|welche)\b)`)

// subQuestions splits a text into the questions in it.
func subQuestions(text string) []string {
	var parts []string
	for _, s := range sentences(text) {
		rest := conjunction.ReplaceAllString(text[s.start:s.end], "\n$1")
		for part := range strings.SplitSeq(rest, "\n") {
			if part = plainSpace(part); part != "" {
				parts = append(parts, part)
			}
		}
	}
	return parts
}
