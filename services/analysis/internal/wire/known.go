package wire

import (
	lru "github.com/hashicorp/golang-lru/v2"
	"google.golang.org/protobuf/proto"
)

const (
	// maxKnown is how many documents are remembered.
	maxKnown = 512
	// maxDocument is the largest that is, in bytes.
	maxDocument = 32 << 10
)

// document is the JSON of a message in a row.
type document struct {
	of   string // the message's name
	json string
}

// known is what documents say. Clients that poll a run read the same row again and
// again, and to decode its JSON costs an eighth of that.
var known, _ = lru.New[document, proto.Message](maxKnown) // fails on a size that is not positive

// read returns what a document says. It is shared, and must not be changed.
func read[M proto.Message](json []byte, empty M) (M, error) {
	doc := document{string(empty.ProtoReflect().Descriptor().FullName()), string(json)}
	if m, ok := known.Get(doc); ok {
		return m.(M), nil //nolint:forcetypeassert // the name says so
	}
	if err := decode.Unmarshal(json, empty); err != nil {
		return empty, err
	}
	if len(json) <= maxDocument {
		known.Add(doc, empty)
	}
	return empty, nil
}
