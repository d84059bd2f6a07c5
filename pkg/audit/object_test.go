package audit_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/researcherpro/researcherpro/pkg/audit"
)

// message makes a message of a new kind out of names and values of its fields.
func message(t *testing.T, pairs ...string) proto.Message {
	t.Helper()
	return named(t, "Something", pairs...)
}

// workspace makes what a workspace looks like in the contract.
func workspace(t *testing.T, id string) proto.Message {
	t.Helper()
	return named(t, "Workspace", "id", id)
}

// named is message with a name for the kind.
func named(t *testing.T, name string, pairs ...string) proto.Message {
	t.Helper()
	kind := &descriptorpb.DescriptorProto{Name: proto.String(name)}
	for i := 0; i < len(pairs); i += 2 {
		kind.Field = append(kind.Field, &descriptorpb.FieldDescriptorProto{
			Name: proto.String(pairs[i]), Number: proto.Int32(int32(i/2 + 1)),
			Type:  descriptorpb.FieldDescriptorProto_TYPE_STRING.Enum(),
			Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum(),
		})
	}
	file, err := protodesc.NewFile(&descriptorpb.FileDescriptorProto{
		Name: proto.String("test.proto"), Syntax: proto.String("proto3"), MessageType: []*descriptorpb.DescriptorProto{kind},
	}, nil)
	require.NoError(t, err)
	m := dynamicpb.NewMessage(file.Messages().Get(0))
	for i := 0; i < len(pairs); i += 2 {
		m.Set(m.Descriptor().Fields().ByName(protoreflect.Name(pairs[i])), protoreflect.ValueOfString(pairs[i+1]))
	}
	return m
}

func TestObjectID(t *testing.T) {
	t.Parallel()
	a, b, home := uuid.NewString(), uuid.NewString(), uuid.NewString()
	tests := map[string]struct {
		field           string
		request, answer any
		want            string
	}{
		"what is named":                              {"", message(t, "id", a), message(t, "id", b), a},
		"a member, not the workspace":                {"id", message(t, "id", home, "user_id", a), workspace(t, home), a},
		"what was made, not what from":               {"", message(t, "report_id", b), message(t, "id", a), a},
		"what from, when nothing was made":           {"", message(t, "report_id", a, "request_id", b), nil, a},
		"of several the last":                        {"", message(t, "report_id", b, "analysis_id", a), nil, a},
		"never the workspace beside something":       {"workspace_id", message(t, "workspace_id", home, "id", a), nil, a},
		"the workspace when it is all there is":      {"id", message(t, "id", home), nil, home},
		"the workspace that was made":                {"", message(t, "display_name", "x"), workspace(t, a), a},
		"in the one case that the fleet writes":      {"", message(t, "id", strings.ToUpper(a)), nil, a},
		"not the id of the request":                  {"", message(t, "request_id", a), nil, ""},
		"nothing that is no id":                      {"", message(t, "id", "my password"), nil, ""},
		"nothing that only looks like one to a tool": {"", message(t, "id", "{"+a+"}"), nil, ""},
		"no messages":                                {"", nil, nil, ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.want, audit.ObjectID(tc.field, tc.request, tc.answer))
		})
	}
}

func TestAction(t *testing.T) {
	t.Parallel()
	require.Equal(t, "MemberService.RemoveMember", audit.Action("/researcherpro.auth.v1.MemberService/RemoveMember"))
}
