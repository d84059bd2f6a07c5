package extractive

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
)

// noThings is what an answer lacks that should have been a comparison.
const noThings = "The question does not name two things to compare; this is a summary instead."

// maxOfThing bounds the findings on each of the things compared.
const maxOfThing = 6

// compare answers side by side: for each thing the best that is said of it, under what
// several are spoken of by.
func (s *study) compare() engine.Analysis {
	things, rest := comparedIn(s.question.text, s.read)
	if len(things) < 2 {
		s.rank()
		return s.instead(noThings)
	}
	var picks []pick
	var missing []string
	for _, e := range things {
		own := s.about(e, things, rest, picks)
		if len(own) == 0 {
			missing = append(missing, fmt.Sprintf("The sources say nothing that answers the question about “%s”.", e.name))
		}
		picks = append(picks, own...)
	}
	if len(picks) == 0 {
		s.rank()
		out := s.summary()
		out.Missing = append(out.Missing, missing...)
		return out
	}
	conflicts := s.disagreements(&picks)
	for i := range picks {
		picks[i].subject = cmp.Or(picks[i].subject, subjectOf(picks[i].candidate, things))
	}
	out := s.sideBySide(picks, conflicts)
	out.Missing = missing
	return out
}

// about picks findings on one of the things, none that is among those taken.
func (s *study) about(e entity, things []entity, rest string, taken []pick) []pick {
	q := newQuestion(e.name+" "+rest, s.read)
	if len(q.terms) == 0 {
		return nil
	}
	sub := &study{pool: newPool(s.evidence, q, s.read, nil), question: q, kind: s.kind}
	sub.scoreRelevance(q)
	sub.candidates = slices.DeleteFunc(sub.candidates, func(c *candidate) bool {
		repeats := func(o pick) bool { return says(o.candidate, c) }
		return c.caption || subjectOf(c, things) != e.name || slices.ContainsFunc(taken, repeats)
	})
	slices.SortStableFunc(sub.candidates, func(a, b *candidate) int { return cmp.Compare(b.relevance, a.relevance) })
	sub.candidates = sub.candidates[:min(len(sub.candidates), maxCandidates)]
	if len(sub.candidates) == 0 {
		return nil
	}
	sub.addFeedback(q)
	sub.scoreCentrality()
	l := limits{findings: maxOfThing, quotes: maxQuotes, worth: briefWorth}
	picks := sub.choose(l)
	for i := range picks {
		picks[i].subject = e.name
	}
	return picks
}

// subjectOf returns the thing that a sentence is about: the one it names first, else the
// only one that its source's title names; "" if there is none.
func subjectOf(c *candidate, things []entity) string {
	subject, first := "", len(c.words)
	for _, e := range things {
		if at := e.mention(c.words, things); at >= 0 && at < first {
			subject, first = e.name, at
		}
	}
	if subject != "" || c.leaning {
		return subject
	}
	for _, e := range things {
		if e.mention(c.title, things) >= 0 {
			if subject != "" {
				return ""
			}
			subject = e.name
		}
	}
	return subject
}

// sideBySide groups the picks by what two things or more are spoken of by.
func (s *study) sideBySide(picks []pick, conflicts []disagreementPair) engine.Analysis {
	groups := s.themes(s.question, picks)
	for i := range groups {
		subjects := map[string]bool{}
		for _, m := range groups[i].members {
			subjects[picks[m].subject] = true
		}
		groups[i].shared = len(subjects) > 1
	}
	// What only one thing is spoken of by compares nothing.
	var aspects []theme
	rest := theme{label: label(inGeneral, s.language)}
	for _, g := range groups {
		if g.shared && g.label != "" && g.label != label(further, s.language) {
			aspects = append(aspects, g)
			continue
		}
		rest.members = append(rest.members, g.members...)
	}
	if len(rest.members) > 0 {
		aspects = append(aspects, rest)
	}
	return s.write(picks, aspects, conflicts)
}
