package pubmed

import (
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/text/language"

	"github.com/researcherpro/researcherpro/services/research/internal/connector/scholarly"
)

// pubDate is a date of a record: parts, of which some may be missing, or words.
type pubDate struct {
	Year   string `xml:"Year"`
	Month  string `xml:"Month"`
	Day    string `xml:"Day"`
	Season string `xml:"Season"`
	Words  string `xml:"MedlineDate"`
}

// String returns the date with the precision it has; "" if it has none. A season
// is no month.
func (d pubDate) String() string {
	if year, err := strconv.Atoi(strings.TrimSpace(d.Year)); err == nil {
		// A day that is no number is not known.
		day, _ := strconv.Atoi(strings.TrimSpace(d.Day))
		return scholarly.Date(year, scholarly.Month(d.Month), day)
	}
	return medlineDate(d.Words)
}

// words matches the beginning of a date in words: year, month and day, of which
// the last may be missing. What follows is the end of a range.
var words = regexp.MustCompile(`((?:1[5-9]|20)\d\d)(?:\s+([A-Z][a-z]{2})[a-z]*(?:\s+(\d{1,2})\b)?)?(\s*-)?`)

// medlineDate returns the date that words begin with, such as "1998 Dec-1999
// Jan" or "2000 Spring": as much of it as a range has in common with its
// beginning.
func medlineDate(s string) string {
	m := words.FindStringSubmatch(s)
	if m == nil {
		return ""
	}
	year, _ := strconv.Atoi(m[1]) // four digits
	if m[4] != "" && m[2] == "" {
		return scholarly.Date(year, 0, 0)
	}
	day, _ := strconv.Atoi(m[3]) // digits or nothing
	if m[4] != "" {
		// A range of days or months: what it begins with is precise to one less.
		if day == 0 {
			return scholarly.Date(year, 0, 0)
		}
		day = 0
	}
	return scholarly.Date(year, scholarly.Month(m[2]), day)
}

// earliest returns the date of the electronic publication if it comes before the
// issue's or says it more precisely, else the issue's.
func earliest(issue pubDate, electronic []pubDate) string {
	best := issue.String()
	for _, e := range electronic {
		if s := e.String(); s != "" && (best == "" || s < best || strings.HasPrefix(s, best)) {
			best = s
		}
	}
	return best
}

// bibliographic are the three-letter codes of MARC that differ from ISO 639-2/T,
// by the code of two letters.
var bibliographic = map[string]string{
	"de": "ger", "fr": "fre", "zh": "chi", "nl": "dut", "cs": "cze", "fa": "per", "el": "gre", "ro": "rum", "sk": "slo",
	"is": "ice", "hy": "arm", "ka": "geo", "sq": "alb", "mk": "mac", "eu": "baq", "cy": "wel", "my": "bur", "ms": "may",
}

// toMARC returns the code that PubMed uses for a language of two letters; "" for
// none.
func toMARC(two string) string {
	two = strings.ToLower(two)
	if three := bibliographic[two]; three != "" {
		return three
	}
	base, err := language.ParseBase(two)
	if err != nil {
		return ""
	}
	return base.ISO3()
}

// fromMARC returns the two letters of the first language; "" if it has none.
func fromMARC(codes []string) string {
	if len(codes) == 0 {
		return ""
	}
	three := strings.ToLower(strings.TrimSpace(codes[0]))
	for two, b := range bibliographic {
		if b == three {
			return two
		}
	}
	base, err := language.ParseBase(three)
	if err != nil || len(base.String()) != 2 {
		return ""
	}
	return base.String()
}
