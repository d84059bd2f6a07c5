package scholarly_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/scholarly"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/scholarly/scholarlytest"
)

func TestKeyWords(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		query string
		want  []string
	}{
		"stop words go":                   {"What is the effect of Aspirin on the heart?", []string{"effect", "aspirin", "heart"}},
		"each word once":                  {"graph of a Graph", []string{"graph"}},
		"hyphens and apostrophes stay":    {"COVID-19 in Alzheimer's", []string{"covid-19", "alzheimer's"}},
		"points within a word stay":       {"Go 1.26.", []string{"go", "1.26"}},
		"signs at the edges go":           {"-cats ...dogs' --", []string{"cats", "dogs"}},
		"operators are words":             {`(cats AND dogs) OR "birds" NOT title:fish*`, []string{"cats", "dogs", "birds", "title", "fish"}},
		"stop words of another language":  {"Was ist die Ursache der Krise und wer hat sie verursacht?", []string{"ursache", "krise", "verursacht"}},
		"a name of stop words only stays": {"The Who", []string{"the", "who"}},
		"scripts without spaces":          {"量子 計算", []string{"量子", "計算"}},
		"nothing":                         {" ?! ", nil},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.want, scholarly.KeyWords(tc.query))
		})
	}
}

func TestPlain_HasNoSyntaxAndAnEnd(t *testing.T) {
	t.Parallel()
	require.Equal(t, `a b c d's e-f 5`, scholarly.Plain("  \"a\" (b): c~ [d's]\te-f ^5 && || \\ / * ?"))
	require.Len(t, strings.Fields(scholarly.Plain(strings.Repeat("word ", 500))), 40)
}

func TestBoolean(t *testing.T) {
	t.Parallel()
	d := scholarly.Dialect{Strict: 2, And: " & ", Or: " | ", Before: "<", After: ">"}
	require.Equal(t, "<cats>", scholarly.Boolean("the cats", d))
	require.Equal(t, "<cats> & <dogs>", scholarly.Boolean("cats and dogs", d))
	require.Equal(t, "<cats> | <dogs> | <birds>", scholarly.Boolean("cats, dogs, birds", d))
	require.Empty(t, scholarly.Boolean("...", d))
}

func TestParagraphs(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ fragment, want string }{
		"inline markup joins":               {"H<sub>2</sub>O and <i>E.\n coli</i> grow", "H2O and E. coli grow"},
		"a power is none of its digits":     {"10<sup>3</sup> cells, m<sup>2</sup>", "10^3 cells, m2"},
		"blocks become paragraphs":          {"<jats:sec><jats:title>Aim</jats:title><jats:p>To  see.</jats:p></jats:sec>", "Aim\n\nTo see."},
		"lines of the source mean nothing":  {"a\n\n  b\tc", "a b c"},
		"entities":                          {"p &lt; 0.05 &amp; q&#x3e;1", "p < 0.05 & q>1"},
		"entities that were escaped twice":  {"p &amp;lt; 0.05", "p < 0.05"},
		"a sign that opens no tag":          {"if x < 3 then", "if x < 3 then"},
		"MathML":                            {`a <mml:math><mml:mi>x</mml:mi><mml:mo>=</mml:mo><mml:mn>1</mml:mn></mml:math>.`, "a x=1."},
		"CDATA":                             {"<![CDATA[a < b]]>", "a < b"},
		"control characters":                {"a\x00b\u0085c", "a b c"},
		"letters with marks are composed":   {"Poincare\u0301", "Poincaré"},
		"broken markup is text or nothing":  {"a <i>b <", "a b <"},
		"comments go":                       {"a<!-- hidden -->b", "ab"},
		"an empty paragraph is no line":     {"<p></p><p>a</p><p> </p>", "a"},
		"spaces around inline elements":     {"a <b>b</b> c<i> d</i>", "a b c d"},
		"line breaks are breaks":            {"a<br/>b", "a\n\nb"},
		"raised letters are no power":       {"p<sup>a</sup>", "pa"},
		"a raised sign after a digit is":    {"10<sup>-3</sup>", "10^-3"},
		"bytes that are no text are gone":   {"a\xffb", "ab"},
		"other scripts stay as they stand":  {"<p>量子計算</p>", "量子計算"},
		"tags of unknown elements go":       {"<foo:bar x='1'>a</foo:bar>", "a"},
		"a heading that looks like a title": {"<title>T</title><p>a</p>", "T\n\na"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.want, scholarly.Paragraphs(tc.fragment))
		})
	}
	require.Equal(t, "A: b c", scholarly.Title("<b>A:</b>\n<p>b</p> c"))
}

