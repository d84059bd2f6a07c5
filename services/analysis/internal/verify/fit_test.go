package verify

import (
	"flag"
	"fmt"
	"slices"
	"testing"
)

// fitting makes TestFit print the weights anew: go test -run TestFit -v -fit.
var fitting = flag.Bool("fit", false, "fit the weights to the open data and print them, and what each part contributes")

// Ridge penalties. Each pair is there once for every IDF.
const (
	penalty = 6
	// onePenalty is for rows that are there once.
	onePenalty = 2
	// partingPairs is how far apart in the list a claim and the text of another are.
	partingPairs = 600
)

// TestFit prints the weights as they stand in weights.go, which come from the
// development split of AttributionBench (support and relatedness), the training claims
// of SciFact (abstracts) and the development split of WiCE (pages), and what the score
// loses without each of its parts, by cross-validation of weights and threshold over
// questions.
func TestFit(t *testing.T) {
	t.Parallel()
	if !*fitting {
		t.Skip("prints the weights with -fit")
	}
	pairs := attributionBench(t)
	support, truth := supportRows(pairs)
	t.Log(fit(support, truth, penalty).source("supportModel"))
	related, sameText := relatednessRows(pairs)
	t.Log(fit(related, sameText, penalty/2).source("relatedModel"))
	abstracts, chosen := sentenceRows(sciFact(t), func(n int) bool { return n <= abstractSentences })
	t.Log(fit(abstracts, chosen, penalty/2).source("abstractModel"))
	pages, chosen := sentenceRows(wice(t), func(n int) bool { return n > abstractSentences })
	t.Log(fit(pages, chosen, penalty/2).source("pageModel"))
	t.Log(ablation(pairs))
}

// source is a model as Go source.
func (m model) source(name string) string {
	return fmt.Sprintf("%s: weights %.3f, bias %.3f", name, m.weights, m.bias)
}

// someIDFs are what callers may know: all texts of a set, a few of them, nothing.
func someIDFs(pairs []pair) []IDF {
	var all, few []string
	for i, p := range pairs {
		all = append(all, p.text)
		if i%30 == 0 {
			few = append(few, p.text)
		}
	}
	return []IDF{evenIDF, NewIDF(few, ""), NewIDF(all, "")}
}

// supportRows are the values and labels of the score's regression.
func supportRows(pairs []pair) (rows [][]float64, truth []bool) {
	for _, idf := range someIDFs(pairs) {
		for _, p := range pairs {
			if a, ok := align(p.claim, p.text, idf); ok {
				values := measure(a).support()
				rows, truth = append(rows, values[:]), append(truth, p.truth)
			}
		}
	}
	return rows, truth
}

// relatednessRows are the values of supported claims beside their own text, and of
// all claims beside those of two others.
func relatednessRows(pairs []pair) (rows [][]float64, own []bool) {
	for _, idf := range someIDFs(pairs) {
		for i, p := range pairs {
			for _, apart := range []int{0, partingPairs, partingPairs * 2 / 3} {
				if apart == 0 && !p.truth {
					continue
				}
				if a, ok := align(p.claim, pairs[(i+apart)%len(pairs)].text, idf); ok {
					values := measure(a).relatedness()
					rows, own = append(rows, values[:]), append(own, apart == 0)
				}
			}
		}
	}
	return rows, own
}

// sentenceRows are the values of the sentences of texts of a size.
func sentenceRows(set []selection, size func(sentences int) bool) (rows [][]float64, chosen []bool) {
	idf := selectionIDF(set)
	for _, s := range set {
		text, starts := s.text()
		a, ok := align(s.claim, text, idf)
		if !ok || len(a.hits) == 0 || !size(len(a.sentences)) {
			continue
		}
		for i, values := range a.sentenceFeatures() {
			part, _ := slices.BinarySearch(starts, a.sentences[i].Start+1)
			rows, chosen = append(rows, values[:]), append(chosen, s.chosen(part-1))
		}
	}
	return rows, chosen
}

// selectionIDF counts words over a tenth of a set's texts.
func selectionIDF(set []selection) IDF {
	var texts []string
	for i := 0; i < len(set); i += 10 {
		text, _ := set[i].text()
		texts = append(texts, text)
	}
	return NewIDF(texts, "")
}

// contributions are the parts of the score, by the indexes of their values.
var contributions = []struct {
	name   string
	values []int
}{
	{"nothing", nil},
	{"best and second best sentence", []int{0, 1}},
	{"clauses of the claim", []int{2}},
	{"longest gap", []int{3}},
	{"title", []int{4}},
	{"copied runs of words", []int{5, 6, 7}},
	{"reworded", []int{8}},
	{"closest sentence and density of matches", []int{9, 10}},
	{"missing quantities", []int{11}},
	{"sentences of the claim", []int{12}},
	{"length of the text", []int{13, 14}},
	{"opposites", []int{15}},
}

// ablation is a table of what is lost without each part.
func ablation(pairs []pair) string {
	idf := someIDFs(pairs)[1]
	table := "without: area under the curve, macro-F1\n"
	for _, part := range contributions {
		rows := make([][]float64, len(pairs))
		for i, p := range pairs {
			for k, v := range supportRow(p, idf) {
				if !slices.Contains(part.values, k) {
					rows[i] = append(rows[i], v)
				}
			}
		}
		found := outOfFold(pairs, rows)
		table += fmt.Sprintf("%-42s %.3f  %.3f ± %.3f\n", part.name, found.area, found.macro, found.deviation)
	}
	return table
}
