package peertest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

// snapshotPiece is the size of the pieces that a snapshot is sent in, in bytes:
// small, so that every test puts some together.
const snapshotPiece = 100

// Research is a fake of the research service.
type Research struct {
	researchv1.UnimplementedResearchServiceServer
	Script

	// Documents are found by the first round of every research, Later by each further
	// one: the first list by the second round, and so on. Set them before the first.
	Documents []Document
	Later     [][]Document
	// Connectors are what can be asked.
	Connectors []*researchv1.Connector

	mu        sync.Mutex
	endsAs    researchv1.Research_State
	failure   string
	requests  []string // the request id of each CreateResearch, repeated ones too
	created   []*researchv1.CreateResearchRequest
	extended  []*researchv1.ExtendResearchRequest // each once
	byRequest map[string]*item
	byID      map[string]*item
	now       map[string]Now // by title
}

// item is one research of a workspace with its sources.
type item struct {
	workspace string
	research  *researchv1.Research
	docs      []Document
	sources   []*researchv1.Source // of each document
	rounds    map[string]bool      // the request ids of the further rounds
	ended     chan struct{}
}

// EndAs sets how research that is made from now on ends; RUNNING means that it
// does not end by itself. The text is its error.
func (r *Research) EndAs(state researchv1.Research_State, failure string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.endsAs, r.failure = state, failure
}

// Requests returns the request ids of all CreateResearch calls, repeated ones too.
func (r *Research) Requests() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.requests...)
}

// Created returns the CreateResearch requests, each once, and Extended those of
// ExtendResearch.
func (r *Research) Created() []*researchv1.CreateResearchRequest {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.created)
}

// Extended returns the requests of further rounds, each once.
func (r *Research) Extended() []*researchv1.ExtendResearchRequest {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.extended)
}

// ChangeLibrary lets all research that has ended say that the library has changed since.
func (r *Research) ChangeLibrary() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, it := range r.byID {
		it.research.LibraryChanged = true
	}
}

// Make makes a research of a workspace, as a user of it would, and returns its id.
func (r *Research) Make(workspace string) string {
	return r.create(workspace, &researchv1.CreateResearchRequest{Query: "whatever", RequestId: newID()}).GetId()
}

// CreateResearch implements researchv1.ResearchServiceServer.
func (r *Research) CreateResearch(ctx context.Context, req *researchv1.CreateResearchRequest) (*researchv1.Research, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	created := r.create(caller.WorkspaceID, req)
	// After the work: a failure is an answer that was lost.
	if err := r.Before(ctx, "CreateResearch"); err != nil {
		return nil, err
	}
	return created, nil
}

func (r *Research) create(workspace string, req *researchv1.CreateResearchRequest) *researchv1.Research {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.byID == nil {
		r.byID, r.byRequest = map[string]*item{}, map[string]*item{}
	}
	r.requests = append(r.requests, req.GetRequestId())
	key := workspace + " " + req.GetRequestId()
	if found, ok := r.byRequest[key]; ok {
		return clone(found.research)
	}
	it := &item{workspace: workspace, rounds: map[string]bool{}}
	it.research = &researchv1.Research{
		Id: newID(), Query: req.GetQuery(), SubQueries: req.GetSubQueries(), Parameters: req.GetParameters(),
		Statistics: &researchv1.ResearchStatistics{}, Connectors: r.outcomes(req.GetParameters().GetSources()),
	}
	r.created = append(r.created, req)
	r.round(it, r.Documents)
	r.byID[it.research.GetId()], r.byRequest[key] = it, it
	return clone(it.research)
}

