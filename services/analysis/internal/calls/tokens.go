package calls

import "github.com/researcherpro/researcherpro/pkg/llm"

const (
	// templateTokens is what servers may put around the messages of a call besides.
	templateTokens = 64
	// The estimate of package llm misses a quarter at worst (of random letters): a third
	// more is above that for whatever may stand in a source.
	marginUp, marginDown = 4, 3
)

// mostTokens returns how many tokens a request sends at most.
func mostTokens(r llm.Request) int64 {
	return (llm.CountRequest(r)*marginUp+marginDown-1)/marginDown + templateTokens
}
