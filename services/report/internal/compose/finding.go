package compose

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

// finding makes of a finding what readers see of it.
func (c *composer) finding(number int32, f *analysisv1.Finding) *reportv1.Finding {
	return &reportv1.Finding{
		Number: number, Claim: f.GetClaim(), Support: f.GetSupport(), Reason: sentence(f.GetSupportReason()),
		Theme: f.GetSection(), Subject: f.GetSubject(), Date: readable(f.GetDate()), Salience: f.GetSalience(),
		SupportingSources: f.GetSupportingSources(), DisputingSources: f.GetDisputingSources(),
		Tally: c.tally(f), Quotes: c.quotes(f),
	}
}

// quotes gives the quotes of a finding; of a claim that was given first what speaks for
// it, then for a part of it, then against it.
func (c *composer) quotes(f *analysisv1.Finding) []*reportv1.Quote {
	var quotes []*reportv1.Quote
	for _, citation := range f.GetCitations() {
		quote := &reportv1.Quote{
			Text: citation.GetQuote(), SourceId: citation.GetSourceId(), SourceTitle: name(c.sources[citation.GetSourceId()]),
			Page: citation.GetPage(), Support: citation.GetSupport(),
			Verbatim: strings.EqualFold(strings.Join(strings.Fields(citation.GetQuote()), " "), strings.Join(strings.Fields(f.GetClaim()), " ")),
		}
		if c.is(analysisv1.Kind_FACT_CHECK) {
			quote.Stance = stance(citation.GetSupport())
		}
		quotes = append(quotes, quote)
	}
	if c.is(analysisv1.Kind_FACT_CHECK) {
		slices.SortStableFunc(quotes, func(a, b *reportv1.Quote) int { return cmp.Compare(side(a.GetSupport()), side(b.GetSupport())) })
	}
	return quotes
}

// name is what a source is called.
func name(s *researchv1.Source) string {
	return cmp.Or(s.GetTitle(), s.GetFileName(), s.GetUrl(), "Untitled source")
}

// stance says what a quote does to a claim that was given.
func stance(s analysisv1.Support) string {
	switch s {
	case analysisv1.Support_SUPPORTED:
		return "says so"
	case analysisv1.Support_PARTIAL:
		return "says a part of it"
	case analysisv1.Support_CONTRADICTED:
		return "says otherwise"
	}
	return "does not decide it"
}

// side orders quotes by what they do to a claim.
func side(s analysisv1.Support) int {
	return -slices.Index([]analysisv1.Support{
		analysisv1.Support_UNSUPPORTED, analysisv1.Support_CONTRADICTED, analysisv1.Support_PARTIAL, analysisv1.Support_SUPPORTED,
	}, s)
}

// tally says how many sources say so, where that tells more than the quotes: always in a
// review, elsewhere where sources are on both sides.
func (c *composer) tally(f *analysisv1.Finding) string {
	review := c.is(analysisv1.Kind_LITERATURE_REVIEW)
	noun, nouns := "source", "sources"
	if review {
		noun, nouns = "work", "works"
	}
	supporting, disputing := f.GetSupportingSources(), f.GetDisputingSources()
	so := plural(supporting, noun+" says so", nouns+" say so")
	switch {
	case disputing > 0 && supporting > 0:
		return so + ", " + plural(disputing, "says otherwise", "say otherwise") + "."
	case disputing > 0:
		return plural(disputing, noun+" says otherwise", nouns+" say otherwise") + "."
	case supporting > 1 || supporting == 1 && review:
		return so + "."
	}
	return ""
}

// readable writes a date of ISO 8601, as precise as it is, for readers; as it stands if
// it is none.
func readable(date string) string {
	for _, form := range []struct{ iso, shown string }{{time.DateOnly, "2 January 2006"}, {"2006-01", "January 2006"}} {
		if at, err := time.Parse(form.iso, date); err == nil {
			return at.Format(form.shown)
		}
	}
	return date
}

// sentence ends a text with a full stop, if nothing ends it.
func sentence(text string) string {
	if text == "" || strings.ContainsAny(text[len(text)-1:], ".!?") || strings.HasSuffix(text, "。") {
		return text
	}
	return text + "."
}

// plural writes a count with the fitting words.
func plural[N int | int32](n N, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
