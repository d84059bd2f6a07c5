package auth_test

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/services/auth/authtest"
)

// BenchmarkLogin_KnownAndUnknownAccounts asks whether the time of an answer tells that
// an account exists. Each iteration tries a wrong password on an account that exists and
// on one that does not, in random order, each from an address of its own. It reports
// both medians and the p value of the Mann-Whitney U test: how probable so great a
// difference is if there is none. Run it with -benchtime=1000x or more; p under 0.01,
// again and again, means that the accounts can be told apart.
func BenchmarkLogin_KnownAndUnknownAccounts(b *testing.B) {
	server := authtest.Serve(b)
	emails := [2]string{server.SignUp(b).GetUser().GetEmail(), "00000000-0000-0000-0000-000000000000@example.com"}
	var took [2][]float64
	calls := 0
	for b.Loop() {
		for _, which := range rand.Perm(2) {
			calls++
			ctx := authtest.From(b.Context(), fmt.Sprintf("2001:db8:%x:%x::1", calls>>16, calls&0xffff))
			begin := time.Now()
			err := wrong(ctx, server, emails[which])
			took[which] = append(took[which], float64(time.Since(begin))/float64(time.Millisecond))
			require.ErrorIs(b, err, errs.Unauthenticated)
		}
	}
	b.ReportMetric(median(took[0]), "known-ms")
	b.ReportMetric(median(took[1]), "unknown-ms")
	b.ReportMetric(mannWhitney(took[0], took[1]), "p")
}

// median returns the middle of a sample.
func median(sample []float64) float64 {
	sorted := slices.Sorted(slices.Values(sample))
	return sorted[len(sorted)/2]
}

// mannWhitney returns the two-sided p value of the Mann-Whitney U test (H. B. Mann and
// D. R. Whitney, 1947), by the normal approximation with correction for continuity,
// which is good from some twenty values on. Times have no ties to speak of.
func mannWhitney(a, b []float64) float64 {
	type value struct {
		x     float64
		fromA bool
	}
	var all []value
	for _, x := range a {
		all = append(all, value{x, true})
	}
	for _, x := range b {
		all = append(all, value{x, false})
	}
	slices.SortFunc(all, func(v, w value) int { return cmp.Compare(v.x, w.x) })
	var ranks float64
	for i, v := range all {
		if v.fromA {
			ranks += float64(i + 1)
		}
	}
	n, m := float64(len(a)), float64(len(b))
	u := ranks - n*(n+1)/2
	z := max(0, math.Abs(u-n*m/2)-0.5) / math.Sqrt(n*m*(n+m+1)/12)
	return math.Erfc(z / math.Sqrt2)
}

// A benchmark that could not see a difference would prove nothing.
func TestMannWhitney_SeesAShiftAndNoneWhereThereIsNone(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2)) // the same numbers each time
	sample := func(shift float64) []float64 {
		values := make([]float64, 300)
		for i := range values {
			values[i] = 25 + shift + random.ExpFloat64()
		}
		return values
	}
	a := sample(0)
	require.Greater(t, mannWhitney(a, sample(0)), 0.05)
	require.Less(t, mannWhitney(a, sample(0.3)), 0.001)
	require.Less(t, mannWhitney(sample(0.3), a), 0.001)
	// The example of U = 0 with five and five values: the exact p is 0.0079.
	require.InDelta(t, 0.012, mannWhitney([]float64{1, 2, 3, 4, 5}, []float64{6, 7, 8, 9, 10}), 0.001)
}
