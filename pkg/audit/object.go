package audit

import (
	"strings"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/researcherpro/researcherpro/pkg/authn"
)

// ObjectID returns the id of what a call was done to. It is the first of these that
// is there:
//
//  1. the request's `id`, unless it only says in which workspace the call acts
//  2. the request's `user_id`: the member
//  3. the answer's `id`: what was made
//  4. the last of the request's other `…_id`, but for `workspace_id` and
//     `request_id`: what something was to be made from
//  5. the workspace that the request says it acts in, or that the answer leads to
//
// Where the rule of the method names the field of the workspace, that is
// workspaceField. Only what is a UUID counts: a refused request may hold anything in
// those fields, and none of it belongs into a log. The answer may be nil.
func ObjectID(workspaceField string, request, answer any) string {
	asked, given := reflected(request), reflected(answer)
	own := func(name protoreflect.Name) string {
		if string(name) == workspaceField {
			return ""
		}
		return text(asked, name)
	}
	for _, id := range []string{
		own("id"), own("user_id"), text(given, "id"), lastID(asked, workspaceField),
		authn.RequestField(request, workspaceField), workspaceOf(answer),
	} {
		if isUUID(id) {
			return strings.ToLower(id) // as answers have it, so that one filter finds all
		}
	}
	return ""
}

// workspaceOf returns the id of the workspace that an answer is or has, "" when it
// has none.
func workspaceOf(answer any) string {
	const workspace = "Workspace"
	given := reflected(answer)
	if given == nil {
		return ""
	}
	if given.Descriptor().Name() == workspace {
		return text(given, "id")
	}
	fd := given.Descriptor().Fields().ByName("workspace")
	if fd == nil || fd.IsList() || fd.Message() == nil || fd.Message().Name() != workspace {
		return ""
	}
	return text(given.Get(fd).Message(), "id")
}

// lastID returns the last field of a message that is the id of something else.
func lastID(m protoreflect.Message, workspaceField string) string {
	if m == nil {
		return ""
	}
	var last string
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		name := fields.Get(i).Name()
		if !strings.HasSuffix(string(name), "_id") || name == "workspace_id" || name == "request_id" || string(name) == workspaceField {
			continue
		}
		if id := text(m, name); isUUID(id) {
			last = id
		}
	}
	return last
}

// text returns a string field of a message, "" when it has no such field.
func text(m protoreflect.Message, name protoreflect.Name) string {
	if m == nil {
		return ""
	}
	fd := m.Descriptor().Fields().ByName(name)
	if fd == nil || fd.IsList() || fd.Kind() != protoreflect.StringKind {
		return ""
	}
	return m.Get(fd).String()
}

// reflected returns the fields of a message, nil for what is none.
func reflected(message any) protoreflect.Message {
	m, ok := message.(proto.Message)
	if !ok {
		return nil
	}
	return m.ProtoReflect()
}

// isUUID reports whether an id is a UUID in the form that the fleet writes, give or
// take its case.
func isUUID(id string) bool { return len(id) == 36 && uuid.Validate(id) == nil }
