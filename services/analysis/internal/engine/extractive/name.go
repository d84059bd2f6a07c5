package extractive

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// names returns the phrases of a sentence that could name a theme: the parts of its
// runs of content words that end in a noun. A name is not cut: out of
// "the United States" comes neither "United" nor "States".
func (p *pool) names(c *candidate) []phrase {
	var names []phrase
	for _, run := range contentRuns(c.words, c.text) {
		unspaced := isUnspaced(run[0].text)
		for size := min(phraseLimit(run), len(run)); size > 0; size-- {
			for at := 0; at+size <= len(run); at++ {
				part := run[at : at+size]
				if unspaced {
					names = append(names, newPhrase(part, c.text))
					continue
				}
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
	if verbal(w) || vague[w.lower] || len(w.text) < 3 || strings.ContainsAny(w.text, "'’") {
		return false
	}
	if p.nouns[w.lower] > 0 && (p.frequency[w.stem] > 2 || p.nouns[w.lower] > 1) {
		return true
	}
	if p.language == "en" && p.frequency[w.stem] > 2 && nominal.MatchString(w.lower) {
		return true
	}
	return (w.capital && w.start > 0) || (withoutArticles[p.language] && p.frequency[w.stem] > 2 && utf8.RuneCountInString(w.text) > 4)
}

// nominal are the endings of English words that are most likely nouns.
var nominal = regexp.MustCompile(`(?:tions?|sions?|ments?|ity|ities|ness|ances?|ences?|ships?|isms?|ists?|olog(?:y|ies)|graph(?:y|ies)|ures?|ages?)$`)

// withoutArticles are languages in which no article tells a noun.
var withoutArticles = wordSet(`ru uk pl cs sk bg sr hr sl tr fi hu ar fa hi bn ur he el lt lv et`)

// weak reports whether a phrase names too little to head findings by itself: one word
// that few of them share, that is vague, or that only says of what country.
func (s sharedPhrase) weak(picks int) bool {
	if isUnspaced(s.text) { // two characters are any word
		last, _ := utf8.DecodeLastRuneInString(s.text)
		return utf8.RuneCountInString(s.text) < 3 || strings.ContainsRune("间中上下内外时后前里等化性来到出进", last)
	}
	if len(s.stems) > 1 {
		return false
	}
	lower := strings.ToLower(s.text)
	few := picks > 6 && len(s.members) < 3
	return broad[lower] || broad[strings.TrimSuffix(lower, "s")] || (few && !s.name) || country.MatchString(lower)
}

// country are the endings of English adjectives of countries and the like.
var country = regexp.MustCompile(`(?:ese|ian|ish|ean|ican|ic|al|ive|ous)$`)

// broad are English nouns that name a theme only beside another word.
var broad = wordSet(`business framework frameworks system systems research study studies model models approach approaches data analysis
	development process processes level levels role impact impacts effect effects issue issues problem problems value values growth
	change changes method methods technology technologies market markets group groups area areas field industry application
	applications performance quality information report reports author authors work works point points form forms service services
	product products project projects user users people world country countries company companies range rate rates factor factors
	ability need needs state states high low order team line design control training evidence practice tool tools risk cost costs
	may might role operation human person importance increase decrease reduction improvement benefit limitation challenge solution
	requirement opportunity component element element condition situation environment resource material structure action activity
	measure source example number part center centre future past world understanding success potential result outcome evaluation
	comparison decision choice option task goal target purpose degree scale size rise loss gain basis core focus attention
	strategy strategies feature features function functions structure program programs policy policies standard standards`)

// vague are English nouns that name no theme.
var vague = map[string]bool{
	"number": true, "numbers": true, "part": true, "parts": true, "case": true, "cases": true,
	"example": true, "time": true, "times": true, "use": true, "type": true, "types": true,
	"kind": true, "kinds": true, "way": true, "ways": true, "thing": true, "things": true,
	"year": true, "years": true, "day": true, "days": true, "first": true, "second": true,
	"last": true, "one": true, "two": true, "three": true, "same": true, "result": true,
	"suggests": true, "plays": true, "shows": true, "indicates": true, "includes": true, "provides": true, "requires": true,
	"helps": true, "leads": true, "occurs": true, "remains": true, "represents": true, "becomes": true, "involves": true,
	"allows": true, "enables": true, "offers": true, "means": true, "causes": true, "affects": true, "increases": true,
	"reduces": true, "improves": true, "may": true, "suggest": true, "play": true, "show": true, "include": true, "provide": true,
	"lot": true, "set": true, "end": true, "fact": true, "term": true, "terms": true,
}

// opens reports whether a phrase may begin with a word: not with a verb, a
// number or a word that counts or compares.
func opens(w word) bool {
	return !strings.ContainsAny(w.text, "'’") && !verbal(w) && !vague[w.lower] && !leading[w.lower] && (w.text[0] < '0' || w.text[0] > '9')
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
