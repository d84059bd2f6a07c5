package extractive

import (
	"cmp"
	"regexp"
	"slices"

	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
)

// maxEvents bounds a timeline.
const maxEvents = 24

// noDates is what an answer lacks that should have been a timeline.
const noDates = "The sources date nothing that bears on the question; this is a summary instead."

// historical are words of a question for a timeline that every answer to it stands for.
var historical = wordSet(`history timeline chronology chronological chronicle evolution development developments milestones milestone events
	event happened dates trace course geschichte chronologie zeitleiste entwicklung verlauf ereignisse meilensteine historia cronología
	evolución desarrollo acontecimientos histoire évolution développement événements storia evoluzione sviluppo história evolução
	история хронология развитие события этапы 历史 时间线 时间轴 发展 发展历程 大事记 演变 历程 年表 歴史 経緯 تاريخ تطور इतिहास tarihi`)

// housekeeping is what dates a page, not an event.
var housekeeping = filter{wordSet(`retrieved accessed updated modified reviewed posted published abgerufen consultado consulté
	发布 更新 访问`), regexp.MustCompile(`(?i)\b(?:retrieved|accessed|last (?:updated|modified|reviewed)|posted on|updated on|published (?:on|online)|abgerufen|consultado el|consulté le)\b|(?:发布时间|更新时间|访问日期)`)}

// event is a pick with its date.
type event struct {
	pick
	date date
}

// timeline answers with what happened when, the earliest first. A sentence need not name
// the subject if its passage does: chronicles seldom repeat it.
func (s *study) timeline() engine.Analysis {
	all := s.candidates
	s.scoreRelevance(s.question)
	dates, weights := map[*candidate]date{}, s.weights(s.question)
	s.candidates = slices.DeleteFunc(slices.Clone(all), func(c *candidate) bool {
		if !s.datesSubject(c, weights) { // the cheap check first
			return true
		}
		d, ok := dateIn(c.claim, c.evidence.Published)
		if ok {
			dates[c] = d
		}
		return !ok
	})
	if len(s.candidates) == 0 {
		s.candidates = all
		s.rank()
		return s.instead(noDates)
	}
	slices.SortStableFunc(s.candidates, func(a, b *candidate) int { return cmp.Compare(b.relevance, a.relevance) })
	s.candidates = s.candidates[:min(len(s.candidates), maxCandidates)]
	s.addFeedback(s.question)
	s.scoreCentrality()
	return s.chronicle(s.events(dates))
}

// datesSubject reports whether a dated sentence bears on the question.
func (s *study) datesSubject(c *candidate, weights map[string]float64) bool {
	if c.caption || c.leaning {
		return false
	}
	held := 0.0
	for _, topic := range s.question.topics {
		if c.context[topic] > 0 {
			held += weights[topic]
		}
	}
	enough := minTopics
	if len(s.question.topics) < 3 {
		enough = 1 // all of them
	}
	return held >= enough*s.question.whole(weights, s.question.topics) && !housekeeping.matches(c.claim, c.words)
}

// events picks what a timeline holds: each event once, with the sources that date it the
// same.
func (s *study) events(dates map[*candidate]date) []event {
	left := slices.Clone(s.candidates)
	slices.SortStableFunc(left, func(a, b *candidate) int { return cmp.Compare(b.score, a.score) })
	var events []event
	for len(left) > 0 && len(events) < maxEvents {
		c := left[0]
		e := event{pick{candidate: c}, dates[c]}
		left = slices.DeleteFunc(left[1:], func(d *candidate) bool {
			if !says(c, d) {
				return false
			}
			if dates[d].year == e.date.year && supports(d, c) {
				e.support = append(e.support, d)
			}
			return true
		})
		e.support = onePerSource(e.support, c)
		e.support = e.support[:min(len(e.support), maxQuotes-1)]
		events = append(events, e)
	}
	slices.SortStableFunc(events, func(a, b event) int { return cmp.Compare(a.date.String(), b.date.String()) })
	return events
}

// chronicle writes events as findings of one theme.
func (s *study) chronicle(events []event) engine.Analysis {
	var out engine.Analysis
	var theme engine.Theme
	for i, e := range events {
		f := e.finding("")
		f.Date = e.date.String()
		out.Findings = append(out.Findings, f)
		theme.Findings = append(theme.Findings, i)
	}
	out.Themes = []engine.Theme{theme}
	return out
}
