// Package reply writes the edge's JSON: answers, and errors as
// google.rpc.Status with the HTTP status of their code.
//
// An error passes to the client only when a service of the fleet meant it for
// the user, which an ErrorInfo of our domain shows. Whatever else went wrong,
// such as a connection that gRPC could not open, is told in general words and
// logged in full.
package reply

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/researcherpro/researcherpro/pkg/errs"
)

// Realm is the protection space named in WWW-Authenticate.
const Realm = "researcher-pro"

// JSON is the form of every message that leaves the edge: lowerCamelCase names,
// zeros and empty lists written out so that clients see every field.
func JSON() protojson.MarshalOptions {
	return protojson.MarshalOptions{EmitDefaultValues: true}
}

// Message writes m with the HTTP status code.
func Message(w http.ResponseWriter, r *http.Request, code int, m proto.Message) {
	body, err := JSON().Marshal(m)
	if err != nil {
		slog.ErrorContext(r.Context(), "encode answer", "error", err)
		http.Error(w, `{"code":13,"message":"internal error","details":[]}`, http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(code)
	if _, err := w.Write(body); err != nil {
		slog.DebugContext(r.Context(), "client went away", "error", err)
	}
}

// Error writes err as a Status with the HTTP status of its code, or 413 when
// the request's body was over its limit.
func Error(w http.ResponseWriter, r *http.Request, err error) {
	if limited, ok := r.Body.(interface {
		Exceeded() (limit int64, over bool)
	}); ok {
		if limit, over := limited.Exceeded(); over {
			rule := "must be at most " + strconv.FormatInt(limit, 10) + " bytes"
			ErrorCode(w, r, http.StatusRequestEntityTooLarge, errs.Field("body", rule))
			return
		}
	}
	ErrorCode(w, r, 0, err)
}

// ErrorCode is Error with another HTTP status than that of the error's code;
// 0 means that one.
func ErrorCode(w http.ResponseWriter, r *http.Request, code int, err error) {
	st := Status(r.Context(), err)
	if code == 0 {
		code = httpStatus(r, st)
	}
	h := w.Header()
	// What was set for the answer that did not come does not fit this one.
	for _, name := range []string{"Content-Disposition", "Content-Length", "Etag", "Trailer", "Transfer-Encoding"} {
		h.Del(name)
	}
	if st.Code() == codes.Unauthenticated {
		h.Set("WWW-Authenticate", challenge(r))
	}
	for _, detail := range st.Details() {
		if retry, ok := detail.(*errdetails.RetryInfo); ok {
			h.Set("Retry-After", strconv.Itoa(int(retry.GetRetryDelay().AsDuration().Seconds()+0.999)))
		}
	}
	Message(w, r, code, st.Proto())
}

// httpStatus is the HTTP status of an answer. That a condition of the request does
// not hold has one of its own; an etag in a body that does not is a conflict.
func httpStatus(r *http.Request, st *status.Status) int {
	if st.Code() == codes.Aborted && r.Header.Get("If-Match") != "" {
		for _, detail := range st.Details() {
			if info, ok := detail.(*errdetails.ErrorInfo); ok && info.GetReason() == errs.ETagMismatch {
				return http.StatusPreconditionFailed
			}
		}
	}
	return runtime.HTTPStatusFromCode(st.Code())
}

// challenge says how to authenticate (RFC 6750, section 3), and whether there
// was a token that is not good.
func challenge(r *http.Request) string {
	c := `Bearer realm="` + Realm + `"`
	if r.Header.Get("Authorization") != "" {
		c += `, error="invalid_token"`
	}
	return c
}

// Status returns what a client may see of err, and logs what it may not.
func Status(ctx context.Context, err error) *status.Status {
	st := public(err)
	switch st.Code() {
	case codes.Internal:
		slog.ErrorContext(ctx, "request failed", "error", err)
	case codes.Unavailable, codes.DeadlineExceeded:
		slog.WarnContext(ctx, "request failed", "error", err)
	}
	return st
}

func public(err error) *status.Status {
	if field, ok := errors.AsType[*BadField](err); ok {
		return errs.Status(errs.Field(field.Field, field.Rule))
	}
	err = errs.Public(err)

	own, ok := err.(interface{ GRPCStatus() *status.Status })
	if !ok {
		return namesAsJSON(errs.Status(err))
	}
	st := own.GRPCStatus()
	if field, ok := fieldOf(st); ok {
		return namesAsJSON(errs.Status(field))
	}
	if !ours(st) {
		return general(st.Code())
	}
	return namesAsJSON(st)
}

// ours reports whether a service of the fleet made the status for the user.
func ours(st *status.Status) bool {
	for _, detail := range st.Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok && info.GetDomain() == errs.Domain {
			return true
		}
	}
	return false
}

// general returns a status that says no more than its code. It takes the place
// of statuses whose words nobody chose for users: those of gRPC itself.
func general(code codes.Code) *status.Status {
	g, ok := generalWords()[code]
	if !ok {
		code, g = codes.Internal, words{"INTERNAL", "internal error"}
	}
	st := status.New(code, g.message)
	if full, err := st.WithDetails(&errdetails.ErrorInfo{Reason: g.reason, Domain: errs.Domain}); err == nil {
		return full
	}
	return st
}

// words are what is told of an error: for programs and for people.
type words struct{ reason, message string }

func generalWords() map[codes.Code]words {
	return map[codes.Code]words{
		codes.Canceled:          {"CANCELLED", "the call was cancelled"},
		codes.InvalidArgument:   {"INVALID_ARGUMENT", "the request is not valid"},
		codes.DeadlineExceeded:  {"DEADLINE_EXCEEDED", "the answer took too long"},
		codes.NotFound:          {"NOT_FOUND", "not found"},
		codes.PermissionDenied:  {"PERMISSION_DENIED", "permission denied"},
		codes.Unauthenticated:   {"UNAUTHENTICATED", "unauthenticated"},
		codes.ResourceExhausted: {"RESOURCE_EXHAUSTED", "a limit is reached"},
		codes.Unimplemented:     {"UNIMPLEMENTED", "not implemented"},
		codes.Unavailable:       {"UNAVAILABLE", "a service that is needed is temporarily unavailable, try again"},
	}
}
