package edge

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/researcherpro/researcherpro/gateway/internal/reply"
)

// APIPrefix is where the protos put the API.
const APIPrefix = "/api/v1"

// errTooLarge ends the reading of a body that is over its limit.
var errTooLarge = errors.New("body over the limit")

// Bounded limits a handler: the request's body to JSON of limit bytes, and the request
// as a whole to the given time, the slow reading and writing of a client
// included. It is not for streams.
func Bounded(next http.Handler, limit int64, timeout time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), timeout)
		defer cancel()
		// The deadlines of the connection end after the context's, so that a
		// late answer is an error that the client reads, not a broken pipe. A
		// writer without a connection behind it, as in tests, has none to set.
		rc := http.NewResponseController(w)
		_ = rc.SetReadDeadline(time.Now().Add(timeout + 5*time.Second))
		_ = rc.SetWriteDeadline(time.Now().Add(2*timeout + 5*time.Second))
		r = r.WithContext(ctx)
		if !LimitBody(r, limit) {
			reply.Error(w, r, errTooLarge)
			return
		}
		if err := notJSON(r); err != nil {
			reply.ErrorCode(w, r, http.StatusUnsupportedMediaType, err)
			return
		}
		// How long a call may take is the edge's decision.
		r.Header.Del("Grpc-Timeout")
		next.ServeHTTP(w, r)
	})
}

// LimitBody limits the body of a request. It returns false when the client has
// announced more, so that the answer need not wait for the bytes.
func LimitBody(r *http.Request, limit int64) bool {
	body := &limitedBody{ReadCloser: r.Body, limit: limit, left: limit}
	body.over = r.ContentLength > limit
	r.Body = body
	return !body.over
}

// limitedBody is a body that fails behind its limit and remembers it.
type limitedBody struct {
	io.ReadCloser
	limit, left int64
	over        bool
}

// Exceeded reports the limit and whether the body was over it.
func (b *limitedBody) Exceeded() (int64, bool) { return b.limit, b.over }

// Read implements io.Reader.
func (b *limitedBody) Read(p []byte) (int, error) {
	if b.over {
		return 0, errTooLarge
	}
	// One byte more than is left, to tell a body that fits from a longer one.
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	if int64(n) > b.left {
		n, b.over, err = int(b.left), true, errTooLarge
	}
	b.left -= int64(n)
	return n, err
}

// prefixed lets the API stand under another path than the protos have it.
func prefixed(next http.Handler, prefix string) http.Handler {
	prefix = strings.TrimSuffix(prefix, "/")
	if prefix == APIPrefix {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case under(r.URL.Path, prefix):
			r = r.Clone(r.Context())
			r.URL.Path = APIPrefix + strings.TrimPrefix(r.URL.Path, prefix)
			r.URL.RawPath = ""
		case under(r.URL.Path, APIPrefix):
			NotFound(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// under reports whether a path is prefix or below it.
func under(path, prefix string) bool {
	rest, ok := strings.CutPrefix(path, prefix)
	return ok && (rest == "" || rest[0] == '/')
}
