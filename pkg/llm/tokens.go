package llm

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// What stands around the words of a request, in tokens: for each message its role and
// its ends, and once how the answer begins.
const (
	messageTokens = 4
	requestTokens = 3
)

// vocabulary is what letters of a kind cost at most, in hundredths of a token.
type vocabulary struct {
	latin                                int64 // each letter of a word beyond the fourth
	cyrillic, alphabet, ideograph, other int64
}

// The vocabularies. Wide ones, of about 200,000 tokens, know other scripts far better
// than those that came before. The figures are the tokens of o200k_base and cl100k_base
// for prose in fifteen languages, rounded up.
var (
	wide  = vocabulary{latin: 22, cyrillic: 35, alphabet: 52, ideograph: 95, other: 50}
	usual = vocabulary{latin: 33, cyrillic: 65, alphabet: 125, ideograph: 150, other: 220}
)

// CountTokens estimates how many tokens a text has for a model. There is no table of
// words behind it, which each model has its own of and which would be many megabytes:
// it counts words, digits, signs and letters by what tables in use make of them. It is
// meant to reserve with and so rather says too much: of whole texts in fifteen languages
// it says up to 50 % too much, in Hindi and Thai up to twice as many; of single passages
// of German, Spanish and random letters it may miss a tenth, a tenth and a quarter. It
// never says less than a token for four bytes.
func CountTokens(model, text string) int64 {
	v := usual
	if isWide(model) {
		v = wide
	}
	var c counter
	for _, r := range text {
		c.add(r, v)
	}
	c.endWord(v)
	return max((c.hundredths+99)/100, int64(len(text)+3)/4)
}

// CountRequest estimates how many tokens a request sends, as CountTokens does, with all
// that stands around the messages, and the schema.
func CountRequest(r Request) int64 {
	total := int64(requestTokens)
	for _, m := range r.Messages {
		total += messageTokens + CountTokens(r.Model, m.Text)
	}
	if r.Schema != nil {
		// A server that cannot hold an answer to a schema gets it in words.
		total += CountTokens(r.Model, schemaWords(r.Schema))
	}
	return total
}

// isWide says that a model has a wide vocabulary: OpenAI's since GPT-4o.
func isWide(model string) bool {
	model = bareModel(model)
	for _, family := range []string{"gpt-4o", "gpt-4.", "gpt-5", "chatgpt-4o", "gpt-oss"} {
		if strings.HasPrefix(model, family) {
			return true
		}
	}
	return reasons(model)
}

// counter counts the tokens of a text, character by character.
type counter struct {
	hundredths int64
	word       int64 // letters of the Latin word that is under way
	accents    int64 // those of them that are not ASCII
	last       rune
}

// add counts a character.
func (c *counter) add(r rune, v vocabulary) {
	switch {
	case r < utf8.RuneSelf && (r|0x20 >= 'a' && r|0x20 <= 'z'):
		// A capital within a word begins another one: most words are known in small
		// letters only.
		if r < 'a' && c.last >= 'a' && c.last <= 'z' {
			c.endWord(v)
		} else if r < 'a' && c.word > 0 {
			c.hundredths += 25
		}
		c.word++
	case r < 0x250 && unicode.IsLetter(r):
		c.word++
		c.accents++
	default:
		c.endWord(v)
		c.hundredths += v.cost(r, c.last)
	}
	c.last = r
}

// endWord counts the word that ends. Common words are one token, longer ones are made
// of pieces, and an accent often breaks a piece in two.
func (c *counter) endWord(v vocabulary) {
	if c.word == 0 {
		return
	}
	c.hundredths += 100 + v.latin*max(c.word-4, 0) + 35*c.accents
	c.word, c.accents = 0, 0
}

// cost is what a character costs that is no Latin letter, in hundredths of a token. A
// space before a word is part of it.
func (v vocabulary) cost(r, last rune) int64 {
	switch {
	case r == ' ' && last != ' ':
		return 0
	case r == ' ' || r == '\t':
		return 30
	case r >= '0' && r <= '9' && last >= '0' && last <= '9':
		return 60
	case r >= '0' && r <= '9':
		return 100
	case r < utf8.RuneSelf && last == r:
		return 50
	case r < utf8.RuneSelf:
		return 90
	case unicode.Is(unicode.Cyrillic, r):
		return v.cyrillic
	case r >= 0x2000 && r < 0x2070:
		return 120 // dashes, quotation marks
	case unicode.Is(unicode.Han, r), unicode.In(r, unicode.Hiragana, unicode.Katakana, unicode.Hangul):
		return v.ideograph
	case r < 0x800:
		return v.alphabet
	case r >= 0x3000 && r < 0x3040, r >= 0xff00 && r < 0xfff0:
		return 110 // East Asian punctuation
	case unicode.IsLetter(r), unicode.IsMark(r):
		return v.other
	case r > 0xffff:
		return 300
	}
	return 200
}
