// Package render writes composed reports as Markdown and as HTML. Renderers walk
// the tree and add nothing to it but labels; what came from a source is always
// escaped for the format it goes into.
package render

import "github.com/researcherpro/researcherpro/services/report/internal/compose"

// verdict is how a reader is told of a check's outcome.
type verdict struct {
	label string // in words
	class string // in HTML
}

// verdictOf returns the label of a verdict. An unknown one is shown as not checked,
// never as supported.
func verdictOf(s compose.Support) verdict {
	switch s {
	case compose.Supported:
		return verdict{"supported", "good"}
	case compose.Partial:
		return verdict{"partly supported", "fair"}
	case compose.Unsupported:
		return verdict{"not supported", "poor"}
	case compose.Contradicted:
		return verdict{"contradicted", "poor"}
	}
	return verdict{"not checked", "fair"}
}

// outcome is the verdict on a finding for readers. About a claim that nothing was found
// on there is none.
func outcome(item compose.Item) string {
	if len(item.Quotes) == 0 {
		return "nothing found"
	}
	return verdictOf(item.Support).label
}

// noteOf is what is said of a quote beside its source: what it does to a claim that was
// given; elsewhere the verdict, unless it is that it supports its finding.
func noteOf(q compose.Quote) string {
	switch {
	case q.Stance != "":
		return q.Stance
	case q.Support != compose.Supported:
		return verdictOf(q.Support).label
	}
	return ""
}
