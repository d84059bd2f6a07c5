package docx

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/bidi"

	"github.com/researcherpro/researcherpro/services/report/internal/readable"
)

// language is what follows from a document's language: direction, fonts, and what a
// spelling checker is told.
type language struct {
	// tag is the language after BCP 47; empty if it is none.
	tag string
	// rtl says that it is written from right to left.
	rtl bool
	// eastern is the font of East Asian characters.
	eastern string
	// cjk says that most of the text is East Asian.
	cjk bool
}

// tag is what a language tag looks like. Anything else does not get into attributes.
func isTag(s string) bool {
	return len(s) <= 35 && regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$`).MatchString(s)
}

func languageOf(tag string) language {
	tag = strings.ReplaceAll(tag, "_", "-")
	if !isTag(tag) {
		return language{eastern: "Microsoft YaHei"}
	}
	base, rest, _ := strings.Cut(strings.ToLower(tag), "-")
	l := language{tag: tag, rtl: readable.RightToLeft(tag), eastern: "Microsoft YaHei"}
	switch base {
	case "ja":
		l.eastern, l.cjk = "Yu Gothic", true
	case "ko":
		l.eastern, l.cjk = "Malgun Gothic", true
	case "zh", "yue":
		l.cjk = true
		if strings.Contains(rest, "hant") || strings.Contains(rest, "tw") || strings.Contains(rest, "hk") {
			l.eastern = "Microsoft JhengHei"
		}
	}
	return l
}

// attributes say which language checkers use for which kind of text. Word knows some
// languages only together with a country.
func (l language) attributes() []string {
	full := l.tag
	if country, ok := map[string]string{
		"en": "US", "de": "DE", "fr": "FR", "es": "ES", "it": "IT", "nl": "NL", "pl": "PL", "pt": "PT", "ru": "RU", "uk": "UA", "tr": "TR", "el": "GR",
		"ar": "SA", "fa": "IR", "he": "IL", "ur": "PK", "zh": "CN", "ja": "JP", "ko": "KR", "hi": "IN", "th": "TH", "vi": "VN", "ro": "RO",
	}[l.tag]; ok {
		full += "-" + country
	}
	latin, eastern, complexScript := full, "zh-CN", "ar-SA"
	switch {
	case l.tag == "":
		latin = "en-US"
	case l.rtl:
		latin, complexScript = "en-US", full
	case l.cjk:
		latin, eastern = "en-US", full
	}
	return []string{"w:val", latin, "w:eastAsia", eastern, "w:bidi", complexScript}
}

// against reports whether a text has letters, and all of them are written against the
// direction of the document: a quote in another language stands as a paragraph of its own
// direction.
func (l language) against(text string) bool {
	letters := false
	for _, r := range text {
		switch strong(r) {
		case direction(l.rtl):
			return false
		case direction(!l.rtl):
			letters = true
		case neutral:
		}
	}
	return letters
}

// enclosed puts marks of direction around a text that is written against its paragraph as a
// whole: the full stop of an English sentence between Arabic ones stays at its end, and a
// number that it begins with at its beginning.
func enclosed(text string, rtl bool) string {
	if !(language{rtl: rtl}).against(text) {
		return text
	}
	sign := "\u200f"
	if rtl {
		sign = "\u200e"
	}
	if first, _ := utf8.DecodeRuneInString(text); strong(first) == neutral && first != ' ' {
		text = sign + text
	}
	if last, _ := utf8.DecodeLastRuneInString(text); strong(last) == neutral && last != ' ' {
		text += sign
	}
	return text
}

// leftToRight returns the mark that ties what is neither to English text, where it needs
// that.
func (l language) leftToRight() string {
	if l.rtl {
		return "\u200e"
	}
	return ""
}

// side is the direction of a character.
type side int

const (
	neutral side = iota
	leftToRight
	rightToLeft
)

func direction(rtl bool) side {
	if rtl {
		return rightToLeft
	}
	return leftToRight
}

// strong returns the direction of a letter, and neutral of what is none.
func strong(r rune) side {
	if r < 0x590 { // most text; nothing below is written from right to left
		if r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r >= 0xc0 {
			return leftToRight
		}
		return neutral
	}
	p, _ := bidi.LookupRune(r)
	switch p.Class() {
	case bidi.L:
		return leftToRight
	case bidi.R, bidi.AL:
		return rightToLeft
	}
	return neutral
}

// piece is text that is written in one direction.
type piece struct {
	text string
	rtl  bool
}

// pieces cuts text where its direction changes. What is between letters of the same
// direction goes with them, everything else with the paragraph.
func pieces(text string, rtl bool) []piece {
	base := direction(rtl)
	var out []piece
	current, start := base, 0 // of the piece in the making
	end := 0                  // where its last letter ends
	for i, r := range text {
		s := strong(r)
		if s == neutral {
			continue
		}
		if s != current {
			at := i
			if s == base {
				at = end // what is between goes with the paragraph
			}
			if at > start {
				out = append(out, piece{text[start:at], current == rightToLeft})
			}
			start, current = at, s
		}
		end = i + len(string(r))
	}
	if current != base && end < len(text) {
		out = append(out, piece{text[start:end], current == rightToLeft})
		start, current = end, base
	}
	if start < len(text) {
		out = append(out, piece{text[start:], current == rightToLeft})
	}
	return out
}
