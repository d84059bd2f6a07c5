package embed

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/sashabaranov/go-openai"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
)

// maxCause is how much of a server's own words goes to the log, in bytes.
const maxCause = 300

// ask sends one request and returns the unit vectors of its texts by their keys.
func (e *Embedder) ask(ctx context.Context, account connector.Account, batch []input) (map[string][]float32, error) {
	texts := make([]string, len(batch))
	for i, in := range batch {
		texts[i] = in.text
	}
	via := &transport{doer: e.doer, account: account}
	cfg := openai.DefaultConfig(account.Credential)
	cfg.BaseURL, cfg.HTTPClient = e.cfg.BaseURL, via
	// Floats are not asked for by name: there are servers that know no other format
	// and refuse the parameter.
	request := openai.EmbeddingRequestStrings{Input: texts, Model: openai.EmbeddingModel(e.cfg.Model)}
	response, err := openai.NewClientWithConfig(cfg).CreateEmbeddings(ctx, request)
	var mistyped *json.UnmarshalTypeError
	if errors.As(err, &mistyped) {
		response, err = fromBase64(via.body)
	}
	if err != nil {
		return nil, problemOf(ctx, err, account.Credential)
	}
	return inOrder(response.Data, batch)
}

// transport sends the requests of go-openai through a Doer and keeps the answer.
type transport struct {
	doer    connector.Doer
	account connector.Account
	body    []byte
}

// Do implements openai.HTTPDoer.
func (t *transport) Do(req *http.Request) (*http.Response, error) {
	reply, err := t.doer.Do(req.Context(), t.account, req)
	if err != nil {
		return nil, err
	}
	t.body = reply.Body
	return &http.Response{
		StatusCode: reply.Status, Status: http.StatusText(reply.Status), Header: reply.Header,
		Body: io.NopCloser(bytes.NewReader(reply.Body)), Request: req,
	}, nil
}

// fromBase64 reads the answer of a server that sends vectors as base64 unasked.
func fromBase64(body []byte) (openai.EmbeddingResponse, error) {
	var packed openai.EmbeddingResponseBase64
	if err := json.Unmarshal(body, &packed); err != nil {
		return openai.EmbeddingResponse{}, err
	}
	texts := make([]string, len(packed.Data))
	for i, d := range packed.Data {
		texts[i] = string(d.Embedding)
	}
	vectors, err := unpack(texts)
	if err != nil {
		return openai.EmbeddingResponse{}, err
	}
	var response openai.EmbeddingResponse
	for i, d := range packed.Data {
		response.Data = append(response.Data, openai.Embedding{Index: d.Index, Embedding: vectors[i]})
	}
	return response, nil
}

// inOrder gives each text its vector. A vector that is missing, doubled or no
// direction makes the whole answer worthless: nobody could tell which are right.
func inOrder(data []openai.Embedding, batch []input) (map[string][]float32, error) {
	if len(data) != len(batch) {
		return nil, unusable(fmt.Errorf("%d vectors for %d texts", len(data), len(batch)))
	}
	vectors := make(map[string][]float32, len(batch))
	for _, d := range data {
		if d.Index < 0 || d.Index >= len(batch) || vectors[batch[d.Index].key] != nil {
			return nil, unusable(fmt.Errorf("the numbers of %d vectors are not 0 to %d", len(data), len(data)-1))
		}
		vector, err := unit(d.Embedding)
		if err != nil {
			return nil, unusable(err)
		}
		vectors[batch[d.Index].key] = vector
	}
	return vectors, nil
}

// problemOf turns what went wrong into an error for whoever asked. The Doer's own
// errors and the end of ctx pass.
func problemOf(ctx context.Context, err error, credential string) error {
	var problem *connector.Error
	var busy *connector.Busy
	var refused *openai.APIError
	var failed *openai.RequestError
	switch {
	case errors.As(err, &problem):
		return problem
	case errors.As(err, &busy):
		return busy
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &failed): // first, since it may wrap an APIError without a status
		return refusal(failed.HTTPStatusCode, string(failed.Body), credential)
	case errors.As(err, &refused):
		return refusal(refused.HTTPStatusCode, refused.Message, credential)
	}
	return unusable(err)
}

// refusal is an answer with a status from 400 on. Servers show the key that they
// refuse, which the log must not hold.
func refusal(status int, said, credential string) error {
	if credential != "" {
		said = strings.ReplaceAll(said, credential, "…")
	}
	said = strings.ToValidUTF8(said[:min(len(said), maxCause)], "")
	err := &connector.Error{
		Problem: connector.Rejected, Message: "It does not take the texts.",
		Cause: fmt.Errorf("embeddings: status %d: %s", status, said),
	}
	switch status {
	case http.StatusUnauthorized, http.StatusPaymentRequired, http.StatusForbidden:
		err.Problem, err.Message = connector.Denied, "It does not accept the key."
		err.Cause = fmt.Errorf("embeddings: status %d", status) // its words show parts of the key
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		err.Message = "It has no embedding model of that name."
	case http.StatusRequestTimeout:
		err.Problem, err.Message = connector.Unavailable, "It took too long."
	}
	return err
}
