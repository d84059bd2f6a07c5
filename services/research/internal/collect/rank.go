package collect

import (
	"cmp"
	"context"
	"log/slog"
	"math"
	"slices"
	"time"

	"github.com/researcherpro/researcherpro/pkg/page"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/rank"
	"github.com/researcherpro/researcherpro/services/research/internal/samework"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
)

const (
	// maxPassages is how many passages are kept as evidence, perSource how many of
	// one source.
	maxPassages = 60
	perSource   = 8
	// maxCompared is how many passages an embedding model compares: each costs, and
	// the others' words say that they are beside the point.
	maxCompared = 250
)

// duplicate is a source whose text is that of another one.
type duplicate struct {
	source, into store.Source
}

// rank chooses the evidence of a research among its candidates, and says how it
// ends.
func (w *finisher) rank(ctx context.Context, r store.Research) (store.End, []duplicate, error) {
	p, err := Parameters(r)
	if err != nil {
		return store.End{}, nil, err
	}
	asks, err := w.Store.ListAsks(ctx, r.WorkspaceID, r.ID)
	if err != nil {
		return store.End{}, nil, err
	}
	sources, err := w.Store.ListSources(ctx, r.WorkspaceID, r.ID, page.Query[store.SourcePlace]{Limit: maxFound + 1})
	if err != nil {
		return store.End{}, nil, err
	}
	candidates, err := w.Store.ListCandidates(ctx, r.WorkspaceID, r.ID)
	if err != nil {
		return store.End{}, nil, err
	}
	before, err := w.Store.ListEvidence(ctx, r.WorkspaceID, r.ID, page.Query[int32]{Limit: maxPassages})
	if err != nil {
		return store.End{}, nil, err
	}
	pool := newPool(r, sources, candidates)
	pool.filter(p)
	dropped := pool.dropTwins()
	end := store.End{}
	end.State, end.Error = verdict(Outcomes(asks), len(pool.sources))
	if end.State == store.ResearchFailed {
		return end, nil, nil
	}
	in := pool.input()
	limits := rank.Limits{Passages: maxPassages, Sources: maxSources(p), PerSource: perSource}
	ranked := rank.Rank(in.question, in.sources, in.passages, w.similarities(ctx, r, in), limits)
	end.Evidence, err = pool.evidence(ranked, before)
	end.Sources = pool.order(ranked)
	return end, dropped, err
}

// similarities are how near the most promising passages are to the question in
// meaning, NaN for the others; nil when no model says it. A model that fails is no
// reason to have no evidence.
func (w *finisher) similarities(ctx context.Context, r store.Research, in input) []float64 {
	if w.Semantic == nil || len(in.passages) == 0 {
		return nil
	}
	promising := rank.Promising(in.question, in.sources, in.passages, maxCompared)
	texts := make([]string, len(promising))
	for i, at := range promising {
		texts[i] = in.passages[at].Text
	}
	near, err := w.Semantic.Similarities(ctx, r, texts)
	if err != nil {
		slog.WarnContext(ctx, "ranked without meanings", "research_id", r.ID, "error", err)
		return nil
	}
	out := make([]float64, len(in.passages))
	for i := range out {
		out[i] = math.NaN()
	}
	for i, at := range promising {
		out[at] = near[i]
	}
	return out
}

// pool is what evidence is chosen from.
type pool struct {
	research   store.Research
	sources    []store.Source
	candidates []store.Candidate
	prints     map[string]samework.Fingerprint // by source
}

func newPool(r store.Research, sources []store.Source, candidates []store.Candidate) *pool {
	p := &pool{research: r, sources: sources, candidates: candidates, prints: map[string]samework.Fingerprint{}}
	for _, src := range sources {
		var print samework.Fingerprint
		if print.UnmarshalBinary(src.Fingerprint) == nil { // an older version's is none
			p.prints[src.ID] = print
		}
	}
	return p
}

// filter leaves out the candidates of sources that turned out, when they were
// read, to be in another language or of another time than was asked for.
func (p *pool) filter(params *researchv1.ResearchParameters) {
	q := connector.Query{Languages: params.GetLanguages(), URLs: params.GetUrls()}
	if params.GetPublishedAfter() != nil {
		q.PublishedAfter = params.GetPublishedAfter().AsTime()
	}
	if params.GetPublishedBefore() != nil {
		q.PublishedBefore = params.GetPublishedBefore().AsTime()
	}
	out := map[string]bool{}
	for i := range p.sources {
		src := &p.sources[i]
		if src.DocumentID != nil || slices.Contains(q.URLs, src.URL) || src.Outcome == store.OutcomeUnreadable {
			continue
		}
		switch {
		case !inTime(q, src.Published):
			src.OutcomeReason = "it was not published in the time asked for, or does not say when"
		case len(q.Languages) > 0 && src.Language != "" && !slices.Contains(q.Languages, src.Language):
			src.OutcomeReason = "it is in another language"
		default:
			continue
		}
		out[src.ID] = true
	}
	p.without(out)
}

// without leaves out the candidates of some sources.
func (p *pool) without(sources map[string]bool) {
	p.candidates = slices.DeleteFunc(p.candidates, func(c store.Candidate) bool { return sources[c.SourceID] })
}