func TestDates(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"2021": "2021", "2021-05": "2021-05", "2021-05-17": "2021-05-17", "2021-05-17T10:00:00Z": "2021-05-17",
		"2021-13": "2021", "2021-05-00": "2021-05", "": "", "soon": "", "21-05": "", " 2021 ": "2021", "-2021": "", "2021-xx-01": "2021",
	} {
		require.Equal(t, want, scholarly.ParseDate(in), in)
	}
	require.Equal(t, "2021", scholarly.Date(2021, 0, 5), "a day without a month is not known")
	for in, want := range map[string]int{"Jan": 1, "december": 12, "07": 7, "13": 0, "Foo": 0, "": 0, "J": 0} {
		require.Equal(t, want, scholarly.Month(in), in)
	}
}

func TestMail(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"a@example.org": "a@example.org", "mailto:a@example.org": "a@example.org", "Ops <a@example.org>": "a@example.org",
		"https://example.org": "", "": "",
	} {
		require.Equal(t, want, scholarly.Mail(in), in)
	}
}

func TestRecords(t *testing.T) {
	t.Parallel()
	read := func(n int) (connector.Item, bool) { return connector.Item{Citations: n}, n > 0 }
	records := func(list string) []json.RawMessage {
		var raw []json.RawMessage
		require.NoError(t, json.Unmarshal([]byte(list), &raw))
		return raw
	}
	answer, err := scholarly.Records(records(`[1, "x", 0, null, 2]`), read)
	require.NoError(t, err)
	require.Equal(t, []connector.Item{{Citations: 1}, {Citations: 2}}, answer.Items)
	require.Equal(t, []string{"2 of its 5 records could not be read."}, answer.Notes)
	answer, err = scholarly.Records(records(`[0]`), read)
	require.NoError(t, err)
	require.Empty(t, answer, "what is of no use is no failure")
	_, err = scholarly.Records(records(`["x", null]`), read)
	scholarlytest.RequireError(t, err, connector.Malformed)
}

func TestGet_StatusesBecomeProblems(t *testing.T) {
	t.Parallel()
	for status, problem := range map[int]connector.Problem{
		400: connector.Rejected, 404: connector.Rejected, 422: connector.Rejected, 401: connector.Denied, 402: connector.Denied,
		403: connector.Denied, 408: connector.Unavailable, 304: connector.Malformed,
	} {
		place := scholarlytest.Serve(t, scholarlytest.Answer{Status: status, Header: map[string]string{"Retry-After": "3"}, Body: "secret detail"})
		_, err := scholarly.Get(t.Context(), place, scholarly.Request{URL: place.URL, Params: url.Values{"api_key": {"hidden"}}})
		own := scholarlytest.RequireError(t, err, problem)
		require.Equal(t, 3*time.Second, own.RetryAfter)
		require.NotContains(t, own.Message, "detail", "what it said is for the log")
		require.NotContains(t, own.Error(), "hidden")
	}
	place := scholarlytest.Serve(t, scholarlytest.Answer{Body: "x"})
	reply, err := scholarly.Get(t.Context(), place, scholarly.Request{URL: place.URL, Params: url.Values{"q": {"a b&c"}}, Header: http.Header{"X-Key": {"k"}}})
	require.NoError(t, err)
	require.Equal(t, "x", string(reply.Body))
	require.Equal(t, "a b&c", place.Params(t, 0).Get("q"))
	require.Equal(t, "k", place.Requests()[0].Header.Get("X-Key"))
	_, err = scholarly.Get(t.Context(), place, scholarly.Request{URL: "http://bad host/", Params: url.Values{"api_key": {"hidden"}}})
	require.NotContains(t, scholarlytest.RequireError(t, err, connector.Rejected).Error(), "hidden")
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]time.Duration{"18": 18 * time.Second, "": 0, "-1": 0, "Wed, 21 Oct 2026 07:28:00 GMT": 0} {
		require.Equal(t, want, scholarly.RetryAfter(connector.Reply{Header: http.Header{"Retry-After": {in}}}), in)
	}
}
