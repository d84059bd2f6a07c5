package verify_test

import (
	"cmp"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/analysis/internal/verify"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	const lake = "Lake Baikal is the deepest lake in the world, with a depth of 1,642 metres. It holds more water than the Great Lakes of North America together."
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
		"a number that the text lacks":           {"Lake Baikal is the deepest lake in the world, with a depth measured in 1984.", lake, verify.Partial, verify.NumberMissing},
		"a text about something else":            {"The treaty was signed in Vienna by five ministers.", lake, verify.Unsupported, verify.WordsMissing},
		"an empty text":                          {"Lake Baikal is deep.", "", verify.Unsupported, verify.NothingToCheck},
		"a claim without content":                {"It is so.", lake, verify.Unsupported, verify.NothingToCheck},
		"German inflection":                      {"Der Baikalsee ist der tiefste See der Welt.", "Der Baikalsee in Sibirien ist mit Abstand der tiefste See der Welt und auch der älteste, den man kennt.", verify.Supported, ""},
		"Chinese":                                {"贝加尔湖是世界上最深的湖泊。", "贝加尔湖是世界上最深的湖泊。", verify.Supported, ""},
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

func TestNewIDF_RareWordsWeighMore(t *testing.T) {
	t.Parallel()
	idf := verify.NewIDF([]string{"a lake and a river", "a lake and a town", "a lake and a hill"}, "en")
	require.Greater(t, idf("river"), idf("lake"))
	require.Greater(t, idf("unseen"), idf("river"))
}

// labelled is one pair of AttributionBench.
type labelled struct {
	Claim      string   `json:"claim"`
	References []string `json:"references"`
	Label      string   `json:"attribution_label"`
	Set        string   `json:"src_dataset"`
}

// TestCheck_AttributionBench measures the check against human labels, and how
// often it rejects the text of another claim. A macro-F1 of 0.68 is what recall
// of words alone gives.
func TestCheck_AttributionBench(t *testing.T) {
	t.Parallel()
	pairs := readBench(t)
	texts := make([]string, len(pairs))
	for i, p := range pairs {
		texts[i] = strings.Join(p.References, "\n\n")
	}
	idf := verify.NewIDF(texts, "en")
	var all confusion
	bySet := map[string]*confusion{}
	swaps, swapped := 0, 0
	for i, p := range pairs {
		truth := p.Label == "attributable"
		said := verify.Check(p.Claim, texts[i], idf).Score >= 0.55
		if bySet[p.Set] == nil {
			bySet[p.Set] = &confusion{}
		}
		all.add(truth, said)
		bySet[p.Set].add(truth, said)
		if i%4 > 0 { // a quarter is enough to measure this
			continue
		}
		swaps++
		other := texts[(i+len(pairs)/2+1)%len(pairs)]
		if verify.Check(p.Claim, other, idf).Support == verify.Supported {
			swapped++
		}
	}
	t.Logf("%d pairs: macro-F1 %.3f; swapped texts rejected %.3f", len(pairs), all.macroF1(), 1-float64(swapped)/float64(swaps))
	for set, c := range bySet {
		t.Logf("  %s: macro-F1 %.3f", set, c.macroF1())
	}
	require.GreaterOrEqual(t, all.macroF1(), 0.70)
	require.LessOrEqual(t, swapped, swaps/100, "another claim's text must not support a claim")
}

// confusion counts outcomes: [truth][said].
type confusion [2][2]float64

// add counts one outcome.
func (c *confusion) add(truth, said bool) {
	index := map[bool]int{true: 1}
	c[index[truth]][index[said]]++
}

// macroF1 is the mean F1 of both classes.
func (c *confusion) macroF1() float64 {
	sum := 0.0
	for k := range 2 {
		hits, wrong := c[k][k], c[k][1-k]+c[1-k][k]
		sum += 2 * hits / (2*hits + wrong)
	}
	return sum / 2
}

// readBench reads the development split, or skips the test where it is absent.
func readBench(t *testing.T) []labelled {
	t.Helper()
	dir := cmp.Or(os.Getenv("RP_DATA"), filepath.Join("..", "..", "..", "..", "..", "shared", "data"))
	file, err := os.Open(filepath.Join(dir, "claims", "attributionbench", "dev_all_subset_balanced.jsonl.gz"))
	if err != nil {
		t.Skipf("the evaluation data is absent: %v", err)
	}
	defer file.Close()
	plain, err := gzip.NewReader(file)
	require.NoError(t, err)
	var pairs []labelled
	for decoder := json.NewDecoder(plain); ; {
		var p labelled
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			return pairs
		}
		require.NoError(t, err)
		pairs = append(pairs, p)
	}
}
