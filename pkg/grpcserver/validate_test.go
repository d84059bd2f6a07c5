package grpcserver_test

import (
	"testing"

	"buf.build/go/protovalidate"
	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/protobuf/proto"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/grpcserver"
	accessv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/access/v1"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
)

func TestValidate_SaysWhatAnEnumMayBe(t *testing.T) {
	t.Parallel()
	const workspace = "01890000-0000-7000-8000-000000000000"
	tests := map[string]struct {
		message     proto.Message
		field, rule string
	}{
		"out of a list": {
			&authv1.InviteMemberRequest{WorkspaceId: workspace, Email: "a@example.org", Role: accessv1.Role_OWNER},
			"role", "must be one of VIEWER, RESEARCHER, ADMIN",
		},
		"what the contract does not know": {
			&analysisv1.StartAnalysisRequest{Question: "Why?", Cache: 77},
			"cache", "must be one of USE, BYPASS",
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			validator, err := protovalidate.New()
			require.NoError(t, err)
			for _, detail := range errs.Status(grpcserver.Validate(validator, tc.message)).Details() {
				if bad, ok := detail.(*errdetails.BadRequest); ok {
					require.Len(t, bad.GetFieldViolations(), 1)
					require.Equal(t, tc.field, bad.GetFieldViolations()[0].GetField())
					require.Equal(t, tc.rule, bad.GetFieldViolations()[0].GetDescription())
					return
				}
			}
			t.Fatal("no field is named")
		})
	}
}
