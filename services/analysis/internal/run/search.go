package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/researcherpro/researcherpro/pkg/errs"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
)

// search asks research to collect: the first round as a new research, the further ones
// in the same. The request ids make it the same research and the same round however
// often the step is done. A run that is taken up again after a failed collection has
// another one, with the queries of all its rounds.
func (t *task) search(ctx context.Context) (Outcome, error) {
	params, missing, err := t.affordable(ctx)
	if err != nil {
		return Outcome{}, err
	}
	out := Outcome{Next: At(StepCollect, t.round), State: store.Collecting, Progress: t.progress(t.round - 1), Missing: missing}
	if t.a.ResearchID != nil {
		_, err := t.Peers.Research.ExtendResearch(ctx, &researchv1.ExtendResearchRequest{
			Id: *t.a.ResearchID, Queries: t.roundQueries(), Sources: params.GetSources(),
			RequestId: fmt.Sprintf("analysis %s round %d", t.a.ID, t.round),
			Deadline:  timestamppb.New(t.collectUntil(time.Now())),
		})
		if errors.Is(err, errs.FailedPrecondition) || errors.Is(err, errs.NotFound) {
			// What the rounds before found is worth an answer.
			out.Next, out.State = StepAnalyze, store.Analyzing
			out.Missing = append(out.Missing, "A further round of collecting could not be made: "+sentenceOf(err))
			return out, nil
		}
		return out, err
	}
	research, err := t.Peers.Research.CreateResearch(ctx, &researchv1.CreateResearchRequest{
		Query: t.req.GetQuestion(), SubQueries: t.allQueries(), Parameters: params,
		RequestId: fmt.Sprintf("analysis %s collection %d", t.a.ID, t.a.Collection),
		Deadline:  timestamppb.New(t.collectUntil(time.Now())),
	})
	if err != nil {
		return Outcome{}, err
	}
	id := research.GetId()
	out.Change = func(a *store.Analysis) { a.ResearchID = &id }
	return out, nil
}

// roundQueries are what this round searches for.
func (t *task) roundQueries() []string {
	for _, r := range t.parts.GetRounds() {
		if int(r.GetRound()) == t.round {
			return first(r.GetQueries(), MaxQueries)
		}
	}
	return t.plan.GetQueries() // runs from before there were rounds
}

// allQueries are what all rounds until now search for, the plan's first.
func (t *task) allQueries() []string {
	all := slices.Clone(t.plan.GetQueries())
	for _, r := range t.parts.GetRounds() {
		for _, q := range r.GetQueries() {
			if !slices.Contains(all, q) {
				all = append(all, q)
			}
		}
	}
	return first(all, MaxQueries)
}

// collectShare is the share of a run's remaining time that collecting may take;
// the rest is for what is made of it.
const collectShare = 0.7

// collectUntil is when this round of collecting ends: the rounds that may follow have
// as much time.
func (t *task) collectUntil(now time.Time) time.Time {
	left := max(1, t.maxRounds()-t.round+1)
	return now.Add(time.Duration(collectShare / float64(left) * float64(t.a.Deadline.Sub(now))))
}

// affordable returns where to look for evidence: without the places that cost more
// than there is room for in the budget. What their requests cost is set aside.
func (t *task) affordable(ctx context.Context) (params *researchv1.ResearchParameters, missing []string, err error) {
	params = t.req.GetParameters()
	places, err := t.paidPlaces(ctx, params.GetSources())
	if err != nil || len(places.paid) == 0 {
		return params, nil, err
	}
	asked := places.all
	for _, name := range places.paid {
		n := t.requests()
		room, err := t.Book.ReserveSearch(ctx, t.searchAccount(), name, n)
		if err == nil && room >= n {
			continue
		}
		reason, err := t.unaffordable(ctx, name, err)
		if err != nil {
			return nil, nil, err
		}
		missing = append(missing, fmt.Sprintf("The source %s was not asked: %s.", name, reason))
		asked = slices.DeleteFunc(slices.Clone(asked), func(s string) bool { return s == name })
	}
	if len(missing) == 0 {
		return params, nil, nil
	}
	if len(asked) == 0 {
		asked = []string{library} // none would mean all of them
	}
	params, _ = proto.Clone(params).(*researchv1.ResearchParameters)
	if params == nil {
		params = &researchv1.ResearchParameters{}
	}
	params.Sources = asked
	return params, missing, nil
}

// library is the connector of the workspace's own documents, which costs nothing.
const library = "documents"

// places are the connectors that a round asks.
type places struct{ all, paid []string }

// paidPlaces returns the connectors that are asked, and those of them that cost money.
func (t *task) paidPlaces(ctx context.Context, named []string) (p places, err error) {
	if len(named) > 0 && !slices.ContainsFunc(named, t.Book.Paid) {
		return places{all: named}, nil
	}
	resp, err := t.Peers.Research.ListConnectors(ctx, &researchv1.ListConnectorsRequest{})
	if err != nil {
		return places{}, fmt.Errorf("list connectors: %w", err)
	}
	for _, c := range resp.GetConnectors() {
		if !c.GetConfigured() || (len(named) > 0 && !slices.Contains(named, c.GetName())) {
			continue
		}
		p.all = append(p.all, c.GetName())
		if c.GetPaid() || t.Book.Paid(c.GetName()) {
			p.paid = append(p.paid, c.GetName())
		}
	}
	return p, nil
}
