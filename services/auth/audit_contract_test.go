package auth_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/researcherpro/researcherpro/pkg/audit"
	"github.com/researcherpro/researcherpro/pkg/pg"
	"github.com/researcherpro/researcherpro/proto/access"
	_ "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	_ "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	_ "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/auth/authtest"
)

// objects says of every audited method what its events name as their object. A new
// method has to be added here: somebody will look for it by that.
var objects = map[string]string{
	"AnalysisService.StartAnalysis":            "answer.id",
	"AnalysisService.CancelAnalysis":           "request.id",
	"AnalysisService.RetryAnalysis":            "request.id",
	"AnalysisService.DeleteAnalysis":           "request.id",
	"AnalysisService.ApprovePlan":              "request.id",
	"AnalysisService.RerunAnalysis":            "request.id",
	"AnalysisService.ReverifyAnalysis":         "request.id",
	"ApiKeyService.CreateApiKey":               "answer.id",
	"ApiKeyService.DeleteApiKey":               "request.id",
	"AuthService.Logout":                       "",
	"AuthService.ChangePassword":               "",
	"ConversationService.Ask":                  "request.analysis_id",
	"ConversationService.StreamAsk":            "request.analysis_id",
	"ConversationService.AnalyzeText":          "",
	"ConversationService.StreamAnalyzeText":    "",
	"ConversationService.ClearMessages":        "request.analysis_id",
	"CredentialService.CreateCredential":       "answer.id",
	"CredentialService.DeleteCredential":       "request.id",
	"DocumentService.UploadDocument":           "answer.id",
	"DocumentService.CreateDocument":           "answer.id",
	"DocumentService.DeleteDocument":           "request.id",
	"DocumentService.UpdateDocument":           "answer.id",
	"DocumentService.ReindexDocument":          "request.id",
	"DocumentService.ReindexDocuments":         "",
	"MemberService.InviteMember":               "answer.id",
	"MemberService.UpdateMember":               "request.user_id",
	"MemberService.RemoveMember":               "request.user_id",
	"MemberService.DeleteInvitation":           "request.id",
	"MemberService.AcceptInvitation":           "answer.workspace.id",
	"ReportService.CreateReport":               "answer.id",
	"ReportService.DeleteReport":               "request.id",
	"ReportService.GenerateReport":             "request.id",
	"ShareService.CreateShare":                 "answer.id",
	"ShareService.DeleteShare":                 "request.id",
	"TemplateService.CreateTemplate":           "answer.id",
	"TemplateService.DeleteTemplate":           "request.id",
	"TemplateService.UpdateTemplate":           "answer.id",
	"ResearchService.CreateResearch":           "answer.id",
	"ResearchService.CancelResearch":           "request.id",
	"ResearchService.DeleteResearch":           "request.id",
	"ResearchService.ExtendResearch":           "request.id",
	"ResearchService.RecheckSource":            "request.id",
	"WorkspaceService.CreateWorkspace":         "answer.id",
	"WorkspaceService.UpdateWorkspace":         "answer.id",
	"WorkspaceService.DeleteWorkspace":         "request.id",
	"WorkspaceService.TransferOwnership":       "request.user_id",
	"WorkspaceService.LeaveWorkspace":          "request.id",
	"WorkspaceService.UpdateWorkspaceSettings": "request.settings.workspace_id",
}

// auditedMethods returns the methods of the contract whose calls are events.
func auditedMethods() []protoreflect.MethodDescriptor {
	var all []protoreflect.MethodDescriptor
	for _, service := range access.Services() {
		for i := range service.Methods().Len() {
			method := service.Methods().Get(i)
			if rule, _ := access.Rule(access.FullMethod(method)); rule.Audited {
				all = append(all, method)
			}
		}
	}
	return all
}

