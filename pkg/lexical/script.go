package lexical

import (
	"strings"
	"unicode"
)

// scriptLanguages says which language a script stands for: the one with the most
// text in it. Latin letters stand for none; "latin" is no language.
var scriptLanguages = []struct {
	table *unicode.RangeTable
	lang  string
}{
	{unicode.Latin, "latin"},
	{unicode.Cyrillic, "ru"},
	{unicode.Han, "zh"},
	{unicode.Hiragana, "ja"},
	{unicode.Katakana, "ja"},
	{unicode.Hangul, "ko"},
	{unicode.Arabic, "ar"},
	{unicode.Hebrew, "he"},
	{unicode.Greek, "el"},
	{unicode.Thai, "th"},
	{unicode.Devanagari, "hi"},
	{unicode.Bengali, "bn"},
	{unicode.Tamil, "ta"},
	{unicode.Telugu, "te"},
	{unicode.Kannada, "kn"},
	{unicode.Malayalam, "ml"},
	{unicode.Gujarati, "gu"},
	{unicode.Gurmukhi, "pa"},
	{unicode.Sinhala, "si"},
	{unicode.Georgian, "ka"},
	{unicode.Armenian, "hy"},
	{unicode.Ethiopic, "am"},
	{unicode.Lao, "lo"},
	{unicode.Khmer, "km"},
	{unicode.Myanmar, "my"},
}

// ownLetters tells the languages of one script apart by letters that the first one
// does not have, or hardly. One letter in rare has to be one of them: more than a name
// or a quotation brings in, and less than there are in running text.
var ownLetters = []struct {
	script, lang, letters string
	rare                  int
}{
	{"ru", "uk", "іїєґ", 200},
	{"ru", "be", "ў", 200},
	{"ru", "sr", "ђјљњћџ", 200},
	{"ru", "bg", "ъ", 80}, // Russian has a few, but not without ы
	{"ar", "ur", "ٹڈڑںے", 200},
	{"ar", "fa", "پچژگ", 200},
	{"latin", "vi", "ơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ", 20},
}

// letterCount is how often the letters of a text occur.
type letterCount struct {
	scripts map[string]int // by what they stand for
	own     map[string]int // by language of ownLetters
	all     int
	russian int // letters that Russian has and Bulgarian has not
}

// countLetters counts the letters of a text.
func countLetters(text string) letterCount {
	c := letterCount{scripts: map[string]int{}, own: map[string]int{}}
	for _, r := range text {
		if !unicode.IsLetter(r) {
			continue
		}
		c.all++
		if r < 0x80 { // most of most texts
			c.scripts["latin"]++
			continue
		}
		c.scripts[scriptOf(r)]++
		lower := unicode.ToLower(r)
		for _, o := range ownLetters {
			if strings.ContainsRune(o.letters, lower) {
				c.own[o.lang]++
			}
		}
		if strings.ContainsRune("ыэё", lower) {
			c.russian++
		}
	}
	return c
}

// byScript returns the language that the commonest script of text stands for,
// and whether that script is Latin and the language unknown.
func byScript(text string) (lang string, latin bool) {
	c := countLetters(text)
	// Chinese characters are a good part of Japanese text, never all of it.
	if c.scripts["ja"] > c.all/20 {
		c.scripts["ja"] += c.scripts["zh"]
		delete(c.scripts, "zh")
	}
	best := ""
	for _, s := range scriptLanguages {
		if c.scripts[s.lang] > c.scripts[best] {
			best = s.lang
		}
	}
	if c.scripts[best]*2 < c.all || c.all == 0 {
		return "", false
	}
	for _, o := range ownLetters {
		if o.script != best || o.lang == "bg" && c.russian > 0 {
			continue
		}
		if c.own[o.lang]*o.rare >= c.all {
			return o.lang, false
		}
	}
	return best, best == "latin"
}

// scriptOf returns the language that a letter's script stands for.
func scriptOf(r rune) string {
	for _, s := range scriptLanguages {
		if unicode.Is(s.table, r) {
			return s.lang
		}
	}
	return "other"
}
