package extract_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// sentences returns n sentences that differ.
func sentences(n int) string {
	var s strings.Builder
	for i := range n {
		fmt.Fprintf(&s, "<p>In the year %d the committee found that the bridge had been built of poor steel, and it said so in plain words to those who paid.</p>", 1800+i)
	}
	return s.String()
}

func TestExtract_HTMLMainTextKeeps(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ inside, want string }{
		"tables":       {"<table><tr><th>Year<th>Load<tr><td>1867<td>20 t<tr><td>1868<td>18 t</table>", "| 1867 | 20 t |"},
		"lists":        {"<ul><li>The first finding was about the rivets.<li>The second finding was about the deck.</ul>", "- The first finding was about the rivets.\n- The second finding"},
		"headings":     {"<h2>What was found</h2>" + sentences(2), "\n\nWhat was found\n\n"},
		"quotations":   {"<blockquote><p>We were told nothing of this, said the mayor, and would have closed it at once.</p></blockquote>", "We were told nothing of this"},
		"code":         {"<pre>load = mass *\n  gravity</pre>", "load = mass *\n  gravity"},
		"other tongue": {"<p>Der Ausschuß fand, daß die Brücke aus schlechtem Stahl gebaut war, und sagte es denen, die sie bezahlt hatten.</p>", "schlechtem Stahl"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			page := `<html><body><nav><a href=/>Home</a></nav><main><article><h1>Bridge</h1>` + sentences(6) + tc.inside + sentences(3) + `</article></main><footer>All rights reserved</footer></body></html>`
			doc, err := read(t, "a.html", []byte(page))
			require.NoError(t, err)
			require.Contains(t, doc.Text, tc.want)
			require.NotContains(t, doc.Text, "All rights reserved")
			checkDocument(t, doc)
		})
	}
}

// A page whose markup would become a tree of gigabytes is refused, or read
// without what makes it grow, at once.
func TestExtract_HTMLBounds(t *testing.T) {
	t.Parallel()
	var unclosed, attributes strings.Builder
	unclosed.WriteString("<p>")
	for i := range 400 {
		fmt.Fprintf(&unclosed, "<b id=%d>", i)
	}
	unclosed.WriteString("</p>" + strings.Repeat("<p>word", 20_000))
	attributes.WriteString("<p ")
	for i := range 100_000 {
		fmt.Fprintf(&attributes, "a%d ", i)
	}
	tests := map[string]struct {
		data, reason string
	}{
		"formatting that is never closed": {unclosed.String(), ""},
		"deep formatting":                 {strings.Repeat("<i>", 100_000) + "deep", ""},
		"deep blocks":                     {strings.Repeat("<div>", 100_000) + "deep", "BROKEN"},
		"too many tags":                   {strings.Repeat("<br>", 1_100_000) + "x", "TOO_LARGE"},
		"too many attributes":             {attributes.String() + ">x", "TOO_LARGE"},
		"too large a page":                {strings.Repeat("word ", 6<<20), "TOO_LARGE"},
		"a long text":                     {strings.Repeat("word ", 2<<20), ""},
		"a long script":                   {"<script>" + strings.Repeat("a<b ", 3<<20) + "</script><p>x", ""},
		"tables in tables":                {strings.Repeat(strings.Repeat("<table><tr><td>", 100)+"word"+strings.Repeat("</table>", 100), 400), ""},
		"very many items":                 {"<ul>" + strings.Repeat("<li>a, b", 200_000), ""},
		"too long a tag":                  {"<p title='" + strings.Repeat("x", 9<<20) + "'>x", "TOO_LARGE"},
		"many small rules and elements":   {"<style>" + strings.Repeat(".x{opacity:0}", 20_000) + "</style>" + strings.Repeat("<p class=x>a", 20_000) + "<p>b", ""},
		"comments that do not end":        {strings.Repeat("<!--", 500_000), "EMPTY"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			begun := time.Now()
			_, err := read(t, "a.html", []byte("<!DOCTYPE html><body>"+tc.data))
			require.Less(t, time.Since(begun), patience())
			if tc.reason == "" {
				require.NoError(t, err)
				return
			}
			requireReason(t, err, tc.reason)
		})
	}
}