// dropTwins makes sources with nearly the same text one: the one of which evidence
// was given, else the fuller one, else the one that was found first. Two files of the library stay two, since their owner
// put both there. They are in the order in which to drop them: a lead may go
// itself, later, into a third.
func (p *pool) dropTwins() []duplicate {
	var dropped []duplicate
	gone := map[string]bool{}
	for i := range p.sources {
		a := &p.sources[i]
		for j := i + 1; j < len(p.sources) && !gone[a.ID]; j++ {
			b := &p.sources[j]
			if gone[b.ID] || !p.twins(*a, *b) {
				continue
			}
			lead, other := a, b
			more := b.DocumentID != nil || fuller(connector.Extent(b.Extent), connector.Extent(a.Extent))
			if b.Given || more && !a.Given {
				lead, other = b, a
			}
			describe(lead, samework.Merge(workOf(*lead), workOf(*other)))
			gone[other.ID] = true
			dropped = append(dropped, duplicate{source: *other, into: *lead})
		}
	}
	p.without(gone)
	p.sources = slices.DeleteFunc(p.sources, func(s store.Source) bool { return gone[s.ID] })
	return dropped
}

// twins reports whether two sources have nearly the same text, and nothing says
// that they are different works.
func (p *pool) twins(a, b store.Source) bool {
	if a.DocumentID != nil && b.DocumentID != nil || a.Given && b.Given || samework.Conflict(workOf(a).Item, workOf(b).Item) {
		return false
	}
	return a.TextSHA256 != "" && a.TextSHA256 == b.TextSHA256 || samework.Near(p.prints[a.ID], p.prints[b.ID])
}

// input is what ranking takes.
type input struct {
	question rank.Question
	sources  []rank.Source
	passages []rank.Passage
}

// input describes the pool for ranking; passages are in the order of candidates.
func (p *pool) input() input {
	in := input{
		question: rank.Question{Text: p.research.Query, Also: p.research.SubQueries, Now: time.Now()},
		sources:  make([]rank.Source, len(p.sources)), passages: make([]rank.Passage, len(p.candidates)),
	}
	at := make(map[string]int, len(p.sources))
	for i, src := range p.sources {
		at[src.ID], in.sources[i] = i, rankSource(src)
	}
	for i, c := range p.candidates {
		src := p.sources[at[c.SourceID]]
		in.passages[i] = rank.Passage{Source: at[c.SourceID], Text: c.Text, Heading: c.Heading, Language: src.Language, Own: c.Score}
	}
	return in
}

// rankSource is what ranking knows about a source.
func rankSource(src store.Source) rank.Source {
	s := rank.Source{
		Title: src.Title, Kind: src.Kind, Published: src.Published, Citations: int(src.Citations), Preprint: src.Preprint, Language: src.Language,
		Snippet: src.Extent == string(connector.ExtentSnippet), Library: src.DocumentID != nil,
	}
	for _, n := range src.Notices {
		s.Retracted = s.Retracted || n.Kind == connector.NoticeRetraction
		s.Corrected = s.Corrected || n.Kind == connector.NoticeCorrection
		s.Concern = s.Concern || n.Kind == connector.NoticeConcern
	}
	return s
}

// stretch is a piece of a source's text.
type stretch struct {
	source     string
	start, end int32
}

// evidence are the rows of what was chosen. What was evidence after the round
// before keeps its id.
func (p *pool) evidence(ranked []rank.Ranked, before []store.Evidence) ([]store.Evidence, error) {
	known := make(map[stretch]string, len(before))
	for _, e := range before {
		known[stretch{e.SourceID, e.StartOffset, e.EndOffset}] = e.ID
	}
	out := make([]store.Evidence, len(ranked))
	for i, one := range ranked {
		c := p.candidates[one.Passage]
		id, ok := known[stretch{c.SourceID, c.StartOffset, c.EndOffset}]
		if !ok {
			var err error
			if id, err = newID(); err != nil {
				return nil, err
			}
		}
		out[i] = store.Evidence{
			ID: id, ResearchID: p.research.ID, SourceID: c.SourceID, Rank: int32(i + 1), Text: c.Text,
			StartOffset: c.StartOffset, EndOffset: c.EndOffset, Page: c.Page, Heading: c.Heading,
			Score: one.Score, Parts: store.ScoreParts(one.Parts),
		}
	}
	return out, nil
}

// doesNotFit is why a source is not used that was read.
const doesNotFit = "nothing in it fits the question well enough"

// order gives the sources their final ranks and outcomes.
func (p *pool) order(ranked []rank.Ranked) []store.Source {
	first := map[string]int{} // place of a source's best passage, from 1
	for i, one := range ranked {
		id := p.candidates[one.Passage].SourceID
		if first[id] == 0 {
			first[id] = i + 1
		}
	}
	sources := slices.Clone(p.sources)
	slices.SortStableFunc(sources, func(a, b store.Source) int {
		return cmp.Compare(class(a, first), class(b, first))
	})
	for i := range sources {
		src := &sources[i]
		src.Rank = int32(i + 1)
		switch {
		case first[src.ID] > 0:
			src.Outcome = store.OutcomeUsed
			if src.OutcomeReason == doesNotFit { // in the round before
				src.OutcomeReason = ""
			}
		case src.Outcome != store.OutcomeUnreadable:
			src.Outcome = store.OutcomeUnused
			src.OutcomeReason = cmp.Or(src.OutcomeReason, doesNotFit)
		}
	}
	return sources
}

// class is where a source stands: by its best passage, then what was read for
// nothing, then what could not be read.
func class(src store.Source, first map[string]int) int {
	switch {
	case first[src.ID] > 0:
		return first[src.ID]
	case src.Outcome == store.OutcomeUnreadable:
		return maxPassages + 2
	}
	return maxPassages + 1
}
