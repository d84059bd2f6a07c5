package rest

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/cespare/xxhash/v2"
	"google.golang.org/protobuf/proto"

	"github.com/researcherpro/researcherpro/gateway/internal/edge"
	"github.com/researcherpro/researcherpro/gateway/internal/entity"
	"github.com/researcherpro/researcherpro/gateway/internal/reply"
	"github.com/researcherpro/researcherpro/pkg/errs"
)

// tagged gives an answer the entity tag of the resource that it shows. It changes
// with everything that is shown, so it is a strong one.
func tagged(_ context.Context, w http.ResponseWriter, m proto.Message) error {
	if versioned, ok := m.(interface{ GetEtag() string }); ok && versioned.GetEtag() != "" {
		w.Header().Set("Etag", entity.Strong(versioned.GetEtag()).String())
	}
	return nil
}

// reading is the answer to a GET. It gives what has no etag a tag made of its bytes,
// so that asking again costs little, and leaves the body out when the client has it.
type reading struct {
	http.ResponseWriter
	request *http.Request
	begun   bool
	spared  bool // the client has the body
}

// WriteHeader implements http.ResponseWriter: what sets a status itself is an error.
func (w *reading) WriteHeader(code int) {
	w.begun = true
	w.ResponseWriter.WriteHeader(code)
}

// Write implements http.ResponseWriter. The first write of an answer that is whole
// decides.
func (w *reading) Write(body []byte) (int, error) {
	if !w.begun {
		w.begun = true
		w.spared = w.cacheable(len(body)) && w.answered(w.describe(body))
	}
	if w.spared {
		return len(body), nil
	}
	return w.ResponseWriter.Write(body)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *reading) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// cacheable reports whether the answer may be kept by the client and is whole.
// Answers about accounts and tokens are not for any cache.
func (w *reading) cacheable(size int) bool {
	return w.Header().Get("Content-Length") == strconv.Itoa(size) &&
		!strings.HasPrefix(w.request.URL.Path, edge.APIPrefix+"/auth/")
}

// describe sets the headers of an answer that can be kept, and returns its tag.
func (w *reading) describe(body []byte) entity.Tag {
	h := w.Header()
	h.Set("Cache-Control", "private, no-cache") // ask again, which the tag makes cheap
	h.Add("Vary", "Authorization, X-Workspace-Id")
	if given, ok := entity.Parse(h.Values("Etag")); ok {
		return given.List[0]
	}
	// Weak: another build may put other white space into the same answer.
	tag := entity.Tag{Weak: true, Opaque: strconv.FormatUint(xxhash.Sum64(body), 16)}
	h.Set("Etag", tag.String())
	return tag
}

// answered answers what the conditions of the request decide (RFC 9110, section
// 13.2.2), and returns whether they do.
func (w *reading) answered(tag entity.Tag) bool {
	h := w.request.Header
	if values := h.Values("If-Match"); len(values) > 0 {
		if tags, ok := entity.Parse(values); !ok || !tags.Identical(tag) {
			reply.ErrorCode(w.ResponseWriter, w.request, http.StatusPreconditionFailed,
				errs.New(errs.Conflict, errs.ETagMismatch, "it is not what If-Match names"))
			return true
		}
	}
	if tags, ok := entity.Parse(h.Values("If-None-Match")); ok && tags.Same(tag) {
		w.Header().Del("Content-Type")
		w.Header().Del("Content-Length")
		w.ResponseWriter.WriteHeader(http.StatusNotModified)
		return true
	}
	return false
}
