package edge

import (
	"mime"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/researcherpro/researcherpro/gateway/internal/reply"
	"github.com/researcherpro/researcherpro/pkg/errs"
)

const (
	// maxHeader is the most bytes that the fields of a header may have together, and
	// maxFields how many there may be. The server itself stops at twice as much.
	maxHeader = 32 << 10
	maxFields = 100
	// maxQuery is the longest query, in bytes.
	maxQuery = 8 << 10
	// bodyTimeout is how long a body may take that no route has a time for.
	bodyTimeout = 35 * time.Second
)

// shaped refuses requests that no honest client makes, before anything looks at them:
// with huge headers, or with a path or a query that could mean two things.
func shaped(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 {
			// Also for who answers without reading: the server reads the rest then. A
			// writer without a connection behind it, as in tests, has no deadline.
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTimeout))
		}
		code, err := misshapen(r)
		if err != nil {
			reply.ErrorCode(w, r, code, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// misshapen returns what is wrong with the form of a request, and its HTTP status; 0
// is that of the error.
func misshapen(r *http.Request) (int, error) {
	switch {
	case headerOver(r.Header):
		return http.StatusRequestHeaderFieldsTooLarge, errs.Newf(errs.InvalidArgument, "HEADER_TOO_LARGE",
			"the header must have at most %d fields of together at most %d bytes", maxFields, maxHeader)
	case len(r.URL.RawQuery) > maxQuery:
		return http.StatusRequestURITooLong, errs.Newf(errs.InvalidArgument, "QUERY_TOO_LONG", "the query must be at most %d bytes", maxQuery)
	case !plainText(r.URL.Path):
		return 0, errs.New(errs.InvalidArgument, "BAD_PATH", "the path must be UTF-8 without control characters")
	case !clean(r.URL.Path):
		return 0, errs.New(errs.NotFound, "ROUTE_NOT_FOUND", "there is no such route")
	}
	return 0, badQuery(r.URL.RawQuery)
}

// headerOver reports whether a header is too large.
func headerOver(h http.Header) bool {
	size, fields := 0, 0
	for name, values := range h {
		fields += len(values)
		for _, value := range values {
			size += len(name) + len(value)
		}
	}
	return size > maxHeader || fields > maxFields
}

// plainText reports whether text is UTF-8 without control characters.
func plainText(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return r < 0x20 || r == 0x7f })
}

// clean reports whether a path is the only form of itself. Others would be answered
// with a way to the clean one, which is a way around whatever looks at paths.
func clean(p string) bool {
	if p == "*" || p == "/" {
		return true
	}
	return path.Clean(p) == strings.TrimSuffix(p, "/")
}

// badQuery names the parameter that cannot be read. The standard library leaves out
// what it cannot read, and a filter that is left out finds too much.
func badQuery(raw string) error {
	if raw == "" {
		return nil
	}
	values, err := url.ParseQuery(raw)
	if err != nil {
		return errs.Field("query", "is malformed: parameters are separated by &, and % begins an escape")
	}
	for name, all := range values {
		for _, value := range all {
			if !utf8.ValidString(name) || strings.ContainsRune(name+value, 0) {
				return errs.Field("query", "must be UTF-8 without NUL")
			}
			if !utf8.ValidString(value) {
				return errs.Field(name, "must be UTF-8")
			}
		}
	}
	return nil
}

// notJSON returns why the body of a request cannot be JSON: it says so itself. One
// that does not say is taken for JSON; what a client accepts is not looked at,
// because there is one form of every answer.
func notJSON(r *http.Request) error {
	given := r.Header.Values("Content-Type")
	if r.ContentLength == 0 || len(given) == 0 {
		return nil
	}
	mediaType, params, err := mime.ParseMediaType(given[0])
	charset := strings.ToLower(params["charset"])
	if len(given) == 1 && err == nil && (charset == "" || charset == "utf-8") &&
		(mediaType == "application/json" || strings.HasSuffix(mediaType, "+json")) {
		return nil
	}
	return errs.Newf(errs.InvalidArgument, "UNSUPPORTED_MEDIA_TYPE", "the body must be application/json in UTF-8, it is %s", strconv.QuoteToASCII(given[0]))
}
