package tenancy

import (
	"crypto/rand"
	"strings"
	"testing"

	"buf.build/go/protovalidate"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/known/timestamppb"

	accessv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/access/v1"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

// resources are ids of things, by what they are: a world's own, or made-up ones.
type resources func(what string) string

// made is ids of things that do not exist, in a workspace that does.
func made(workspace string) resources {
	return func(what string) string {
		if what == "workspace" {
			return workspace
		}
		return uuid.NewString()
	}
}

// id returns the id of something in the world.
func (w *world) id(what string) string { return w.ids[what] }

// kinds says what the field `id` of a service's requests names, and that of a
// single method where it differs.
var kinds = map[string]string{
	"WorkspaceService":                  "workspace",
	"MemberService":                     "invitation",
	"ApiKeyService":                     "key",
	"CredentialService":                 "credential",
	"DocumentService":                   "document",
	"ResearchService":                   "research",
	"ResearchService.GetSourceContent":  "source",
	"ResearchService.RecheckSource":     "source",
	"AnalysisService.GetReverification": "reverification",
	"UsageService":                      "analysis",
	"AnalysisService":                   "analysis",
	"ReportService":                     "report",
	"TemplateService":                   "template",
	"ShareService":                      "share",
}

// references says what other fields name that hold an id.
var references = map[string]string{
	"workspace_id": "workspace", "research_id": "research", "analysis_id": "analysis", "user_id": "member", "report_id": "report",
}

// optional are fields with an id that a good request may leave out.
var optional = map[string]bool{
	"request_id": true, "template_id": true, "ListAuditEventsRequest.user_id": true, "ListAuditEventsRequest.object_id": true,
	"StartAnalysisRequest.research_id": true, "ListReportsRequest.analysis_id": true,
	"PreviewTemplateRequest.analysis_id": true, "CompareReportsRequest.other_id": true,
}

// requests make the requests that need more than ids.
var requests = map[string]func(id resources) proto.Message{
	"AuthService.Register": func(resources) proto.Message {
		return &authv1.RegisterRequest{Email: strings.ToLower(rand.Text()) + "@example.org", Password: password, DisplayName: "New"}
	},
	"AuthService.Login":   func(resources) proto.Message { return &authv1.LoginRequest{Email: "x@example.org", Password: "x"} },
	"AuthService.Refresh": func(resources) proto.Message { return &authv1.RefreshRequest{RefreshToken: "x"} },
	"AuthService.ChangePassword": func(resources) proto.Message {
		return &authv1.ChangePasswordRequest{CurrentPassword: "not the password", NewPassword: "another battery staple"}
	},
	"OidcService.FinishOidc": func(resources) proto.Message {
		return &authv1.FinishOidcRequest{Transaction: "x", Code: "x", State: "x"}
	},
	"WorkspaceService.CreateWorkspace": func(resources) proto.Message { return &authv1.CreateWorkspaceRequest{DisplayName: "New"} },
	"WorkspaceService.UpdateWorkspace": func(id resources) proto.Message {
		return &authv1.UpdateWorkspaceRequest{Workspace: &authv1.Workspace{Id: id("workspace"), DisplayName: "Renamed"}}
	},
	"WorkspaceService.UpdateWorkspaceSettings": func(id resources) proto.Message {
		return &authv1.UpdateWorkspaceSettingsRequest{Settings: &authv1.WorkspaceSettings{
			WorkspaceId: id("workspace"), EgressAllowList: []string{"example.org"},
		}}
	},
	"MemberService.InviteMember": func(id resources) proto.Message {
		return &authv1.InviteMemberRequest{
			WorkspaceId: id("workspace"), Email: strings.ToLower(rand.Text()) + "@example.org", Role: accessv1.Role_VIEWER,
		}
	},
	"MemberService.UpdateMember": func(id resources) proto.Message {
		return &authv1.UpdateMemberRequest{WorkspaceId: id("workspace"), UserId: id("member"), Role: accessv1.Role_ADMIN}
	},
	"MemberService.AcceptInvitation": func(resources) proto.Message { return &authv1.AcceptInvitationRequest{Token: "x"} },
	"ApiKeyService.CreateApiKey": func(resources) proto.Message {
		return &authv1.CreateApiKeyRequest{DisplayName: "x", Scopes: []accessv1.Permission{accessv1.Permission_DOCUMENTS_READ}}
	},
	"CredentialService.CreateCredential": func(resources) proto.Message {
		return &authv1.CreateCredentialRequest{Provider: "tavily", Secret: "not-a-real-secret"}
	},
	"CredentialService.ResolveCredential": func(resources) proto.Message { return &authv1.ResolveCredentialRequest{Provider: "openai"} },
	"AuditService.RecordAuditEvents": func(resources) proto.Message {
		return &authv1.RecordAuditEventsRequest{AuditEvents: []*authv1.AuditEvent{{
			Id: uuid.NewString(), Time: timestamppb.Now(), Action: "Test.Test", Result: "OK",
		}}}
	},
	"DocumentService.UploadDocument": func(resources) proto.Message {
		return &researchv1.UploadDocumentRequest{Part: &researchv1.UploadDocumentRequest_Header_{
			Header: &researchv1.UploadDocumentRequest_Header{FileName: "x.txt"},
		}}
	},
	"DocumentService.CreateDocument": func(resources) proto.Message {
		return &researchv1.CreateDocumentRequest{Title: "x", Text: rand.Text()}
	},
	"DocumentService.UpdateDocument": func(id resources) proto.Message {
		return &researchv1.UpdateDocumentRequest{Document: &researchv1.Document{Id: id("document"), Title: "Renamed"}}
	},
	"DocumentService.SearchDocuments": func(resources) proto.Message { return &researchv1.SearchDocumentsRequest{Query: "bridge"} },
	"ResearchService.CreateResearch":  func(resources) proto.Message { return &researchv1.CreateResearchRequest{Query: "bridge"} },
	"ResearchService.ExtendResearch": func(id resources) proto.Message {
		return &researchv1.ExtendResearchRequest{Id: id("research"), Queries: []string{"bridge"}}
	},
	"AnalysisService.StartAnalysis": func(resources) proto.Message {
		return &analysisv1.StartAnalysisRequest{Question: "When was the bridge opened?", Engine: "extractive", DryRun: true}
	},
	"ClaimService.CheckClaims": func(resources) proto.Message {
		return &analysisv1.CheckClaimsRequest{Checks: []*analysisv1.ClaimToCheck{{Claim: "The bridge is old.", Text: "The bridge opened in 1890."}}}
	},
	"AnalysisService.CompareAnalyses": func(id resources) proto.Message {
		return &analysisv1.CompareAnalysesRequest{Id: id("analysis"), BaseId: id("analysis")}
	},
	"ConversationService.Ask": func(id resources) proto.Message {
		return &analysisv1.AskRequest{AnalysisId: id("analysis"), Text: "When was the bridge opened?", Engine: "extractive"}
	},
	"ConversationService.StreamAsk": func(id resources) proto.Message {
		return &analysisv1.AskRequest{AnalysisId: id("analysis"), Text: "When was the bridge opened?", Engine: "extractive"}
	},
	"ConversationService.AnalyzeText": func(resources) proto.Message {
		return &analysisv1.AnalyzeTextRequest{Text: "The bridge opened in 1890.", Engine: "extractive"}
	},
	"ConversationService.StreamAnalyzeText": func(resources) proto.Message {
		return &analysisv1.AnalyzeTextRequest{Text: "The bridge opened in 1890.", Engine: "extractive"}
	},
	"ReportService.ComposeReport": func(id resources) proto.Message {
		return &reportv1.ComposeReportRequest{AnalysisId: id("analysis"), Question: "When was the bridge opened?"}
	},
	"ReportService.ExportReport": func(id resources) proto.Message {
		return &reportv1.ExportReportRequest{Id: id("report"), Format: "md"}
	},
	"TemplateService.CreateTemplate": func(resources) proto.Message {
		return &reportv1.CreateTemplateRequest{Template: &reportv1.Template{Title: "Short", Source: "# Answer"}}
	},
	"TemplateService.UpdateTemplate": func(id resources) proto.Message {
		return &reportv1.UpdateTemplateRequest{Template: &reportv1.Template{Id: id("template"), Title: "Renamed"}}
	},
	"ShareService.ExportSharedReport": func(resources) proto.Message { return &reportv1.ExportSharedReportRequest{Token: "x"} },
}

// short is a method's name, "Service.Method".
func short(method protoreflect.MethodDescriptor) string {
	return string(method.Parent().Name()) + "." + string(method.Name())
}

// request returns a good request of a method about some resources.
func request(t *testing.T, method protoreflect.MethodDescriptor, id resources) proto.Message {
	t.Helper()
	req := newMessage(t, method.Input())
	if build, ok := requests[short(method)]; ok {
		req = build(id)
	} else {
		fillIDs(t, method, req, id)
	}
	require.NoError(t, protovalidate.Validate(req), "teach requests how to ask %s", short(method))
	return req
}

// fillIDs sets the fields that hold ids.
func fillIDs(t *testing.T, method protoreflect.MethodDescriptor, req proto.Message, id resources) {
	t.Helper()
	fields := method.Input().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		name := string(field.Name())
		if field.Kind() != protoreflect.StringKind || name != "id" && !strings.HasSuffix(name, "_id") ||
			optional[name] || optional[string(method.Input().Name())+"."+name] {
			continue
		}
		what, ok := references[name]
		if name == "id" {
			if what, ok = kinds[short(method)]; !ok {
				what, ok = kinds[string(method.Parent().Name())]
			}
		}
		require.True(t, ok, "teach these tests what %s of %s is", name, short(method))
		req.ProtoReflect().Set(field, protoreflect.ValueOfString(id(what)))
	}
}

// names reports whether a request names something of the world.
func (w *world) names(req proto.Message) bool {
	for _, id := range w.ids {
		if strings.Contains(req.(interface{ String() string }).String(), id) {
			return true
		}
	}
	return false
}

// newMessage returns an empty message of a type.
func newMessage(t *testing.T, d protoreflect.MessageDescriptor) proto.Message {
	t.Helper()
	kind, err := protoregistry.GlobalTypes.FindMessageByName(d.FullName())
	require.NoError(t, err)
	return kind.New().Interface()
}
