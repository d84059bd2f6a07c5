package calls

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/researcherpro/researcherpro/pkg/llm"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/spend"
)

// query is one call with all that is known of it before it is made.
type query struct {
	account spend.Account
	ask     spend.Ask
	request llm.Request
	bypass  bool
	// cacheKey is the same for all who ask the same in the workspace.
	cacheKey string
	// ticket names the call in the line for the server.
	ticket string

	onText  func(string) error
	written *bool // whether something was written to onText
}

// query returns what is known of a call.
func (m *Maker) query(s Scope, call engine.Call) (query, error) {
	r := call.Request
	for _, model := range []string{s.Model, m.Clients.Model(s.Engine)} {
		if r.Model == "" {
			r.Model = model
		}
	}
	if r.MaxTokens <= 0 {
		return query{}, fmt.Errorf("call %s of engine %s does not say how much may be written", call.Prompt, s.Engine)
	}
	text, err := json.Marshal(r)
	if err != nil {
		return query{}, fmt.Errorf("encode call %s: %w", call.Prompt, err)
	}
	q := query{
		account: spend.Account{
			WorkspaceID: s.WorkspaceID, UserID: s.UserID, AnalysisID: s.AnalysisID, Task: s.Task, Step: string(s.Step),
			Engine: s.Engine, Model: r.Model, Budget: spend.Amount(s.Budget),
		},
		ask:     spend.Ask{Prompt: call.Prompt, Input: mostTokens(r), MaxOutput: int64(r.MaxTokens), MinOutput: leastOutput(r.MaxTokens)},
		request: r, bypass: s.Bypass,
		cacheKey: s.WorkspaceID + ":" + hex.EncodeToString(digest(s.Engine, call.Prompt, string(text))),
		ticket:   rand.Text(),
		written:  new(bool),
	}
	if s.AnalysisID != "" && s.Task != "" {
		q.ask.Key = digest(s.Task, s.Engine, call.Prompt, string(text))
		q.ticket = s.AnalysisID + ":" + hex.EncodeToString(q.ask.Key)
	}
	if call.OnText != nil {
		q.onText = func(piece string) error {
			*q.written = true
			return call.OnText(piece)
		}
	}
	return q, nil
}

// digest is the SHA-256 of parts, each with its length before it.
func digest(parts ...string) []byte {
	h := sha256.New()
	for _, part := range parts {
		fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return h.Sum(nil)
}

// The least that is worth writing, when there is no room for all: an answer that is
// cut short helps nobody, one that was given twice what it needs is common.
const (
	leastShare  = 2
	leastTokens = 256
)

// leastOutput is how few tokens may be written at least, of so many.
func leastOutput(maxTokens int) int64 {
	return int64(min(max(maxTokens/leastShare, leastTokens), maxTokens))
}

// told reports whether a part of the answer is with the reader already: then making
// the call again would tell it twice.
func (q query) told() bool { return *q.written }

// tell gives a text in one piece to who wanted it while it is written.
func (q query) tell(text string) error {
	if q.onText == nil || text == "" {
		return nil
	}
	return q.onText(text)
}

// replay returns an answer that was kept.
func (q query) replay(stored []byte, err error) (llm.Response, error) {
	if err != nil {
		return llm.Response{}, err
	}
	response, err := decode(stored)
	if err != nil {
		return response, err
	}
	return response, q.tell(response.Text)
}

// decode reads an answer that was kept.
func decode(stored []byte) (llm.Response, error) {
	var response llm.Response
	if err := json.Unmarshal(stored, &response); err != nil {
		return response, fmt.Errorf("decode an answer that was kept: %w", err)
	}
	return response, nil
}
