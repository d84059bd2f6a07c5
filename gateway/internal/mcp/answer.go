package mcp

import (
	"bytes"
	"fmt"
	"mime"
	"net/http"
	"sync"
	"time"

	"github.com/researcherpro/researcherpro/gateway/internal/reply"
	"github.com/researcherpro/researcherpro/pkg/errs"
)

// maxRefusal is how much is kept of the words with which the SDK refuses a request.
const maxRefusal = 500

// answer is the way back to the client. It lets a stream that is quiet show signs of
// life, which keeps proxies from closing it, and turns the plain words with which the
// SDK refuses a request into a Status like every other error of the edge.
type answer struct {
	w       http.ResponseWriter
	request *http.Request

	mu       sync.Mutex // writes come from the SDK and from the heartbeat
	begun    bool
	written  time.Time
	refusing int          // the status, while the words are collected
	words    bytes.Buffer // of the refusal
}

func newAnswer(w http.ResponseWriter, r *http.Request) *answer {
	w.Header().Set("X-Accel-Buffering", "no") // nginx would hold progress back
	return &answer{w: w, request: r}
}

// keepAlive writes a comment whenever nothing was written for a while, until stop. It
// is for tools, which run when the SDK has set the headers and writes none any more.
func (a *answer) keepAlive(pause time.Duration) (stop func()) {
	done := make(chan struct{})
	var beating sync.WaitGroup
	beating.Go(func() {
		ticker := time.NewTicker(pause)
		defer ticker.Stop()
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				a.beat(pause)
			}
		}
	})
	return func() {
		close(done)
		beating.Wait()
	}
}

func (a *answer) beat(pause time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if time.Since(a.written) < pause/2 {
		return
	}
	a.begun, a.written = true, time.Now()
	if _, err := a.w.Write([]byte(": heartbeat\n\n")); err == nil {
		_ = http.NewResponseController(a.w).Flush() // the next write tells, too
	}
}

// Header implements http.ResponseWriter.
func (a *answer) Header() http.Header { return a.w.Header() }

// WriteHeader implements http.ResponseWriter.
func (a *answer) WriteHeader(code int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	kind, _, _ := mime.ParseMediaType(a.w.Header().Get("Content-Type"))
	if code >= http.StatusBadRequest && kind == "text/plain" && !a.begun {
		a.refusing = code
		return
	}
	a.begun = true
	a.w.WriteHeader(code)
}

// Write implements http.ResponseWriter.
func (a *answer) Write(p []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.refusing != 0 {
		a.words.Write(p[:min(len(p), maxRefusal-min(maxRefusal, a.words.Len()))])
		return len(p), nil
	}
	a.begun, a.written = true, time.Now()
	return a.w.Write(p)
}

// FlushError lets http.ResponseController flush.
func (a *answer) FlushError() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.refusing != 0 {
		return nil
	}
	return http.NewResponseController(a.w).Flush()
}

// end writes the refusal if it came to one.
func (a *answer) end() {
	if a.refusing == 0 {
		return
	}
	if a.refusing >= http.StatusInternalServerError {
		reply.ErrorCode(a.w, a.request, a.refusing, fmt.Errorf("mcp: %s", a.words.String()))
		return
	}
	words := string(bytes.TrimSpace(bytes.ToValidUTF8(a.words.Bytes(), nil)))
	reply.ErrorCode(a.w, a.request, a.refusing, errs.New(errs.InvalidArgument, "MCP_REQUEST", words))
}
