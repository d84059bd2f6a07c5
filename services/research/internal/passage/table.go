package passage

import (
	"strings"

	"github.com/researcherpro/researcherpro/pkg/lexical"
	"github.com/researcherpro/researcherpro/pkg/sentence"
	"github.com/researcherpro/researcherpro/services/research/internal/extract"
)

// sentences returns the sentences of a text. A row of a table is one, however many
// full stops its cells have: half a row says nothing. Only a row that is over the
// limit is read like other text.
func sentences(text string) []extract.Span {
	var out []extract.Span
	done := 0
	prose := func(end int) {
		for _, span := range sentence.Split(text[done:end]) {
			out = append(out, extract.Span{Start: done + span.Start, End: done + span.End})
		}
	}
	for _, row := range rows(text) {
		words := len(lexical.Tokens(text[row.Start:row.End]))
		if words == 0 || words > MaxWords || row.End-row.Start > maxBytes {
			continue // the rule under a table's head has no words
		}
		prose(row.Start)
		out = append(out, row)
		done = row.End
	}
	prose(len(text))
	return out
}

// rows returns the lines of a text that are rows of a table, without the space around
// them.
func rows(text string) []extract.Span {
	var out []extract.Span
	var before extract.Span // the line before, if it may be a row
	added := false          // it is in out
	for start := 0; start < len(text); {
		end := len(text)
		if i := strings.IndexByte(text[start:], '\n'); i >= 0 {
			end = start + i
		}
		line := trimmed(text, start, end)
		switch {
		case !strings.Contains(text[line.Start:line.End], "|"):
			before, added = extract.Span{}, false
		case before.End > 0 || strings.HasPrefix(text[line.Start:], "|"):
			// One line with a bar in it may be anything, two are a table.
			if before.End > 0 && !added {
				out = append(out, before)
			}
			out = append(out, line)
			before, added = line, true
		default:
			before, added = line, false
		}
		start = end + 1
	}
	return out
}

// trimmed returns the span [start, end) of text without the space around it.
func trimmed(text string, start, end int) extract.Span {
	line := text[start:end]
	start += len(line) - len(strings.TrimLeft(line, " \t"))
	return extract.Span{Start: start, End: start + len(strings.TrimSpace(line))}
}
