// Package price knows what calls of models and paid searches cost.
//
// Money is counted in whole billionths of a US dollar, and every step that does not
// come out even is rounded up: what is set aside is never less than what is charged.
package price

import (
	_ "embed"
	"fmt"
	"math"
	"math/big"
	"strings"
)

// NanoUSD is how many units of money a US dollar has.
const NanoUSD = 1_000_000_000

// perMillion is for how many tokens prices are given.
const perMillion = 1_000_000

// Price is what a model or a connector costs, in billionths of a US dollar.
type Price struct {
	// Input, Cached and Output are for a million tokens: those sent, those sent that
	// the server has in its own cache, and those written.
	Input, Cached, Output int64
	// Request is for each call besides.
	Request int64
}

// Tokens are the tokens of a call.
type Tokens struct {
	// Input are all that are sent, Cached those of them in the server's cache.
	Input, Cached, Output int64
}

// Cost returns what a call costs, rounded up; math.MaxInt64 if it is more than that.
func (p Price) Cost(t Tokens) int64 {
	sum := new(big.Int)
	for _, part := range []struct{ tokens, each int64 }{
		{t.Input - t.Cached, p.Input}, {t.Cached, p.Cached}, {t.Output, p.Output},
	} {
		sum.Add(sum, new(big.Int).Mul(big.NewInt(max(part.tokens, 0)), big.NewInt(part.each)))
	}
	sum.Add(sum, big.NewInt(perMillion-1)).Div(sum, big.NewInt(perMillion))
	sum.Add(sum, big.NewInt(p.Request))
	if !sum.IsInt64() {
		return math.MaxInt64
	}
	return sum.Int64()
}

// Most returns what a call can cost at most: with nothing in the server's cache, or
// with all of it there, should that be dearer.
func (p Price) Most(input, output int64) int64 {
	p.Input = max(p.Input, p.Cached)
	return p.Cost(Tokens{Input: input, Output: output})
}

// OutputFor returns how many tokens may be written for money at most, when so many are
// sent; math.MaxInt64 when writing costs nothing, less than nothing when not even the
// sending fits.
func (p Price) OutputFor(money, input int64) int64 {
	left := money - p.Most(input, 0)
	if left < 0 {
		return -1
	}
	if p.Output == 0 {
		return math.MaxInt64
	}
	most := new(big.Int).Mul(big.NewInt(left), big.NewInt(perMillion))
	most.Div(most, big.NewInt(p.Output))
	if !most.IsInt64() {
		return math.MaxInt64
	}
	return most.Int64()
}

// Table is the prices that are known, by "engine/model", or by connector. A name that
// ends in * stands for all that begin so.
type Table map[string]Price

//go:embed builtin.txt
var builtin string

// New returns the built-in prices with those of a configuration, which win. The
// configuration is a list as of builtin.txt with commas instead of lines, such as
//
//	openai/gpt-4.1=2/0.5/8, perplexity/sonar=1/1/1+0.012, tavily=+0.008, openai/*=0
//
// in US dollars: for a million tokens sent, sent and cached, and written, and after
// the plus for each call. The error is one line.
func New(configured string) (Table, error) {
	table, err := parse(strings.Split(builtin, "\n"))
	if err != nil {
		return nil, fmt.Errorf("built-in prices: %w", err)
	}
	own, err := parse(strings.Split(configured, ","))
	if err != nil {
		return nil, err
	}
	// A rule for many names beats built-in ones that it speaks of.
	for name := range table {
		if _, ok := own.Of(name); ok {
			delete(table, name)
		}
	}
	for name, p := range own {
		table[name] = p
	}
	return table, nil
}

// Of returns the price of a name: its own, else that of the longest beginning.
func (t Table) Of(name string) (Price, bool) {
	if p, ok := t[name]; ok {
		return p, true
	}
	best, found, length := Price{}, false, -1
	for rule, p := range t {
		beginning, many := strings.CutSuffix(rule, "*")
		if many && strings.HasPrefix(name, beginning) && len(beginning) > length {
			best, found, length = p, true, len(beginning)
		}
	}
	return best, found
}

// Name returns the name of a model in a table; of a connector it is its own.
func Name(engine, model string) string {
	if model == "" {
		return engine
	}
	return engine + "/" + model
}
