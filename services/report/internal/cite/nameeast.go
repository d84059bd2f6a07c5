package cite

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// isEasternRune reports whether a character is of a script in which names are written
// family first and unspaced.
func isEasternRune(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) || r == 'ー' || r == '々'
}

// hasEastern reports whether a text has any such character.
func hasEastern(text string) bool { return strings.ContainsFunc(text, isEasternRune) }

// isEasternText reports whether a text has no letters but such.
func isEasternText(text string) bool {
	return hasEastern(text) && !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsLetter(r) && !isEasternRune(r) })
}

// isEastern reports whether a name is written family first, unspaced and in full.
func isEastern(name *reportv1.Name) bool { return isEasternText(name.GetFamily() + name.GetGiven()) }

// eastern writes such a name: `王小明`. A foreign name in such a script has its parts set
// apart by a dot in the middle and stays as it is.
func eastern(name *reportv1.Name) string { return name.GetFamily() + name.GetGiven() }

// easternName reads a name in a script that is written unspaced. Where the family name
// ends can only be told of Chinese and Korean ones; the others stay whole.
func easternName(text, language string) *reportv1.Name {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "，", " "), ",", " ")
	divisible := isHangul(strings.ReplaceAll(text, " ", "")) || strings.HasPrefix(strings.ToLower(language), "zh")
	if parts := strings.Fields(text); len(parts) == 2 {
		// Indexes that put given names first do so here, too; the family name is that of
		// one syllable.
		if divisible && utf8.RuneCountInString(parts[0]) > 1 && utf8.RuneCountInString(parts[1]) == 1 {
			return &reportv1.Name{Family: parts[1], Given: parts[0]}
		}
		return &reportv1.Name{Family: parts[0], Given: parts[1]}
	}
	// Without a space, one character is the family name in all but a few of the names of two
	// to three characters. Names of four are Japanese, or foreign.
	text = clean(text)
	runes := []rune(text)
	family := 1
	switch {
	case strings.ContainsAny(text, "·・"), len(runes) < 2, len(runes) > 4:
		return &reportv1.Name{Family: text}
	case slices.Contains(strings.Fields(doubleFamilies), string(runes[:2])) && len(runes) > 2:
		family = 2
	case len(runes) == 4, !divisible:
		return &reportv1.Name{Family: text}
	}
	return &reportv1.Name{Family: string(runes[:family]), Given: string(runes[family:])}
}

// doubleFamilies are the family names of two characters that are in use.
const doubleFamilies = "欧阳 歐陽 司马 司馬 诸葛 諸葛 上官 司徒 东方 東方 皇甫 慕容 令狐 端木 公孙 公孫 南宫 夏侯 尉迟 남궁 황보 제갈 선우 독고 사공"

func isHangul(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return !unicode.Is(unicode.Hangul, r) })
}
