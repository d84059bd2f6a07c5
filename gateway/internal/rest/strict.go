package rest

import (
	"bytes"
	"strconv"
	"unicode/utf8"

	"github.com/researcherpro/researcherpro/gateway/internal/reply"
)

// maxDepth is how deep a body may nest; no message of the contract comes near.
const maxDepth = 64

// maxValues is how many values a body may hold, a hundred times what any list of the
// contract takes. Each one is looked at by itself, so that millions of empty ones,
// which fit the size of a body, would keep a service busy for a minute.
const maxValues = 20_000

// wellFormed refuses, in one pass and without memory of its own, what the decoder
// would take long for or describe badly: a byte order mark, bytes that are not UTF-8,
// depth, and more values than anybody sends. Whether it is JSON the decoder tells.
func wellFormed(body []byte) error {
	if bytes.HasPrefix(body, []byte("\xef\xbb\xbf")) {
		return &reply.BadField{Field: "body", Rule: "must not begin with a byte order mark"}
	}
	if !utf8.Valid(body) {
		return &reply.BadField{Field: "body", Rule: "must be UTF-8, which it is not at byte " + strconv.Itoa(invalidAt(body))}
	}
	return shapely(body)
}

// shapely limits depth and number of values.
func shapely(body []byte) error {
	depth, values, inString := 0, 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case inString && c == '\\':
			i++ // the next one is escaped
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return &reply.BadField{Field: "body", Rule: "must not nest deeper than " + strconv.Itoa(maxDepth) + ", which it does at byte " + strconv.Itoa(i)}
			}
		case c == '}' || c == ']':
			depth--
		case c == ',':
			if values++; values > maxValues {
				return &reply.BadField{Field: "body", Rule: "must not hold more than " + strconv.Itoa(maxValues) + " values"}
			}
		}
	}
	return nil
}

// invalidAt returns where the first byte is that is not of UTF-8.
func invalidAt(body []byte) int {
	at := 0
	for at < len(body) {
		r, size := utf8.DecodeRune(body[at:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		at += size
	}
	return at
}
