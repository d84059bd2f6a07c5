package lexical

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/arabic"
	"github.com/blevesearch/snowballstem/danish"
	"github.com/blevesearch/snowballstem/dutch"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/finnish"
	"github.com/blevesearch/snowballstem/french"
	"github.com/blevesearch/snowballstem/german"
	"github.com/blevesearch/snowballstem/hungarian"
	"github.com/blevesearch/snowballstem/irish"
	"github.com/blevesearch/snowballstem/italian"
	"github.com/blevesearch/snowballstem/norwegian"
	"github.com/blevesearch/snowballstem/portuguese"
	"github.com/blevesearch/snowballstem/romanian"
	"github.com/blevesearch/snowballstem/russian"
	"github.com/blevesearch/snowballstem/spanish"
	"github.com/blevesearch/snowballstem/swedish"
	"github.com/blevesearch/snowballstem/tamil"
	"github.com/blevesearch/snowballstem/turkish"
	"golang.org/x/text/unicode/norm"
)

// maxStemmed is the longest word in bytes that is stemmed; what is longer is no
// word of any language, and some stemmers take quadratic time.
const maxStemmed = 64

// Stem returns the stem of a word as Tokens gives it: by the Snowball stemmer
// of the language (M. F. Porter, "Snowball: A language for stemming
// algorithms", 2001), or by its first letters in a language that inflects and has
// none; then without accents on Latin and Greek letters, so that a query typed
// without them still matches. Vietnamese keeps its own, which are half of its words.
func Stem(word, lang string) string {
	return stemWith(snowballstem.NewEnv(""), word, lang)
}

// Stems returns the stems of text that are worth searching for: every token in
// order, repeated as often as it occurs, without the stop words of the
// language. These are the terms of the search index.
func Stems(text, lang string) []string {
	tokens := Tokens(text)
	stems := make([]string, 0, len(tokens))
	env := snowballstem.NewEnv("")
	for _, token := range tokens {
		word := unelided(token.Text, lang)
		if !IsStopWord(word, lang) {
			stems = append(stems, stemWith(env, word, lang))
		}
	}
	return stems
}

// stemWith is Stem with an environment to use again.
func stemWith(env *snowballstem.Env, word, lang string) string {
	word = strings.ReplaceAll(unelided(word, lang), "ё", "е") // as most Russian texts write it
	if lang == "vi" {
		return word
	}
	word = strings.ReplaceAll(word, "i\u0307", "i") // the Turkish capital İ in lower case
	if len(word) > maxStemmed {
		return word
	}
	stem := stemmer(lang)
	if stem == nil {
		return lightStem(unaccented(word), lang)
	}
	env.SetCurrent(word)
	stem(env)
	if s := env.Current(); s != "" {
		word = s
	}
	return unaccented(word)
}

// stemmer returns the Snowball stemmer of a language, nil if it has none.
func stemmer(lang string) func(*snowballstem.Env) bool {
	switch lang {
	case "en":
		return english.Stem
	case "de":
		return german.Stem
	case "fr":
		return french.Stem
	case "es":
		return spanish.Stem
	case "it":
		return italian.Stem
	case "pt":
		return portuguese.Stem
	case "nl":
		return dutch.Stem
	case "sv":
		return swedish.Stem
	case "ru":
		return russian.Stem
	case "ar":
		return arabic.Stem
	}
	return rareStemmer(lang)
}

// rareStemmer is the rest of stemmer.
func rareStemmer(lang string) func(*snowballstem.Env) bool {
	switch lang {
	case "da":
		return danish.Stem
	case "no", "nb":
		return norwegian.Stem
	case "fi":
		return finnish.Stem
	case "hu":
		return hungarian.Stem
	case "ro":
		return romanian.Stem
	case "tr":
		return turkish.Stem
	case "ga":
		return irish.Stem
	case "ta":
		return tamil.Stem
	}
	return nil
}

// unelided removes the article or pronoun that French and Italian write
// together with the next word: "l'homme" is "homme".
func unelided(word, lang string) string {
	if lang != "fr" && lang != "it" {
		return word
	}
	before, after, found := strings.Cut(word, "'")
	if !found || after == "" {
		return word
	}
	switch before {
	case "l", "d", "j", "m", "n", "s", "t", "c", "qu", "jusqu", "lorsqu", "puisqu",
		"un", "all", "dall", "dell", "nell", "sull", "quell", "quest":
		return after
	}
	return word
}

// plainLetters replaces the Latin letters whose stroke or ligature is no accent to
// Unicode, and the two forms of sigma by one.
var plainLetters = strings.NewReplacer("ø", "o", "ł", "l", "đ", "d", "ħ", "h", "ı", "i", "æ", "ae", "œ", "oe", "ß", "ss", "ς", "σ")

// unaccented removes the accents from Latin and Greek letters; other scripts need
// theirs.
func unaccented(word string) string {
	if plain, _ := asciiCase(word); plain {
		return word
	}
	var b strings.Builder
	base := rune(-1)
	for _, r := range norm.NFD.String(plainLetters.Replace(word)) {
		if unicode.Is(unicode.Mn, r) && base >= 0 && (base < utf8.RuneSelf || unicode.In(base, unicode.Latin, unicode.Greek)) {
			continue
		}
		if !unicode.Is(unicode.Mn, r) {
			base = r
		}
		b.WriteRune(r)
	}
	return norm.NFC.String(b.String())
}
