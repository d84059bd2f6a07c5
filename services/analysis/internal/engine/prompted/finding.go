package prompted

import (
	"context"
	"regexp"
	"strings"
	"time"
	"unicode"

	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
)

// What a finding may hold, in characters.
const (
	maxClaim   = 700
	maxLabel   = 60
	maxReason  = 300
	labelWords = 8
)

// isoDate is a date as precise as is known.
var isoDate = regexp.MustCompile(`^\d{4}(?:-\d{2}(?:-\d{2})?)?$`)

// findings lets the model read one slice.
func (e *Engine) findings(ctx context.Context, r engine.Request, items []engine.Evidence) part {
	w := e.questionWords(r)
	w.Data = dataBlock(w.Question, passages(items))
	answer, cut, err := exchange[findingsReply](ctx, e, analysePrompt(r.Question.Kind), w)
	if err != nil {
		return part{err: err}
	}
	var p part
	if cut {
		p.notes.brokeOff++
	}
	s := slice{engine: e, request: r, items: items, cite: citer{items: items, known: newPlaces(r.Question.Text, r.Evidence)}}
	place := map[int]int{} // of the model's findings among those that were taken
	for i, f := range list(answer.Findings) {
		if taken, ok := s.take(f); ok {
			place[i+1] = len(p.findings)
			p.findings = append(p.findings, taken)
		}
	}
	for _, c := range answer.Contradictions {
		first, ok1 := place[int(c.First)]
		second, ok2 := place[int(c.Second)]
		if ok1 && ok2 {
			p.conflicts = e.conflict(p.conflicts, p.findings, engine.Contradiction{
				First: min(first, second), Second: max(first, second), Reason: string(c.Reason),
			})
		}
	}
	return p
}

// slice takes findings out of an answer on some passages.
type slice struct {
	engine  *Engine
	request engine.Request
	items   []engine.Evidence
	cite    citer
}

// take checks one finding and puts it into our words where it may not be in the
// model's. One without a claim, without a quote that stands in the evidence, or that
// has nothing to do with what it quotes is not taken.
func (s slice) take(f findingReply) (engine.Finding, bool) {
	claim := s.engine.line(s.cite.known, string(f.Claim), maxClaim)
	if claim == "" {
		return engine.Finding{}, false
	}
	var quotes []engine.Quote
	var texts []string
	for _, q := range f.Quotes {
		if quote, ok := s.cite.cite(int(q.Passage), string(q.Quote), claim); ok {
			quotes = append(quotes, quote)
			item := s.items[q.Passage-1]
			texts = append(texts, item.SourceTitle, item.Text)
		}
	}
	quotes = onePerSource(quotes)
	if len(quotes) == 0 {
		return engine.Finding{}, false
	}
	if claim = newGround(texts, quoted(quotes), languageOf(s.request.Question)).keep(claim); claim == "" {
		return engine.Finding{}, false
	}
	return engine.Finding{
		Claim: claim, Theme: s.engine.label(s.cite.known, string(f.Theme)), Citations: quotes,
		Salience: float64(min(max(int(f.Importance), 1), 5)) / 5,
		Subject:  s.subject(string(f.Subject), quotes), Date: s.date(string(f.Date), quotes),
	}, true
}

// quoted is the texts of quotes.
func quoted(quotes []engine.Quote) []string {
	out := make([]string, len(quotes))
	for i, q := range quotes {
		out[i] = q.Text
	}
	return out
}

// label is a heading: a few words, else none.
func (e *Engine) label(known places, text string) string {
	text = strings.TrimRight(e.line(known, text, maxLabel+1), ".:;,")
	if len([]rune(text)) > maxLabel || len(strings.Fields(text)) > labelWords || strings.ContainsAny(text, ".!?。！？") {
		return ""
	}
	return text
}

// subject is what a finding of a comparison is about: spelled as in the question if it
// stands there, else it must stand in what is quoted.
func (s slice) subject(text string, quotes []engine.Quote) string {
	if s.request.Question.Kind != engine.Comparison {
		return ""
	}
	text = s.engine.label(s.cite.known, text)
	if text == "" {
		return ""
	}
	if at := foldIndex(s.request.Question.Text, text); at != "" {
		return at
	}
	for _, q := range quotes {
		if foldIndex(q.Text, text) != "" {
			return text
		}
	}
	return ""
}

// foldIndex returns what is wanted as it is spelled in a text, whatever the case;
// empty if it is not there.
func foldIndex(text, wanted string) string {
	lowText, lowWanted := []rune(strings.ToLower(text)), []rune(strings.ToLower(wanted))
	runes := []rune(text)
	if len(lowText) != len(runes) {
		return "" // a character that lowers to several
	}
	for at := range len(runes) - len(lowWanted) + 1 {
		if string(lowText[at:at+len(lowWanted)]) == string(lowWanted) {
			return string(runes[at : at+len(lowWanted)])
		}
	}
	return ""
}

// date is when an event happened, if it is a date and its year stands in a passage that
// is quoted, or follows from when one was published: it, the year before or the next.
func (s slice) date(text string, quotes []engine.Quote) string {
	text = strings.TrimSpace(text)
	if s.request.Question.Kind != engine.Timeline || !isoDate.MatchString(text) {
		return ""
	}
	layout := "2006-01-02"[:len(text)]
	when, err := time.Parse(layout, text)
	if err != nil {
		return ""
	}
	for _, q := range quotes {
		for _, item := range s.items {
			if item.ID != q.EvidenceID {
				continue
			}
			near := !item.Published.IsZero() && max(when.Year()-item.Published.Year(), item.Published.Year()-when.Year()) <= 1
			if near || strings.Contains(digits(item.Text+" "+item.SourceTitle), text[:4]) {
				return text
			}
		}
	}
	return ""
}

// digits writes the digits of all scripts as ASCII.
func digits(text string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x80 || !unicode.Is(unicode.Nd, r) {
			return r
		}
		value := rune(0) // digits come in runs of ten, from zero
		for unicode.Is(unicode.Nd, r-1) && value < 9 {
			r--
			value++
		}
		return '0' + value
	}, text)
}

// conflict adds a pair that a model says cannot both be true, if both speak of the same
// thing. The reason is the model's if it is made of the two claims.
func (e *Engine) conflict(pairs []engine.Contradiction, findings []engine.Finding, c engine.Contradiction) []engine.Contradiction {
	if c.First == c.Second || len(pairs) >= maxConflicts {
		return pairs
	}
	for _, p := range pairs {
		if p.First == c.First && p.Second == c.Second {
			return pairs
		}
	}
	a, b := findings[c.First].Claim, findings[c.Second].Claim
	first, second := newBag(a, ""), newBag(b, "")
	if max(first.sharedWith(second), second.sharedWith(first)) < sameSubject {
		return pairs
	}
	reason := e.line(newPlaces("", nil), c.Reason, maxReason)
	if reason == "" || newBag(reason, "").sharedWith(newBag(a+"\n"+b, "")) < minShared {
		reason = "they cannot both be true"
	}
	c.Kind, c.Reason = engine.Meaning, reason
	return append(pairs, c)
}

// maxConflicts bounds what a report lists.
const maxConflicts = 10
