package edge

import (
	"fmt"
	"mime"
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzhttp"

	"github.com/researcherpro/researcherpro/gateway/internal/entity"
	"github.com/researcherpro/researcherpro/gateway/internal/reply"
	"github.com/researcherpro/researcherpro/pkg/errs"
)

// minCompressed is the size from which compressing pays: below it an answer takes
// one packet in any case.
const minCompressed = 1024

// The codings that answers come in. Another coding is another representation, so a
// strong entity tag gets another ending in each (RFC 9110, section 8.8.3.3).
const gzipEnding, zstdEnding = "-gzip", "-zstd"

// Compressed compresses the answers of a handler with zstd or gzip, as the client
// accepts them. Left alone are streams of events, whose every word must go out at
// once, parts of files, what is compressed already, and answers that hold secrets
// beside words that somebody else could choose: the length of a compressed one
// tells of the secret (BREACH).
func Compressed(next http.Handler) (http.Handler, error) {
	wrap, err := gzhttp.NewWrapper(
		gzhttp.MinSize(minCompressed), gzhttp.SuffixETag(gzipEnding), gzhttp.ContentTypeFilter(compressible))
	if err != nil {
		return nil, fmt.Errorf("set up compression: %w", err)
	}
	compressing := wrap(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if streams(r) || secretive(r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		if r.Header.Get("Range") != "" { // also when the whole is the answer: the client has a plain part
			w.Header().Add("Vary", "Accept-Encoding")
			next.ServeHTTP(w, r)
			return
		}
		if given := r.Header.Get("If-None-Match") + r.Header.Get("If-Match"); strings.Contains(given, gzipEnding) || strings.Contains(given, zstdEnding) {
			w, r = uncoded(w, r)
		}
		compressing.ServeHTTP(w, r)
	}), nil
}

// PlainBodies refuses requests whose bodies are compressed: what they would grow to
// nobody knows before.
func PlainBodies(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if coding := r.Header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
			w.Header().Set("Accept-Encoding", "identity") // what is taken instead (RFC 9110, section 12.5.3)
			reply.ErrorCode(w, r, http.StatusUnsupportedMediaType, errs.Field("Content-Encoding", "must be left out: bodies are taken as they are"))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// streams reports whether the answer may be written bit by bit.
func streams(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "text/event-stream") || r.Header.Get("Upgrade") != ""
}

// secretive reports whether the answers of a path may tell a token or a key.
func secretive(path string) bool {
	rest, ok := strings.CutPrefix(path, APIPrefix+"/")
	if !ok {
		return false
	}
	first, rest, _ := strings.Cut(rest, "/")
	switch first {
	case "auth", "api-keys", "credentials", "invitations:accept":
		return true
	case "workspaces":
		return strings.HasSuffix(rest, "/members")
	case "reports":
		return strings.HasSuffix(rest, "/shares")
	}
	return false
}

// compressible reports whether a media type is text.
func compressible(contentType string) bool {
	mediaType, _, err := mime.ParseMediaType(contentType)
	if err != nil || mediaType == "text/event-stream" {
		return false
	}
	switch mediaType {
	case "application/json", "application/javascript", "application/xml", "image/svg+xml",
		"application/x-bibtex", "application/x-research-info-systems":
		return true
	}
	return strings.HasPrefix(mediaType, "text/") || strings.HasSuffix(mediaType, "+json") || strings.HasSuffix(mediaType, "+xml")
}

// uncoded takes the endings off the tags in the conditions of a request: a client
// that has a compressed copy has what the tag without the ending names. If-Range
// keeps its ending, as parts of files are never compressed and do not fit one that
// is.
func uncoded(w http.ResponseWriter, r *http.Request) (http.ResponseWriter, *http.Request) {
	plain := strings.NewReplacer(gzipEnding+`"`, `"`, zstdEnding+`"`, `"`)
	given := r.Header.Values("If-None-Match")
	r = r.Clone(r.Context())
	for _, name := range []string{"If-None-Match", "If-Match"} {
		for i, value := range r.Header[http.CanonicalHeaderKey(name)] {
			r.Header[http.CanonicalHeaderKey(name)][i] = plain.Replace(value)
		}
	}
	tags, _ := entity.Parse(given)
	return &coded{ResponseWriter: w, given: tags}, r
}

// coded is the answer to a client that has a compressed copy.
type coded struct {
	http.ResponseWriter
	given entity.Tags
}

// WriteHeader implements http.ResponseWriter. NOT_MODIFIED names the copy that the
// client has, for a cache that has several.
func (w *coded) WriteHeader(code int) {
	if code == http.StatusNotModified {
		w.nameCopy()
	}
	w.ResponseWriter.WriteHeader(code)
}

// nameCopy sets the tag of the client's copy, if it is a compressed one.
func (w *coded) nameCopy() {
	present, ok := entity.Parse(w.Header().Values("Etag"))
	if !ok {
		return
	}
	for _, ending := range []string{zstdEnding, gzipEnding} {
		tag := present.List[0]
		tag.Opaque += ending
		if w.given.Same(tag) && !w.given.Any {
			w.Header().Set("Etag", tag.String())
			return
		}
	}
}

// Unwrap lets http.ResponseController reach the connection.
func (w *coded) Unwrap() http.ResponseWriter { return w.ResponseWriter }
