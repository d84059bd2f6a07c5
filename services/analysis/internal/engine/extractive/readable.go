package extractive

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A sentence of fewer words says too little to stand alone, one of more says
// too much to be one claim.
const (
	minWords = 6
	maxWords = 60
)

// boilerplate is what surrounds the text of a web page or a paper.
var boilerplate = filter{wordSet(`cookie cookies rights subscribe sign log click privacy terms read share newsletter javascript
	copyright permission licensed`), regexp.MustCompile(`(?i)\b(cookies?\b.{0,40}\b(use|accept|consent|settings|polic)` +
	`|all rights reserved|subscribe (to|now)|sign (up|in) |log in to|click (here|on)|privacy policy` +
	`|terms of (use|service)|read more|share (this|on)|newsletter|javascript (is|must)|enable javascript` +
	`|copyright ©|permission is hereby granted|licensed under)`)}

// codeSigns are what prose does not hold, the marks of Markdown among them: they
// would stand in the report as they are.
var codeSigns = regexp.MustCompile("\\*\\*|~~|\\]\\(|[{}<>|\\\\`]|\\w\\(\\)|\\w\\.\\w+\\(|:=|==|->|=>|;$|\\S_\\S|\\$\\w|https?://|\\w/\\w[\\w.-]*/\\w|\\w:\\w+/|(^|\\s)--?\\w|(^|\\W)\\*\\w|\\.{4}|\t")

// An entry in a list of references, or a marked item, opens so (reference), ends so
// (dated), or holds what no prose does (located).
var (
	reference = regexp.MustCompile(`^(?:\d+(\.\d+)+\.? |\[\d|(?i:q|a|note|source|tip|step \d+)[:：] |\p{Lu}\. ?(\p{Lu}\. ?)*\p{Lu}\p{Ll}+,)`)
	dated     = regexp.MustCompile(`\(\D*\d{4}[a-z]?\)\.?$`)
	located   = filter{wordSet(`al doi pp`), regexp.MustCompile(`\bet al\.,? \d{4}[.;]|\bdoi:|\bpp\. \d`)}
)

// isCode reports whether a text holds signs of code; one without any of the characters
// that they are made of does not.
func isCode(text string) bool {
	return strings.ContainsAny(text, "*~[]{}<>|\\`(=-:;_$/©\t") && (codeSigns.MatchString(text) || copyrightYear.MatchString(text)) ||
		strings.Contains(text, "....")
}

// copyrightYear is what stands at the foot of a page.
var copyrightYear = regexp.MustCompile(`©\s*\d{4}`)

// isReference reports whether a text is an entry in a list of references or the like.
func isReference(text string, words []word) bool {
	return reference.MatchString(text) || located.matches(text, words) ||
		(strings.HasSuffix(strings.TrimSuffix(text, "."), ")") && dated.MatchString(text))
}

// readsAlone reports whether a reader who sees nothing but the sentence
// understands it: a whole sentence of prose, not a heading, a fragment of a
// list, a row of a table, code, a question or boilerplate.
func readsAlone(text string, words []word) bool {
	n := lengthInWords(text, words)
	if n < minWords || n > maxWords {
		return false
	}
	return startsWhole(text) && endsWhole(text) && isProse(text, words) && balanced(text) &&
		!isReference(text, words) && !isAside(text, words) && !strings.Contains(text, "\n\n") && !strings.Contains(text, ":\n")
}

// captions reports whether the text is no sentence but says in words what stands
// below it, as the line above a table does.
func captions(text string, words []word) bool {
	n := lengthInWords(text, words)
	return n >= minWords && n <= maxWords/2 && startsWhole(text) && isProse(text, words) && balanced(text) &&
		!isReference(text, words) && !strings.HasSuffix(text, ":") && !strings.HasSuffix(text, "?")
}

