package calls

import (
	"unicode"
	"unicode/utf8"

	"github.com/researcherpro/researcherpro/pkg/llm"
)

const (
	// messageTokens is what servers put around a message, callTokens around a call: for
	// its template, or the words with which a form of the answer is asked for.
	messageTokens = 16
	callTokens    = 64
	// longWord is the length from which on a run of letters is no word of a language.
	longWord = 24
)

// mostTokens returns how many tokens a request has at most. It counts on the safe side
// of the tokenizers of models, which all cut text into words and words into pieces:
// half a token for each letter of an ordinary word of the Latin alphabet, where they
// need a quarter; what they cut finer is counted as they do in the worst case, up to a
// token for each byte, which is the most that there can be.
func mostTokens(r llm.Request) int64 {
	n := int64(callTokens)
	for _, m := range r.Messages {
		n += messageTokens + countTokens(m.Text)
	}
	if r.Schema != nil {
		n += countTokens(r.Schema.Name) + countTokens(string(r.Schema.JSON))
	}
	return n
}

// countTokens returns how many tokens a text has at most.
func countTokens(text string) int64 {
	var n, word int64
	end := func() {
		if word > longWord {
			n += word
		} else {
			n += (word + 1) / 2
		}
		word = 0
	}
	for _, r := range text {
		if r < utf8.RuneSelf && unicode.IsLetter(r) {
			word++
			continue
		}
		end()
		n += runeTokens(r)
	}
	end()
	return n
}

// runeTokens returns how many tokens a character has at most that is no ASCII letter.
func runeTokens(r rune) int64 {
	switch {
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul):
		return 2
	case r < utf8.RuneSelf:
		return 1
	}
	return int64(utf8.RuneLen(r))
}
