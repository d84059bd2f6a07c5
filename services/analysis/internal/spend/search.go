package spend

import (
	"context"
	"crypto/sha256"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/pg"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
)

// stepSearch is what the ledger calls searches that are paid for.
const stepSearch = "search"

// ReserveSearch sets aside what so many requests to a connector cost, and returns for
// how many there was room: all of them, fewer, or none with engine.ErrBudget. The
// account names the run, the task and who pays.
//
// Asking again in the same task is asking once: research itself repeats nothing that
// was asked under the same request id. So the reservation of a process that was lost
// is taken over, and after SettleSearch there is nothing to do.
//
// A connector whose requests cost nothing needs no reservation: see Paid.
func (b *Book) ReserveSearch(ctx context.Context, a Account, connector string, requests int) (int, error) {
	a = searching(a, connector)
	key := searchKey(a)
	if n, found, err := b.resume(ctx, a, key); err != nil || found {
		return n, err
	}
	t, err := b.terms(ctx, a)
	if err != nil {
		return 0, err
	}
	t.search = true
	r, err := b.reserve(ctx, a, Ask{Key: key, MaxOutput: int64(requests), MinOutput: 1}, t)
	return int(r.MaxOutput), err
}

// resume returns for how many requests the task has set something aside before.
func (b *Book) resume(ctx context.Context, a Account, key []byte) (n int, found bool, err error) {
	c, err := b.findSearch(ctx, a, key)
	if err != nil || c.ID == "" {
		return 0, false, err
	}
	if c.State == store.CallSettled {
		return int(c.Requests), true, nil
	}
	p, _ := b.prices.Of(a.Engine)
	return int(c.ReservedCost / max(p.Request, 1)), true, nil
}

// findSearch returns the task's entry of a search; one without an id if there is none.
func (b *Book) findSearch(ctx context.Context, a Account, key []byte) (c store.Call, err error) {
	err = b.store.InWorkspace(ctx, a.WorkspaceID, func(ctx context.Context, tx pgx.Tx) (err error) {
		c, err = b.store.FindCall(ctx, tx, a.AnalysisID, key)
		return err
	})
	if pg.NoRow(err) {
		return store.Call{}, nil
	}
	return c, err
}

// searching returns the account of a search by a connector.
func searching(a Account, connector string) Account {
	a.Step, a.Engine, a.Model = stepSearch, connector, ""
	return a
}

// searchKey is the digest by which a search is known in its task.
func searchKey(a Account) []byte {
	sum := sha256.Sum256([]byte(strings.Join([]string{"search", a.Task, a.Engine}, "\x00")))
	return sum[:]
}

// SettleSearch notes how many requests were made of those that were set aside in the
// task; none frees them all. It works after the end of ctx, too, and doing it again
// changes nothing.
func (b *Book) SettleSearch(ctx context.Context, a Account, connector string, requests int) error {
	a = searching(a, connector)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
	defer cancel()
	c, err := b.findSearch(ctx, a, searchKey(a))
	if err != nil || c.ID == "" {
		return err // or nothing was set aside
	}
	took := b.now().Sub(c.CreateTime)
	if requests <= 0 {
		return b.Release(ctx, Reservation{call: c}, took)
	}
	return b.close(ctx, Reservation{call: c}, func(c *store.Call) {
		p, _ := b.prices.Of(connector)
		c.State, c.Requests, c.DurationMS = store.CallSettled, int32(requests), took.Milliseconds()
		c.Cost = p.Request * int64(requests)
	}, nil)
}
