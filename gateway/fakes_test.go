package gateway

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"sync"

	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

// runID is alice's analysis, and the id of everything else that is there.
const runID = "01930000-0000-7000-8000-000000000001"

// errSecret is an error with words that no client may read.
var errSecret = errors.New("dial db-7.internal: password hunter2 refused")

type fakeDocuments struct {
	researchv1.UnimplementedDocumentServiceServer
	mu     sync.Mutex
	begun  []string // names of files whose upload has begun
	stored []*researchv1.Document
	broken int // uploads that ended early
	peak   int // largest message
}

func (f *fakeDocuments) UploadDocument(stream researchv1.DocumentService_UploadDocumentServer) error {
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	header := first.GetHeader()
	f.mu.Lock()
	f.begun = append(f.begun, header.GetFileName())
	f.mu.Unlock()
	if header.GetCollection() == "full" {
		return errs.New(errs.ResourceExhausted, "LIBRARY_FULL", "the library is full")
	}
	digest, size, peak := sha256.New(), 0, 0
	for {
		part, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.broken++
			return err
		}
		digest.Write(part.GetChunk())
		size += len(part.GetChunk())
		peak = max(peak, len(part.GetChunk()))
	}
	doc := &researchv1.Document{
		Id: runID, FileName: header.GetFileName(), Title: header.GetTitle(), Collection: header.GetCollection(),
		SizeBytes: int64(size), Sha256: hex.EncodeToString(digest.Sum(nil)), State: researchv1.Document_PENDING,
	}
	f.mu.Lock()
	f.stored = append(f.stored, doc)
	f.peak = max(f.peak, peak)
	f.mu.Unlock()
	return stream.SendAndClose(doc)
}

func (f *fakeDocuments) counts() (stored, broken, peak int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.stored), f.broken, f.peak
}

func (f *fakeDocuments) hasBegun(name string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Contains(f.begun, name)
}

func (f *fakeDocuments) CreateDocument(_ context.Context, req *researchv1.CreateDocumentRequest) (*researchv1.Document, error) {
	return &researchv1.Document{Id: runID, Title: req.GetTitle(), State: researchv1.Document_PENDING}, nil
}

func (f *fakeDocuments) ListDocuments(context.Context, *researchv1.ListDocumentsRequest) (*researchv1.ListDocumentsResponse, error) {
	return &researchv1.ListDocumentsResponse{}, nil
}

func (f *fakeDocuments) SearchDocuments(_ context.Context, req *researchv1.SearchDocumentsRequest) (*researchv1.SearchDocumentsResponse, error) {
	return &researchv1.SearchDocumentsResponse{Passages: []*researchv1.Passage{{Text: req.GetQuery()}}}, nil
}

func (f *fakeDocuments) DeleteDocument(context.Context, *researchv1.DeleteDocumentRequest) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

func (f *fakeDocuments) GetDocument(context.Context, *researchv1.GetDocumentRequest) (*researchv1.Document, error) {
	return nil, errSecret
}

// part is what is asked for of a content.
func part(content string, req interface {
	GetOffset() int64
	GetLength() int64
},
) []byte {
	content = content[req.GetOffset():]
	if n := req.GetLength(); n > 0 && n < int64(len(content)) {
		content = content[:n]
	}
	return []byte(content)
}

func (f *fakeDocuments) GetDocumentContent(req *researchv1.GetDocumentContentRequest, stream researchv1.DocumentService_GetDocumentContentServer) error {
	piece := &httpbody.HttpBody{ContentType: "text/plain; charset=utf-8", Data: part("what was read", req)}
	if req.GetRaw() {
		if err := stream.SetHeader(metadata.Pairs("content-disposition", `attachment; filename="a.bin"`)); err != nil {
			return err
		}
		piece = &httpbody.HttpBody{ContentType: "application/octet-stream", Data: []byte("as it came")}
	}
	return stream.Send(piece)
}

type fakeResearch struct {
	researchv1.UnimplementedResearchServiceServer
}

