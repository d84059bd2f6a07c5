package rest

import (
	"net/url"
	"slices"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"github.com/grpc-ecosystem/grpc-gateway/v2/utilities"
	"google.golang.org/protobuf/proto"

	"github.com/researcherpro/researcherpro/gateway/internal/reply"
)

// queryParser reads query parameters as strictly as bodies: a misspelt page
// size must not silently be the default.
type queryParser struct{ runtime.DefaultQueryParser }

// Parse implements runtime.QueryParameterParser. Its error is a *reply.BadField.
func (p *queryParser) Parse(m proto.Message, values url.Values, taken *utilities.DoubleArray) error {
	md := m.ProtoReflect().Descriptor()
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names) // so that the same request always gets the same answer
	for _, name := range names {
		fd := fieldAt(md, name)
		if fd == nil || taken.HasCommonPrefix([]string{string(fd.Name())}) {
			return &reply.BadField{Field: name, Rule: "is not a parameter of this request"}
		}
		if len(values[name]) > 1 && !fd.IsList() {
			return &reply.BadField{Field: name, Rule: "must stand only once"}
		}
		// One at a time, so that the error belongs to this name.
		if err := p.DefaultQueryParser.Parse(m, url.Values{name: values[name]}, taken); err != nil {
			return &reply.BadField{Field: name, Rule: valueRule(fd)}
		}
	}
	return nil
}

// Query reads the query of a hand-written route into m, by the same rules.
func Query(m proto.Message, values url.Values) error {
	return (&queryParser{}).Parse(m, values, utilities.NewDoubleArray(nil))
}
