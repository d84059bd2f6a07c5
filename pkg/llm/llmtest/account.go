package llmtest

import (
	"slices"

	"github.com/researcherpro/researcherpro/pkg/llm"
)

// bytesPerToken is the rule by which tokens are counted.
const bytesPerToken = 4

// What Perplexity takes here, in billionths of a US dollar: for each token in or out,
// and for each request unless its search is switched off.
const (
	TokenNanoUSD   = 1_000
	RequestNanoUSD = 5_000_000
)

// Tokens is how many tokens a text has.
func Tokens(text string) int64 {
	return int64((len(text) + bytesPerToken - 1) / bytesPerToken)
}

// Call is a request that was served, with what became of it.
type Call struct {
	Request
	Reply Reply
	// Answered says that the whole answer was written, and that the caller had not
	// gone away before its last piece. Answers with an error are none.
	Answered bool
	// Usage is what was used: of a call that broke off, what had been written by then.
	// It is zero for errors.
	Usage llm.Usage
}

// Account is what a key used.
type Account struct {
	// Requests are all, Answered those whose whole answer was written, Broken those
	// whose answer broke off, Failed those that got an error.
	Requests, Answered, Broken, Failed int
	// Usage is that of the answered, Lost that of the broken.
	Usage, Lost llm.Usage
}

// Calls are all calls so far whose end is known, in the order of their ends.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// Account is what a key used so far.
func (s *Server) Account(key string) Account {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.accounts[key]
}

// Total is what all keys used so far.
func (s *Server) Total() Account {
	s.mu.Lock()
	defer s.mu.Unlock()
	var total Account
	for _, a := range s.accounts {
		total.Requests += a.Requests
		total.Answered += a.Answered
		total.Broken += a.Broken
		total.Failed += a.Failed
		total.Usage = plus(total.Usage, a.Usage)
		total.Lost = plus(total.Lost, a.Lost)
	}
	return total
}

// begin gives a request its number and counts it.
func (s *Server) begin(key string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.accounts[key]
	a.Requests++
	s.accounts[key] = a
	total := 0
	for _, a := range s.accounts {
		total += a.Requests
	}
	return total
}

// end enters what became of a request.
func (s *Server) end(c Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.accounts[c.Key]
	switch {
	case c.Reply.verbatim():
		a.Failed++
	case c.Answered:
		a.Answered++
		a.Usage = plus(a.Usage, c.Usage)
	default:
		a.Broken++
		a.Lost = plus(a.Lost, c.Usage)
	}
	s.accounts[c.Key] = a
	s.calls = append(s.calls, c)
}

// plus adds up.
func plus(a, b llm.Usage) llm.Usage {
	a.InputTokens += b.InputTokens
	a.CachedInputTokens += b.CachedInputTokens
	a.OutputTokens += b.OutputTokens
	a.ReasoningTokens += b.ReasoningTokens
	if b.CostNanoUSD != nil {
		sum := *b.CostNanoUSD
		if a.CostNanoUSD != nil {
			sum += *a.CostNanoUSD
		}
		a.CostNanoUSD = &sum
	}
	return a
}

// usage is what a request used when so much was written.
func usage(req Request, reply Reply, reasoning, text string) llm.Usage {
	u := llm.Usage{
		CachedInputTokens: reply.Cached,
		OutputTokens:      Tokens(reasoning) + Tokens(text), ReasoningTokens: Tokens(reasoning),
	}
	for _, m := range req.Messages {
		u.InputTokens += Tokens(m.Text)
	}
	if req.Perplexity {
		cost := (u.InputTokens + u.OutputTokens) * TokenNanoUSD
		if string(req.Fields["disable_search"]) != "true" {
			cost += RequestNanoUSD
		}
		u.CostNanoUSD = &cost
	}
	return u
}
