package extractive

import "strings"

// names returns the phrases of a sentence that could name a theme: the parts of its
// runs of content words that end in a noun. A name is not cut: out of
// "the United States" comes neither "United" nor "States".
func (p *pool) names(c *candidate) []phrase {
	var names []phrase
	for _, run := range contentRuns(c.words, c.text) {
		for size := min(maxPhrase, len(run)); size > 0; size-- {
			for at := 0; at+size <= len(run); at++ {
				part := run[at : at+size]
				cut := part[0].start > 0 && c.text[part[0].start-1] == '-' // "short-|range force"
				if p.isNoun(part[size-1]) && opens(part[0]) && !cut && !cutsName(run, at, at+size) {
					names = append(names, newPhrase(part, c.text))
				}
			}
		}
	}
	return names
}

// cutsName reports whether the part of a run from start to end begins or ends
// between two words with capitals.
func cutsName(run []word, start, end int) bool {
	return (start > 0 && run[start-1].capital && run[start].capital) ||
		(end < len(run) && run[end-1].capital && run[end].capital)
}

// isNoun guesses whether a word is used as a noun: it has a capital inside a
// sentence, or was seen after an article or the like.
func (p *pool) isNoun(w word) bool {
	return !verbal(w) && !vague[w.lower] && len(w.text) > 2 && (p.nouns[w.lower] > 1 || (w.capital && w.start > 0))
}

// vague are English nouns that name no theme.
var vague = map[string]bool{
	"number": true, "numbers": true, "part": true, "parts": true, "case": true, "cases": true,
	"example": true, "time": true, "times": true, "use": true, "type": true, "types": true,
	"kind": true, "kinds": true, "way": true, "ways": true, "thing": true, "things": true,
	"year": true, "years": true, "day": true, "days": true, "first": true, "second": true,
	"last": true, "one": true, "two": true, "three": true, "same": true, "result": true,
	"lot": true, "set": true, "end": true, "fact": true, "term": true, "terms": true,
}

// opens reports whether a phrase may begin with a word: not with a verb, a
// number or a word that counts or compares.
func opens(w word) bool {
	return !verbal(w) && !vague[w.lower] && !leading[w.lower] && (w.text[0] < '0' || w.text[0] > '9')
}

// leading are English words that stand before a noun and say nothing of it, and are
// not on the list of stop words.
var leading = map[string]bool{
	"per": true, "many": true, "several": true, "various": true, "new": true, "different": true,
	"certain": true, "following": true, "main": true, "important": true, "every": true, "four": true,
	"five": true, "like": true, "via": true, "also": true, "often": true, "become": true, "became": true,
	"make": true, "makes": true, "made": true, "gives": true, "give": true, "takes": true, "take": true,
	"since": true, "another": true, "well": true, "whole": true, "large": true, "small": true,
}

// verbal reports whether an English word looks like a verb or an adverb. One with
// a capital inside a sentence is a name: "United" in "the United States".
func verbal(w word) bool {
	if w.capital && w.start > 0 {
		return false
	}
	return strings.HasSuffix(w.lower, "ing") || strings.HasSuffix(w.lower, "ed") || strings.HasSuffix(w.lower, "ly")
}
