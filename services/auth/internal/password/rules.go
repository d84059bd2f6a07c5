package password

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	zxcvbn "github.com/ccojocar/zxcvbn-go"
	"github.com/ccojocar/zxcvbn-go/match"
	"github.com/ccojocar/zxcvbn-go/matching"
	"golang.org/x/text/unicode/norm"
)

const (
	// minScore is the lowest score of zxcvbn (0 to 4) that is accepted: some 10⁸ guesses
	// (27.6 bits). From one address the throttle stretches them over thirty years, and
	// with a stolen hash they cost a month of a processor. A higher line would refuse
	// passwords that are merely not random, which is a composition rule by another name
	// and so forbidden by NIST SP 800-63B-4, section 3.1.1.2; a lower one lets a word
	// with a year pass, or two of the commonest words.
	minScore = 2
	// maxScored is how many characters are looked at: what is long enough is not common
	// any more, and the work grows with the square of the length.
	maxScored = 72
	// maxLeet bounds the search for words written with digits and signs, which grows
	// exponentially with the number of different signs: within these limits it takes
	// some 30 ms, beyond them seconds.
	maxLeet  = 24 // characters
	maxSigns = 6  // different ones
	// leetSigns are the characters that are looked at as letters.
	leetSigns = "48({[<3691!|7@0$5+%2"
	// minWord is the length of the shortest own word that counts, in characters: any
	// password contains somebody's initials.
	minWord = 3
)

// Rules decide whether a password may be chosen, after NIST SP 800-63B-4,
// section 3.1.1.2: what is common, expected or made of the account's own words is refused,
// and there are no rules on its composition. Length is the contract's matter.
type Rules struct {
	product []string
}

// NewRules returns rules that refuse the installation's name, too.
func NewRules(product string) Rules {
	return Rules{product: wordsOf([]string{"Researcher Pro", "ResearcherPro", product})}
}

// Broken returns the rule that a password breaks, as words for the user that go
// behind "password: ", and "" when it breaks none. own are words of the account: its
// mail address and its user's name. The estimate is that of zxcvbn (D. Wheeler,
// "zxcvbn: Low-Budget Password Strength Estimation", USENIX Security 2016).
func (r Rules) Broken(password string, own ...string) string {
	const hint = "; several words that do not belong together make a good one"
	text := []rune(norm.NFC.String(password))
	part := unit(text)
	words := slices.Concat(wordsOf(own), r.product)
	found := zxcvbn.PasswordStrength(string(part[:min(len(part), maxScored)]), words, tooMuchWork(part))
	switch {
	case found.Score >= minScore:
		return ""
	case len(part) < len(text):
		return "must not be the same again and again" + hint
	case slices.ContainsFunc(found.MatchSequence, func(m match.Match) bool { return m.DictionaryName == "user_inputs" }):
		return "must not be made of your address, your name or the name of this product" + hint
	default:
		return "must not be a common password, a sequence of characters or a word or two with some digits" + hint
	}
}

// tooMuchWork leaves the search for letters written as signs out when it would
// take too long.
func tooMuchWork(password []rune) func(match.Matcher) bool {
	signs := map[rune]bool{}
	for _, c := range password {
		if strings.ContainsRune(leetSigns, c) {
			signs[c] = true
		}
	}
	skip := len(password) > maxLeet || len(signs) > maxSigns
	return func(m match.Matcher) bool { return skip && matching.FilterL33tMatcher(m) }
}

// unit returns what a text repeats, at least twice and perhaps cut off at the end,
// and the text itself when it does not: what is repeated is no harder to guess. It
// follows from the longest border of the text, as Knuth, Morris and Pratt find it.
func unit(text []rune) []rune {
	border := make([]int, len(text)+1) // of each prefix
	for i, k := 1, 0; i < len(text); i++ {
		for k > 0 && text[i] != text[k] {
			k = border[k]
		}
		if text[i] == text[k] {
			k++
		}
		border[i+1] = k
	}
	if period := len(text) - border[len(text)]; 2*period <= len(text) {
		return text[:period]
	}
	return text
}

// wordsOf returns texts and the words in them, of at least minWord characters.
func wordsOf(texts []string) []string {
	var words []string
	for _, text := range texts {
		words = append(words, text)
		words = append(words, strings.FieldsFunc(text, func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) })...)
	}
	words = slices.DeleteFunc(words, func(w string) bool { return utf8.RuneCountInString(w) < minWord })
	slices.Sort(words)
	return slices.Compact(words)
}
