package price_test

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/analysis/internal/spend/price"
)

func TestCost(t *testing.T) {
	t.Parallel()
	dollar := int64(price.NanoUSD)
	tests := map[string]struct {
		price  price.Price
		tokens price.Tokens
		want   int64
	}{
		"a million of each":                    {price.Price{Input: dollar, Cached: dollar / 2, Output: 4 * dollar}, price.Tokens{Input: 1e6, Output: 1e6}, 5 * dollar},
		"what is cached is counted once":       {price.Price{Input: dollar, Cached: dollar / 2}, price.Tokens{Input: 1e6, Cached: 5e5}, 3 * dollar / 4},
		"a fraction is rounded up":             {price.Price{Input: 1}, price.Tokens{Input: 1}, 1},
		"the sum is rounded, not each part":    {price.Price{Input: 500_000, Output: 500_000}, price.Tokens{Input: 1, Output: 1}, 1},
		"the request comes on top":             {price.Price{Input: dollar, Request: 5_000_000}, price.Tokens{Input: 10}, 5_010_000},
		"nothing":                              {price.Price{}, price.Tokens{Input: 1e9, Output: 1e9}, 0},
		"more cached than sent is a bad count": {price.Price{Input: dollar, Cached: dollar}, price.Tokens{Input: 1e6, Cached: 2e6}, 2 * dollar},
		"too much to count":                    {price.Price{Input: math.MaxInt64}, price.Tokens{Input: math.MaxInt64}, math.MaxInt64},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.want, tc.price.Cost(tc.tokens))
		})
	}
}

// What is set aside covers every way in which the same tokens may be charged, and what
// OutputFor allows is the most that still fits.
func TestWhatIsSetAsideIsEnough(t *testing.T) {
	t.Parallel()
	for range 20_000 {
		p := price.Price{Input: rand.Int64N(1e10), Cached: rand.Int64N(1e10), Output: 1 + rand.Int64N(1e10), Request: rand.Int64N(1e8)}
		input, output := rand.Int64N(1e6), rand.Int64N(1e5)
		most := p.Most(input, output)
		used := price.Tokens{Input: rand.Int64N(input + 1), Output: rand.Int64N(output + 1)}
		used.Cached = rand.Int64N(used.Input + 1)
		require.LessOrEqual(t, p.Cost(used), most, "%+v %+v", p, used)

		money := rand.Int64N(1e12)
		fits := p.OutputFor(money, input)
		if fits < 0 {
			require.Greater(t, p.Most(input, 0), money)
			continue
		}
		require.LessOrEqual(t, p.Most(input, fits), money)
		require.Greater(t, p.Most(input, fits+2+1_000_000/p.Output), money, "it is not too timid either")
	}
}

func TestNew(t *testing.T) {
	t.Parallel()
	table, err := price.New(" openai/gpt-4.1 = 3/1/9 ,perplexity/sonar=1/2+0.004,, local/*=0, local/big*=0.5, tavily=+0.01 ")
	require.NoError(t, err)
	for name, want := range map[string]price.Price{
		"openai/gpt-4.1":      {Input: 3e9, Cached: 1e9, Output: 9e9},
		"openai/gpt-4.1-mini": {Input: 4e8, Cached: 1e8, Output: 16e8}, // built in
		"perplexity/sonar":    {Input: 1e9, Cached: 1e9, Output: 2e9, Request: 4e6},
		"local/x":             {},
		"local/bigger":        {Input: 5e8, Cached: 5e8, Output: 5e8},
		"tavily":              {Request: 1e7},
		"brave":               {Request: 5e6},
	} {
		got, ok := table.Of(name)
		require.True(t, ok, name)
		require.Equal(t, want, got, name)
	}
	_, ok := table.Of("openai/something-new")
	require.False(t, ok, "what nobody priced has no price")

	table, err = price.New("openai/*=0")
	require.NoError(t, err)
	got, ok := table.Of("openai/gpt-4.1")
	require.True(t, ok)
	require.Zero(t, got, "the operator's rule beats what is built in")
}

func TestNew_SaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for configured, why := range map[string]string{
		"openai/gpt-4.1":       "is not like",
		"=1":                   "is not like",
		"a=":                   "is not an amount",
		"a=-1":                 "is not an amount",
		"a=1e3":                "is not an amount",
		"a=1/2/3/4":            "more than three parts",
		"a=1+x":                "is not an amount",
		"a=NaN":                "is not an amount",
		"a=99999999999":        "more than 1000000 US dollars",
		"a=1/2, b = one dozen": `the price of "b"`,
	} {
		_, err := price.New(configured)
		require.ErrorContains(t, err, why, configured)
		require.NotContains(t, err.Error(), "\n")
	}
}

func TestFromUSD(t *testing.T) {
	t.Parallel()
	for usd, want := range map[float64]int64{
		0: 0, -1: 0, 0.01: 10_000_000, 0.1: 100_000_000, 1: 1e9, 10_000: 1e13, 1e-12: 1, 0.0000000011: 2, 1e30: 9e18, math.Inf(1): 9e18,
	} {
		require.Equal(t, want, price.FromUSD(usd), usd)
	}
	require.InDelta(t, 0.25, price.ToUSD(250_000_000), 0)
	// No amount becomes more than was written, by more than a unit.
	for range 10_000 {
		usd := rand.Float64() * 1e6
		exact, _ := new(big.Float).Mul(big.NewFloat(usd), big.NewFloat(price.NanoUSD)).Float64()
		require.InDelta(t, exact, float64(price.FromUSD(usd)), 2)
	}
}

func TestName(t *testing.T) {
	t.Parallel()
	require.Equal(t, "openai/gpt", price.Name("openai", "gpt"))
	require.Equal(t, "tavily", price.Name("tavily", ""))
}
