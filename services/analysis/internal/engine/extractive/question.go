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
	// emphasis is what a term counts beside the others, 1 where it is not named: only
	// briefs of many terms have it.
	emphasis map[string]float64
}

// A question of more terms than manyTerms is a brief: no sentence holds all of it, so
// what a sentence holds is measured against its heaviest ones.
const (
	manyTerms = 12
	heaviest  = 8
)

// isBrief reports whether the question is a brief.
func (q question) isBrief() bool { return len(q.terms) > manyTerms }

// newQuestion reads a question.
func newQuestion(text string, read *reader) question {
	q := question{text: plainSpace(text), derive: read.language == "en"}
	q.expect = expected(q.text)
	words := read.words(q.text)
	silenceChinese(q.text, words, furnitureChinese)
	q.take(words, read, furniture)
	if !q.isBrief() {
		return q
	}
	whole := q
	if q.take(words, read, instructions); len(q.terms) < heaviest {
		q = whole
	}
	q.emphasis = emphasis(q)
	return q
}

// take sorts the question's words, all but stop words, furniture and those to leave out.
func (q *question) take(words []word, read *reader, without map[string]bool) {
	q.words, q.terms, q.topics = nil, nil, nil
	q.pairs, q.kin = map[[2]string]bool{}, map[string]string{}
	relation := relationStems(read)
	previous, opener := "", ""
	for _, w := range words {
		if w.stop || furniture[w.lower] || without[w.lower] {
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
}

// without leaves words out of a question, unless nothing else is asked.
func (q question) without(words map[string]bool, read *reader) question {
	all := read.words(q.text)
	silenceChinese(q.text, all, furnitureChinese)
	silenceChinese(q.text, all, words)
	rest := q
	if rest.take(all, read, words); len(rest.terms) == 0 {
		return q
	}
	if rest.isBrief() {
		rest.emphasis = emphasis(rest)
	}
	return rest
}

// emphasis weighs the terms of a brief: its first sentence says what it is about, names
// and what is repeated matter most, and the rest says how to go about it.
func emphasis(q question) map[string]float64 {
	first := len(q.text)
	if spans := sentences(q.text); len(spans) > 1 {
		first = spans[0].end
	}
	weights, times := map[string]float64{}, map[string]int{}
	for _, w := range q.words {
		if times[w.stem]++; times[w.stem] == 1 {
			weights[w.stem] = 1
			if w.start >= first {
				weights[w.stem] = later
			}
		}
		if w.capital && w.start > 0 && !strings.ContainsAny(q.text[w.start-2:w.start-1], ".?!:") {
			weights[w.stem] = max(weights[w.stem], named)
		}
	}
	for stem, n := range times {
		weights[stem] *= 1 + repeated*float64(min(n, 4)-1)
	}
	return weights
}

// What the terms of a brief count: those after its first sentence, names, and each
// repetition more.
const (
	later    = 0.6
	named    = 1.3
	repeated = 0.25
)

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
	"zusammenfassen": true, "vergleiche": true, "untersuche": true, "explique": true, "expliquez": true, "décrire": true,
	"расскажи": true, "объясни": true, "опиши": true, "اشرح": true, "صف": true, "açıkla": true,
}

// instructions are words of briefs that say what is to be written. A short question may
// be about any of them.
var instructions = wordSet(`write prepare draft conduct provide include including detailed comprehensive in-depth report analyze
	analyse investigate researching exploring specifically etc e.g i.e ie research study analysis paper article review section overview framework discussion essay notes
	topic objective aspects aspect perspective perspectives focus examples example context conclude conclusion conclusions
	recommendations recommendation propose proposed explore examine evaluate assess identify discuss summarize categorize
	categories category relevant specific various different potential possible approaches approach current recent latest
	advanced effective effectively related regarding well based using used ensure aim aims goal develop developed address
	should could would like need needs want help look trying see interested information respectively additionally
	furthermore finally structured following content suggestions major main key significant systematically integrate
	acting senior expert experienced researcher manager teacher case cases question hypothesis data evidence support`)

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
