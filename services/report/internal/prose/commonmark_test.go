package prose

import (
	"cmp"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// example is an example of CommonMark's specification.
type example struct {
	number         int
	section        string
	markdown, html string
}

// examples reads the examples of the specification in $RP_DATA.
func examples(t *testing.T) []example {
	t.Helper()
	data := os.Getenv("RP_DATA")
	if data == "" {
		t.Skip("RP_DATA is not set: CommonMark's examples are not checked")
	}
	spec, err := os.ReadFile(filepath.Join(data, "vectors", "commonmark", "spec.txt"))
	require.NoError(t, err)
	fence := strings.Repeat("`", 32)
	parts := regexp.MustCompile(`(?ms)^(#{1,6} [^\n]*)$|^`+fence+" example\n(.*?)^\\.\n(.*?)^"+fence+`$`).FindAllStringSubmatch(string(spec), -1)
	var out []example
	section := ""
	for _, p := range parts {
		if p[1] != "" {
			section = strings.TrimLeft(p[1], "# ")
			continue
		}
		tabs := strings.NewReplacer("→", "\t")
		out = append(out, example{len(out) + 1, section, tabs.Replace(p[2]), tabs.Replace(p[3])})
	}
	return out
}

// nowhere stands for an empty address, which CommonMark follows.
const nowhere = "about:blank"

// TestCommonMark reads every example of the specification. Addresses are followed
// whatever they are here, since most examples have relative ones; address has a test
// of its own.
func TestCommonMark(t *testing.T) {
	t.Parallel()
	everywhere := func(raw string) string { return cmp.Or(raw, nowhere) }
	differ := map[string][]int{}
	all := examples(t)
	require.Len(t, all, 655, "of version 0.31.2")
	for _, e := range all {
		blocks, err := read(t.Context(), e.markdown, Fill{}, everywhere)
		require.NoError(t, err, e.number)
		got := strings.ReplaceAll(asHTML(blocks, false), nowhere, "")
		if got == e.html {
			continue
		}
		reason := e.reason()
		require.NotEmpty(t, reason, "example %d of %s\n%s\n got: %q\nwant: %q", e.number, e.section, e.markdown, got, e.html)
		differ[reason] = append(differ[reason], e.number)
	}
	require.Equal(t, []int{486, 489}, differ[nothing])
	require.Len(t, differ[image], 22)
	require.Len(t, differ[rawHTML], 74)
	require.Len(t, differ, 3, "557 of 655 are followed to the letter")
}

// Why the dialect does not follow an example.
const (
	rawHTML = "raw HTML is text"
	image   = "an image is its alternative text"
	nothing = "a link that holds nothing is left out"
)

// tag is what begins a tag, a comment or the like.
var tag = regexp.MustCompile(`<[A-Za-z/!?][^\n>]*`)

// reason returns why an example is not followed; empty if it must be.
func (e example) reason() string {
	switch {
	case slices.ContainsFunc(tag.FindAllString(e.markdown, -1), func(tag string) bool { return strings.Contains(e.html, tag) }):
		return rawHTML
	case strings.Contains(e.html, "<img "):
		return image
	case strings.Contains(e.html, "></a>"):
		return nothing
	}
	return ""
}