func (f *fakeResearch) ListConnectors(context.Context, *researchv1.ListConnectorsRequest) (*researchv1.ListConnectorsResponse, error) {
	panic("a bug")
}

func (f *fakeResearch) GetSourceContent(req *researchv1.GetSourceContentRequest, stream researchv1.ResearchService_GetSourceContentServer) error {
	if req.GetRaw() {
		if err := stream.Send(&httpbody.HttpBody{ContentType: "text/html", Data: []byte("<script>alert(1)</script>")}); err != nil {
			return err
		}
		return errSecret
	}
	return stream.Send(&httpbody.HttpBody{ContentType: "text/plain; charset=utf-8", Data: part("snapshot", req)})
}

type fakeReports struct {
	reportv1.UnimplementedReportServiceServer
}

func (f *fakeReports) ExportReport(req *reportv1.ExportReportRequest, stream reportv1.ReportService_ExportReportServer) error {
	if req.GetId() != runID {
		return errs.New(errs.NotFound, "REPORT_NOT_FOUND", "there is no such report")
	}
	return sendReport(stream, req.GetOffset(), req.GetLength())
}

// shareToken opens the report that is shared.
const shareToken = "c2VjcmV0"

type fakeShares struct {
	reportv1.UnimplementedShareServiceServer
}

func (fakeShares) ExportSharedReport(req *reportv1.ExportSharedReportRequest, stream reportv1.ShareService_ExportSharedReportServer) error {
	if req.GetToken() != shareToken {
		return errs.New(errs.NotFound, "SHARE_NOT_FOUND", "this link does not work")
	}
	return sendReport(stream, req.GetOffset(), req.GetLength())
}

// reportFile is what reports are as a file: 256 KiB, each 1,000 of its bytes told apart.
var reportFile = func() []byte {
	file := make([]byte, 0, 256<<10)
	for i := 0; len(file) < cap(file); i++ {
		file = fmt.Appendf(file, "%07d\n", i)
	}
	return file
}()

// sendReport sends a part of reportFile as the report service does.
func sendReport(stream grpc.ServerStreamingServer[httpbody.HttpBody], offset, length int64) error {
	size := int64(len(reportFile))
	if offset < 0 {
		offset = max(0, size+offset)
	}
	if offset >= size {
		return errs.New(errs.OutOfRange, "RANGE_NOT_SATISFIABLE", "offset is not in the file")
	}
	file := reportFile[offset:]
	if length > 0 {
		file = file[:min(length, int64(len(file)))]
	}
	err := stream.SetHeader(metadata.Pairs("content-disposition", `attachment; filename="report.md"`, "content-size", strconv.FormatInt(size, 10), "etag", `"aa"`))
	for piece := range slices.Chunk(file, 64<<10) {
		if err != nil {
			return err
		}
		err = stream.Send(&httpbody.HttpBody{ContentType: "text/markdown; charset=utf-8", Data: piece})
	}
	return err
}

// fakeAnalysis has one run of alice's with a log that a test writes.
type fakeAnalysis struct {
	analysisv1.UnimplementedAnalysisServiceServer

	mu      sync.Mutex
	log     []*analysisv1.Event
	state   analysisv1.Analysis_State
	watches int                // opened so far
	asked   string             // workspace that GetAnalysis was last called in
	breaks  int                // streams to break after one event each
	changed chan struct{}      // closed when the log grows
	down    context.Context    //nolint:containedctx // ends the fake's streams
	shut    context.CancelFunc // ends down
}

func newFakeAnalysis() *fakeAnalysis {
	f := &fakeAnalysis{state: analysisv1.Analysis_COLLECTING, changed: make(chan struct{})}
	f.down, f.shut = context.WithCancel(context.Background())
	return f
}

// write appends short events; finish writes the last one.
func (f *fakeAnalysis) write(n int) { f.writeText(n, "word") }

func (f *fakeAnalysis) writeText(n int, text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for range n {
		f.add(&analysisv1.Event{Type: analysisv1.Event_TEXT, Detail: &analysisv1.Event_Text{Text: &analysisv1.TextWritten{Text: text}}})
	}
}

