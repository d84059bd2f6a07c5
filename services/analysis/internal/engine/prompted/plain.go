package prompted

import (
	"html"
	"regexp"
	"strings"
	"unicode"
)

// maxPasses bounds how often a text is cleaned: removing one thing can make another
// of what stood around it.
const maxPasses = 6

// maxNested is how deep links may stand within links.
const maxNested = 3

// What carries markup.
var (
	comment    = regexp.MustCompile(`(?s)<!--.*?(?:-->|$)`)
	element    = regexp.MustCompile(`(?is)<(?:script|style|iframe|object|svg|math|template|noscript)\b.*?(?:</(?:script|style|iframe|object|svg|math|template|noscript)\s*>|$)`)
	tag        = regexp.MustCompile(`(?s)</?[a-zA-Z!?][^<>]*>`)
	tagOpen    = regexp.MustCompile(`<([a-zA-Z/!?])`)
	definition = regexp.MustCompile(`(?m)^\s{0,3}\[[^\]\n]+\]:\s*\S+.*$`)
	image      = regexp.MustCompile(`!\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])?`)
	inlineLink = regexp.MustCompile(`\[([^\[\]]*)\]\((?:[^()]|\([^()]*\))*\)`)
	footnote   = regexp.MustCompile(`\[\^[^\]]*\]`)
	refLink    = regexp.MustCompile(`\[([^\[\]]+)\]\[[^\[\]]*\]`)
	lineMark   = regexp.MustCompile(`(?m)^\s*(?:#{1,6}\s+|>\s+|[-*+•]\s+|\d{1,2}[.)]\s+|\|)`)
	rule       = regexp.MustCompile("(?m)^\\s*(?:[-*_=]{3,}|```.*|~~~.*)\\s*$")
	emphasis   = regexp.MustCompile(`(^|[\s(])[*_]([^\s*_](?:[^*_\n]*[^\s*_])?)[*_]([\s).,;:!?]|$)`)
	paired     = strings.NewReplacer("**", "", "__", "", "~~", "", "`", "")
	hollow     = regexp.MustCompile(`\(\s*\)|\[\s*\]|<\s*>`)
	gap        = regexp.MustCompile(`\s+([.,])(\s|$)`)
)

// plain is a model's text as plain text on one line: without Markdown and HTML,
// numbers of passages, characters that are not seen, and addresses that are not known.
func (p places) plain(text string) string {
	text = strings.ToValidUTF8(text, "")
	for range maxPasses {
		next := p.pass(text)
		if next == text {
			break
		}
		text = next
	}
	return defused.Replace(tagOpen.ReplaceAllString(text, "< $1"))
}

// defused parts what is left of markup that was made to survive being cleaned.
var defused = strings.NewReplacer("](", "] (", "][", "] [", "![", "! [")

// pass cleans a text once.
func (p places) pass(text string) string {
	before := text
	text = html.UnescapeString(text)
	text = strings.Map(visible, text)
	text = joiners(text)
	for _, gone := range []*regexp.Regexp{comment, element, definition, image, footnote, rule} {
		text = gone.ReplaceAllString(text, " ")
	}
	for range maxNested {
		text = inlineLink.ReplaceAllString(text, "$1")
	}
	text = mark.ReplaceAllString(text, "")
	text = refLink.ReplaceAllString(text, "$1")
	text = tag.ReplaceAllString(text, " ")
	text = tagOpen.ReplaceAllString(text, "$1")
	text = lineMark.ReplaceAllString(text, "")
	text = emphasis.ReplaceAllString(paired.Replace(text), "$1$2$3")
	text = p.without(text)
	text = hollow.ReplaceAllString(text, "")
	text = strings.Join(strings.Fields(text), " ")
	if text != before { // a space before a full stop is what a removal leaves
		text = gap.ReplaceAllString(text, "$1$2")
	}
	return text
}

// joiners drops the joiners that stand beside a Latin letter or none: there they only
// hide what a word is.
func joiners(text string) string {
	if !strings.ContainsAny(text, "\u200c\u200d") {
		return text
	}
	runes := []rune(text)
	out := runes[:0:0]
	for i, r := range runes {
		if r == '\u200c' || r == '\u200d' {
			joins := i > 0 && i+1 < len(runes) && beyondLatin(runes[i-1]) && beyondLatin(runes[i+1])
			if !joins {
				continue
			}
		}
		out = append(out, r)
	}
	return string(out)
}

// beyondLatin reports whether a character belongs to a script, or is a sign, that
// joiners are used in.
func beyondLatin(r rune) bool {
	return r > unicode.MaxLatin1 && !unicode.Is(unicode.Latin, r) && !unicode.IsSpace(r)
}
