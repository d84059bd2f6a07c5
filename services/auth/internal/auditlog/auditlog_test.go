package auditlog_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/audit"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/services/auth/internal/auditlog"
)

// rows is a store in memory. Writing waits while it is held.
type rows struct {
	mu   sync.Mutex
	held chan struct{}
	err  error
	got  map[string][]string
}

func (r *rows) AppendAuditEvents(_ context.Context, workspaceID string, events ...audit.Event) error {
	if r.held != nil {
		<-r.held
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range events {
		r.got[workspaceID] = append(r.got[workspaceID], e.ID)
	}
	return r.err
}

func (r *rows) HomeWorkspace(_ context.Context, userID string) (string, error) {
	if userID == "nobody" {
		return "", errs.NotFound
	}
	return "home of " + userID, nil
}

// failed is a sign-in to Ada's account that failed.
func failed(id string) audit.Event {
	return audit.Event{ID: id, UserID: "ada", Action: "AuthService.Login", Result: "UNAUTHENTICATED", Claimed: true}
}

func TestRecord_WritesBeforeTheAnswerWhatIsNoFailedSignIn(t *testing.T) {
	t.Parallel()
	r := &rows{got: map[string][]string{}}
	log := auditlog.Open(t.Context(), r)
	defer log.Close()
	signedIn := failed("in")
	signedIn.Result = audit.OK
	require.NoError(t, log.Record(t.Context(), signedIn))
	require.NoError(t, log.Record(t.Context(), audit.Event{ID: "refused", WorkspaceID: "w", Result: "PERMISSION_DENIED"}))
	require.Equal(t, map[string][]string{"home of ada": {"in"}, "w": {"refused"}}, r.got)

	r.err = errors.New("no database")
	require.ErrorIs(t, log.Record(t.Context(), audit.Event{ID: "lost", WorkspaceID: "w"}), r.err)
	signedIn.UserID = "nobody"
	require.ErrorIs(t, log.Record(t.Context(), signedIn), errs.NotFound)
}

func TestRecord_OfAFailedSignInWaitsForNothing(t *testing.T) {
	t.Parallel()
	r := &rows{got: map[string][]string{}, held: make(chan struct{})}
	log := auditlog.Open(t.Context(), r)
	var refused error
	kept := 0
	for i := range 1000 { // the database hangs, and nobody notices
		if err := log.Record(t.Context(), failed(fmt.Sprint(i))); err != nil {
			refused = err
			break
		}
		kept++
	}
	require.ErrorContains(t, refused, "too many")
	close(r.held)
	log.Close()
	require.Len(t, r.got["home of ada"], kept, "what was taken is written, at the latest when the service stops")
	require.Error(t, log.Record(t.Context(), failed("late")), "afterwards nothing is taken")
	log.Close() // once more changes nothing
}

//nolint:paralleltest // it listens to the log of the process
func TestRecord_OfAFailedSignInThatCannotBeWrittenIsInTheProcessLog(t *testing.T) {
	var out bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(&out, nil)))
	defer slog.SetDefault(before)
	log := auditlog.Open(t.Context(), &rows{got: map[string][]string{}, err: errors.New("no database")})
	require.NoError(t, log.Record(t.Context(), failed("0123")))
	log.Close()
	require.Contains(t, out.String(), `"id":"0123"`)
	require.Contains(t, out.String(), "no database")
}
