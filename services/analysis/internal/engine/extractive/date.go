package extractive

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// date is a calendar date as precisely as a sentence says it; month and day are 0 where
// it does not.
type date struct {
	year, month, day int
	at               int // where it stands in the sentence
}

// String writes a date as ISO 8601 does: a year, a month or a day.
func (d date) String() string {
	switch {
	case d.month == 0:
		return fmt.Sprintf("%04d", d.year)
	case d.day == 0:
		return fmt.Sprintf("%04d-%02d", d.year, d.month)
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.year, d.month, d.day)
}

// The years that four digits may stand for.
const (
	firstYear = 1000
	lastYear  = 2100
)

// valid reports whether the date is in the calendar.
func (d date) valid() bool {
	if d.year < firstYear || d.year > lastYear || d.month < 0 || d.month > 12 || d.day < 0 || (d.day > 0 && d.month == 0) {
		return false
	}
	if d.day == 0 {
		return true
	}
	return time.Date(d.year, time.Month(d.month), d.day, 0, 0, 0, 0, time.UTC).Day() == d.day
}

// The forms of dates, the more exact first: where two match at overlapping places, the
// first wins. Digits are Latin by then.
var (
	yearFirst  = regexp.MustCompile(`(?:^|[^\d.,/-])(\d{4})(?:-(\d{2})(?:-(\d{2}))?|/(\d{1,2})/(\d{1,2})|\.(\d{1,2})\.(\d{1,2}))(?:$|[^\d/-])`)
	dayFirst   = regexp.MustCompile(`(?:^|[^\d.,/])(\d{1,2})(\.|/)\s?(\d{1,2})(?:\.|/)\s?(\d{4})(?:$|\D)`)
	eastern    = regexp.MustCompile(`(\d{4})\s?[年년](?:\s?(\d{1,2})\s?[月월](?:\s?(\d{1,2})\s?[日号號일])?)?(代?)`)
	dayMonth   = regexp.MustCompile(`(?:^|[^\d])(\d{1,2})(?:st|nd|rd|th|er|º|ª|\.)?\s+(?:of\s+|de\s+|d['’])?([\p{L}\p{M}]+)\.?,?\s+(?:de\s+|del\s+|of\s+)?(\d{4})(?:$|\D)`)
	monthDay   = regexp.MustCompile(`([\p{L}\p{M}]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})(?:$|\D)`)
	monthYear  = regexp.MustCompile(`([\p{L}\p{M}]+)\.?,?\s+(?:de\s+|del\s+|of\s+)?(\d{4})(?:$|\D)`)
	bareYear   = regexp.MustCompile(`\d{4}`)
	yearRange  = regexp.MustCompile(`^\s?(?:[–—-]|to|bis|до|至|到)\s?(\d{4})(?:$|\D)`)
	beforeEra  = regexp.MustCompile(`(?i)^\s?(?:BCE?\b|B\.\s?C\.|v\.\s?(?:Chr|u\.\s?Z)|av\.?\s?J|a\.\s?\s?C\.|до н|ق\.\s?م|年?前\b)`)
	hanYear    = regexp.MustCompile(`[〇零一二三四五六七八九]{4}年`)
	digitSigns = strings.NewReplacer("〇", "0", "零", "0", "一", "1", "二", "2", "三", "3", "四", "4", "五", "5", "六", "6", "七", "7", "八", "8", "九", "9")
)

// dateIn returns the first date of a sentence. Relative ones, such as "last year", count
// from when the source was published, if that is known.
func dateIn(text string, published time.Time) (date, bool) {
	text = latinDigits(text)
	var found []date
	for _, form := range []func(string) []date{yearsFirst, daysFirst, easternDates, daysAndMonths, monthsAndDays, monthsAndYears, bareYears} {
		found = append(found, form(text)...)
	}
	first, ok := date{}, false
	for _, d := range found {
		if d.valid() && (!ok || d.at < first.at-nearBy) {
			first, ok = d, true
		}
	}
	if ok || published.IsZero() {
		return first, ok
	}
	return relativeDate(text, published)
}

