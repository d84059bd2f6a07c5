package rest

import (
	"context"
	"net/http"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/researcherpro/researcherpro/gateway/internal/entity"
	"github.com/researcherpro/researcherpro/gateway/internal/reply"
	"github.com/researcherpro/researcherpro/pkg/errs"
)

// etagField is the name of the field that holds a resource's etag (AIP-154).
const etagField = "etag"

// conditional obeys the conditions of requests: If-None-Match where something is
// read, If-Match where it is changed, which the services check as the etag of the
// request. A condition that cannot be kept is refused, never left out: whoever sets
// it relies on it.
func conditional(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Method {
		case http.MethodGet:
			next.ServeHTTP(&reading{ResponseWriter: w, request: r}, r)
		case http.MethodHead:
			// The server leaves the body out of the answer.
			get := r.Clone(r.Context())
			get.Method = http.MethodGet
			next.ServeHTTP(&reading{ResponseWriter: w, request: get}, get)
		default:
			ctx, err := expecting(r)
			if err != nil {
				reply.Error(w, r, err)
				return
			}
			next.ServeHTTP(w, r.WithContext(ctx))
		}
	})
}

// expected is the key of the etag that the client has seen.
type expected struct{}

// expecting returns the context of a request that changes something, with the etag
// that its If-Match names.
func expecting(r *http.Request) (context.Context, error) {
	ctx := r.Context()
	if r.Header.Get("If-None-Match") != "" {
		return ctx, &reply.BadField{Field: "If-None-Match", Rule: "is for GET and HEAD only"}
	}
	values := r.Header.Values("If-Match")
	if len(values) == 0 {
		return ctx, nil
	}
	if r.Method == http.MethodPost {
		return ctx, &reply.BadField{Field: "If-Match", Rule: "is for PATCH and DELETE only"}
	}
	tags, ok := entity.Parse(values)
	switch {
	case !ok || len(tags.List) > 1:
		return ctx, &reply.BadField{Field: "If-Match", Rule: `must be one entity tag, such as "7", or *`}
	case tags.Any: // what is not there is NOT_FOUND in any case
		return ctx, nil
	case tags.List[0].Weak || tags.List[0].Opaque == "":
		// A weak tag is never the same by the comparison that If-Match wants (RFC
		// 9110, section 13.1.1), and no resource has an empty one.
		return ctx, errs.New(errs.Conflict, errs.ETagMismatch, "a weak or empty entity tag names no version")
	}
	return context.WithValue(ctx, expected{}, tags.List[0].Opaque), nil
}

// matching is a connection that puts the etag of If-Match into the requests.
type matching struct{ grpc.ClientConnInterface }

// Invoke implements grpc.ClientConnInterface.
func (c matching) Invoke(ctx context.Context, method string, args, answer any, opts ...grpc.CallOption) error {
	if etag, ok := ctx.Value(expected{}).(string); ok {
		request, ok := args.(proto.Message)
		if !ok || !expect(request.ProtoReflect(), etag) {
			return &reply.BadField{Field: "If-Match", Rule: "is not supported here: this has no versions, or the body names another etag"}
		}
	}
	return c.ClientConnInterface.Invoke(ctx, method, args, answer, opts...)
}

// expect sets the etag of a request, or of the resource in it. It returns false when
// there is no place for one, or another one in it.
func expect(m protoreflect.Message, etag string) bool {
	fields := m.Descriptor().Fields()
	if own := fields.ByName(etagField); own != nil {
		if set := m.Get(own).String(); set != "" && set != etag {
			return false
		}
		m.Set(own, protoreflect.ValueOfString(etag))
		return true
	}
	for i := range fields.Len() {
		fd := fields.Get(i)
		if fd.Message() != nil && !fd.IsList() && !fd.IsMap() && fd.Message().Fields().ByName(etagField) != nil {
			return expect(m.Mutable(fd).Message(), etag)
		}
	}
	return false
}
