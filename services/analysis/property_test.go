package analysis_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/researcherpro/researcherpro/pkg/llm/llmtest"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	"github.com/researcherpro/researcherpro/services/analysis/analysistest"
	"github.com/researcherpro/researcherpro/services/analysis/internal/peertest"
)

// checks is how many random worlds the property is tried in when -rapid.checks says
// nothing: each takes a dozen runs.
const checks = "8"

// asked is a question with sentences that have to do with it.
type asked struct {
	question  string
	sentences []string
}

// languages are what the random evidence is written in.
var languages = []asked{
	{"How was the harbour of Odessa closed in 1941?", []string{
		"The harbour of Odessa was closed in 1941 by the navy.", "In 1941 the harbour of Odessa held “sixty” ships — all of them closed.",
		"The harbour of Odessa isn't deeper than the harbour of Varna.", "Since 1946 the harbour of Odessa is closed by ice for 40 % of the winter.",
	}},
	{"Wie wurde der Hafen von Odessa 1941 geschlossen?", []string{
		"Der Hafen von Odessa wurde 1941 von der Marine geschlossen.", "„Der Hafen von Odessa“, sagte sie, „wurde 1941 größtenteils geschlossen.“",
	}},
	{"Как была закрыта гавань Одессы в 1941 году?", []string{
		"Гавань Одессы была закрыта флотом в 1941 году.", "В 1941 году гавань Одессы — ещё не замёрзшая — была закрыта.",
	}},
	{"敖德萨港在1941年是如何关闭的？", []string{"敖德萨港于1941年被海军关闭。", "１９４１年，敖德萨港的六十艘船被关闭在港内。"}},
	{"كيف أُغلق ميناء أوديسا في عام 1941؟", []string{"أُغلق ميناء أوديسا في عام 1941 من قبل البحرية.", "كان ميناء أوديسا في عام 1941 عميقًا جدًّا."}},
	{"ओडेसा का बंदरगाह 1941 में कैसे बंद हुआ?", []string{"ओडेसा का बंदरगाह 1941 में नौसेना द्वारा बंद किया गया।"}},
}

// oddities are what texts hold besides: signs that are written in several ways, that are
// not seen, that change their length with their case, and marks of Markdown.
var oddities = []string{
	"e\u0301", "\u200b", "\u00ad", "\u00a0", "\u202e", "\ufeff", "ﬁ", "İ", "ẞ", "\u1100\u1161\u11a8", "👩‍👩‍👧", "🇺🇦", "𝔒𝔡𝔢𝔰𝔰𝔞", "Å", "\u0301", "½", "㎞", "…", "**", "_x_", "[1]", "`a|b`",
	"\t", "\r\n", "\n", "  ", "\u2028", "ﷺ", "\U000e0041", "\u0345", "ΐ", "ŉ", "\ufffd", "&amp;", "<b>", "\\", "ﬃ",
}

// drawText draws a document of one language: sentences with oddities in and between
// them, headings, and paragraphs that come twice.
func drawText(t *rapid.T, from asked) string {
	odd := rapid.OneOf(rapid.SampledFrom(oddities), rapid.StringOfN(rapid.RuneFrom(nil, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Zs, unicode.Cf), 0, 3, -1))
	paragraph := rapid.Custom(func(t *rapid.T) string {
		var out strings.Builder
		for range rapid.IntRange(1, 4).Draw(t, "sentences") {
			words := strings.SplitAfter(rapid.SampledFrom(from.sentences).Draw(t, "sentence"), " ")
			if rapid.Bool().Draw(t, "odd") {
				at := rapid.IntRange(0, len(words)).Draw(t, "at")
				words = append(words[:at:at], append([]string{odd.Draw(t, "oddity")}, words[at:]...)...)
			}
			out.WriteString(strings.Join(words, "") + rapid.SampledFrom([]string{" ", "\n", "", "  "}).Draw(t, "gap"))
		}
		return rapid.SampledFrom([]string{"", "", "# Odessa\n", "- ", "> "}).Draw(t, "markup") + out.String()
	})
	paragraphs := rapid.SliceOfN(paragraph, 1, 5).Draw(t, "paragraphs")
	if rapid.Bool().Draw(t, "twice") {
		paragraphs = append(paragraphs, paragraphs[0])
	}
	return strings.Join(paragraphs, "\n\n")
}

// drawDocument draws a document whose snapshot may differ from what passages were cut
// from.
func drawDocument(t *rapid.T, from asked, title string) peertest.Document {
	doc := peertest.Document{Title: title, Text: drawText(t, from)}
	switch rapid.IntRange(0, 5).Draw(t, "snapshot") {
	case 0:
		doc.Snapshot = drawText(t, from) + "\n\n" + doc.Text
	case 1:
		doc.Snapshot = norm.NFC.String(strings.Join(strings.Fields(doc.Text), "\n"))
	case 2:
		doc.Snapshot = norm.NFD.String(doc.Text)
	case 3:
		doc.Snapshot = doc.Text[:rapid.SampledFrom(borders(doc.Text)).Draw(t, "end")] + "."
	}
	return doc
}

// borders are the offsets at which characters of a text begin.
func borders(text string) []int {
	var out []int
	for at := range text {
		out = append(out, at)
	}
	return out
}

