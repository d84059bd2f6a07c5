package llm

import (
	"slices"
	"strings"

	lru "github.com/hashicorp/golang-lru/v2"
)

// quirksKept is how many models' quirks are remembered.
const quirksKept = 1000

// Quirks remembers how models of servers differ from the rest: which parameters they
// refuse. It is shared by clients, so that each server is asked only once; it is safe
// for concurrent use.
type Quirks struct{ seen *lru.Cache[string, []string] }

// NewQuirks returns a memory without contents.
func NewQuirks() *Quirks {
	seen, err := lru.New[string, []string](quirksKept)
	if err != nil {
		panic(err) // the size is positive
	}
	return &Quirks{seen: seen}
}

// The quirks that are remembered: the names of parameters that must not be sent, and
// that answers begin with a thought whose first mark is not sent.
const (
	paramMaxCompletionTokens = "max_completion_tokens"
	paramMaxTokens           = "max_tokens"
	paramSchema              = "response_format"
	paramStreamOptions       = "stream_options"
	paramTemperature         = "temperature"
	paramDisableSearch       = "disable_search"
	paramStreamMode          = "stream_mode"
	startsThinking           = "starts thinking"
)

// of returns what is known of a model of a server.
func (q *Quirks) of(server, model string) []string {
	known, _ := q.seen.Get(server + " " + model)
	return known
}

// add remembers a quirk of a model. Two that learn at once may forget what the other
// learnt, which costs one request more.
func (q *Quirks) add(server, model, quirk string) {
	known := q.of(server, model)
	if !slices.Contains(known, quirk) {
		q.seen.Add(server+" "+model, append(slices.Clone(known), quirk))
	}
}

// bareModel is a model's name without the maker that routers put before it.
func bareModel(model string) string {
	return strings.ToLower(model[strings.LastIndexByte(model, '/')+1:])
}

// reasons says that a model is one of OpenAI's that think before they answer: o1 and its
// kin, GPT-5 and those after it. They take no temperature, and call the limit
// max_completion_tokens.
func reasons(model string) bool {
	model = bareModel(model)
	if rest, ok := strings.CutPrefix(model, "gpt-"); ok {
		number := 0
		for _, c := range []byte(rest) {
			if c < '0' || c > '9' {
				break
			}
			number = min(number*10+int(c-'0'), 1000)
		}
		return number >= 5 && !strings.HasSuffix(model, "-chat-latest")
	}
	return len(model) > 1 && model[0] == 'o' && model[1] >= '1' && model[1] <= '9'
}
