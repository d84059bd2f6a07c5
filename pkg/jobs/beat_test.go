package jobs_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/jobs"
	"github.com/researcherpro/researcherpro/pkg/pg"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
)

// attempted returns since when a job is running, as its row says.
func attempted(t *testing.T, db *pg.Pool, id int64) (at time.Time) {
	t.Helper()
	at, err := pg.ReadOne(t.Context(), db, workspace, func(row pgx.CollectableRow) (time.Time, error) {
		var at time.Time
		return at, row.Scan(&at)
	}, `SELECT attempted_at FROM river_job WHERE id = $1`, id)
	require.NoError(t, err)
	return at
}

func TestARunningJobShowsThatItIsAlive(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, noTables)
	began, free := make(chan struct{}), make(chan struct{})
	c := client(t, db, jobs.Config{Beat: 10 * time.Millisecond}, workers(func(ctx context.Context, _ *river.Job[args]) error {
		close(began)
		select {
		case <-free:
		case <-ctx.Done():
		}
		return nil
	}))
	require.NoError(t, c.Start(t.Context()))
	id := insert(t, db, c, "slow")
	<-began
	first := attempted(t, db, id)
	require.Eventually(t, func() bool { return attempted(t, db, id).After(first) }, patience, 5*time.Millisecond)
	close(free)
}

func TestTimeout_IsLongForTheLivingAndShortForTheLost(t *testing.T) {
	t.Parallel()
	now, before := time.Now(), time.Now().Add(-jobs.DefaultRescueAfter)
	require.Equal(t, time.Hour, jobs.Timeout(&rivertype.JobRow{AttemptedAt: &now}, time.Hour))
	require.Equal(t, time.Second, jobs.Timeout(&rivertype.JobRow{AttemptedAt: &before}, time.Hour), "or nobody would rescue it within the hour")
}
