package transfer

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// part is the part of a file that a client asks for.
type part struct {
	isRange bool
	offset  int64 // from the end if it is negative
	length  int64 // 0 is all that is left
}

// oneRange is a range of bytes that is one (RFC 9110, section 14.1.2).
var oneRange = regexp.MustCompile(`^bytes=(\d{0,18})-(\d{0,18})$`)

// rangeOf reads the Range header. What is no single range of bytes is no range: a server
// may always send the whole.
func rangeOf(h http.Header) part {
	m := oneRange.FindStringSubmatch(strings.ReplaceAll(h.Get("Range"), " ", ""))
	if m == nil || m[1] == "" && m[2] == "" {
		return part{}
	}
	from, _ := strconv.ParseInt("0"+m[1], 10, 64)
	to, _ := strconv.ParseInt("0"+m[2], 10, 64)
	switch {
	case m[1] == "" && to == 0: // the last no bytes
		return part{}
	case m[1] == "":
		return part{isRange: true, offset: -to}
	case m[2] == "":
		return part{isRange: true, offset: from}
	case to < from:
		return part{}
	}
	return part{isRange: true, offset: from, length: to - from + 1}
}

// size returns how large the whole file is, if the service says so.
func (f file) size() (int64, bool) {
	given := f.md.Get("content-size")
	if len(given) == 0 {
		return 0, false
	}
	size, err := strconv.ParseInt(given[0], 10, 64)
	return size, err == nil && size >= 0
}

// tag is the file's entity tag, in its quotes; empty if it has none.
func (f file) tag() string {
	if given := f.md.Get("etag"); len(given) > 0 {
		return given[0]
	}
	return ""
}

// fits reports whether an If-Range header, if there is one, names this file.
func (f file) fits(ifRange string) bool { return ifRange == "" || ifRange == f.tag() }

// matches reports whether an If-None-Match header names this file.
func (f file) matches(ifNoneMatch string) bool {
	for _, candidate := range strings.Split(ifNoneMatch, ",") {
		if c := strings.TrimSpace(candidate); f.tag() != "" && (c == "*" || strings.TrimPrefix(c, "W/") == f.tag()) {
			return true
		}
	}
	return false
}

// rangeless says how large the file is that the part is not in (RFC 9110, 15.5.17).
func (f file) rangeless(h http.Header) {
	if size, known := f.size(); known {
		h.Set("Content-Range", fmt.Sprintf("bytes */%d", size))
	}
}

// limit says what part of the file the answer holds, and returns the answer's status.
func (f file) limit(h http.Header, p part) int {
	size, known := f.size()
	if !known {
		return http.StatusOK
	}
	h.Set("Accept-Ranges", "bytes")
	if !p.isRange {
		return http.StatusOK
	}
	from, end := p.offset, size
	if from < 0 {
		from = max(0, size+from)
	}
	if p.length > 0 {
		end = min(size, from+p.length)
	}
	h.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, end-1, size))
	h.Set("Content-Length", strconv.FormatInt(end-from, 10))
	return http.StatusPartialContent
}
