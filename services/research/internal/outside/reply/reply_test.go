package reply_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/outside/reply"
)

func TestDay_KnowsTheFormsOfDates(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"2026-03-04": "2026-03-04", " 2026-03-04T05:06:07 ": "2026-03-04", "2026-03-04T23:06:07.123+02:00": "2026-03-04",
		"2026-03-04 05:06:07": "2026-03-04", "Wed, 04 Mar 2026 09:00:00 GMT": "2026-03-04", "March 4, 2026": "2026-03-04",
		"2026-03": "2026-03", "2026": "2026",
		"": "", "3 days ago": "", "0001-01-01T00:00:00Z": "", "2026-13-01": "", "04/03/2026": "", "20260304": "",
	} {
		require.Equal(t, want, reply.Day(in), in)
	}
}

func TestItems_KnowsThePrecisionOfDates(t *testing.T) {
	t.Parallel()
	q := connector.Query{PublishedAfter: time.Date(2020, 5, 17, 0, 0, 0, 0, time.UTC), PublishedBefore: time.Date(2021, 3, 1, 0, 0, 0, 0, time.UTC)}
	for date, kept := range map[string]bool{
		"": true, "2020-05-17": true, "2021-03-01": true, "2020-05-16": false, "2021-03-02": false,
		"2020-05": true, "2020-04": false, "2021-03": true, "2021-04": false, "2020": true, "2021": true, "2019": false, "2022": false,
	} {
		require.Equal(t, kept, len(reply.Items(q, []reply.Hit{{URL: "https://example.org/", Date: date}})) == 1, date)
	}
}

func TestItems_KeepsWithinTheDomains(t *testing.T) {
	t.Parallel()
	q := connector.Query{IncludeDomains: []string{"example.org", "bücher.example"}, ExcludeDomains: []string{"private.example.org"}}
	for address, kept := range map[string]bool{
		"https://example.org/": true, "https://www.example.org/": true, "https://EXAMPLE.ORG:8443/": true, "https://example.org./": true,
		"https://xn--bcher-kva.example/": true, "https://bücher.example/": true,
		"https://notexample.org/": false, "https://example.org.evil.example/": false, "https://evil.example/example.org": false,
		"https://private.example.org/": false, "https://a.private.example.org/": false,
		"https://example.org@evil.example/": false, "ftp://example.org/": false, "//example.org/": false, "": false, "https://": false,
	} {
		require.Equal(t, kept, len(reply.Items(q, []reply.Hit{{URL: address}})) == 1, address)
	}
}

func TestItems_StopsAtTheLimit(t *testing.T) {
	t.Parallel()
	hits := []reply.Hit{{URL: "https://a.example/"}, {URL: "https://a.example/"}, {URL: "https://b.example/"}, {URL: "https://c.example/"}}
	require.Len(t, reply.Items(connector.Query{Limit: 2}, hits), 2)
	require.Len(t, reply.Items(connector.Query{}, hits), 3)
}

func TestItems_TakesOnlyLanguagesThatAreCodes(t *testing.T) {
	t.Parallel()
	for tag, want := range map[string]string{"en": "en", "EN-us": "en", "zh_TW": "zh", "": "", "english": "", "1x": "", "deu": ""} {
		items := reply.Items(connector.Query{}, []reply.Hit{{URL: "https://example.org/", Language: tag}})
		require.Equal(t, want, items[0].Language, tag)
	}
}

func TestShorten(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		text              string
		characters, words int
		want              string
	}{
		"short":                 {"  why are\nthere tides? ", 100, 0, "why are there tides?"},
		"at a word":             {"why are there tides", 14, 0, "why are there"},
		"exactly":               {"why are there", 13, 3, "why are there"},
		"words":                 {"why are there tides", 100, 2, "why are"},
		"one long word":         {"Donaudampfschiff", 5, 0, "Donau"},
		"characters, not bytes": {"潮汐潮汐", 3, 0, "潮汐潮"},
		"no NUL":                {"a\x00b", 10, 0, "ab"},
		"nothing":               {"", 10, 5, ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.want, reply.Shorten(tc.text, tc.characters, tc.words))
		})
	}
}

func TestRecency_IsNeverTooShort(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 15, 18, 0, 0, 0, time.UTC)
	for days, want := range map[int]string{0: "day", 1: "week", 6: "week", 7: "month", 27: "month", 28: "year", 364: "year", 365: "", 4000: ""} {
		after := time.Date(2026, 3, 15-days, 0, 0, 0, 0, time.UTC)
		require.Equal(t, want, reply.Recency(connector.Query{PublishedAfter: after}, now), days)
	}
	require.Empty(t, reply.Recency(connector.Query{PublishedBefore: now}, now))
}

func TestPlain_IsWhatAReaderSees(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"a <strong>b</strong> c":       "a b c",
		"&quot;x&quot; &amp;lt; &#39;": `"x" &lt; '`,
		"1 < 2 and 3 > 2":              "1 < 2 and 3 > 2",
		"one<br>two<p>three":           "one\ntwo\nthree",
		"<span class=\"m\">潮</span>汐":  "潮汐",
		"cut <str":                     "cut ",
	} {
		require.Equal(t, want, reply.Plain(in), in)
	}
}

func TestParagraphs(t *testing.T) {
	t.Parallel()
	require.Equal(t, "a\nb\n\nc\n  d", reply.Paragraphs("\n\n a \r\nb\t\n\n\n\nc\n  d\x00\x1b\n"))
	require.Equal(t, "a\n\nb", reply.Paragraphs("a\u2029b"))
}

func TestDetail_IsShortAndHoldsNoKey(t *testing.T) {
	t.Parallel()
	long := connector.Reply{Status: 400, Body: []byte("key hunter2 " + strings.Repeat("ü", 1000) + "\xff")}
	detail := reply.Detail(long, "hunter2").Error()
	require.True(t, strings.HasPrefix(detail, "status 400: key *** ü"))
	require.LessOrEqual(t, len(detail), 320)
	require.True(t, utf8.ValidString(detail))
}