// nearBy is how many bytes apart two readings of one date may begin: "17 May 2020" is
// also "May 2020" and "2020".
const nearBy = 16

// latinDigits writes the digits of all scripts, and the years in Chinese numerals, in
// Latin ones.
func latinDigits(text string) string {
	text = hanYear.ReplaceAllStringFunc(text, digitSigns.Replace)
	return strings.Map(func(r rune) rune {
		if r < unicode.MaxLatin1 || !unicode.Is(unicode.Nd, r) {
			return r
		}
		zero := r // the digits of a script stand in a row from a multiple of ten or 16
		for unicode.Is(unicode.Nd, zero-1) && r-zero < 9 {
			zero--
		}
		return '0' + (r-zero)%10
	}, text)
}

// number reads digits; 0 stands for none.
func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

// yearsFirst finds 2020-05-17, 2020/5/17 and 2020.5.17.
func yearsFirst(text string) (found []date) {
	for _, m := range yearFirst.FindAllStringSubmatchIndex(text, -1) {
		part := func(i int) int { return number(group(text, m, i)) }
		found = append(found, date{year: part(1), month: part(2) + part(4) + part(6), day: part(3) + part(5) + part(7), at: m[2]})
	}
	return found
}

// daysFirst finds 17.05.2020 and, where one of the two cannot be a month, 5/17/2020. Of
// 4/5/2020 only the year is certain.
func daysFirst(text string) (found []date) {
	for _, m := range dayFirst.FindAllStringSubmatchIndex(text, -1) {
		a, b, year := number(group(text, m, 1)), number(group(text, m, 3)), number(group(text, m, 4))
		d := date{year: year, month: b, day: a, at: m[2]}
		if group(text, m, 2) == "/" {
			switch {
			case b > 12:
				d.month, d.day = a, b
			case a <= 12 && a != b:
				d.month, d.day = 0, 0
			}
		}
		found = append(found, d)
	}
	return found
}

// easternDates finds 2020年5月17日; 1990年代 is a decade, and none.
func easternDates(text string) (found []date) {
	for _, m := range eastern.FindAllStringSubmatchIndex(text, -1) {
		if group(text, m, 4) == "" && !strings.HasSuffix(text[:m[0]], "前") {
			found = append(found, date{year: number(group(text, m, 1)), month: number(group(text, m, 2)), day: number(group(text, m, 3)), at: m[0]})
		}
	}
	return found
}

// daysAndMonths finds 17 May 2020 and its like.
func daysAndMonths(text string) (found []date) {
	for _, m := range dayMonth.FindAllStringSubmatchIndex(text, -1) {
		if month := months[strings.ToLower(group(text, m, 2))]; month > 0 {
			found = append(found, date{year: number(group(text, m, 3)), month: month, day: number(group(text, m, 1)), at: m[2]})
		}
	}
	return found
}

// monthsAndDays finds May 17, 2020.
func monthsAndDays(text string) (found []date) {
	for _, m := range monthDay.FindAllStringSubmatchIndex(text, -1) {
		if month := months[strings.ToLower(group(text, m, 1))]; month > 0 {
			found = append(found, date{year: number(group(text, m, 3)), month: month, day: number(group(text, m, 2)), at: m[2]})
		}
	}
	return found
}

// monthsAndYears finds May 2020.
func monthsAndYears(text string) (found []date) {
	for _, m := range monthYear.FindAllStringSubmatchIndex(text, -1) {
		if month := months[strings.ToLower(group(text, m, 1))]; month > 0 {
			found = append(found, date{year: number(group(text, m, 2)), month: month, at: m[2]})
		}
	}
	return found
}

// group returns a group of a match, or "".
func group(text string, match []int, i int) string {
	if match[2*i] < 0 {
		return ""
	}
	return text[match[2*i]:match[2*i+1]]
}
