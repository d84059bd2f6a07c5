package compose

import (
	"cmp"
	"slices"
)

// themes makes a section of each theme, in the order of its first finding.
func (c *composer) themes() []Part {
	sections := map[string]*Theme{}
	members := map[string][]int{}
	var parts []Part
	for _, i := range c.shown {
		theme := c.content.Findings[i].Theme
		section := sections[theme]
		if section == nil {
			section = &Theme{Heading: cmp.Or(theme, "Findings")}
			sections[theme] = section
			parts = append(parts, section)
		}
		section.Findings = append(section.Findings, c.item(i))
		members[theme] = append(members[theme], i)
	}
	if c.content.Kind == Literature {
		for theme, section := range sections {
			section.Note = "Drawn from " + plural(len(c.marksOf(members[theme]...)), "work", "works") + "."
		}
	}
	return parts
}

// item makes an item of a finding.
func (c *composer) item(i int) Item {
	f := c.content.Findings[i]
	item := Item{Point: c.point(i), Date: readable(f.Date), Tally: c.tally(f), Reason: sentence(f.Reason)}
	for _, citation := range c.citations(f) {
		quote := Quote{
			Text: citation.Quote, Mark: c.marks[citation.SourceID],
			Source: c.sources[citation.SourceID].name(), Page: citation.Page, Support: citation.Support,
		}
		if c.content.Kind == FactCheck {
			quote.Stance = stance(citation.Support)
		}
		item.Quotes = append(item.Quotes, quote)
	}
	if c.content.Kind == FactCheck { // for, in part, against, the rest
		slices.SortStableFunc(item.Quotes, func(a, b Quote) int { return cmp.Compare(side(a.Support), side(b.Support)) })
	}
	return item
}

// stance says what a quote does to a claim that was given.
func stance(s Support) string {
	switch s {
	case Supported:
		return "says so"
	case Partial:
		return "says a part of it"
	case Contradicted:
		return "says otherwise"
	}
	return "does not decide it"
}

// side orders quotes by what they do to a claim.
func side(s Support) int {
	return -slices.Index([]Support{Unsupported, Contradicted, Partial, Supported}, s)
}

// tally says how many sources say so, where that tells more than the quotes: always in a
// review, elsewhere where sources are on both sides.
func (c *composer) tally(f Finding) string {
	noun, nouns := "source", "sources"
	if c.content.Kind == Literature {
		noun, nouns = "work", "works"
	}
	so := plural(f.Supporting, noun+" says so", nouns+" say so")
	switch {
	case f.Disputing > 0 && f.Supporting > 0:
		return so + ", " + plural(f.Disputing, "says otherwise", "say otherwise") + "."
	case f.Disputing > 0:
		return plural(f.Disputing, noun+" says otherwise", nouns+" say otherwise") + "."
	case f.Supporting > 1 || f.Supporting == 1 && c.content.Kind == Literature:
		return so + "."
	}
	return ""
}
