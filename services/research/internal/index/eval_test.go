package index_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/lexical"
	"github.com/researcherpro/researcherpro/services/research/internal/extract"
	"github.com/researcherpro/researcherpro/services/research/internal/index"
	"github.com/researcherpro/researcherpro/services/research/internal/index/indextest"
	"github.com/researcherpro/researcherpro/services/research/internal/passage"
	"github.com/researcherpro/researcherpro/services/research/researchtest/measure"
)

// deepest is how many passages a search gives at most, as the service's does.
const deepest = 100

// added puts texts into an index as the service does: cut into passages, in the
// language that they seem to be in.
func added(t testing.TB, texts []indextest.Text) *index.Index {
	t.Helper()
	x := index.New()
	for _, r := range texts {
		doc := index.Document{ID: r.ID, Title: r.Title, Language: lexical.Detect(r.Text)}
		for _, p := range passage.Split(extract.Document{Text: r.Text}) {
			doc.Passages = append(doc.Passages, index.Passage{Ordinal: p.Ordinal, Text: r.Text[p.Start:p.End]})
		}
		require.NoError(t, x.Add(doc))
	}
	return x
}

// byDocument returns a search for documents, each ranked by its first passage.
func byDocument(x *index.Index) func(string) []string {
	return func(query string) (ids []string) {
		for _, hit := range x.Search(query, deepest, nil) {
			if !slices.Contains(ids, hit.DocID) {
				ids = append(ids, hit.DocID)
			}
		}
		return ids
	}
}

// TestRanking_KeepsUpWithTheReference compares documents ranked by their best
// passage with documents ranked as a whole by the reference. No set is better by
// more than chance; none may be worse by more.
func TestRanking_KeepsUpWithTheReference(t *testing.T) {
	t.Parallel()
	const slack = 0.005
	tests := map[string]struct {
		corpus, queries, qrels string
		published              float64 // what the reference is known to reach; 0 if it is not
	}{
		"SciFact": {"beir-scifact/corpus.jsonl.gz", "beir-scifact/queries.train-only.jsonl", "beir-scifact/qrels/train.tsv", 0},
		"Cranfield": {
			"classic-ir/cranfield/beir/corpus.jsonl.gz", "classic-ir/cranfield/beir/queries.jsonl",
			"classic-ir/cranfield/beir/qrels/test.tsv", 0.493,
		},
		"CISI": {"classic-ir/cisi/beir/corpus.jsonl.gz", "classic-ir/cisi/beir/queries.jsonl", "classic-ir/cisi/beir/qrels/test.tsv", 0.357},
		"CACM": {"classic-ir/cacm/beir/corpus.jsonl.gz", "classic-ir/cacm/beir/queries.jsonl", "classic-ir/cacm/beir/qrels/test.tsv", 0.477},
		"ADI":  {"classic-ir/adi/beir/corpus.jsonl", "classic-ir/adi/beir/queries.jsonl", "classic-ir/adi/beir/qrels/test.tsv", 0.474},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			set := indextest.ReadBEIR(t, tc.corpus, tc.queries, tc.qrels)
			reference := set.NDCG10(measure.NewReference(documents(set)).Search)
			score := set.NDCG10(byDocument(added(t, set.Texts)))
			t.Logf("nDCG@10 %.4f, reference %.4f, published %.3f", score, reference, tc.published)
			require.GreaterOrEqual(t, score, max(reference, tc.published)-slack)
		})
	}
}

// floors are what is asked of each language, with some distance to what it reaches.
var floors = map[string]float64{"en": 0.96, "de": 0.935, "es": 0.955, "ru": 0.945, "zh": 0.955, "ar": 0.93}

// TestRanking_InEveryLanguage asks the questions of XQuAD, whose answer lies in
// one known paragraph out of 240.
func TestRanking_InEveryLanguage(t *testing.T) {
	t.Parallel()
	for lang, floor := range floors {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			set := indextest.ReadXQuAD(t, lang)
			score := set.NDCG10(byDocument(added(t, set.Texts)))
			t.Logf("nDCG@10 %.4f", score)
			require.GreaterOrEqual(t, score, floor)
		})
	}
}

// TestRanking_FindsThePlaceInALongDocument asks the same of the whole articles, all
// languages in one index: the passage must be right, not only the document. Where a
// passage holds the end of one paragraph and the beginning of the next, only one of
// them counts, so that this is a little less.
func TestRanking_FindsThePlaceInALongDocument(t *testing.T) {
	t.Parallel()
	x := index.New()
	paragraphs := map[string]map[int]string{} // document → passage → paragraph that its middle is in
	sets := map[string]indextest.Collection{}
	for lang := range floors {
		sets[lang] = indextest.ReadXQuAD(t, lang)
		for _, article := range articles(sets[lang]) {
			doc := index.Document{ID: lang + article.id, Language: lexical.Detect(article.text)}
			paragraphs[doc.ID] = map[int]string{}
			for _, p := range passage.Split(extract.Document{Text: article.text}) {
				doc.Passages = append(doc.Passages, index.Passage{Ordinal: p.Ordinal, Text: article.text[p.Start:p.End]})
				paragraphs[doc.ID][p.Ordinal] = article.at((p.Start + p.End) / 2)
			}
			require.NoError(t, x.Add(doc))
		}
	}
	for lang, floor := range floors {
		score := sets[lang].NDCG10(func(query string) (ids []string) {
			for _, hit := range x.Search(query, deepest, nil) {
				if id := paragraphs[hit.DocID][hit.Ordinal]; strings.HasPrefix(hit.DocID, lang) && !slices.Contains(ids, id) {
					ids = append(ids, id)
				}
			}
			return ids
		})
		t.Logf("%s nDCG@10 %.4f", lang, score)
		assert.GreaterOrEqual(t, score, floor-0.07, lang)
	}
}

// article is the paragraphs of XQuAD that belong together, as one text.
type article struct {
	id, text string
	starts   []int
	ids      []string
}

// articles joins paragraphs that are next to each other and of one article.
func articles(set indextest.Collection) (out []article) {
	for _, r := range set.Texts {
		id, _, _ := strings.Cut(r.ID, "-")
		if len(out) == 0 || out[len(out)-1].id != id {
			out = append(out, article{id: id})
		}
		a := &out[len(out)-1]
		if a.text != "" {
			a.text += "\n\n"
		}
		a.starts = append(a.starts, len(a.text))
		a.ids = append(a.ids, r.ID)
		a.text += r.Text
	}
	return out
}

// at returns the paragraph that holds an offset.
func (a article) at(offset int) string {
	id := ""
	for i, start := range a.starts {
		if start <= offset {
			id = a.ids[i]
		}
	}
	return id
}

// documents are the texts of a collection as the reference takes them.
func documents(set indextest.Collection) []measure.Document {
	out := make([]measure.Document, len(set.Texts))
	for i, t := range set.Texts {
		out[i] = measure.Document{ID: t.ID, Title: t.Title, Text: t.Text}
	}
	return out
}
