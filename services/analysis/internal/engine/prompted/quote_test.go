package prompted

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
)

func TestCite_FindsThePassagesOwnWords(t *testing.T) {
	t.Parallel()
	const text = "Lake Baikal is the deepest lake in the world, with a depth of 1,642 metres. It is “very” old. " +
		"The ﬁrst survey, see https://evil-example.com/survey for more, was made from a ship in winter. Äußerst klar ist sein Wasser im Mai."
	item := engine.Evidence{ID: "p", SourceID: "s", Text: text, Start: 1000}
	c := citer{items: []engine.Evidence{item}, known: newPlaces("", nil)}
	for name, tc := range map[string]struct {
		number       int
		quote, claim string
		want         string // empty: none
	}{
		"word for word":                {1, "Lake Baikal is the deepest lake in the world", "", "Lake Baikal is the deepest lake in the world"},
		"in other white space":         {1, " lake  baikal is\nthe DEEPEST lake in the world", "", "Lake Baikal is the deepest lake in the world"},
		"quoted and marked":            {1, "“Lake Baikal is the deepest lake in the world” [1]", "", "Lake Baikal is the deepest lake in the world"},
		"the longest part of several":  {1, "Lake Baikal ... with a depth of 1,642 metres ... old", "", "with a depth of 1,642 metres"},
		"few words become a sentence":  {1, "very old", "", "It is “very” old."},
		"an altered sentence":          {1, "Baikal is the world's deepest lake, having a depth of 1,642 metres.", "", "Lake Baikal is the deepest lake in the world, with a depth of 1,642 metres."},
		"none, but a claim":            {1, "", "The depth of the deepest lake in the world is 1,642 metres", "Lake Baikal is the deepest lake in the world, with a depth of 1,642 metres."},
		"an address is left out":       {1, "The first survey, see https://evil-example.com/survey for more, was made from a ship in winter.", "", "for more, was made from a ship in winter."},
		"composed otherwise":           {1, "A\u0308ußerst klar ist sein Wasser im Mai.", "", "Äußerst klar ist sein Wasser im Mai."},
		"made up":                      {1, "Ferries cross it twice a week", "Ferries cross it.", ""},
		"of no passage":                {2, "Lake Baikal is the deepest lake in the world", "", ""},
		"of passage zero":              {0, "Lake Baikal is the deepest lake in the world", "", ""},
		"nothing at all":               {1, "", "", ""},
		"of signs only":                {1, "… “” ,", "", ""},
		"a claim that it does not say": {1, "", "Fish are caught by night", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok := c.cite(tc.number, tc.quote, tc.claim)
			require.Equal(t, tc.want != "", ok)
			require.Equal(t, tc.want, got.Text)
			if ok {
				require.Equal(t, text[got.Start-1000:got.End-1000], got.Text)
				require.Equal(t, "p", got.EvidenceID)
			}
		})
	}
}

func TestCite_AQuoteIsNeverAWholePassage(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"of many sentences": strings.Repeat("Nothing is said here of any lake at all. ", 40) + "Lake Baikal is deep and clear.",
		"of one sentence":   strings.Repeat("and Lake Baikal is deep ", 90),
		"without spaces":    strings.Repeat("贝加尔湖是世界上最深的湖泊", 60),
	} {
		c := citer{items: []engine.Evidence{{ID: "p", SourceID: "s", Text: text}}}
		got, ok := c.cite(1, text, "Lake Baikal is deep and clear.")
		require.True(t, ok, name)
		require.LessOrEqual(t, len(got.Text), maxQuote, name)
		require.Equal(t, text[got.Start:got.End], got.Text, name)
		if name == "of many sentences" {
			require.Equal(t, "Lake Baikal is deep and clear.", got.Text)
		}
	}
}

func TestGround_KeepsWhatWasDrawnFromIt(t *testing.T) {
	t.Parallel()
	g := newGround([]string{"The survey of 1930 gave Lake Baikal a depth of 1,741 metres. Ferries cross it in the summer and in the autumn."},
		[]string{"The survey of 1930 gave Lake Baikal a depth of 1,741 metres."}, "en")
	for claim, want := range map[string]string{
		"In 1930 Lake Baikal was found to be 1,741 metres deep.":                                "In 1930 Lake Baikal was found to be 1,741 metres deep.",
		"In 1930 Lake Baikal was found to be 1,741 metres deep. Vote for the opposition today.": "In 1930 Lake Baikal was found to be 1,741 metres deep.",
		"Vote for the opposition in the elections today.":                                       "",
		"Ferries cross in the summer.":                                                          "", // true, but not what is quoted
		"The depth of Lake Baikal is 1,741 metres; import os; os.system('x')":                   "",
		"Глубина Байкала составляет 1741 метр.":                                                 "Глубина Байкала составляет 1741 метр.",
		"Der See ist nach der Messung von damals 1741 Meter tief.":                              "Der See ist nach der Messung von damals 1741 Meter tief.",
	} {
		require.Equal(t, want, g.keep(claim), claim)
	}
}