// round lets a round of a research find documents, and end as the test wants it.
func (r *Research) round(it *item, docs []Document) {
	it.ended = make(chan struct{})
	it.research.State, it.research.Error = r.endsAs, r.failure
	if r.endsAs == researchv1.Research_STATE_UNSPECIFIED {
		it.research.State = researchv1.Research_SUCCEEDED
	}
	if it.research.GetState() != researchv1.Research_RUNNING {
		close(it.ended)
	}
	for _, doc := range docs {
		it.docs = append(it.docs, doc)
		it.sources = append(it.sources, newSource(it.research.GetId(), doc))
	}
	stats := it.research.GetStatistics()
	stats.SourcesFound, stats.SourcesUsed, stats.Passages = int32(len(it.sources)), 0, int32(len(it.evidence()))
	for _, src := range it.sources {
		if src.GetOutcome() == researchv1.Source_USED {
			stats.SourcesUsed++
		}
	}
}

// outcomes says of each connector that can be asked that it answered one request.
func (r *Research) outcomes(named []string) []*researchv1.ConnectorOutcome {
	var out []*researchv1.ConnectorOutcome
	for _, c := range r.Connectors {
		if len(named) == 0 || slices.Contains(named, c.GetName()) {
			out = append(out, &researchv1.ConnectorOutcome{
				Connector: c.GetName(), State: researchv1.ConnectorOutcome_ANSWERED, Requests: 1, Answered: 1,
			})
		}
	}
	return out
}

// ExtendResearch implements researchv1.ResearchServiceServer.
func (r *Research) ExtendResearch(ctx context.Context, req *researchv1.ExtendResearchRequest) (*researchv1.Research, error) {
	it, _, err := r.find(ctx, "ExtendResearch", req.GetId())
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if it.rounds[req.GetRequestId()] {
		return clone(it.research), nil
	}
	if state := it.research.GetState(); state != researchv1.Research_SUCCEEDED && state != researchv1.Research_PARTIAL {
		return nil, errs.New(errs.FailedPrecondition, "NOT_ENDED_WELL", "the research cannot go on")
	}
	it.rounds[req.GetRequestId()] = true
	r.extended = append(r.extended, req)
	it.research.SubQueries = append(it.research.SubQueries, req.GetQueries()...)
	var docs []Document
	if n := len(it.rounds); n <= len(r.Later) {
		docs = r.Later[n-1]
	}
	r.round(it, docs)
	return clone(it.research), nil
}

// ListConnectors implements researchv1.ResearchServiceServer.
func (r *Research) ListConnectors(ctx context.Context, _ *researchv1.ListConnectorsRequest) (*researchv1.ListConnectorsResponse, error) {
	if err := r.Before(ctx, "ListConnectors"); err != nil {
		return nil, err
	}
	return &researchv1.ListConnectorsResponse{Connectors: r.Connectors}, nil
}

// GetResearch implements researchv1.ResearchServiceServer.
func (r *Research) GetResearch(ctx context.Context, req *researchv1.GetResearchRequest) (*researchv1.Research, error) {
	_, research, err := r.find(ctx, "GetResearch", req.GetId())
	return research, err
}

