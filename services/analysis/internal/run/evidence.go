package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/wire"
)

// pageSize is how many items are asked of a peer at a time.
const pageSize = 200

// snapshotsAtOnce is how many snapshots are read side by side.
const snapshotsAtOnce = 8

// material is what a research found.
type material struct {
	sources  []*researchv1.Source
	evidence []*researchv1.Evidence
	byID     map[string]*researchv1.Source
	pages    map[string]int32 // passage id → page
}

// material reads the sources and the passages of the run's research, side by side.
func (t *task) material(ctx context.Context) (material, error) {
	m := material{byID: map[string]*researchv1.Source{}, pages: map[string]int32{}}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) { m.sources, err = t.sources(ctx); return err })
	group.Go(func() (err error) { m.evidence, err = t.evidence(ctx); return err })
	if err := group.Wait(); err != nil {
		return material{}, err
	}
	for _, src := range m.sources {
		m.byID[src.GetId()] = src
	}
	for _, e := range m.evidence {
		m.pages[e.GetId()] = e.GetPage()
	}
	return m, nil
}

// request is what engines are asked about the material.
func (t *task) request(m material) engine.Request {
	asked := slices.Clone(t.plan.GetQueries())
	for _, r := range t.parts.GetRounds() {
		asked = append(asked, r.GetQueries()...)
	}
	return engine.Request{
		Question: wire.Question(t.req), Evidence: m.forEngine(), Asked: asked,
		Plan: engine.Plan{SubQuestions: t.plan.GetSubQuestions(), Queries: t.plan.GetQueries()},
	}
}

// forEngine returns the passages as engines see them.
func (m material) forEngine() []engine.Evidence {
	out := make([]engine.Evidence, 0, len(m.evidence))
	for _, e := range m.evidence {
		src := m.byID[e.GetSourceId()]
		item := engine.Evidence{
			ID: e.GetId(), SourceID: e.GetSourceId(), SourceTitle: src.GetTitle(), URL: src.GetUrl(), Language: src.GetLanguage(),
			Text: e.GetText(), Start: int(e.GetStartOffset()), Score: e.GetScore(), SourceKind: src.GetKind(),
			Retracted: slices.ContainsFunc(src.GetNotices(), func(n *researchv1.Notice) bool { return n.GetKind() == researchv1.Notice_RETRACTION }),
		}
		if src.GetPublishTime() != nil {
			item.Published = src.GetPublishTime().AsTime()
		}
		out = append(out, item)
	}
	return out
}

// texts are the passages alone.
func (m material) texts() []string {
	out := make([]string, len(m.evidence))
	for i, e := range m.evidence {
		out[i] = e.GetText()
	}
	return out
}

// sources returns every source of the run's research.
func (t *task) sources(ctx context.Context) ([]*researchv1.Source, error) {
	var all []*researchv1.Source
	req := &researchv1.ListSourcesRequest{ResearchId: *t.a.ResearchID, PageSize: pageSize}
	for {
		resp, err := t.Peers.Research.ListSources(ctx, req)
		if err != nil {
			return nil, fmt.Errorf("list sources: %w", err)
		}
		all = append(all, resp.GetSources()...)
		if req.PageToken = resp.GetNextPageToken(); req.PageToken == "" {
			return all, nil
		}
	}
}

// evidence returns every passage that the run's research kept.
func (t *task) evidence(ctx context.Context) ([]*researchv1.Evidence, error) {
	var all []*researchv1.Evidence
	req := &researchv1.ListEvidenceRequest{ResearchId: *t.a.ResearchID, PageSize: pageSize}
	for {
		resp, err := t.Peers.Research.ListEvidence(ctx, req)
		if err != nil {
			return nil, fmt.Errorf("list evidence: %w", err)
		}
		all = append(all, resp.GetEvidence()...)
		if req.PageToken = resp.GetNextPageToken(); req.PageToken == "" {
			return all, nil
		}
	}
}

// snapshots reads the texts of sources, some side by side.
func (t *task) snapshots(ctx context.Context, ids []string) (map[string]string, error) {
	texts := make([]string, len(ids))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(snapshotsAtOnce)
	for i, id := range ids {
		group.Go(func() (err error) { texts[i], err = t.snapshot(ctx, id); return err })
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	out := make(map[string]string, len(ids))
	for i, id := range ids {
		out[id] = texts[i]
	}
	return out, nil
}

// snapshot returns the text that quotes from the source point into.
func (t *task) snapshot(ctx context.Context, sourceID string) (string, error) {
	stream, err := t.Peers.Research.GetSourceContent(ctx, &researchv1.GetSourceContentRequest{Id: sourceID})
	if err != nil {
		return "", fmt.Errorf("read snapshot of source %s: %w", sourceID, err)
	}
	var text strings.Builder
	for {
		piece, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return text.String(), nil
		}
		if err != nil {
			return "", fmt.Errorf("read snapshot of source %s: %w", sourceID, err)
		}
		text.Write(piece.GetData())
	}
}
