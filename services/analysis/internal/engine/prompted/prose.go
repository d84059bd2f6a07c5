package prompted

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/researcherpro/researcherpro/pkg/llm"
	"github.com/researcherpro/researcherpro/pkg/sentence"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
)

var errUnmarked = errors.New("no sentence of it ended with the number of a passage in square brackets")

var (
	// mark is the numbers of passages in prose, in the ways that models write them.
	mark = regexp.MustCompile(`(?i)[\[【［]\s*(?:passages?\s+|sources?\s+|\^)?(\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*)(?:†[^\]】\n]{0,60})?\s*[\]】］]`)
	// late is marks behind the end of a sentence, where they belong before it.
	late = regexp.MustCompile(`([.!?。！？؟।])(["”»)]?)((?:\s*` + mark.String()[4:] + `)+)`)
	// ending is what a sentence ends in.
	ending = regexp.MustCompile(`[.!?。！？؟।…]+["'”»)」』]*\s*$`)
	// quotesLine ends the answer; the quotes follow.
	quotesLine = regexp.MustCompile(`(?m)^[ \t]*(?:-{3,}|—+|\*{3,})[ \t]*$`)
	// quoteLine is a quote with its number.
	quoteLine = regexp.MustCompile(`(?m)^\s*[-*]?\s*[\[【［]\s*(\d{1,3})\s*[\]】］]:?\s*(.+)$`)
	// nothingLine says that the passages do not answer.
	nothingLine = regexp.MustCompile(`^\W*NOTHING\b[.:!*]*\s*`)
)

// scribe takes an answer down while it is written: it hands on each sentence as soon
// as it is whole and rests on a passage.
type scribe struct {
	engine *Engine
	cite   citer
	asked  string // the language of the question
	out    func(string) error

	pending string // what is not handed on yet
	marked  []marked
	quotes  map[int][]string // by passage
	tail    string           // what follows the answer
	ended   bool             // the line before the quotes was read
	nothing bool
	begun   bool
	said    bool // something was handed on
}

// marked is a sentence with the numbers of the passages it rests on.
type marked struct {
	text    string
	numbers []int
	texts   []string // of those passages
}

// restart forgets an answer that nothing was taken from.
func (s *scribe) restart() {
	*s = scribe{engine: s.engine, cite: s.cite, asked: s.asked, out: s.out, said: s.said}
}

// write takes a piece of the answer. It is the Caller's OnText.
func (s *scribe) write(piece string) error {
	if s.ended {
		s.tail += piece
		return nil
	}
	s.pending += piece
	if at := quotesLine.FindStringIndex(s.pending); at != nil && at[1] < len(s.pending) {
		s.tail, s.pending, s.ended = s.pending[at[1]:], s.pending[:at[0]], true
		return s.flush(true)
	}
	return s.flush(false)
}

// flush hands on the sentences that are whole; at the end the last one too, if it is
// one.
func (s *scribe) flush(last bool) error {
	if !s.begun {
		trimmed := strings.TrimLeftFunc(s.pending, unicode.IsSpace)
		if !last && len(trimmed) < len("**NOTHING**: ") {
			return nil
		}
		s.begun = true
		if at := nothingLine.FindStringIndex(trimmed); at != nil {
			s.nothing = true
			trimmed = trimmed[at[1]:]
		}
		s.pending = trimmed
	}
	text := late.ReplaceAllString(s.pending, "$3$1$2")
	spans := sentence.Split(text)
	if len(spans) == 0 && !last {
		return nil
	}
	for i, at := range spans {
		rest := strings.TrimLeft(text[at.End:], " \t\r\n")
		if !last && (i == len(spans)-1 || rest == "" || strings.ContainsAny(rest[:1], "[(") || strings.HasPrefix(rest, "【") || strings.HasPrefix(rest, "［")) {
			s.pending = text[at.Start:]
			return nil
		}
		if err := s.take(text[at.Start:at.End]); err != nil {
			return err
		}
	}
	s.pending = ""
	return nil
}

