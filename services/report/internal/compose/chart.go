package compose

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

const (
	// manyBars is how many bars a chart has at most; the rest is one bar together.
	manyBars = 12
	// manyClaims is how many claims the chart of agreement compares.
	manyClaims = 8
	// longAxis is how many years an axis shows one by one; a longer one shows decades.
	longAxis = 30
)

// charts draws what there is to see; a chart that would show nothing, or one single
// bar, is left out.
func (c *composer) charts() []*reportv1.Chart {
	var charts []*reportv1.Chart
	for _, chart := range []*reportv1.Chart{c.byYear(), c.byKind(), c.bySource(), c.agreement(), c.timeAxis()} {
		if chart != nil {
			charts = append(charts, chart)
		}
	}
	return charts
}

// byKind counts the cited sources by what they are.
func (c *composer) byKind() *reportv1.Chart {
	counts := map[string]int{}
	for _, w := range c.works {
		counts[cmp.Or(w.GetKind(), "unknown")]++
	}
	names, values := ranked(counts)
	if len(names) < 2 {
		return nil
	}
	return counted{"sources-by-kind", "Sources by kind", "source", "sources"}.bars(names, values)
}

// bySource counts the quotes of each source.
func (c *composer) bySource() *reportv1.Chart {
	counts, titles := map[string]int{}, map[string]string{}
	for _, f := range c.findings {
		for _, q := range f.GetQuotes() {
			counts[q.GetSourceId()]++
			titles[q.GetSourceId()] = q.GetSourceTitle()
		}
	}
	ids, values := ranked(counts)
	if len(ids) < 2 {
		return nil
	}
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = cmp.Or(titles[id], id)
	}
	return counted{"evidence-by-source", "Evidence by source", "quote", "quotes"}.bars(names, values)
}

// ranked returns the keys of counts, the largest first, and their counts.
func ranked(counts map[string]int) (keys []string, values []float64) {
	for key := range counts {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) })
	for _, key := range keys {
		values = append(values, float64(counts[key]))
	}
	return keys, values
}

// counted is what a chart of bars counts.
type counted struct{ anchor, title, one, many string }

// bars makes a chart of bars and says it in words.
func (c counted) bars(names []string, values []float64) *reportv1.Chart {
	if len(names) > manyBars {
		rest := 0.0
		for _, value := range values[manyBars-1:] {
			rest += value
		}
		names = append(slices.Clone(names[:manyBars-1]), fmt.Sprintf("%d others", len(names)-manyBars+1))
		values = append(slices.Clone(values[:manyBars-1]), rest)
	}
	var words []string
	for i, name := range names {
		words = append(words, name+": "+plural(int(values[i]), c.one, c.many))
	}
	return &reportv1.Chart{
		Anchor: c.anchor, Title: c.title, Description: strings.Join(words, "; ") + ".", Form: reportv1.Chart_BARS,
		Categories: names, Series: []*reportv1.Chart_Series{{Values: values}},
	}
}

// byYear counts the cited sources by the year in which they were published; over a long
// time by decade.
func (c *composer) byYear() *reportv1.Chart {
	counts, first, last := map[int]int{}, 0, 0
	for _, w := range c.works {
		year, err := strconv.Atoi(w.GetPublished()[:min(4, len(w.GetPublished()))])
		if err != nil || year <= 0 {
			continue
		}
		if len(counts) == 0 {
			first, last = year, year
		}
		counts[year]++
		first, last = min(first, year), max(last, year)
	}
	if len(counts) < 2 {
		return nil
	}
	step, suffix := 1, ""
	if last-first >= longAxis {
		step, suffix = 10, "s"
	}
	chart := &reportv1.Chart{Anchor: "sources-by-year", Title: "Sources by year", Form: reportv1.Chart_COLUMNS, Series: []*reportv1.Chart_Series{{}}}
	var words []string
	for from := first - first%step; from <= last; from += step {
		count := 0
		for year := from; year < from+step; year++ {
			count += counts[year]
		}
		name := strconv.Itoa(from) + suffix
		chart.Categories = append(chart.Categories, name)
		chart.Series[0].Values = append(chart.Series[0].Values, float64(count))
		if count > 0 {
			words = append(words, name+": "+plural(count, "source", "sources"))
		}
	}
	chart.Description = strings.Join(words, "; ") + "."
	return chart
}

// agreement sets the sources that say so against those that say otherwise, for the
// claims that matter most of those that more than one source speaks of.
func (c *composer) agreement() *reportv1.Chart {
	var spoken []*reportv1.Finding
	for _, f := range c.findings {
		if f.GetSupportingSources()+f.GetDisputingSources() > 1 {
			spoken = append(spoken, f)
		}
	}
	if len(spoken) == 0 {
		return nil
	}
	slices.SortStableFunc(spoken, func(a, b *reportv1.Finding) int { return cmp.Compare(b.GetSalience(), a.GetSalience()) })
	spoken = spoken[:min(manyClaims, len(spoken))]
	chart := &reportv1.Chart{
		Anchor: "agreement", Title: "Agreement on the main claims", Form: reportv1.Chart_STACKED_BARS,
		Series: []*reportv1.Chart_Series{{Name: "say so"}, {Name: "say otherwise"}},
	}
	var words []string
	for _, f := range spoken {
		chart.Categories = append(chart.Categories, fmt.Sprintf("%d. %s", f.GetNumber(), f.GetClaim()))
		chart.Series[0].Values = append(chart.Series[0].Values, float64(f.GetSupportingSources()))
		chart.Series[1].Values = append(chart.Series[1].Values, float64(f.GetDisputingSources()))
		words = append(words, fmt.Sprintf("finding %d: %s, %s", f.GetNumber(),
			plural(f.GetSupportingSources(), "source says so", "sources say so"), plural(f.GetDisputingSources(), "says otherwise", "say otherwise")))
	}
	chart.Description = strings.Join(words, "; ") + "."
	return chart
}

// timeAxis puts the dated findings of a timeline on an axis.
func (c *composer) timeAxis() *reportv1.Chart {
	if !c.is(analysisv1.Kind_TIMELINE) {
		return nil
	}
	chart := &reportv1.Chart{Anchor: "timeline", Title: "Timeline", Form: reportv1.Chart_TIME_AXIS, Series: []*reportv1.Chart_Series{{}}}
	var words []string
	for i, f := range c.found.GetFindings() {
		at, ok := inYears(f.GetDate())
		if !ok {
			continue
		}
		chart.Categories = append(chart.Categories, readable(f.GetDate())+": "+c.findings[i].GetClaim())
		chart.Series[0].Values = append(chart.Series[0].Values, at)
		words = append(words, readable(f.GetDate())+": "+c.findings[i].GetClaim())
	}
	if len(words) < 2 {
		return nil
	}
	chart.Description = strings.Join(words, " ")
	return chart
}

// inYears returns a date of ISO 8601 as a number of years: the middle of what it names.
func inYears(date string) (float64, bool) {
	for form, half := range map[string]float64{time.DateOnly: 0.5 / 365, "2006-01": 0.5 / 12, "2006": 0.5} {
		if at, err := time.Parse(form, date); err == nil {
			return float64(at.Year()) + float64(at.YearDay()-1)/365 + half, true
		}
	}
	return 0, false
}
