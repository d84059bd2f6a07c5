package extractive

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxPhrase bounds a key phrase, in words. Longer runs are cut into their
// parts, of which the frequent ones win.
const maxPhrase = 3

// phrase is a key phrase.
type phrase struct {
	text  string // as first written
	stems []string
	score float64
	name  bool // every word has a capital that is not its sentence's
}

// keyPhrases extracts key phrases with RAKE (Rose, Engel, Cramer and Cowley,
// "Automatic Keyword Extraction from Individual Documents", Text Mining:
// Applications and Theory, 2010): candidates are the runs of content words
// between stop words and punctuation; a word scores its degree (the lengths of
// the runs it is in) by its frequency, a phrase the sum of its words.
// The best come first.
func keyPhrases(words []word, text string) []phrase {
	runs := contentRuns(words, text)
	frequency, degree := map[string]int{}, map[string]int{}
	for _, run := range runs {
		for _, w := range run {
			frequency[w.stem]++
			degree[w.stem] += len(run)
		}
	}
	var phrases []phrase
	seen := map[string]bool{}
	for _, run := range runs {
		for _, part := range slices.Collect(slices.Chunk(run, phraseLimit(run))) {
			ph := newPhrase(part, text)
			for _, s := range ph.stems {
				ph.score += float64(degree[s]) / float64(frequency[s])
			}
			if key := strings.Join(ph.stems, " "); !seen[key] {
				seen[key] = true
				phrases = append(phrases, ph)
			}
		}
	}
	slices.SortStableFunc(phrases, func(a, b phrase) int { return cmp.Compare(b.score, a.score) })
	return phrases
}

// maxGroups bounds a key phrase of an unspaced script, in overlapping groups of characters.
const maxGroups = 5

// phraseLimit is the length of the longest key phrase in a run, in words.
func phraseLimit(run []word) int {
	if isUnspaced(run[0].text) {
		return maxGroups
	}
	return maxPhrase
}

// contentRuns cuts words at stop words, at question furniture, and at anything
// but a space or a hyphen between two words.
func contentRuns(words []word, text string) [][]word {
	var runs [][]word
	end := -1 // where the current run ends, -1 if there is none
	for _, w := range words {
		if w.stop || furniture[w.lower] || utf8.RuneCountInString(w.text) < 2 {
			end = -1
			continue
		}
		if end >= 0 && joined(text, end, w.start) {
			runs[len(runs)-1] = append(runs[len(runs)-1], w)
		} else {
			runs = append(runs, []word{w})
		}
		end = w.end
	}
	return runs
}

// joined reports whether nothing but a space or a hyphen parts two words.
// Character pairs overlap, and are joined.
func joined(text string, end, start int) bool {
	return start < end || strings.Trim(text[end:start], " \n-") == ""
}

// newPhrase makes a phrase of words that stand side by side.
func newPhrase(words []word, text string) phrase {
	ph := phrase{text: plainSpace(text[words[0].start:words[len(words)-1].end]), name: true}
	for _, w := range words {
		ph.name = ph.name && w.capital && w.start > 0
		ph.stems = append(ph.stems, w.stem)
	}
	return ph
}

// label writes a phrase as a heading: its first letter large, unless its first word
// has an inner capital of its own, as in "iPhone".
func (ph phrase) label() string {
	opening, _, _ := strings.Cut(ph.text, " ")
	if strings.IndexFunc(opening, unicode.IsUpper) > 0 {
		return ph.text
	}
	first, size := utf8.DecodeRuneInString(ph.text)
	if size == 0 {
		return ""
	}
	return string(unicode.ToUpper(first)) + ph.text[size:]
}
