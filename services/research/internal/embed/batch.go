package embed

import (
	"context"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/sync/errgroup"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
)

// The limits of a request, within those of all servers known (OpenAI takes 2,048
// texts and 300,000 tokens, local servers far less), and how many of them one
// question sends side by side.
const (
	maxBatchTexts  = 128
	maxBatchTokens = 8_000
	parallel       = 4
)

// bytesPerToken is how much plain ASCII a token holds at least, on average:
// English has more than four, code and numbers about three.
const bytesPerToken = 3

// estimate returns about how many tokens a text has, rather too many than too few:
// outside of ASCII a character may well be a token of its own.
func estimate(text string) int {
	ascii, tokens := 0, 0
	for _, r := range text {
		if r < utf8.RuneSelf {
			ascii++
		} else {
			tokens++
		}
	}
	return tokens + (ascii+bytesPerToken-1)/bytesPerToken
}

// cut returns the beginning of a text that has at most so many tokens, by whole
// words where there are any.
func cut(text string, tokens int) string {
	thirds, limit := 0, tokens*bytesPerToken
	for at, r := range text {
		if r < utf8.RuneSelf {
			thirds++
		} else {
			thirds += bytesPerToken
		}
		if thirds <= limit {
			continue
		}
		if space := strings.LastIndexAny(text[:at], " \n\t"); space > at/2 {
			at = space
		}
		return text[:at]
	}
	return text
}

// batches divides inputs into requests.
func batches(inputs []input) [][]input {
	var out [][]input
	tokens := 0
	for _, in := range inputs {
		last := len(out) - 1
		if last < 0 || len(out[last]) == maxBatchTexts || tokens+in.tokens > maxBatchTokens {
			out = append(out, nil)
			last, tokens = last+1, 0
		}
		out[last] = append(out[last], in)
		tokens += in.tokens
	}
	return out
}

// fetch asks the model for the vectors of inputs and puts them into vectors and
// the cache. The first batch that fails ends the others; what came before it is
// kept.
func (e *Embedder) fetch(ctx context.Context, account connector.Account, inputs []input, vectors map[string][]float32) error {
	var mu sync.Mutex
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for _, batch := range batches(inputs) {
		group.Go(func() error {
			fresh, err := e.ask(groupCtx, account, batch)
			if err != nil {
				return err
			}
			e.keep(ctx, fresh)
			mu.Lock()
			defer mu.Unlock()
			for key, vector := range fresh {
				vectors[key] = vector
			}
			return nil
		})
	}
	return group.Wait()
}
