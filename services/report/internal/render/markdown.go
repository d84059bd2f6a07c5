package render

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/researcherpro/researcherpro/services/report/internal/compose"
)

// Markdown writes a report as CommonMark.
//
// A quote is a block quote of two paragraphs: its text on one line, then a dash,
// the reference's mark and the source. The text stands as it does in the source,
// with each run of white space as one space and a backslash only before what
// would be markup; PlainQuotes reads them back.
func Markdown(r compose.Report) string {
	w := &markdown{}
	w.block("# " + escape(r.Title))
	if r.Notice != "" {
		w.block("**" + escape(r.Notice) + "**")
	}
	w.block("*Question:* " + escape(r.Question))
	for _, part := range r.Parts {
		w.part(part)
	}
	return w.out.String()
}

// PlainQuotes returns the quotes in a report's Markdown, in their order, as they
// read in the source but for white space. A checker compares them with the
// source's text after it has made the white space of both plain.
func PlainQuotes(report string) []string {
	var quotes []string
	lines := strings.Split(report, "\n")
	for i := 2; i < len(lines); i++ {
		if strings.HasPrefix(lines[i], attribution) && lines[i-1] == ">" {
			quotes = append(quotes, unescape(strings.TrimPrefix(lines[i-2], "> ")))
		}
	}
	return quotes
}

// attribution begins the line that says where a quote is from.
const attribution = "> — ["

// markdown collects a report's blocks.
type markdown struct{ out strings.Builder }

// block writes one block and the blank line after it.
func (w *markdown) block(text string) {
	w.out.WriteString(text)
	w.out.WriteString("\n\n")
}

// heading writes a part's heading.
func (w *markdown) heading(text string) { w.block("## " + escape(text)) }

// list writes items as one list.
func (w *markdown) list(items []string) {
	w.block("- " + strings.Join(items, "\n- "))
}

// part writes one part.
func (w *markdown) part(part compose.Part) {
	switch p := part.(type) {
	case *compose.Summary:
		w.summary(p)
	case *compose.Events:
		w.events(p)
	case *compose.Table:
		w.table(p)
	case *compose.Theme:
		w.heading(p.Heading)
		if p.Note != "" {
			w.block("*" + escape(p.Note) + "*")
		}
		for _, item := range p.Findings {
			w.finding("Finding", item)
		}
	case *compose.Verdicts:
		w.heading(p.Heading)
		for _, item := range p.Claims {
			w.finding("Claim", item)
		}
	case *compose.Disagreements:
		w.heading(p.Heading)
		for _, pair := range p.Pairs {
			w.block("Sources disagree: " + escape(pair.Reason))
			w.list([]string{side(pair.First), side(pair.Second)})
		}
	case *compose.Limits:
		w.heading(p.Heading)
		var notes []string
		for _, note := range p.Notes {
			notes = append(notes, escape(note))
		}
		w.list(notes)
	case *compose.References:
		w.references(p)
	case *compose.Making:
		w.heading(p.Heading)
		var facts []string
		for _, fact := range p.Facts {
			facts = append(facts, escape(fact.Name)+": "+escape(fact.Value))
		}
		w.list(facts)
	}
}

// claim writes a claim with its marks, and its verdict unless it is supported.
func claim(p compose.Point) string {
	return escape(p.Claim) + " " + marks(p.Marks) + weakness(p)
}

// weakness writes the verdict on a claim unless it is supported.
func weakness(p compose.Point) string {
	if p.Support == compose.Supported {
		return ""
	}
	return " *(" + verdictOf(p.Support).label + ")*"
}

// marks writes reference numbers, as in "[1] [3]". CommonMark reads a bracket
// without a definition as text, and a report defines none.
func marks(numbers []int) string {
	texts := make([]string, 0, len(numbers))
	for _, n := range numbers {
		texts = append(texts, "["+strconv.Itoa(n)+"]")
	}
	return strings.Join(texts, " ")
}

// finding writes a finding, or a claim that was given, and its quotes.
func (w *markdown) finding(what string, item compose.Item) {
	title := fmt.Sprintf("### %s %d", what, item.Number)
	if item.Date != "" {
		title += ", " + escape(item.Date)
	}
	w.block(title + ": " + outcome(item))
	w.block(strings.TrimSpace(escape(item.Claim) + " " + marks(item.Marks)))
	if about := strings.TrimSpace(item.Tally + " " + item.Reason); about != "" {
		w.block("*" + escape(about) + "*")
	}
	for _, q := range item.Quotes {
		source := escape(q.Source)
		if q.Page > 0 {
			source += ", page " + strconv.Itoa(q.Page)
		}
		if note := noteOf(q); note != "" {
			source += " (" + note + ")"
		}
		w.block("> " + escape(q.Text) + "\n>\n" + attribution + strconv.Itoa(q.Mark) + "] " + source)
	}
}

// references writes the sources as an ordered list whose numbers are the marks.
func (w *markdown) references(p *compose.References) {
	w.heading(p.Heading)
	var entries []string
	for _, e := range p.Entries {
		entries = append(entries, strconv.Itoa(e.Number)+". "+reference(e))
	}
	w.block(strings.Join(entries, "\n"))
}

// reference writes one source; what is not known is left out.
func reference(e compose.Reference) string {
	text := "**" + escape(e.Title) + "**"
	add := func(before, value, after string) {
		if value != "" {
			text += ", " + before + value + after
		}
	}
	add("", escape(strings.Join(e.Authors, ", ")), "")
	add("", location(e), "")
	add("published ", e.Published, "")
	add("read ", e.Fetched, "")
	add("SHA-256 `", strings.ReplaceAll(e.SHA256, "`", ""), "`")
	return text
}

// location writes where a source is: a link that can be followed, or text.
func location(e compose.Reference) string {
	if e.Link && !strings.ContainsAny(e.Location, " <>\n\t\\") {
		return "<" + e.Location + ">"
	}
	return escape(e.Location)
}
