package worker

import (
	"cmp"
	"slices"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
)

// rank brings the answers of all connectors into one order. Scores of different
// connectors are not comparable, so each answer is scaled to its own best
// passage first.
func rank(researchID string, answers []answer) (store.Collected, error) {
	var out store.Collected
	var candidates []candidate
	var unreadable []store.Source
	for _, a := range answers {
		best := bestScore(a.found)
		for _, f := range a.found {
			src, err := newSource(researchID, a.connector, f)
			if err != nil {
				return out, err
			}
			if src.Outcome != store.OutcomeUsed {
				unreadable = append(unreadable, src)
				continue
			}
			candidates = append(candidates, candidate{source: src, passages: f.Passages, best: best})
		}
	}
	// The used sources stand by their best passage, then the others.
	slices.SortStableFunc(candidates, func(a, b candidate) int { return cmp.Compare(b.top(), a.top()) })
	for _, c := range candidates {
		out.Sources = append(out.Sources, c.source)
		for _, p := range c.passages {
			e, err := newEvidence(researchID, c, p)
			if err != nil {
				return out, err
			}
			out.Evidence = append(out.Evidence, e)
		}
	}
	out.Sources = append(out.Sources, unreadable...)
	for i := range out.Sources {
		out.Sources[i].Rank = int32(i + 1)
	}
	slices.SortStableFunc(out.Evidence, func(a, b store.Evidence) int { return cmp.Compare(b.Score, a.Score) })
	for i := range out.Evidence {
		out.Evidence[i].Rank = int32(i + 1)
	}
	return out, nil
}

// candidate is a source with the passages that fit and the best score of its
// connector's answer.
type candidate struct {
	source   store.Source
	passages []connector.Passage
	best     float64
}

func (c candidate) top() float64 {
	top := 0.0
	for _, p := range c.passages {
		top = max(top, c.scaled(p))
	}
	return top
}

func (c candidate) scaled(p connector.Passage) float64 {
	if c.best <= 0 {
		return 0
	}
	return p.Score / c.best
}

func bestScore(found []connector.Found) float64 {
	best := 0.0
	for _, f := range found {
		for _, p := range f.Passages {
			best = max(best, p.Score)
		}
	}
	return best
}

func newSource(researchID, connectorName string, f connector.Found) (store.Source, error) {
	id, err := newID()
	src := store.Source{
		ID: id, ResearchID: researchID, Connector: connectorName, Title: f.Title, URL: f.URL, FileName: f.FileName,
		Authors: f.Authors, PublishTime: f.PublishTime, FetchTime: f.FetchTime, MediaType: f.MediaType, Language: f.Language,
		RawSHA256: f.RawSHA256, TextSHA256: f.TextSHA256, Outcome: store.OutcomeUsed,
	}
	if f.DocumentID != "" {
		src.DocumentID = &f.DocumentID
	}
	switch {
	case f.Unreadable != "":
		src.Outcome, src.OutcomeReason = store.OutcomeUnreadable, f.Unreadable
	case len(f.Passages) == 0:
		src.Outcome, src.OutcomeReason = store.OutcomeUnused, "nothing in it fits the question"
	}
	return src, err
}

func newEvidence(researchID string, c candidate, p connector.Passage) (store.Evidence, error) {
	id, err := newID()
	return store.Evidence{
		ID: id, ResearchID: researchID, SourceID: c.source.ID, Text: p.Text,
		StartOffset: p.StartOffset, EndOffset: p.EndOffset, Page: p.Page, Score: c.scaled(p),
	}, err
}
