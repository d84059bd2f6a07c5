package reply

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
)

// Shorten returns the beginning of a query that has at most so many characters and, if
// words is not 0, so many words. It ends at the end of a word, if it has one.
func Shorten(text string, characters, words int) string {
	all := strings.Fields(strings.Map(printable, text))
	if words > 0 && len(all) > words {
		all = all[:words]
	}
	for len(all) > 1 && utf8.RuneCountInString(strings.Join(all, " ")) > characters {
		all = all[:len(all)-1]
	}
	// One word that is too long: of a language without spaces, or of none.
	runes := []rune(strings.Join(all, " "))
	return string(runes[:min(len(runes), characters)])
}

// Recency names the shortest of the spans day, week, month and year that reaches back
// to the first day that is asked for; "" if none does, or no day is asked for. Days are
// counted so that a span is never too short, whatever an API takes for a month.
func Recency(q connector.Query, now time.Time) string {
	if q.PublishedAfter.IsZero() {
		return ""
	}
	const day = 24 * time.Hour
	switch back := now.Sub(q.PublishedAfter); {
	case back <= day:
		return "day"
	case back <= 7*day:
		return "week"
	case back <= 28*day:
		return "month"
	case back <= 365*day:
		return "year"
	}
	return ""
}

// OnSite adds an operator that most search engines know to a query that is to be
// answered out of one domain. The query is shortened to leave room for it.
func OnSite(q connector.Query, characters, words int) string {
	if len(q.IncludeDomains) != 1 {
		return Shorten(q.Text, characters, words)
	}
	operator := " site:" + host(q.IncludeDomains[0])
	return Shorten(q.Text, characters-utf8.RuneCountInString(operator), max(words-1, 0)) + operator
}
