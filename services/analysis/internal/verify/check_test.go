package verify_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/analysis/internal/verify"
)

const lake = "Lake Baikal is the deepest lake in the world, with a depth of 1,642 metres. It holds more water than the Great Lakes of North America together."

func TestCheck(t *testing.T) {
	t.Parallel()
	const trial = "In the trial the drug reduced blood pressure in most patients. It had no effect on heart rate."
	tests := map[string]struct {
		claim, cited string
		want         verify.Support
		reason       verify.Reason
	}{
		"a sentence supports itself":             {"Lake Baikal is the deepest lake in the world, with a depth of 1,642 metres.", lake, verify.Supported, ""},
		"other order, same words":                {"The deepest lake in the world is Lake Baikal.", lake, verify.Supported, ""},
		"the same amount in another unit":        {"Lake Baikal, the deepest lake in the world, has a depth of 1.642 km.", lake, verify.Supported, ""},
		"rounded number":                         {"Lake Baikal is the deepest lake in the world, with a depth of 1,640 metres.", lake, verify.Supported, ""},
		"another number is a contradiction":      {"Lake Baikal is the deepest lake in the world, with a depth of 1,942 metres.", lake, verify.Contradicted, verify.NumberDiffers},
		"a denial is a contradiction":            {"Lake Baikal is not the deepest lake in the world, with a depth of 1,642 metres.", lake, verify.Contradicted, verify.NegationDiffers},
		"an opposite is a contradiction":         {"In the trial the drug increased blood pressure in most patients.", trial, verify.Contradicted, verify.OppositeWord},
		"a synonym is none":                      {"In the trial the drug lowered blood pressure in most patients.", trial, verify.Supported, ""},
		"an irregular form is the same word":     {"She sang the song in Vienna.", "In Vienna she will sing the song.", verify.Supported, ""},
		"a note reference is no number":          {"Lake Baikal is the deepest lake in the world [7].", lake, verify.Supported, ""},
		"a number that the text lacks":           {"Lake Baikal is the deepest lake in the world, with a depth measured in 1984.", lake, verify.Partial, verify.NumberMissing},
		"a name that the text lacks":             {"The deepest lake in the world is Tanganyika.", lake, verify.Partial, verify.NameMissing},
		"a text about something else":            {"The treaty was signed in Vienna by five ministers.", lake, verify.Unsupported, verify.WordsMissing},
		"an empty text":                          {"Lake Baikal is deep.", "", verify.Unsupported, verify.NothingToCheck},
		"a claim without content":                {"It is so.", lake, verify.Unsupported, verify.NothingToCheck},
		"a claim of nothing but a note":          {"[4]", lake, verify.Unsupported, verify.NothingToCheck},
		"German inflection":                      {"Der Baikalsee ist der tiefste See der Welt.", "Der Baikalsee in Sibirien ist mit Abstand der tiefste See der Welt und auch der älteste, den man kennt.", verify.Supported, ""},
		"Russian inflection":                     {"Озеро Байкал является самым глубоким озером мира.", "Байкал, самое глубокое озеро в мире, расположен в Сибири.", verify.Supported, ""},
		"Chinese":                                {"贝加尔湖是世界上最深的湖泊。", "贝加尔湖是世界上最深的湖泊。", verify.Supported, ""},
		"Chinese about something else":           {"五位部长在维也纳签署了条约。", "贝加尔湖是世界上最深的湖泊。", verify.Unsupported, verify.WordsMissing},
		"a denial of something else is none":     {"The drug reduced blood pressure in most patients of the trial.", "It is not unusual that doctors ask: in the trial the drug reduced blood pressure in most patients.", verify.Supported, ""},
		"not only is no denial":                  {"The drug reduced blood pressure and heart rate in the trial.", "In the trial the drug reduced not only blood pressure, but also heart rate.", verify.Supported, ""},
		"a denial in German is one":              {"Der Baikalsee ist nicht der tiefste See der Welt.", "Der Baikalsee in Sibirien ist der tiefste See der Welt.", verify.Contradicted, verify.NegationDiffers},
		"a clause that the text lacks":           {"Lake Baikal is the deepest lake in the world, and fishermen from Irkutsk sell smoked omul on its shore every summer.", lake, verify.Partial, ""},
		"two negations of the same are no clash": {"The job is not run twice.", "The job is not run twice, even after a crash.", verify.Supported, ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			verdict := verify.Check(tc.claim, tc.cited, nil)
			require.Equal(t, tc.want, verdict.Support, "%+v", verdict)
			require.GreaterOrEqual(t, verdict.Score, 0.0)
			require.LessOrEqual(t, verdict.Score, 1.0)
			if tc.reason != "" {
				require.Contains(t, verdict.Reasons, tc.reason)
			}
		})
	}
}

func TestCheck_TheScaleOfAnIDFDoesNotMatter(t *testing.T) {
	t.Parallel()
	const claim = "The deepest lake holds much water."
	once := verify.Check(claim, lake, func(stem string) float64 { return float64(len(stem)) })
	tenfold := verify.Check(claim, lake, func(stem string) float64 { return 10 * float64(len(stem)) })
	require.InDelta(t, once.Score, tenfold.Score, 1e-9)
}

func TestReason_EveryOneHasASentence(t *testing.T) {
	t.Parallel()
	for _, r := range []verify.Reason{
		verify.WordsMissing, verify.NumberMissing, verify.NumberDiffers, verify.NameMissing,
		verify.NegationDiffers, verify.OppositeWord, verify.NothingToCheck,
	} {
		require.True(t, strings.HasSuffix(r.Sentence(), "."), r)
	}
	require.Empty(t, verify.Reason("LATER_ADDED").Sentence())
}

func TestNewIDF_RareWordsWeighMore(t *testing.T) {
	t.Parallel()
	idf := verify.NewIDF([]string{"a lake and a river", "a lake and a town", "a lake and a hill"}, "en")
	require.Greater(t, idf("river"), idf("lake"))
	require.Greater(t, idf("unseen"), idf("river"))
}

// FuzzCheck checks that nothing makes the check panic or leave its range, and that
// sentences are parts of the text.
func FuzzCheck(f *testing.F) {
	f.Add("Lake Baikal is deep, [3] and 1,642 metres; wide.", lake)
	f.Add("贝加尔湖是世界上最深的湖泊。", "贝加尔湖。\n\n- 最深\x00\xff")
	f.Add("5 % of 3.1 million", "- \n- 5 percent. 4 per cent!")
	f.Fuzz(func(t *testing.T, claim, text string) {
		verdict := verify.Check(claim, text, nil)
		require.True(t, verdict.Score >= 0 && verdict.Score <= 1, "%v", verdict.Score)
		require.NotEmpty(t, verdict.Support)
		last := 1.0
		for _, s := range verify.Select(claim, text, nil) {
			require.True(t, 0 <= s.Start && s.Start < s.End && s.End <= len(text))
			require.True(t, s.Score >= 0 && s.Score <= last, "the most relevant first")
			require.True(t, utf8.ValidString(text[s.Start:s.End]) || !utf8.ValidString(text))
			last = s.Score
		}
	})
}

// BenchmarkCheck is a claim beside a passage of some 1,200 bytes.
func BenchmarkCheck(b *testing.B) {
	passage := strings.Repeat(lake+" The treaty was signed in Vienna by five ministers who never met again. ", 6)
	for b.Loop() {
		verify.Check("Lake Baikal, the deepest lake in the world, has a depth of 1.642 km and holds much water.", passage, nil)
	}
}