// WaitResearch implements researchv1.ResearchServiceServer.
func (r *Research) WaitResearch(ctx context.Context, req *researchv1.WaitResearchRequest) (*researchv1.Research, error) {
	it, _, err := r.find(ctx, "WaitResearch", req.GetId())
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	ended := it.ended
	r.mu.Unlock()
	wait := 30 * time.Second
	if deadline, ok := ctx.Deadline(); ok {
		wait = time.Until(deadline) - 200*time.Millisecond
	}
	select {
	case <-ended:
	case <-ctx.Done():
	case <-time.After(wait):
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return clone(it.research), nil
}

// CancelResearch implements researchv1.ResearchServiceServer.
func (r *Research) CancelResearch(ctx context.Context, req *researchv1.CancelResearchRequest) (*researchv1.Research, error) {
	it, _, err := r.find(ctx, "CancelResearch", req.GetId())
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if it.research.GetState() == researchv1.Research_RUNNING {
		it.research.State = researchv1.Research_CANCELLED
		close(it.ended)
	}
	return clone(it.research), nil
}

// ListSources implements researchv1.ResearchServiceServer, one on each page.
func (r *Research) ListSources(ctx context.Context, req *researchv1.ListSourcesRequest) (*researchv1.ListSourcesResponse, error) {
	it, _, err := r.find(ctx, "ListSources", req.GetResearchId())
	if err != nil || len(it.sources) == 0 {
		return &researchv1.ListSourcesResponse{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	at := len(req.GetPageToken())
	resp := &researchv1.ListSourcesResponse{Sources: it.sources[at : at+1]}
	if at+1 < len(it.sources) {
		resp.NextPageToken = req.GetPageToken() + "+"
	}
	return resp, nil
}

// ListEvidence implements researchv1.ResearchServiceServer.
func (r *Research) ListEvidence(ctx context.Context, req *researchv1.ListEvidenceRequest) (*researchv1.ListEvidenceResponse, error) {
	it, _, err := r.find(ctx, "ListEvidence", req.GetResearchId())
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return &researchv1.ListEvidenceResponse{Evidence: it.evidence()}, nil
}

// evidence are the passages of a research: each paragraph of what it found, always
// under the same id.
func (it *item) evidence() (out []*researchv1.Evidence) {
	for i, doc := range it.docs {
		at := 0
		for _, paragraph := range strings.SplitAfter(doc.Text, "\n\n") {
			text := strings.TrimSpace(paragraph)
			if text != "" {
				id := uuid.NewSHA1(uuid.MustParse(it.sources[i].GetId()), []byte(strconv.Itoa(at)))
				start := at + strings.Index(paragraph, text)
				out = append(out, &researchv1.Evidence{
					Id: id.String(), SourceId: it.sources[i].GetId(), Text: text, Page: 1,
					StartOffset: int32(start), EndOffset: int32(start + len(text)), Score: 1 / float64(len(out)+1),
				})
			}
			at += len(paragraph)
		}
	}
	return out
}

// GetSourceContent implements researchv1.ResearchServiceServer.
func (r *Research) GetSourceContent(req *researchv1.GetSourceContentRequest, stream grpc.ServerStreamingServer[httpbody.HttpBody]) error {
	if err := r.Before(stream.Context(), "GetSourceContent"); err != nil {
		return err
	}
	text, ok := r.Snapshot(req.GetId())
	if !ok {
		return errs.NotFound
	}
	if req.GetRechecked() {
		_, text = r.rechecked(req.GetId())
	}
	for len(text) > 0 {
		n := min(len(text), snapshotPiece)
		if err := stream.Send(&httpbody.HttpBody{ContentType: "text/plain", Data: []byte(text[:n])}); err != nil {
			return err
		}
		text = text[n:]
	}
	return nil
}

// Snapshot returns the text that quotes from a source are looked up in.
func (r *Research) Snapshot(sourceID string) (string, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, it := range r.byID {
		for i, src := range it.sources {
			if src.GetId() == sourceID {
				return it.docs[i].snapshot(), true
			}
		}
	}
	return "", false
}

// find returns a research of the caller's workspace, after what the test set for
// the method.
func (r *Research) find(ctx context.Context, method, id string) (*item, *researchv1.Research, error) {
	if err := r.Before(ctx, method); err != nil {
		return nil, nil, err
	}
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	it, ok := r.byID[id]
	if !ok || it.workspace != caller.WorkspaceID {
		return nil, nil, errs.NotFound
	}
	return it, clone(it.research), nil
}

func newSource(researchID string, doc Document) *researchv1.Source {
	sum := sha256.Sum256([]byte(doc.snapshot()))
	src := &researchv1.Source{
		Id: newID(), ResearchId: researchID, Connector: "library", Title: doc.Title, FileName: doc.Title + ".md",
		Sha256: hex.EncodeToString(sum[:]), Outcome: researchv1.Source_USED, Language: "en",
	}
	if doc.Unreadable != "" {
		src.Outcome, src.OutcomeReason, src.Sha256 = researchv1.Source_UNREADABLE, doc.Unreadable, ""
	}
	return src
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

func clone(r *researchv1.Research) *researchv1.Research {
	out, _ := proto.Clone(r).(*researchv1.Research)
	return out
}
