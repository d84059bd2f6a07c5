package samework_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/connector/scholarly/scholarlytest"
	"github.com/researcherpro/researcherpro/services/research/internal/samework"
)

const (
	lighthouse = `The lighthouse on the northern cape was built in 1871 after three ships had been lost in a single winter. Its keepers lived
with their families in two houses of granite, and a path with a rope led from the door to the tower, since the wind was strong enough to carry a
grown man away. In 1954 an automatic lamp took the place of the last keeper, whose daughter wrote down what he remembered.`
	mill = `The water mill below the village ground barley and oats for eleven farms until the river was led through a turbine. Its wheel,
twelve feet across and made of elm, was mended each spring by the same carpenter, who left his mark on every board that he put in. A fire in 1923
destroyed the roof; the stones are still in place, and the owner shows them to visitors on Sundays in summer.`
	japanese = `北の岬の灯台は一冬に三隻の船が失われた後、一八七一年に建てられた。灯台守は家族とともに花崗岩の二軒の家に住み、風が人を吹き飛ばすほど強かったので、
扉から塔まで綱を張った道が続いていた。一九五四年に自動の灯りが最後の灯台守に代わり、その娘が父の思い出を書き留めた。`
	japaneseMill = `村の下の水車は、川がタービンに引かれるまで十一軒の農家のために大麦と燕麦を挽いていた。楡の木で作られた車輪は毎年春に同じ大工が直し、
取り付けた板の一枚一枚に自分の印を残した。一九二三年の火事で屋根は焼けたが、石臼は今もそのままあり、持ち主は夏の日曜日に見せている。`
)

func near(a, b string) bool {
	return samework.Near(samework.FingerprintOf(a), samework.FingerprintOf(b))
}

func TestNear(t *testing.T) {
	t.Parallel()
	sentences := strings.SplitAfter(lighthouse, ". ")
	tests := map[string]struct {
		a, b string
		want bool
	}{
		"the same":                       {lighthouse, lighthouse, true},
		"other case, spaces and signs":   {lighthouse, strings.ToUpper(strings.NewReplacer(",", "", ".", ";", " ", "  ").Replace(lighthouse)), true},
		"a label before and a line less": {lighthouse, "BACKGROUND: " + strings.Join(sentences[:2], ""), true},
		"a copyright line behind":        {lighthouse, lighthouse + " Copyright 2020 The Authors. All rights reserved.", true},
		"a few words changed":            {lighthouse, strings.NewReplacer("three", "3", "granite", "stone", "grown ", "").Replace(lighthouse), true},
		"another text":                   {lighthouse, mill, false},
		"half of another":                {lighthouse, sentences[0] + mill, false},
		"only words in common":           {lighthouse, shuffleWords(lighthouse), false},
		"too short to tell":              {"The lighthouse was built in 1871.", "The lighthouse was built in 1871.", false},
		"nothing":                        {"", "", false},
		"Japanese":                       {japanese, strings.Replace(japanese, "三隻", "四隻", 1), true},
		"other Japanese":                 {japanese, japaneseMill, false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.want, near(tc.a, tc.b))
			require.Equal(t, tc.want, near(tc.b, tc.a), "the order does not matter")
		})
	}
}

// shuffleWords returns the words of a text in another order.
func shuffleWords(text string) string {
	words := strings.Fields(text)
	random := rand.New(rand.NewPCG(1, 2))
	random.Shuffle(len(words), func(i, j int) { words[i], words[j] = words[j], words[i] })
	return strings.Join(words, " ")
}

func TestFingerprint_Binary(t *testing.T) {
	t.Parallel()
	f := samework.FingerprintOf(lighthouse)
	data, err := f.MarshalBinary()
	require.NoError(t, err)
	require.Len(t, data, 512)
	var g samework.Fingerprint
	require.NoError(t, g.UnmarshalBinary(data))
	require.Equal(t, f, g)

	data, err = samework.FingerprintOf("short").MarshalBinary()
	require.NoError(t, err)
	require.Empty(t, data)
	require.NoError(t, g.UnmarshalBinary(data))
	require.True(t, g.Empty())
	require.Error(t, g.UnmarshalBinary([]byte("x")))
}

func TestFingerprint_IsTheSameInEveryProcess(t *testing.T) {
	t.Parallel()
	data, err := samework.FingerprintOf(lighthouse).MarshalBinary()
	require.NoError(t, err)
	// It is stored, so a change of the method must be noticed.
	require.Equal(t, "009c10230705cf40015982320cc68a25", fmt.Sprintf("%x", data[:16]))
}

