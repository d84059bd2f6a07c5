package injection

import (
	"bytes"
	"encoding/base64"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"golang.org/x/net/html"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/researcherpro/researcherpro/pkg/llm"
	"github.com/researcherpro/researcherpro/pkg/llm/llmtest"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	"github.com/researcherpro/researcherpro/services/analysis/analysistest"
)

const (
	// leakedWords is how many words of a prompt in a row are a leak.
	leakedWords = 8
	// encodedBytes is how much of a prompt is looked for in base64: a multiple of three,
	// after which the rest changes nothing before it.
	encodedBytes = 30
)

var (
	fence = regexp.MustCompile(`<<<(?:DATA|END) ([0-9a-f]{16})>>>`)
	// unplain is what plain text does not hold: addresses, links, pictures and tags.
	unplain = regexp.MustCompile(`\]\(|!\[|</?[a-zA-Z]|://|javascript:|\bwww\.`)
)

// secrets are what must not be seen outside of the calls of a model.
type secrets struct {
	runs    map[string]bool // of words of the prompts
	encoded map[string]bool // how the prompts begin in base64
	codes   map[string]bool // of the fences
}

// secretsOf reads them out of the calls.
func secretsOf(calls []llmtest.Call) secrets {
	s := secrets{runs: map[string]bool{}, encoded: map[string]bool{}, codes: map[string]bool{}}
	for _, call := range calls {
		for _, m := range call.Messages {
			if m.Role == llm.System {
				opening := strings.Join(strings.Fields(m.Text), " ")[:encodedBytes]
				s.encoded[base64.StdEncoding.EncodeToString([]byte(opening))] = true
				for _, run := range runsOf(m.Text) {
					s.runs[run] = true
				}
			}
			for _, at := range fence.FindAllStringSubmatch(m.Text, -1) {
				s.codes[at[1]] = true
			}
		}
	}
	return s
}

// runsOf are the runs of leakedWords words of a text.
func runsOf(text string) []string {
	fields := strings.Fields(strings.ToLower(text))
	var out []string
	for i := range len(fields) - leakedWords + 1 {
		out = append(out, strings.Join(fields[i:i+leakedWords], " "))
	}
	return out
}

// requireKept fails if a text tells a secret, or names the place where the obedient
// model sends everything.
func (s secrets) requireKept(t *testing.T, where, text string) {
	t.Helper()
	require.NotContains(t, strings.ToLower(text), analysistest.Elsewhere, where)
	for _, run := range runsOf(text) {
		require.False(t, s.runs[run], "%s: the prompt leaked: %q", where, run)
	}
	for opening := range s.encoded {
		require.NotContains(t, text, opening, where)
	}
	for _, code := range regexp.MustCompile(`[0-9a-f]{16}`).FindAllString(text, -1) {
		require.False(t, s.codes[code], "%s: the code of a fence leaked: %s", where, code)
	}
}

// written are the texts of a run that a model has a hand in; quotes are the sources' own.
func (j *journey) written() []string {
	a := j.analysis
	out := slices.Concat(a.GetMissing(), a.GetPlan().GetQueries(), a.GetPlan().GetSubQuestions())
	for _, r := range a.GetRounds() {
		out = append(append(out, r.GetQuestions()...), r.GetQueries()...)
	}
	for _, s := range a.GetSummary() {
		out = append(out, s.GetText())
	}
	for _, f := range j.findings {
		out = append(out, f.GetClaim(), f.GetSection(), f.GetSubject(), f.GetDate(), f.GetSupportReason())
		for _, c := range f.GetContradictions() {
			out = append(out, c.GetReason())
		}
	}
	return out
}

// requireSecret fails if the run tells of its prompts, or leads anywhere.
func (j *journey) requireSecret(t *testing.T, s secrets) {
	t.Helper()
	for _, text := range j.written() {
		s.requireKept(t, "the run", text)
		require.NotRegexp(t, unplain, text)
	}
	for _, e := range j.events {
		encoded, err := protojson.Marshal(e)
		require.NoError(t, err)
		s.requireKept(t, "an event", string(encoded))
	}
	for format, text := range j.reports {
		s.requireKept(t, "the report as "+format, text)
	}
}

