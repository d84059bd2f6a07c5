package feed

import (
	"context"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/researcherpro/researcherpro/pkg/errs"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
)

// upstream is an analysis service in the form of its client: a log of numbered
// events of one run, and the tokens that may not read any more.
type upstream struct {
	analysisv1.AnalysisServiceClient
	mu      sync.Mutex
	length  int64
	ended   bool
	refused map[string]bool
	opened  []string // tokens that opened streams
	changed chan struct{}
}

func newUpstream(length int64) *upstream {
	return &upstream{length: length, refused: map[string]bool{}, changed: make(chan struct{})}
}

func (u *upstream) change(do func()) {
	u.mu.Lock()
	defer u.mu.Unlock()
	do()
	close(u.changed)
	u.changed = make(chan struct{})
}

func token(ctx context.Context) string {
	md, _ := metadata.FromOutgoingContext(ctx)
	return md.Get("authorization")[0]
}

func as(ctx context.Context, name string) context.Context {
	return metadata.NewOutgoingContext(ctx, metadata.Pairs("authorization", name))
}

func (u *upstream) state() analysisv1.Analysis_State {
	if u.ended {
		return analysisv1.Analysis_COMPLETED
	}
	return analysisv1.Analysis_COLLECTING
}

func (u *upstream) GetAnalysis(_ context.Context, req *analysisv1.GetAnalysisRequest, _ ...grpc.CallOption) (*analysisv1.Analysis, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	return &analysisv1.Analysis{Id: req.GetId(), LastSequence: u.length, State: u.state()}, nil
}

func (u *upstream) WatchAnalysis(ctx context.Context, req *analysisv1.WatchAnalysisRequest, _ ...grpc.CallOption) (grpc.ServerStreamingClient[analysisv1.Event], error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.opened = append(u.opened, token(ctx))
	if u.refused[token(ctx)] {
		return nil, errs.Unauthenticated
	}
	return &stream{u: u, ctx: ctx, position: req.GetAfterSequence()}, nil
}

type stream struct {
	grpc.ClientStream
	u        *upstream
	ctx      context.Context //nolint:containedctx // as gRPC's own streams do
	position int64
}

func (s *stream) Recv() (*analysisv1.Event, error) {
	for {
		s.u.mu.Lock()
		length, ended, refused, changed := s.u.length, s.u.ended, s.u.refused[token(s.ctx)], s.u.changed
		s.u.mu.Unlock()
		switch {
		case refused:
			return nil, errs.Unauthenticated
		case s.position < length:
			s.position++
			return &analysisv1.Event{Sequence: s.position, Type: analysisv1.Event_TEXT}, nil
		case ended:
			return nil, io.EOF
		}
		select {
		case <-changed:
		case <-s.ctx.Done():
			return nil, s.ctx.Err()
		}
	}
}

// read reads up to a sequence number and returns what came.
func read(t *testing.T, r *Reader, to int64) (sequences []int64, lags int) {
	t.Helper()
	for r.position < to {
		batch, err := r.Next(t.Context())
		require.NoError(t, err)
		if batch.Lagged {
			lags++
		}
		for _, e := range batch.Events {
			sequences = append(sequences, e.Sequence)
		}
	}
	return sequences, lags
}

func count(from, to int64) (all []int64) {
	for i := from; i <= to; i++ {
		all = append(all, i)
	}
	return all
}

func TestReader_ReadsOldEventsFromTheLogAndNewOnesFromTheWindow(t *testing.T) {
	t.Parallel()
	u := newUpstream(100)
	h := New(t.Context(), u, Options{Events: 10})
	defer h.Close()
	r, err := h.Follow(as(t.Context(), "a"), "run", 40)
	require.NoError(t, err)
	got, lags := read(t, r, 100)
	require.Equal(t, count(41, 100), got)
	require.Zero(t, lags, "who comes late is not slow")
	u.change(func() { u.length = 103; u.ended = true })
	got, _ = read(t, r, 103)
	require.Equal(t, count(101, 103), got)
	_, err = r.Next(t.Context())
	require.ErrorIs(t, err, io.EOF)
}

func TestReader_FallsOutOfTheWindow(t *testing.T) {
	t.Parallel()
	u := newUpstream(0)
	h := New(t.Context(), u, Options{Events: 4})
	defer h.Close()
	slow, err := h.Follow(as(t.Context(), "slow"), "run", 0)
	require.NoError(t, err)
	quick, err := h.Follow(as(t.Context(), "quick"), "run", 0)
	require.NoError(t, err)
	u.change(func() { u.length = 2 })
	got, _ := read(t, slow, 2)
	require.Equal(t, count(1, 2), got)
	u.change(func() { u.length = 50 })
	read(t, quick, 50)

	batch, err := slow.Next(t.Context())
	require.NoError(t, err)
	require.True(t, batch.Lagged)
	require.Equal(t, int64(2), batch.Position)
	got, lags := read(t, slow, 50)
	require.Equal(t, count(3, 50), got, "none lost, none twice")
	require.Zero(t, lags, "it is told once")
}

func TestHub_RefusedTokenEndsItsReaderOnly(t *testing.T) {
	t.Parallel()
	u := newUpstream(1)
	h := New(t.Context(), u, Options{Backoff: time.Millisecond})
	defer h.Close()
	first, err := h.Follow(as(t.Context(), "first"), "run", 0)
	require.NoError(t, err)
	read(t, first, 1)
	second, err := h.Follow(as(t.Context(), "second"), "run", 0)
	require.NoError(t, err)
	u.change(func() { u.refused["first"] = true })
	_, err = first.Next(t.Context())
	require.ErrorIs(t, err, errs.Unauthenticated)
	u.change(func() { u.length = 5 })
	got, _ := read(t, second, 5)
	require.Equal(t, count(1, 5), got)
	require.Contains(t, u.opened, "second")
}

func TestHub_LastReaderEndsTheUpstream(t *testing.T) {
	t.Parallel()
	u := newUpstream(1)
	h := New(t.Context(), u, Options{})
	defer h.Close()
	for range 3 {
		r, err := h.Follow(as(t.Context(), "a"), "run", 0)
		require.NoError(t, err)
		read(t, r, 1)
		r.Close()
		h.mu.Lock()
		require.Empty(t, h.runs)
		h.mu.Unlock()
	}
	require.Len(t, u.opened, 3)
}

func TestReader_NextKeepsTheReaderWhenItsContextEnds(t *testing.T) {
	t.Parallel()
	u := newUpstream(0)
	h := New(t.Context(), u, Options{})
	defer h.Close()
	r, err := h.Follow(as(t.Context(), "a"), "run", 0)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = r.Next(ctx)
	require.ErrorIs(t, err, context.Canceled)
	u.change(func() { u.length = 1 })
	got, _ := read(t, r, 1)
	require.Equal(t, count(1, 1), got)
}

//nolint:paralleltest // it counts goroutines
func TestHub_CloseEndsReadersAndLeavesNothingRunning(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	h := New(t.Context(), newUpstream(1), Options{})
	r, err := h.Follow(as(t.Context(), "a"), "run", 1)
	require.NoError(t, err)
	ended := make(chan error, 1)
	go func() { _, err := r.Next(context.WithoutCancel(t.Context())); ended <- err }()
	h.Close()
	require.ErrorIs(t, <-ended, ErrClosed)
	_, err = h.Follow(as(t.Context(), "a"), "run", 1)
	require.ErrorIs(t, err, ErrClosed)
}