// misquote changes a quote as models do, in the way of a number; the last ways are of
// liars.
func misquote(quote string, way int) string {
	words := strings.Fields(quote)
	switch way % 10 {
	case 1:
		return strings.NewReplacer("\"", "“", "“", "\"", "'", "’", "—", "-", "…", "...").Replace(quote)
	case 2:
		return strings.Join(words, "\n \u00a0")
	case 3:
		return strings.ToUpper(quote)
	case 4:
		return norm.NFKD.String(quote)
	case 5:
		return "“" + quote + "” [1]"
	case 6:
		return string([]rune(quote)[len([]rune(quote))/3:]) // cut inside a word
	case 7:
		return strings.Join(words[:(len(words)+1)/2], " ") + " … " + strings.Join(words[len(words)/2:], " ")
	case 8:
		return strings.Replace(strings.Join(words, " "), words[len(words)/2], "never", 1)
	case 9:
		return "The harbour of Odessa was sold to the moon in 1941 for 12 million dollars."
	}
	return quote
}

// liar is the script of a model that finds what an honest one does and quotes it in the
// ways that are set.
type liar struct {
	mu   sync.Mutex
	ways []int
}

func (l *liar) set(ways []int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ways = ways
}

// reply is the honest reply with each of its quotes changed.
func (l *liar) reply(r llmtest.Request) llmtest.Reply {
	l.mu.Lock()
	defer l.mu.Unlock()
	reply := analysistest.Honest(r)
	var form any
	if json.Unmarshal([]byte(reply.Text), &form) != nil {
		return reply
	}
	next := 0
	l.change(form, &next)
	if text, err := json.Marshal(form); err == nil {
		reply.Text = string(text)
	}
	return reply
}

// change changes all that is called a quote.
func (l *liar) change(form any, next *int) {
	switch form := form.(type) {
	case []any:
		for _, part := range form {
			l.change(part, next)
		}
	case map[string]any:
		if quote, ok := form["quote"].(string); ok && strings.TrimSpace(quote) != "" {
			form["quote"] = misquote(quote, l.ways[*next%len(l.ways)])
			*next++
		}
		for _, name := range slices.Sorted(maps.Keys(form)) { // in the same order each time
			l.change(form[name], next)
		}
	}
}

// kindsOfRuns are all kinds of answers.
var kindsOfRuns = []analysisv1.Kind{
	analysisv1.Kind_SUMMARY, analysisv1.Kind_DEEP, analysisv1.Kind_COMPARISON,
	analysisv1.Kind_TIMELINE, analysisv1.Kind_LITERATURE_REVIEW, analysisv1.Kind_FACT_CHECK,
}

// Whatever sources say and models quote, a quote that is stored stands in its snapshot at
// its offsets, and is whole characters.
func TestEveryStoredQuoteStandsInItsSnapshot(t *testing.T) {
	t.Parallel()
	model := &liar{ways: []int{0}}
	b := prepare(t)
	b.cfg.Models.OpenAIURL, b.cfg.Models.OpenAIModel = llmtest.New(t, model.reply).OpenAI(), "scripted"
	b.cfg.Models.Prices = "openai/scripted=0"
	b.cfg.Workers = 8
	work(t, b.serve(t))
	stored := map[string]int{}
	rapid.Check(t, func(rt *rapid.T) {
		from := rapid.SampledFrom(languages).Draw(rt, "language")
		var documents []peertest.Document
		for _, title := range []string{"One", "Two", "Three"}[:rapid.IntRange(1, 3).Draw(rt, "documents")] {
			documents = append(documents, drawDocument(rt, from, title))
		}
		b.research.Find(documents)
		model.set(rapid.SliceOfN(rapid.IntRange(0, 9), 1, 12).Draw(rt, "ways"))
		runs := map[string]string{} // by engine
		for _, kind := range kindsOfRuns {
			for _, engine := range []string{"openai", "extractive"} {
				runs[b.start(t, func(r *analysisv1.StartAnalysisRequest) {
					r.Question, r.Kind, r.Engine, r.Cache, r.MaxRounds = from.question, kind, engine, analysisv1.Cache_BYPASS, 1
					if kind == analysisv1.Kind_FACT_CHECK {
						r.Claims = from.sentences
					}
				})] = engine
			}
		}
		for id, engine := range runs {
			a := b.finish(t, id)
			require.NotEqual(rt, analysisv1.Analysis_FAILED, a.GetState(), "%v", a.GetError())
			for _, f := range b.findings(t, id) {
				for _, c := range f.GetCitations() {
					b.requireStands(rt, c)
					stored[engine]++
				}
			}
		}
	})
	t.Logf("quotes stored: %v", stored)
	require.NotZero(t, stored["openai"])
	require.NotZero(t, stored["extractive"])
}

// requireStands fails unless a citation's quote is the snapshot's text at its offsets.
func (b *bundle) requireStands(t *rapid.T, c *analysisv1.Citation) {
	text, ok := b.research.Snapshot(c.GetSourceId())
	require.True(t, ok)
	start, end := int(c.GetStartOffset()), int(c.GetEndOffset())
	require.True(t, 0 <= start && start < end && end <= len(text), "from %d to %d of %d bytes", start, end, len(text))
	require.Equal(t, text[start:end], c.GetQuote())
	require.True(t, utf8.ValidString(c.GetQuote()))
	require.True(t, utf8.RuneStart(text[start]), "the start is within a character")
	require.True(t, end == len(text) || utf8.RuneStart(text[end]), "the end is within a character")
}
