package embed_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"hash/fnv"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
)

// server is an embedding server that counts what it is asked. Without a script it
// answers as it should: a text's vector has a share for each of its words.
type server struct {
	*httptest.Server
	mu       sync.Mutex
	requests []request
	script   []http.HandlerFunc // what it answers instead, one after the other
	size     int                // numbers in a vector
}

// request is what it was asked.
type request struct {
	path, key string
	Model     string
	Input     []string
	Format    string `json:"encoding_format"`
}

// newServer starts a server on the loopback.
func newServer(t *testing.T, script ...http.HandlerFunc) *server {
	t.Helper()
	s := &server{script: script, size: 32}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got := request{path: r.URL.Path, key: r.Header.Get("Authorization")}
		assert.NoError(t, json.NewDecoder(r.Body).Decode(&got))
		s.mu.Lock()
		s.requests = append(s.requests, got)
		var next http.HandlerFunc
		if len(s.script) > 0 {
			next, s.script = s.script[0], s.script[1:]
		}
		size := s.size
		s.mu.Unlock()
		if next != nil {
			next(w, r)
			return
		}
		assert.NoError(t, json.NewEncoder(w).Encode(answerTo(got.Input, size)))
	}))
	t.Cleanup(s.Close)
	return s
}

// asked returns the texts of all requests in alphabetical order.
func (s *server) asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var texts []string
	for _, r := range s.requests {
		texts = append(texts, r.Input...)
	}
	slices.Sort(texts)
	return texts
}

// answerTo returns the proper answer, its vectors in reverse, as the contract lets
// servers do.
func answerTo(texts []string, size int) map[string]any {
	var data []map[string]any
	for i, text := range slices.Backward(texts) {
		vector := make([]float32, size)
		for _, word := range strings.Fields(text) {
			h := fnv.New32()
			_, _ = io.WriteString(h, word)
			vector[h.Sum32()%uint32(size)]++
		}
		data = append(data, map[string]any{"object": "embedding", "index": i, "embedding": vector})
	}
	return map[string]any{"object": "list", "data": data, "model": "m", "usage": map[string]int{"prompt_tokens": 1, "total_tokens": 1}}
}

// says is an answer with a status and a body.
func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// doer keeps the contract of connector.Doer with nothing but an HTTP client.
type doer struct{}

// Do implements connector.Doer.
func (doer) Do(ctx context.Context, _ connector.Account, req *http.Request) (connector.Reply, error) {
	response, err := http.DefaultClient.Do(req.WithContext(ctx))
	if err != nil {
		if ctx.Err() != nil {
			return connector.Reply{}, ctx.Err()
		}
		return connector.Reply{}, &connector.Error{Problem: connector.Unreachable, Message: "It cannot be reached.", Cause: err}
	}
	defer response.Body.Close()
	var body bytes.Buffer
	if _, err := body.ReadFrom(response.Body); err != nil {
		return connector.Reply{}, err
	}
	switch {
	case response.StatusCode == http.StatusTooManyRequests:
		return connector.Reply{}, &connector.Error{Problem: connector.Limited, Message: "It said that there were too many requests."}
	case response.StatusCode >= http.StatusInternalServerError:
		return connector.Reply{}, &connector.Error{Problem: connector.Unavailable, Message: "It does not work at the moment."}
	}
	return connector.Reply{Status: response.StatusCode, Header: response.Header, Body: body.Bytes()}, nil
}

// broken is a Cache that never works.
type broken struct{}

func (broken) Vectors(context.Context, []string) (map[string][]float32, error) {
	return nil, errors.New("no cache")
}

func (broken) Keep(context.Context, map[string][]float32) error { return errors.New("no cache") }
