package wire

import (
	"math"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/spend/price"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
)

// LedgerUsage returns a sum of the ledger as callers see it.
func LedgerUsage(u store.Usage) *analysisv1.Usage {
	return &analysisv1.Usage{
		Calls: count(u.Calls), CachedCalls: count(u.CachedCalls), CostUsd: price.ToUSD(u.Cost),
		InputTokens: u.InputTokens, CachedInputTokens: u.CachedInputTokens,
		OutputTokens: u.OutputTokens, ReasoningTokens: u.ReasoningTokens,
	}
}

// count fits a number of calls into the contract's field.
func count(n int64) int32 { return int32(min(n, math.MaxInt32)) }