// lengthInWords counts words, or half the characters where words are not
// written apart.
func lengthInWords(text string, words []word) int {
	ideographs := 0
	for _, r := range text {
		if unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai) {
			ideographs++
		}
	}
	if ideographs*2 > utf8.RuneCountInString(text) {
		return ideographs / 2
	}
	return len(words)
}

// startsWhole reports whether the text opens as a sentence does.
func startsWhole(text string) bool {
	opened := strings.TrimLeft(text, "\"'“”‘’«„‚([「『¿¡")
	first, _ := utf8.DecodeRuneInString(opened)
	if unicode.IsDigit(first) {
		return true
	}
	return unicode.IsLetter(first) && !unicode.IsLower(first)
}

// endsWhole reports whether the text ends as a statement does.
func endsWhole(text string) bool {
	closed := strings.TrimRight(text, "\"'“”‘’»)]」』） ")
	if before, note, ok := strings.Cut(closed, "["); ok && len(note) < 8 {
		closed = strings.TrimRight(before, " ") // a footnote mark [12]
	}
	last, _ := utf8.DecodeLastRuneInString(closed)
	return strings.ContainsRune(".!。！।۔։።။។｡", last) && !strings.HasSuffix(closed, "...")
}

// isProse reports whether the text is made of words as prose is: mostly
// letters, function words among them, neither code nor boilerplate.
func isProse(text string, words []word) bool {
	letters, signs := 0, 0
	for _, r := range text {
		switch {
		case unicode.IsDigit(r): // figures are what many sentences are for
			letters, signs = letters+1, signs+1
		case unicode.IsLetter(r) || unicode.IsMark(r):
			letters++
		case !unicode.IsSpace(r):
			signs++
		}
	}
	if signs*3 > letters { // tables, formulas and code have more
		return false
	}
	stops, capitals := 0, 0
	for _, w := range words {
		if w.stop {
			stops++
		} else if w.capital {
			capitals++
		}
	}
	// Names in a row are a list of authors or a title, unless the language
	// writes its nouns with a capital; that one has function words too.
	if capitals*5 > len(words)*4 || (stops*12 < len(words) && hasStopWords(words)) {
		return false
	}
	return !boilerplate.matches(text, words) && !isCode(text) &&
		strings.Count(text, ",")*3 < len(words)+6
}

// hasStopWords reports whether the text is in an alphabet whose languages the
// stop word lists cover.
func hasStopWords(words []word) bool {
	r, _ := utf8.DecodeRuneInString(words[0].lower)
	return unicode.In(r, unicode.Latin, unicode.Cyrillic)
}

// balanced reports whether brackets and quotation marks come in pairs. A lone
// one shows that the sentence was cut.
func balanced(text string) bool {
	for _, pair := range []string{"()", "[]", "“”", "「」", "«»", "（）", "《》", "『』", "【】"} {
		open, shut := utf8.DecodeRuneInString(pair)
		other, _ := utf8.DecodeRuneInString(pair[shut:])
		if strings.Count(text, string(open)) != strings.Count(text, string(other)) {
			return false
		}
	}
	return strings.Count(text, `"`)%2 == 0
}

