package prompted

import (
	"regexp"
	"strings"
	"unicode"
)

// What is made harmless is written in the full-width forms of its characters: a
// model reads it as text, no tokenizer takes it for a control token, and
// verify.Locate, which compares after NFKC, still finds a quote of it in the source.
var (
	// chatToken is a token with which servers mark who speaks.
	chatToken = regexp.MustCompile(`(?i)<\|[^|<>\n]{0,40}\|>|</?(?:s|sys|system|user|assistant|human|developer|think|thinking|tool|tools|tool_\w+|function\w*|instructions?|data|evidence|prompt)\b[^<>\n]{0,40}>|<<sys>>|<</sys>>|\[/?(?:inst|sys|system|user|assistant)\]`)
	// roleLine is the beginning of a line that looks like one of a transcript.
	roleLine = regexp.MustCompile(`(?im)^([\s#*>_-]*(?:system|user|assistant|human|developer|ai|instructions?|prompt)(?: (?:message|prompt|note|override))?[\s*_]*):`)
	// fenceLike is what the lines around a data block are made of.
	fenceLike = regexp.MustCompile(`[<＜]{3,}|[>＞]{3,}`)
	// passageMark is a number like that of a passage.
	passageMark = regexp.MustCompile(`[\[【]([\d\s,;–-]{1,20})[\]】]`)
	manyLines   = regexp.MustCompile(`\n{3,}`)
)

// neutral makes the text of a stranger fit to stand in a prompt: it cannot end its
// data block, speak in a role, or pass itself off as another passage, and what cannot
// be seen is gone.
func neutral(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n").Replace(text)
	text = strings.Map(visible, text)
	text = chatToken.ReplaceAllStringFunc(text, wide)
	text = roleLine.ReplaceAllString(text, "${1}：")
	text = fenceLike.ReplaceAllStringFunc(text, wide)
	text = passageMark.ReplaceAllString(text, "［${1}］")
	return strings.TrimSpace(manyLines.ReplaceAllString(text, "\n\n"))
}

// neutralLine is neutral on one line of at most a number of characters.
func neutralLine(text string, limit int) string {
	return clip(strings.Join(strings.Fields(neutral(text)), " "), limit)
}

// neutralLines is neutralLine for each text.
func neutralLines(texts []string, limit int) []string {
	out := make([]string, 0, len(texts))
	for _, text := range texts {
		if line := neutralLine(text, limit); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// visible drops the characters that are not seen, in which instructions are smuggled
// and directions turned around; other control characters become spaces. The two
// joiners stay: Persian and Indian scripts are spelled with them.
func visible(r rune) rune {
	switch {
	case r == '\n' || r == '\t' || r == '\u200c' || r == '\u200d':
		return r
	case unicode.Is(unicode.Cf, r), unicode.Is(unicode.Co, r), r >= 0xE0100 && r <= 0xE01EF:
		return -1 // formats, private use, and the variation selectors beyond emoji
	case unicode.IsControl(r):
		return ' '
	}
	return r
}

// wide writes printable ASCII in its full-width forms.
func wide(text string) string {
	return strings.Map(func(r rune) rune {
		if r > ' ' && r <= '~' {
			return r + 0xFEE0
		}
		return r
	}, text)
}

// clip cuts text to a number of characters.
func clip(text string, limit int) string {
	n := 0
	for at := range text {
		if n == limit {
			return text[:at]
		}
		n++
	}
	return text
}
