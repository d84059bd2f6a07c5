package recheck_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/blobstore"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
	"github.com/researcherpro/researcherpro/services/research/internal/blobs"
	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/extract"
	"github.com/researcherpro/researcherpro/services/research/internal/recheck"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
	"github.com/researcherpro/researcherpro/services/research/internal/web"
	"github.com/researcherpro/researcherpro/services/research/migrations"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// pages answers as its test says.
type pages func(ctx context.Context, req web.Request) (web.Page, error)

// Read implements collect.Pages.
func (p pages) Read(ctx context.Context, req web.Request) (web.Page, error) { return p(ctx, req) }

type noKeys struct{}

func (noKeys) Credential(context.Context, string, string, string) (string, error) { return "", nil }

// setup returns a checker that reads pages, and a source of a page.
func setup(t *testing.T, read pages) (*recheck.Checker, authn.Caller, string) {
	t.Helper()
	rows := store.New(pgtest.New(t, migrations.FS))
	bytes, err := blobstore.Open(t.Context(), "file://"+t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { _ = bytes.Close() })
	extractor := extract.New(extract.Config{})
	t.Cleanup(func() { _ = extractor.Close() })
	by := authn.Caller{WorkspaceID: uuid.NewString(), UserID: uuid.NewString()}
	src := store.Source{
		ID: uuid.NewString(), ResearchID: uuid.NewString(), Connector: "urls", URL: "https://example.org/x", Outcome: store.OutcomeUsed,
		Fetch: &store.Fetch{URL: "https://example.org/x"}, RawSHA256: "raw", TextSHA256: "text",
	}
	require.NoError(t, rows.InWorkspace(t.Context(), by.WorkspaceID, func(ctx context.Context, tx pgx.Tx) error {
		r := store.Research{ID: src.ResearchID, WorkspaceID: by.WorkspaceID, UserID: by.UserID, Query: "why?", Parameters: []byte("{}")}
		if _, _, err := rows.CreateResearch(ctx, tx, r); err != nil {
			return err
		}
		return rows.PutSources(ctx, tx, by.WorkspaceID, src)
	}))
	return recheck.New(recheck.Deps{
		Store: rows, Blobs: blobs.New(bytes, rows), Connectors: connector.NewSet(), Credentials: noKeys{}, Pages: read,
		Extractor: extractor, Patience: 300 * time.Millisecond,
	}), by, src.ID
}

func TestSource_OfAHostThatDoesNotAnswerInTime(t *testing.T) {
	t.Parallel()
	c, by, id := setup(t, func(ctx context.Context, _ web.Request) (web.Page, error) {
		<-ctx.Done()
		return web.Page{}, ctx.Err()
	})
	got, err := c.Source(t.Context(), by, id)
	require.NoError(t, err)
	require.Equal(t, store.RecheckUnreadable, got.Outcome)
	require.Equal(t, "It could not be read in time.", got.Reason)
}

func TestSource_WaitsForItsTurnWhileThereIsTime(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		after  time.Duration
		reason string
		calls  int32
	}{
		"it comes soon":     {time.Millisecond, "This page is gone.", 2},
		"it comes too late": {time.Hour, "It could not be read in time.", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var calls atomic.Int32
			c, by, id := setup(t, func(_ context.Context, req web.Request) (web.Page, error) {
				if !req.Again || req.Ticket == "" {
					return web.Page{}, errs.InvalidArgument
				}
				if calls.Add(1) == 1 {
					return web.Page{}, &connector.Busy{After: tc.after}
				}
				return web.Page{}, &web.Error{Reason: "ROBOTS", Message: "This page is gone."}
			})
			got, err := c.Source(t.Context(), by, id)
			require.NoError(t, err)
			require.Equal(t, tc.reason, got.Reason)
			require.Equal(t, tc.calls, calls.Load())
		})
	}
}

func TestSource_ManyWhoAskAtOnceAreOneVisit(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	reached, free := make(chan struct{}), make(chan struct{})
	c, by, id := setup(t, func(context.Context, web.Request) (web.Page, error) {
		if calls.Add(1) == 1 {
			close(reached)
		}
		<-free
		return web.Page{}, &web.Error{Reason: "ROBOTS", Message: "No."}
	})
	impatient, giveUp := context.WithCancel(t.Context())
	first := make(chan error, 1)
	go func() { _, err := c.Source(impatient, by, id); first <- err }()
	<-reached
	giveUp()
	require.ErrorIs(t, <-first, context.Canceled)
	second := make(chan error, 1)
	go func() { _, err := c.Source(t.Context(), by, id); second <- err }()
	close(free)
	require.NoError(t, <-second, "the visit did not end with the first who asked")
	_, err := c.Source(t.Context(), by, id)
	require.NoError(t, err)
	require.EqualValues(t, 1, calls.Load())
}

func TestSource_AFailureOfOurOwnIsNoAnswer(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	c, by, id := setup(t, func(context.Context, web.Request) (web.Page, error) {
		calls.Add(1)
		return web.Page{}, errs.Unavailable
	})
	_, err := c.Source(t.Context(), by, id)
	require.ErrorIs(t, err, errs.Unavailable)
	_, err = c.Source(t.Context(), by, id)
	require.ErrorIs(t, err, errs.Unavailable)
	require.EqualValues(t, 2, calls.Load(), "it is tried again")
}