// fill returns a message of a kind whose texts are what text makes of their paths.
func fill(t *testing.T, kind protoreflect.MessageDescriptor, path string, text func(path string) string) proto.Message {
	t.Helper()
	known, err := protoregistry.GlobalTypes.FindMessageByName(kind.FullName())
	require.NoError(t, err)
	m := known.New()
	for i := range kind.Fields().Len() {
		fd := kind.Fields().Get(i)
		name := path + "." + string(fd.Name())
		switch {
		case fd.IsMap() || fd.Kind() == protoreflect.MessageKind && fd.Message().ParentFile().Package() == "google.protobuf":
		case fd.Kind() == protoreflect.StringKind && fd.IsList():
			m.Mutable(fd).List().Append(protoreflect.ValueOfString(text(name)))
		case fd.Kind() == protoreflect.StringKind:
			m.Set(fd, protoreflect.ValueOfString(text(name)))
		case fd.Kind() == protoreflect.BytesKind:
			m.Set(fd, protoreflect.ValueOfBytes([]byte(text(name))))
		case fd.Kind() == protoreflect.MessageKind && !fd.IsList():
			m.Set(fd, protoreflect.ValueOfMessage(fill(t, fd.Message(), name, text).ProtoReflect()))
		}
	}
	return m.Interface()
}

func TestObjectOfEveryAuditedMethod(t *testing.T) {
	t.Parallel()
	methods := auditedMethods()
	require.Len(t, methods, len(objects), "say in objects what a new method's object is")
	for _, method := range methods {
		name := access.FullMethod(method)
		want, known := objects[audit.Action(name)]
		require.True(t, known, name)
		rule, _ := access.Rule(name)

		paths := map[string]string{"": ""} // of each id
		text := func(path string) string {
			id := uuid.NewString()
			paths[id] = path
			return id
		}
		request := fill(t, method.Input(), "request", text)
		answer := fill(t, method.Output(), "answer", text)
		require.Equal(t, want, paths[audit.ObjectID(rule.WorkspaceField, request, answer)], name)
	}
}

// secret marks what must not get into the log.
const secret = "marked as a secret"

// Whatever is sent, also where it does not belong, stays out of the log.
func TestAudit_NothingThatWasSentGetsIn(t *testing.T) {
	t.Parallel()
	a := serveAudited(t)
	ada := a.SignUp(t)
	ctx := metadata.AppendToOutgoingContext(as(t.Context(), ada), "x-request-id", secret)
	marked := func(string) string { return secret }
	for _, service := range access.Services() {
		if service.ParentFile().Package() != "researcherpro.auth.v1" {
			continue
		}
		for i := range service.Methods().Len() {
			method := service.Methods().Get(i)
			name := access.FullMethod(method)
			switch name {
			case authv1.AuthService_Logout_FullMethodName, authv1.WorkspaceService_DeleteWorkspace_FullMethodName:
				continue // they would end the session and the log of all that follow, and have no text
			}
			_ = a.invoke(ctx, name, fill(t, method.Input(), "request", marked))
			valid := fill(t, method.Input(), "request", func(path string) string {
				rule, _ := access.Rule(name)
				if path == "request."+rule.WorkspaceField {
					return ada.GetWorkspace().GetId()
				}
				return secret
			})
			_ = a.invoke(ctx, name, valid)
		}
	}
	_, err := a.Login(t.Context(), &authv1.LoginRequest{Email: ada.GetUser().GetEmail(), Password: secret})
	require.Error(t, err)
	_, err = a.ChangePassword(ctx, &authv1.ChangePasswordRequest{CurrentPassword: authtest.Password, NewPassword: secret})
	require.NoError(t, err)
	a.newest(t, ada, "AuthService.ChangePassword", "OK")
	require.Eventually(t, func() bool { return len(a.events(t, ada)) >= 4 }, patience, 10*time.Millisecond, "the failed sign-in is written later")

	db, err := pg.Open(t.Context(), a.Config.DatabaseURL, pg.Options{Name: "test"})
	require.NoError(t, err)
	defer db.Close()
	for _, leaked := range []string{secret, authtest.Password, ada.GetAccessToken(), ada.GetUser().GetEmail()} {
		var found int
		require.NoError(t, db.InWorkspace(t.Context(), ada.GetWorkspace().GetId(), func(ctx context.Context, tx pgx.Tx) error {
			return tx.QueryRow(ctx, `SELECT count(*) FROM audit_events e WHERE strpos(e::text, $1) > 0`, leaked).Scan(&found)
		}))
		require.Zero(t, found, leaked)
	}
}