func (f *fakeAnalysis) finish() { f.enter(analysisv1.Analysis_COMPLETED) }

// enter lets the run be in a state from now on.
func (f *fakeAnalysis) enter(state analysisv1.Analysis_State) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.state = state
	f.add(&analysisv1.Event{Type: analysisv1.Event_STATE_CHANGED, Detail: &analysisv1.Event_StateChanged{
		StateChanged: &analysisv1.StateChanged{State: f.state, Progress: 1},
	}})
}

func (f *fakeAnalysis) add(e *analysisv1.Event) {
	e.AnalysisId, e.Sequence = runID, int64(len(f.log)+1)
	f.log = append(f.log, e)
	close(f.changed)
	f.changed = make(chan struct{})
}

// breakNext makes the next n streams break off after one event.
func (f *fakeAnalysis) breakNext(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.breaks = n
}

func (f *fakeAnalysis) opened() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.watches
}

// lastWorkspace returns the workspace that GetAnalysis was last called in.
func (f *fakeAnalysis) lastWorkspace() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.asked
}

// owned hides the run from everyone but alice.
func owned(ctx context.Context, id string) error {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return err
	}
	if id != runID || caller.UserID != alice {
		return errs.New(errs.NotFound, "ANALYSIS_NOT_FOUND", "there is no such analysis")
	}
	return nil
}

func (f *fakeAnalysis) GetAnalysis(ctx context.Context, req *analysisv1.GetAnalysisRequest) (*analysisv1.Analysis, error) {
	if err := owned(ctx, req.GetId()); err != nil {
		return nil, err
	}
	caller, _ := authn.FromContext(ctx)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = caller.WorkspaceID
	return &analysisv1.Analysis{Id: runID, State: f.state, LastSequence: int64(len(f.log))}, nil
}

func (f *fakeAnalysis) StartAnalysis(_ context.Context, req *analysisv1.StartAnalysisRequest) (*analysisv1.Analysis, error) {
	return &analysisv1.Analysis{Id: runID, Question: req.GetQuestion(), State: analysisv1.Analysis_QUEUED}, nil
}

func (f *fakeAnalysis) CancelAnalysis(ctx context.Context, req *analysisv1.CancelAnalysisRequest) (*analysisv1.Analysis, error) {
	return &analysisv1.Analysis{Id: runID}, owned(ctx, req.GetId())
}

func (f *fakeAnalysis) ListAnalyses(ctx context.Context, _ *analysisv1.ListAnalysesRequest) (*analysisv1.ListAnalysesResponse, error) {
	<-ctx.Done() // hangs, as a service without its database might
	return nil, ctx.Err()
}

func (f *fakeAnalysis) ListEvents(_ context.Context, req *analysisv1.ListEventsRequest) (*analysisv1.ListEventsResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return &analysisv1.ListEventsResponse{Events: f.log[:min(len(f.log), int(req.GetPageSize()))]}, nil
}

func (f *fakeAnalysis) WatchAnalysis(req *analysisv1.WatchAnalysisRequest, stream grpc.ServerStreamingServer[analysisv1.Event]) error {
	ctx := stream.Context()
	if err := owned(ctx, req.GetAnalysisId()); err != nil {
		return err
	}
	f.mu.Lock()
	f.watches++
	breaking := f.breaks > 0
	f.breaks = max(0, f.breaks-1)
	f.mu.Unlock()
	for position := req.GetAfterSequence(); ; {
		f.mu.Lock()
		events, ended, changed := f.log[min(position, int64(len(f.log))):], f.state == analysisv1.Analysis_COMPLETED, f.changed
		f.mu.Unlock()
		for _, e := range events {
			if err := stream.Send(e); err != nil {
				return err
			}
			position = e.GetSequence()
			if breaking {
				return errs.Unavailable
			}
		}
		if ended {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		case <-f.down.Done():
			return errs.Unavailable
		}
	}
}
