package reply

import (
	"strings"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/researcherpro/researcherpro/pkg/errs"
)

// mark stands around the parts of a BadField's text. No client can send it in a
// name, because a control character in JSON or a query reaches no field name
// that is known.
const mark = "\x00"

// BadField is a field of a request that could not be read. The generated
// handlers turn what a decoder returns into the text of a status; the text of a
// BadField survives that, so that the answer can name the field.
type BadField struct {
	// Field is the path of the field as the client wrote it.
	Field string
	// Rule says what the field must be.
	Rule string
}

// Error returns the parts in a form that only this package reads.
func (f *BadField) Error() string {
	return mark + strings.ReplaceAll(f.Field, mark, "") + mark + strings.ReplaceAll(f.Rule, mark, "") + mark
}

// fieldOf finds a BadField in the status that the generated code made of it.
func fieldOf(st *status.Status) (error, bool) {
	if st.Code() != codes.InvalidArgument || !strings.HasPrefix(st.Message(), mark) {
		return nil, false
	}
	parts := strings.Split(st.Message(), mark)
	if len(parts) != 4 {
		return nil, false
	}
	return errs.Field(parts[1], parts[2]), true
}

// namesAsJSON writes the paths of field violations as they stand in JSON, which
// is how google.rpc.BadRequest wants them there: the services name the fields
// as the proto does.
func namesAsJSON(st *status.Status) *status.Status { return renamed(st, jsonPath) }

// Flat takes a prefix off the fields that a service's answer names: those of a
// form are not inside a message as they are in the RPC behind it.
func Flat(err error, prefix string) error {
	own, ok := errs.Public(err).(interface{ GRPCStatus() *status.Status })
	if !ok {
		return err
	}
	return renamed(own.GRPCStatus(), func(path string) string { return strings.TrimPrefix(path, prefix) }).Err()
}

// renamed returns the status with other names of the fields that break rules,
// in its details and in its message, which lists them as "field: rule".
func renamed(st *status.Status, rename func(path string) string) *status.Status {
	p := proto.CloneOf(st.Proto())
	for i, detail := range p.GetDetails() {
		bad := &errdetails.BadRequest{}
		if !detail.MessageIs(bad) || detail.UnmarshalTo(bad) != nil {
			continue
		}
		for _, v := range bad.GetFieldViolations() {
			name := rename(v.GetField())
			p.Message = strings.ReplaceAll(p.GetMessage(), v.GetField()+": ", name+": ")
			v.Field = name
		}
		if err := p.Details[i].MarshalFrom(bad); err != nil {
			return st
		}
	}
	return status.FromProto(p)
}

// jsonPath turns "budget.max_tokens" into "budget.maxTokens".
func jsonPath(path string) string {
	var b strings.Builder
	upper := false
	for _, c := range []byte(path) {
		switch {
		case c == '_' && b.Len() > 0:
			upper = true
			continue
		case upper && c >= 'a' && c <= 'z':
			c -= 'a' - 'A'
		}
		upper = false
		b.WriteByte(c)
	}
	return b.String()
}
