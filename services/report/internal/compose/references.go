package compose

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/researcherpro/researcherpro/services/report/internal/template"
)

// references lists the cited sources by number.
func (c *composer) references(p template.Part) []Part {
	if len(c.cited) == 0 {
		return nil
	}
	section := &References{Heading: cmp.Or(p.Heading, "Sources")}
	for i, id := range c.cited {
		s := c.sources[id]
		location := cmp.Or(s.URL, s.FileName)
		if location == s.name() && !isWeb(s.URL) {
			location = "" // the title says it
		}
		section.Entries = append(section.Entries, Reference{
			Number: i + 1, Title: s.name(), Authors: s.Authors,
			Location: location, Link: isWeb(s.URL),
			SHA256: s.SHA256, Published: date(s.Published), Fetched: date(s.Fetched),
			CitedBy: c.citedBy(i + 1),
		})
	}
	return []Part{section}
}

// citedBy returns the numbers of the shown findings that cite a reference.
func (c *composer) citedBy(mark int) []int {
	var numbers []int
	for number, i := range c.shown {
		if slices.Contains(c.marksOf(i), mark) {
			numbers = append(numbers, number+1)
		}
	}
	return numbers
}

// name is what a source is called.
func (s Source) name() string { return cmp.Or(s.Title, s.FileName, s.URL, "Untitled source") }

// isWeb reports whether a URL is one that a reader may follow. Other schemes are
// shown as text: a source must not be able to plant a link that runs code.
func isWeb(url string) bool {
	lower := strings.ToLower(url)
	return strings.HasPrefix(lower, "https://") || strings.HasPrefix(lower, "http://")
}

// date writes a day, or nothing for a time that is not known.
func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

// facts lists what is known about the making of a report. Tokens and cost are
// given only where a model was used.
func (p Provenance) facts() []Fact {
	var facts []Fact
	add := func(name, value string) {
		if value != "" {
			facts = append(facts, Fact{name, value})
		}
	}
	add("Analysis", p.AnalysisID)
	add("Engine", p.Engine)
	add("Model", p.Model)
	add("Started", moment(p.Started))
	add("Finished", moment(p.Finished))
	add("Sources", fmt.Sprintf("%d found, %d of them unreadable", p.SourcesFound, p.SourcesFailed))
	if p.Model != "" || p.InputTokens+p.OutputTokens > 0 {
		add("Tokens", strconv.FormatInt(p.InputTokens, 10)+" in, "+strconv.FormatInt(p.OutputTokens, 10)+" out")
		add("Cost", fmt.Sprintf("%.4f USD", p.CostUSD))
	}
	return facts
}

// moment writes a time, or nothing for one that is not known.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}