// leaning are openers that point at what was said before.
var leaning = map[string]bool{
	"this": true, "these": true, "that": true, "those": true, "it": true, "its": true,
	"they": true, "their": true, "he": true, "she": true, "his": true, "her": true,
	"such": true, "however": true, "therefore": true, "thus": true, "hence": true,
	"but": true, "and": true, "or": true, "so": true, "also": true, "moreover": true,
	"furthermore": true, "then": true, "here": true, "there": true, "both": true,
	"instead": true, "otherwise": true, "consequently": true, "nevertheless": true,
	"additionally": true, "similarly": true, "likewise": true, "finally": true,
	"second": true, "secondly": true, "third": true, "thirdly": true, "yet": true,
	"we": true, "our": true, "i": true, "you": true, "your": true, "see": true,
	"dies": true, "diese": true, "dieser": true, "dieses": true, "er": true, "sie": true,
	"es": true, "jedoch": true, "aber": true, "daher": true, "dabei": true, "und": true,
	"este": true, "esta": true, "estos": true, "estas": true, "sin": true, "pero": true,
	"ce": true, "cette": true, "ces": true, "il": true, "elle": true, "ils": true,
	"dadurch": true, "deshalb": true, "dennoch": true, "außerdem": true, "zudem": true, "hierbei": true, "ihre": true, "seine": true,
	"ella": true, "ello": true, "además": true, "ainsi": true, "cela": true, "mais": true, "donc": true, "leur": true, "leurs": true,
	"questo": true, "questa": true, "questi": true, "queste": true, "tuttavia": true, "inoltre": true, "esso": true, "essa": true,
	"isso": true, "isto": true, "essas": true, "esses": true, "eles": true, "ele": true, "porém": true, "além": true,
	"bu": true, "bunlar": true, "ancak": true, "ayrıca": true, "однако": true, "поэтому": true, "также": true, "их": true, "его": true,
	"ее": true, "её": true, "кроме": true, "यह": true, "ये": true, "वह": true, "वे": true, "इस": true, "इसके": true,
	"هذا": true, "هذه": true, "ذلك": true, "تلك": true, "وهو": true, "وهي": true, "ومع": true, "لكن": true, "كما": true,
	"one": true, "another": true, "others": true, "overall": true, "first": true, "firstly": true,
	"meanwhile": true, "accordingly": true, "not": true, "yes": true, "no": true, "him": true, "them": true, "my": true,
	"это": true, "этот": true, "эта": true, "эти": true, "он": true, "она": true, "они": true,
}

// leaningPairs are openers of two words that do.
var leaningPairs = map[string]bool{
	"for example": true, "for instance": true, "in particular": true, "in addition": true,
	"in contrast": true, "in fact": true, "as such": true, "after that": true, "zum beispiel": true,
	"por ejemplo": true, "par exemple": true,
}

// leans reports whether the sentence opens with words that point at the one
// before it. Such a sentence is taken only when no better one says as much.
func leans(words []word) bool {
	if isUnspaced(words[0].text) {
		return leansChinese(words)
	}
	if pointsForward(words) {
		return false
	}
	return leaning[words[0].lower] || (len(words) > 1 && leaningPairs[words[0].lower+" "+words[1].lower])
}

// The words of an English sentence whose "it" points at the clause that follows, and at
// nothing said before: "it remains unclear how", "it has been estimated that".
var (
	impersonal = wordSet(`unclear clear unknown known uncertain doubtful open debated disputed likely unlikely possible estimated thought believed
		assumed expected suggested argued claimed reported said shown found established understood noted`)
	clauseOpening = wordSet(`that whether how why what when where which who`)
)

// impersonalReach is how far from its "it" such a clause begins, in words.
const impersonalReach = 6

// pointsForward reports whether a sentence opens with such an "it".
func pointsForward(words []word) bool {
	if words[0].lower != "it" {
		return false
	}
	for i := 2; i+1 < min(impersonalReach, len(words)); i++ {
		if impersonal[words[i].lower] && clauseOpening[words[i+1].lower] {
			return true
		}
	}
	return false
}

// leaningChinese are characters and pairs with which a Chinese or Japanese sentence
// leans on the one before it.
var leaningChinese = wordSet(`这 该 此 其 它 他 她 但 而 因此 所以 然而 同时 此外 另外 不过 于是 那么 例如 比如 其中 其次 再次 最后 总之 综上 即 也
	これ それ その この また しか さら あの 彼 彼女 因而 从而 并且 而且 否则 反之 可见 第二 第三 另一 并 并指 则 却 尤其 特别 与此 相比 换言`)

// leansChinese looks at the first two characters.
func leansChinese(words []word) bool {
	first := words[0].lower
	_, size := utf8.DecodeRuneInString(first)
	return leaningChinese[first] || leaningChinese[first[:size]]
}