// perturb returns a text as another index might have it: a label before, some
// words changed, lost or doubled, and the last sentence cut.
func perturb(text string, share float64, random *rand.Rand) string {
	words, between := strings.Fields(text), " "
	if len(words) < len(text)/30 { // a script without spaces
		words, between = nil, ""
		for pair := range slices.Chunk([]rune(text), 2) {
			words = append(words, string(pair))
		}
	}
	words = words[:len(words)-len(words)/10]
	out := []string{"ABSTRACT: "}
	for _, w := range words {
		switch x := random.Float64(); {
		case x < share/3:
			out = append(out, w+"x")
		case x < 2*share/3:
		case x < share:
			out = append(out, w, w)
		default:
			out = append(out, w)
		}
	}
	return strings.Join(out, between)
}

// TestNear_OpenData measures how far apart texts are that are nearly the same
// and texts that are not: each abstract of SciFact against a perturbed copy of
// itself, and all pairs of a part of them; and the passages of XQuAD in two
// languages that have an alphabet and two that do not use spaces or Latin.
func TestNear_OpenData(t *testing.T) {
	t.Parallel()
	data := scholarlytest.Data(t)
	sets := map[string][]string{"scifact": abstracts(t, filepath.Join(data, "beir-scifact", "corpus.jsonl.gz"))}
	for _, lang := range []string{"en", "de", "zh", "ar"} {
		sets["xquad "+lang] = contexts(t, filepath.Join(data, "xquad", "xquad."+lang+".json.gz"))
	}
	for name, texts := range sets {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(7, 7))
			prints := make([]samework.Fingerprint, len(texts))
			for i, text := range texts {
				prints[i] = samework.FingerprintOf(text)
			}
			for _, share := range []float64{0.02, 0.05, 0.1} {
				var same []float64
				missed := 0
				for i, text := range texts {
					if prints[i].Empty() {
						continue
					}
					g := samework.FingerprintOf(perturb(text, share, random))
					same = append(same, prints[i].Resemblance(g))
					if !samework.Near(prints[i], g) {
						missed++
					}
				}
				slices.Sort(same)
				t.Logf("%d copies, a tenth cut and %.0f %% of words changed: resemblance min %.2f, 1st percentile %.2f, median %.2f; %d missed",
					len(same), 100*share, same[0], same[len(same)/100], same[len(same)/2], missed)
				if share <= 0.05 {
					require.LessOrEqual(t, float64(missed), 0.02*float64(len(same)))
				}
			}
			pairs, joined, highest, above := 0, 0, 0.0, 0
			for i := range prints[:min(len(prints), maxPaired)] {
				for j := range i {
					r := prints[i].Resemblance(prints[j])
					pairs, highest = pairs+1, max(highest, r)
					if r > 0.25 {
						above++
					}
					if samework.Near(prints[i], prints[j]) {
						joined++
						t.Logf("near, %.2f: %.60q %.60q", r, texts[i], texts[j])
					}
				}
			}
			t.Logf("%d pairs of different texts: resemblance at most %.2f, %d above 0.25, %d near", pairs, highest, above, joined)
			require.LessOrEqual(t, joined, 3)
		})
	}
}

// maxPaired is how many texts are compared with each other. Of all 5,183
// abstracts of SciFact, 13.4 million pairs, none resemble more than 0.20.
const maxPaired = 1500

// abstracts returns the texts of a corpus in BEIR's form.
func abstracts(t *testing.T, path string) []string {
	t.Helper()
	var out []string
	lines := bufio.NewScanner(bytes.NewReader(unzip(t, path)))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var d struct{ Text string }
		require.NoError(t, json.Unmarshal(lines.Bytes(), &d))
		out = append(out, d.Text)
	}
	require.NoError(t, lines.Err())
	return out
}

// unzip returns the content of a compressed file.
func unzip(t *testing.T, path string) []byte {
	t.Helper()
	file, err := os.Open(path)
	require.NoError(t, err)
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	require.NoError(t, err)
	data, err := io.ReadAll(unzipped)
	require.NoError(t, err)
	return data
}

// contexts returns the passages of a data set in SQuAD's form.
func contexts(t *testing.T, path string) []string {
	t.Helper()
	var set struct {
		Data []struct {
			Paragraphs []struct{ Context string }
		}
	}
	require.NoError(t, json.Unmarshal(unzip(t, path), &set))
	var out []string
	for _, d := range set.Data {
		for _, p := range d.Paragraphs {
			out = append(out, p.Context)
		}
	}
	return out
}

func BenchmarkFingerprintOf(b *testing.B) {
	for b.Loop() {
		samework.FingerprintOf(lighthouse)
	}
}

func BenchmarkNear(b *testing.B) {
	f, g := samework.FingerprintOf(lighthouse), samework.FingerprintOf(mill)
	for b.Loop() {
		samework.Near(f, g)
	}
}
