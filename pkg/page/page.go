// Package page pages through lists after AIP-158: a bounded page size and an
// opaque token that is good for the same list only.
package page

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"

	"github.com/researcherpro/researcherpro/pkg/errs"
)

// Size returns how many items a page holds: def when none was asked for, and
// at most limit.
func Size(asked int32, def, limit int) int {
	switch {
	case asked <= 0:
		return def
	case int(asked) > limit:
		return limit
	default:
		return int(asked)
	}
}

// token is what a page token holds.
type token struct {
	// Query is a digest of the list's name and filters: a token used with
	// others is refused instead of returning an arbitrary page.
	Query []byte `json:"q"`
	// After is the sort key of the last item of the page before.
	After json.RawMessage `json:"a"`
}

// Encode returns the token for the page after the item with the sort key
// after. The query is the list's name with its filters.
func Encode(after any, query ...string) (string, error) {
	key, err := json.Marshal(after)
	if err != nil {
		return "", err
	}
	raw, err := json.Marshal(token{Query: digest(query), After: key})
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(raw), nil
}

// Decode reads a token into after. It returns false for the empty token, which
// means the first page, and an InvalidArgument naming page_token for one that
// this list did not give.
func Decode(text string, after any, query ...string) (bool, error) {
	if text == "" {
		return false, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return false, unknown()
	}
	var t token
	if json.Unmarshal(raw, &t) != nil || string(t.Query) != string(digest(query)) {
		return false, unknown()
	}
	if json.Unmarshal(t.After, after) != nil {
		return false, unknown()
	}
	if key, ok := after.(Key); ok && !key.Valid() {
		return false, unknown()
	}
	return true, nil
}

func unknown() error {
	return errs.Field("page_token", "is not a token that this list returned")
}

func digest(query []string) []byte {
	h := sha256.New()
	for _, part := range query {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	return h.Sum(nil)[:8]
}

// Cut makes a page out of a list that was read with one item more than size:
// the page, and the token for the next one when there is more. The sort key of
// an item is what Decode gives back.
func Cut[T any](list []T, size int, key func(T) any, query ...string) ([]T, string, error) {
	if len(list) <= size {
		return list, "", nil
	}
	list = list[:size]
	next, err := Encode(key(list[size-1]), query...)
	return list, next, err
}