// requireCited fails unless each claim rests on quotes that stand in their snapshots.
func (j *journey) requireCited(t *testing.T) {
	t.Helper()
	require.NotEmpty(t, j.findings, "the honest part is still there")
	cited := map[string]bool{}
	for _, f := range j.findings {
		if j.kind == analysisv1.Kind_FACT_CHECK {
			require.Contains(t, j.analysis.GetClaims(), f.GetClaim(), "the claims are the user's")
		} else {
			require.NotEmpty(t, f.GetCitations(), f.GetClaim())
		}
		cited[f.GetId()] = len(f.GetCitations()) > 0
		for _, c := range f.GetCitations() {
			require.Equal(t, c.GetQuote(), j.snapshots[c.GetSourceId()][c.GetStartOffset():c.GetEndOffset()])
		}
	}
	for _, s := range j.analysis.GetSummary() {
		require.True(t, slices.ContainsFunc(s.GetFindingIds(), func(id string) bool { return cited[id] }), s.GetText())
	}
}

var (
	section   = regexp.MustCompile(`(?m)^## (.*)$`)
	marks     = regexp.MustCompile(`(?: ?\[\d+(?:, \d+)*\])+`)
	found     = regexp.MustCompile(`(?m)^### (?:Finding|Claim) \d+[^\n]*: ([a-z ]+)\n\n([^\n]+)\n`)
	backslash = regexp.MustCompile("\\\\([!-/:-@\\[-`{-~])")
)

// requireReportCites fails if the report says something that no finding does, or says it
// without the number of a source.
func (j *journey) requireReportCites(t *testing.T) {
	t.Helper()
	said := map[string]bool{}
	for _, s := range j.analysis.GetSummary() {
		said[s.GetText()] = true
	}
	for _, f := range j.findings {
		said[f.GetClaim()] = true
	}
	report := j.reports["md"]
	for _, at := range section.FindAllStringSubmatchIndex(report, -1) {
		if report[at[2]:at[3]] != "Summary" {
			continue
		}
		text, _, _ := strings.Cut(report[at[1]:], "\n## ")
		pieces := marks.Split(strings.TrimSpace(strings.ReplaceAll(text, "\n- ", " ")), -1)
		require.Empty(t, strings.TrimSpace(pieces[len(pieces)-1]), "the summary ends with a mark")
		for _, piece := range pieces[:len(pieces)-1] {
			require.Contains(t, said, backslash.ReplaceAllString(strings.TrimSpace(piece), "$1"))
		}
	}
	items := found.FindAllStringSubmatch(report, -1)
	require.Len(t, items, len(j.findings))
	for _, item := range items {
		claim := marks.ReplaceAllString(item[2], "")
		require.Contains(t, said, backslash.ReplaceAllString(claim, "$1"))
		require.True(t, item[1] == "nothing found" || claim != item[2], "without a mark: %s", item[2])
	}
}

// requireLinksToSources fails if the report leads anywhere but to the run's sources, as
// a browser or a page such as GitHub's shows it.
func (j *journey) requireLinksToSources(t *testing.T) {
	t.Helper()
	known := map[string]bool{}
	for _, src := range j.sources {
		known[src.GetUrl()] = src.GetUrl() != ""
	}
	var page bytes.Buffer
	require.NoError(t, goldmark.New(goldmark.WithExtensions(extension.GFM)).Convert([]byte(j.reports["md"]), &page))
	for where, text := range map[string]string{"md": page.String(), "html": j.reports["html"]} {
		for _, target := range targets(t, text) {
			if strings.HasPrefix(target, "#") {
				continue
			}
			plain, err := url.PathUnescape(target)
			require.NoError(t, err)
			require.True(t, known[target] || known[plain], "%s: the report leads to %s", where, target)
		}
	}
}

// active are the elements that load, run or send something, those of a drawing among
// them.
var active = []string{
	"script", "img", "iframe", "object", "embed", "form", "base", "link", "video", "audio",
	"image", "use", "foreignobject", "animate", "animatetransform", "animatemotion", "set",
}

// targets are all that a page leads to or loads. What could do so in another way must
// not be in it.
func targets(t *testing.T, page string) []string {
	t.Helper()
	var out []string
	tokens := html.NewTokenizer(strings.NewReader(page))
	for kind := tokens.Next(); kind != html.ErrorToken; kind = tokens.Next() {
		token := tokens.Token()
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
			continue
		}
		require.NotContains(t, active, token.Data)
		for _, a := range token.Attr {
			switch {
			case a.Key == "href", a.Key == "src", a.Key == "srcset", a.Key == "action", a.Key == "poster":
				out = append(out, a.Val)
			case token.Data == "meta" && a.Key == "http-equiv":
				require.Equal(t, "Content-Security-Policy", a.Val)
			default:
				require.False(t, strings.HasPrefix(a.Key, "on"), "an attribute that runs: %s", a.Key)
				require.NotContains(t, strings.ReplaceAll(a.Val, "url(#", ""), "url(", "an attribute that loads: %s", a.Key)
			}
		}
	}
	return out
}
