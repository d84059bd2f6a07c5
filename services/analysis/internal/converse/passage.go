package converse

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/researcherpro/researcherpro/pkg/lexical"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/verify"
)

const (
	// pageSize is how many items are asked of research at a time.
	pageSize = 200
	// maxPassages and maxEvidenceBytes bound what one question is answered from: some
	// 8,000 tokens.
	maxPassages      = 40
	maxEvidenceBytes = 32 << 10
)

// passage is a passage that a question may be answered from.
type passage struct {
	engine.Evidence
	page           int32
	snapshotSHA256 string
}

// passages are those of a run or of a text, the most promising first.
type passages []passage

func (p passages) forEngine() []engine.Evidence {
	out := make([]engine.Evidence, len(p))
	for i := range p {
		out[i] = p[i].Evidence
	}
	return out
}

// byID returns the passage with an id.
func (p passages) byID(id string) (passage, bool) {
	i := slices.IndexFunc(p, func(one passage) bool { return one.ID == id })
	if i < 0 {
		return passage{}, false
	}
	return p[i], true
}

// evidence returns all passages that a research kept.
func (t *Talker) evidence(ctx context.Context, researchID string) (passages, error) {
	sources, err := t.sources(ctx, researchID)
	if err != nil {
		return nil, err
	}
	var all passages
	req := &researchv1.ListEvidenceRequest{ResearchId: researchID, PageSize: pageSize}
	for {
		resp, err := t.Research.ListEvidence(ctx, req)
		if err != nil {
			return nil, fmt.Errorf("list evidence: %w", err)
		}
		for _, e := range resp.GetEvidence() {
			all = append(all, newPassage(e, sources[e.GetSourceId()]))
		}
		if req.PageToken = resp.GetNextPageToken(); req.PageToken == "" {
			return all, nil
		}
	}
}

func (t *Talker) sources(ctx context.Context, researchID string) (map[string]*researchv1.Source, error) {
	all := map[string]*researchv1.Source{}
	req := &researchv1.ListSourcesRequest{ResearchId: researchID, PageSize: pageSize}
	for {
		resp, err := t.Research.ListSources(ctx, req)
		if err != nil {
			return nil, fmt.Errorf("list sources: %w", err)
		}
		for _, src := range resp.GetSources() {
			all[src.GetId()] = src
		}
		if req.PageToken = resp.GetNextPageToken(); req.PageToken == "" {
			return all, nil
		}
	}
}

func newPassage(e *researchv1.Evidence, src *researchv1.Source) passage {
	p := passage{
		Evidence: engine.Evidence{
			ID: e.GetId(), SourceID: e.GetSourceId(), SourceTitle: src.GetTitle(), URL: src.GetUrl(), SourceKind: src.GetKind(),
			Text: e.GetText(), Start: int(e.GetStartOffset()), Language: src.GetLanguage(), Score: e.GetScore(),
		},
		page: e.GetPage(), snapshotSHA256: src.GetSha256(),
	}
	if src.GetPublishTime() != nil {
		p.Published = src.GetPublishTime().AsTime()
	}
	for _, n := range src.GetNotices() {
		p.Retracted = p.Retracted || n.GetKind() == researchv1.Notice_RETRACTION
	}
	return p
}

// query is what passages are chosen by: the question, and the one before it, which a
// short question such as "and in 2020?" goes on from.
func query(text string, turns []engine.Turn) string {
	if len(turns) == 0 {
		return text
	}
	return text + "\n" + turns[len(turns)-1].Question
}

// carried is the weight of what a passage was worth to the run beside how well it
// fits the question.
const carried = 0.2

// choose returns the passages that fit a query best, as many as one answer is made
// from: by the share of the query's words that they hold, weighted by how rare the
// words are among the passages, and a little by what the run thought of them.
func choose(all passages, query string) passages {
	texts := make([]string, len(all))
	for i := range all {
		texts[i] = all[i].Text
	}
	idf := verify.NewIDF(texts, "")
	fits := make(map[string]float64, len(all))
	for _, p := range all {
		fits[p.ID] = recall(query, p, idf) + carried*p.Score
	}
	chosen := slices.Clone(all)
	sort.SliceStable(chosen, func(i, j int) bool { return fits[chosen[i].ID] > fits[chosen[j].ID] })
	room := maxEvidenceBytes
	for i := range chosen {
		if room -= len(chosen[i].Text); i == maxPassages || (room < 0 && i > 0) {
			return chosen[:i]
		}
	}
	return chosen
}

// recall is the share of a query's words that a passage or its title holds.
func recall(query string, p passage, idf verify.IDF) float64 {
	language := lexical.Detect(p.Text)
	held := map[string]bool{}
	for _, stem := range lexical.Stems(p.SourceTitle+"\n"+p.Text, language) {
		held[stem] = true
	}
	total, found := 0.0, 0.0
	for _, word := range lexical.Tokens(strings.ToLower(query)) {
		if lexical.IsStopWord(word.Text, language) {
			continue
		}
		stem := lexical.Stem(word.Text, language)
		total += idf(stem)
		if held[stem] {
			found += idf(stem)
		}
	}
	if total == 0 {
		return 0
	}
	return found / total
}
