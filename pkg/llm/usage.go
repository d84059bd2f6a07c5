package llm

import (
	"encoding/json"
	"math/big"
)

// usage is what a server says was used.
type usage struct {
	Prompt     int64 `json:"prompt_tokens"`
	Completion int64 `json:"completion_tokens"`
	Details    struct {
		Cached int64 `json:"cached_tokens"`
	} `json:"prompt_tokens_details"`
	Written struct {
		Reasoning int64 `json:"reasoning_tokens"`
	} `json:"completion_tokens_details"`
	// CacheHit is DeepSeek's name for what lay in its cache.
	CacheHit int64 `json:"prompt_cache_hit_tokens"`
	// Citation and Reasoning are Perplexity's, beside the others: pages that it read,
	// and thoughts.
	Citation  int64 `json:"citation_tokens"`
	Reasoning int64 `json:"reasoning_tokens"`
	// Cost is a number of dollars at OpenRouter, an object at Perplexity.
	Cost json.RawMessage `json:"cost"`
}

// usage is that in our words.
func (u usage) usage() Usage {
	return Usage{
		InputTokens: max(u.Prompt, 0) + max(u.Citation, 0), CachedInputTokens: max(u.Details.Cached, u.CacheHit, 0),
		OutputTokens: max(u.Completion, 0) + max(u.Reasoning, 0), ReasoningTokens: max(u.Written.Reasoning, 0) + max(u.Reasoning, 0),
		CostNanoUSD: u.cost(),
	}
}

// nano are the billionths in a dollar.
const nano = 1_000_000_000

// maxDollars is more than any call costs; what is above it is a mistake.
const maxDollars = 1_000_000

// cost is what it cost in billionths of a dollar, rounded up; nil if that is not said.
func (u usage) cost() *int64 {
	var object struct {
		Total json.Number `json:"total_cost"`
	}
	var number json.Number
	if json.Unmarshal(u.Cost, &object) == nil {
		number = object.Total
	} else if json.Unmarshal(u.Cost, &number) != nil {
		return nil
	}
	dollars, ok := new(big.Rat).SetString(shortNumber(number))
	if !ok || dollars.Sign() < 0 || dollars.Cmp(big.NewRat(maxDollars, 1)) > 0 {
		return nil
	}
	exact := dollars.Mul(dollars, big.NewRat(nano, 1))
	rounded := new(big.Int).Add(exact.Num(), exact.Denom())
	rounded.Sub(rounded, big.NewInt(1)).Quo(rounded, exact.Denom())
	cost := rounded.Int64()
	return &cost
}

// shortNumber is a number, unless its digits or its exponent are such that computing
// with it would take long.
func shortNumber(n json.Number) string {
	f, err := n.Float64()
	if err != nil || len(n) > 40 || f != 0 && (f < 1e-30 || f > 1e30) {
		return ""
	}
	return n.String()
}
