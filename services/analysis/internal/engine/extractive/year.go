package extractive

import (
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// bareYears finds years that stand alone. Four digits are a year only where the words
// around them say so: after "in", before "г.", or from one year to another.
func bareYears(text string) (found []date) {
	for _, m := range bareYear.FindAllStringIndex(text, -1) {
		before, after := text[:m[0]], text[m[1]:]
		if partOfNumber(before, after) || beforeEra.MatchString(after) || strings.HasSuffix(before, "公元前") {
			continue
		}
		year := number(text[m[0]:m[1]])
		next := nextWord(after)
		switch other := yearRange.FindStringSubmatch(after); {
		case len(other) > 1 && number(other[1]) > year && number(other[1]) <= lastYear:
		case counted[next], strings.HasSuffix(before, "("):
			continue
		case beforeYear[previousWord(before)], afterYear[next]:
		default:
			continue
		}
		found = append(found, date{year: year, at: m[0]})
	}
	return found
}

// partOfNumber reports whether digits are part of a longer number, an amount of money,
// a name with digits, or a decade.
func partOfNumber(before, after string) bool {
	last, _ := utf8.DecodeLastRuneInString(before)
	next, size := utf8.DecodeRuneInString(after)
	second, _ := utf8.DecodeRuneInString(after[min(size, len(after)):])
	return unicode.IsDigit(last) || unicode.IsDigit(next) || strings.ContainsRune(".,/$€£¥#№_", last) ||
		strings.ContainsRune("%‰°€$", next) || (next < 'z' && unicode.IsLetter(next)) ||
		(strings.ContainsRune(".,/", next) && unicode.IsDigit(second)) ||
		(strings.ContainsRune("-’'", next) && unicode.IsLetter(second)) // 1990-х, 1990's
}

// previousWord returns the last word of a text, in lower case.
func previousWord(text string) string {
	text = strings.TrimRightFunc(text, unicode.IsSpace)
	at := strings.LastIndexFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) && r != '\'' })
	_, size := utf8.DecodeRuneInString(text[max(at, 0):])
	if at < 0 {
		size = 0
	}
	return strings.ToLower(text[max(at, 0)+size:])
}

// nextWord returns the first word of a text, in lower case.
func nextWord(text string) string {
	text = strings.TrimLeftFunc(text, unicode.IsSpace)
	end := strings.IndexFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) })
	if end < 0 {
		end = len(text)
	}
	return strings.ToLower(text[:end])
}

// relatives are the words that count years from now, with how many.
var relatives = []struct {
	form  *regexp.Regexp
	years int
}{
	{regexp.MustCompile(`(?i)\b(?:this year|dieses jahr|in diesem jahr|cette année|este año|quest'anno|este ano|bu yıl)\b|в этом году|今年|هذا العام`), 0},
	{regexp.MustCompile(`(?i)\b(?:last year|letztes jahr|im letzten jahr|im vergangenen jahr|l'année dernière|l'an dernier|el año pasado|l'anno scorso|(?:no )?ano passado|geçen yıl)\b|в прошлом году|去年|العام الماضي`), -1},
	{regexp.MustCompile(`(?i)\b(?:next year|nächstes jahr|im nächsten jahr|l'année prochaine|el próximo año|l'anno prossimo|próximo ano|gelecek yıl)\b|в следующем году|明年|العام المقبل`), 1},
}

// yearsAgo counts years back.
var yearsAgo = regexp.MustCompile(`(?i)\b(\d{1,2}|two|three|four|five|six|seven|eight|nine|ten) years ago\b|\bvor (\d{1,2}) jahren\b|\bil y a (\d{1,2}) ans\b|\bhace (\d{1,2}) años\b|(\d{1,2}) (?:лет|года) назад|(\d{1,2})\s?年前`)

// relativeDate reads a year that is counted from when the source was published.
func relativeDate(text string, published time.Time) (date, bool) {
	for _, r := range relatives {
		if at := r.form.FindStringIndex(text); at != nil {
			d := date{year: published.Year() + r.years, at: at[0]}
			return d, d.valid()
		}
	}
	m := yearsAgo.FindStringSubmatchIndex(text)
	if m == nil {
		return date{}, false
	}
	count := ""
	for i := 1; i <= yearsAgo.NumSubexp(); i++ {
		count += group(text, m, i)
	}
	n := number(count)
	if n == 0 {
		n = smallNumbers[strings.ToLower(count)]
	}
	d := date{year: published.Year() - n, at: m[0]}
	return d, n > 0 && d.valid()
}

// smallNumbers are the English words for them.
var smallNumbers = map[string]int{
	"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
}
