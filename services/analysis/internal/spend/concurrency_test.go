package spend_test

import (
	"errors"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/pg"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/spend"
	"github.com/researcherpro/researcherpro/services/analysis/internal/spend/price"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
)

// cent is a cent in billionths of a US dollar: ten million tokens of the tests' model.
const cent = 10_000_000

// server stands in for a model: it counts what it did, by itself.
type server struct{ tokens, cost, calls atomic.Int64 }

// call uses as much as it likes of what it may.
func (s *server) call(input, maxOutput int64) (in, out int64) {
	in, out = input, rand.Int64N(maxOutput+1)
	s.calls.Add(1)
	s.tokens.Add(in + out)
	s.cost.Add(in + 2*out)
	return in, out
}

// Two replicas, 64 runs, one cent: whatever they do at once, it is never overspent, and
// the ledger is what the server counted.
func TestOneCentIsNotOverspentBy64Runs(t *testing.T) {
	t.Parallel()
	b := setup(t, quota(spend.Amount{CostNanoUSD: cent}), func(_ *bundle, c *spend.Config) { c.Patience = time.Minute })
	table, err := price.New(prices)
	require.NoError(t, err)
	db, err := pg.Open(t.Context(), b.db.Config().ConnString(), pg.Options{})
	require.NoError(t, err)
	t.Cleanup(db.Close)
	replica := spend.New(store.New(db), spend.Config{Prices: table, Now: b.clock.now, Patience: time.Minute, Quotas: b.Month})
	books := []*spend.Book{b.Book, replica}

	var model server
	var runs sync.WaitGroup
	for i := range 64 {
		a, book := b.run(spend.Amount{CostNanoUSD: 1e9}), books[i%2]
		runs.Go(func() {
			for n := 0; ; n++ {
				const input = 50_000
				r, err := book.Reserve(t.Context(), a, spend.Ask{Key: []byte(strconv.Itoa(n)), Input: input, MaxOutput: 100_000, MinOutput: 1000})
				if errors.Is(err, engine.ErrBudget) {
					return
				}
				if err != nil {
					t.Error(err)
					return
				}
				in, out := model.call(input, r.MaxOutput)
				if err := book.Settle(t.Context(), r, used(in, out)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	runs.Wait()

	month := b.month()
	require.LessOrEqual(t, month.Cost, int64(cent))
	require.Greater(t, month.Cost, int64(cent-60_000), "and it is used up: less than the smallest call is left")
	require.Equal(t, [4]int64{model.cost.Load(), model.tokens.Load(), 0, 0}, [4]int64{month.Cost, month.Tokens, month.ReservedCost, month.ReservedTokens})
	_, total, err := b.store.SumUsage(t.Context(), b.workspace, "DAY", b.clock.now().Add(-time.Hour), b.clock.now().Add(time.Hour), 10)
	require.NoError(t, err)
	require.Equal(t, [3]int64{model.cost.Load(), model.tokens.Load(), model.calls.Load()}, [3]int64{total.Cost, total.InputTokens + total.OutputTokens, total.Calls})
	b.balance()
}

// Whatever happens in whatever order, what is spent and set aside together is never more
// than a limit, and the purses are the sums of the ledger.
func TestTheInvariantsOfMoney(t *testing.T) {
	t.Parallel()
	const most = 3000
	for seed := range uint64(6) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 5))
			b := setup(t, quota(spend.Amount{CostNanoUSD: most}), func(_ *bundle, c *spend.Config) { c.Patience = time.Nanosecond })
			runs := []spend.Account{b.run(spend.Amount{Tokens: 900}), b.run(spend.Amount{CostNanoUSD: 1500}), b.run(spend.Amount{})}
			type open struct {
				spend.Reservation
				input int64
			}
			var reserved []open
			for range 120 {
				switch input := random.Int64N(200); random.IntN(6) {
				case 0, 1, 2:
					ask := spend.Ask{Key: []byte{byte(random.IntN(6))}, Input: input, MaxOutput: random.Int64N(200), MinOutput: 1}
					r, err := b.Reserve(t.Context(), runs[random.IntN(len(runs))], ask)
					if err == nil {
						reserved = append(reserved, open{r, input})
					}
				case 3, 4:
					if len(reserved) == 0 {
						continue
					}
					i := random.IntN(len(reserved)) // one may come back that was thought lost, or that is settled
					r := reserved[i]
					switch random.IntN(3) {
					case 0:
						b.settle(r.Reservation, random.Int64N(r.input+1), random.Int64N(r.MaxOutput+1))
					case 1:
						require.NoError(t, b.Release(t.Context(), r.Reservation, 0))
					default:
						require.NoError(t, b.Lose(t.Context(), r.Reservation, 0))
					}
				default:
					b.clock.pass(time.Duration(random.IntN(400)) * time.Second)
				}
				b.balance()
				for purse, s := range b.spending() {
					require.True(t, s.Cost+s.ReservedCost <= most && (purse.OwnerID != runs[1].AnalysisID || s.Cost+s.ReservedCost <= 1500) &&
						(purse.OwnerID != runs[0].AnalysisID || s.Tokens+s.ReservedTokens <= 900), "%+v", s)
				}
			}
			require.NotEmpty(t, reserved)
		})
	}
}