// take hands one sentence on, if it rests on passages that there are, shares words with
// one of them, and is not the prompt's.
func (s *scribe) take(text string) error {
	var rests []int
	var texts []string
	for _, n := range markedNumbers(text) {
		if n >= 1 && n <= len(s.cite.items) && !slices.Contains(rests, n) {
			rests = append(rests, n)
			texts = append(texts, s.cite.items[n-1].SourceTitle, s.cite.items[n-1].Text)
		}
	}
	plain := s.engine.line(s.cite.known, toolNoise.ReplaceAllString(text, " "), maxClaim)
	plain = gap.ReplaceAllString(plain, "$1$2")
	if len(rests) == 0 {
		return nil
	}
	if plain = newGround(texts, nil, s.asked).keep(plain); plain == "" {
		return nil
	}
	s.marked = append(s.marked, marked{text: plain, numbers: rests, texts: texts})
	if s.out == nil {
		return nil
	}
	shown := withMarks(plain, rests)
	if s.said {
		shown = " " + shown
	}
	s.said = true
	return s.out(shown)
}

// withMarks writes the numbers before the end of a sentence.
func withMarks(text string, numbers []int) string {
	at := len(text)
	if end := ending.FindStringIndex(text); end != nil {
		at = end[0]
	}
	var marks strings.Builder
	for _, n := range numbers {
		marks.WriteString("[" + strconv.Itoa(n) + "]")
	}
	return text[:at] + " " + marks.String() + text[at:]
}

// markedNumbers are the numbers in the marks of a text, ranges written out.
func markedNumbers(text string) []int {
	var out []int
	for _, m := range mark.FindAllStringSubmatch(text, -1) {
		for _, item := range strings.FieldsFunc(m[1], func(r rune) bool { return r == ',' || r == ';' }) {
			from, to, isRange := strings.Cut(strings.ReplaceAll(item, "–", "-"), "-")
			first, err := strconv.Atoi(strings.TrimSpace(from))
			if err != nil {
				continue
			}
			end := first
			if isRange {
				if end, err = strconv.Atoi(strings.TrimSpace(to)); err != nil || end-first > 20 {
					end = first
				}
			}
			for n := first; n <= end; n++ {
				out = append(out, n)
			}
		}
	}
	return out
}

// end takes what is left when the answer is whole. A sentence that broke off at the
// limit is none.
func (s *scribe) end(resp llm.Response) error {
	if !s.ended {
		if at := quotesLine.FindStringIndex(s.pending); at != nil {
			s.tail, s.pending = s.pending[at[1]:], s.pending[:at[0]]
		}
		if resp.Finish == llm.Truncated && !ending.MatchString(mark.ReplaceAllString(s.pending, "")) {
			if spans := sentence.Split(s.pending); len(spans) > 0 {
				s.pending = s.pending[:spans[len(spans)-1].Start]
			}
		}
		if err := s.flush(true); err != nil {
			return err
		}
	}
	s.quotes = map[int][]string{}
	for _, line := range quoteLine.FindAllStringSubmatch(s.tail, -1) {
		if n, err := strconv.Atoi(line[1]); err == nil {
			s.quotes[n] = append(s.quotes[n], line[2])
		}
	}
	return nil
}

// answer gives the sentences their quotes. One without any is left out.
func (s *scribe) answer() engine.Answer {
	out := engine.Answer{Nothing: s.nothing}
	for _, m := range s.marked {
		var quotes []engine.Quote
		for _, n := range m.numbers {
			if q, ok := s.quote(n, m.text); ok {
				quotes = append(quotes, q)
			}
		}
		if quotes = onePerSource(quotes); len(quotes) == 0 {
			continue
		}
		if text := newGround(m.texts, quoted(quotes), s.asked).keep(m.text); text != "" {
			out.Sentences = append(out.Sentences, engine.AnswerSentence{Text: text, Quotes: quotes})
		}
	}
	out.Nothing = out.Nothing || len(out.Sentences) == 0
	return out
}

// quote finds what a sentence rests on in a passage: of the quotes that the model gave
// the one most like it, else the passage's sentence that carries it.
func (s *scribe) quote(number int, text string) (engine.Quote, bool) {
	given := slices.Clone(s.quotes[number])
	words := newBag(text, "")
	slices.SortStableFunc(given, func(a, b string) int {
		x, y := words.sharedWith(newBag(a, "")), words.sharedWith(newBag(b, ""))
		switch {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return 0
	})
	for _, quote := range append(given, "") {
		if q, ok := s.cite.cite(number, quote, text); ok {
			return q, true
		}
	}
	return engine.Quote{}, false
}
