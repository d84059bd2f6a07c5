package extractive

import (
	"regexp"
	"slices"
	"strings"

	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
)

// goesOn opens a question that goes on from the one before: "and in 2020?", "why?".
var goesOn = regexp.MustCompile(`(?i)^[¿\s]*(?:and|but|or|so|also|what about|how about|what else|und|aber|oder|sonst noch|y|pero|qué más|et|mais|e|ma|mas|и|а|но|ve|peki|و|और)[\s,]|^(?:那|那么|还有|以及|然后|では|それで|그럼)`)

// pointing are words of a question that stand for what was spoken of before.
var pointing = wordSet(`it its they them their he she his her him that this those these there then one ones former latter same
	es er sie ihn ihm ihr sein seine deren dessen dort damals das dies diese dieser davon dafür dabei
	él ella ellos ellas eso esto allí su sus lo il elle ils elles lui leur leurs cela ça son sa ses y en
	esso essa loro ciò isso ele ela eles elas isto он она оно они его её ее их им это этот эта там тогда
	o onu onun onlar bu هو هي هم ذلك هذا वह यह वे उसका इसका`)

// pointingChinese are the same in Chinese and Japanese.
var pointingChinese = regexp.MustCompile(`它|他|她|这|那|其|それ|これ|その|この|彼`)

// maxTurns is how many turns back the subject of a question is looked for.
const maxTurns = 5

// complete writes a question with what it leaves out: the words of the questions before
// it, as far back as they are not whole themselves, and of what the run was about. What
// it asks for now comes first.
func complete(a engine.Ask) string {
	text := a.Question
	previous := []string{}
	for _, turn := range slices.Backward(a.Turns) {
		previous = append(previous, turn.Question)
	}
	previous = append(previous[:min(len(previous), maxTurns)], a.About)
	last := text
	for _, before := range previous {
		if !elliptic(last) {
			break
		}
		if strings.TrimSpace(before) == "" {
			continue
		}
		text = strings.TrimRight(text, " ?？؟.!") + " " + carried(before, a.Question) + "?"
		last = before
	}
	return text
}

// elliptic reports whether a question leaves its subject to what was said before.
func elliptic(text string) bool {
	read := newReader(languageOf(engine.Question{Text: text}, nil))
	q := newQuestion(text, read)
	names := slices.ContainsFunc(q.words, func(w word) bool { return w.capital && w.start > 0 })
	content := len(q.words)
	if isUnspaced(text) {
		content /= 2
	}
	if content == 0 || goesOn.MatchString(text) {
		return true
	}
	points := pointingChinese.MatchString(text) || slices.ContainsFunc(read.words(q.text), func(w word) bool { return pointing[w.lower] })
	return content <= maxPointed && points && !names
}

// maxPointed is how many content words a question with a pointing word may have and still
// need what was said before.
const maxPointed = 6

// years of a question, of which the newer one stands.
var questionYear = regexp.MustCompile(`\b(?:1\d{3}|20\d{2})\b`)

// openerWords ask, and must not ask twice.
var openerWords = regexp.MustCompile(`(?i)^[¿\s]*(?:when|why|where|who|how (?:many|much|long|often|far|old)|how|what year|wann|warum|wieso|wo|wer|wie ?viele?|wie|cuándo|por qué|dónde|quién|cuántos?|cómo|quand|pourquoi|où|qui|combien|comment|когда|почему|где|кто|сколько|как)\s`)

// carried is what an earlier question lends to the new one: not what the new one asks
// anew, which is its year, its names and its question word. To a question that only points
// at a thing and asks something else of it, an earlier one lends the names.
func carried(before, now string) string {
	read := newReader(languageOf(engine.Question{Text: before}, nil))
	text := strings.TrimRight(before, " ?？؟")
	names := nameRuns(text, read)
	if base(read.language) == "de" { // German writes all nouns so
		names = nil
	}
	own := newQuestion(now, read)
	switch {
	case len(names) == 0:
	case goesOn.MatchString(now):
		if len(nameRuns(now, read)) > 0 {
			for _, name := range slices.Backward(names) {
				text = text[:name.start] + text[name.end:]
			}
		}
	case len(own.words) > 0:
		var kept []string
		for _, name := range names {
			kept = append(kept, text[name.start:name.end])
		}
		return strings.Join(kept, " ")
	}
	if questionYear.MatchString(now) {
		text = questionYear.ReplaceAllString(text, "")
	}
	return plainSpace(openerWords.ReplaceAllString(text, ""))
}
