package rest

import (
	"context"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"

	analysisgw "github.com/researcherpro/researcherpro/gateway/internal/gen/researcherpro/analysis/v1"
	authgw "github.com/researcherpro/researcherpro/gateway/internal/gen/researcherpro/auth/v1"
	reportgw "github.com/researcherpro/researcherpro/gateway/internal/gen/researcherpro/report/v1"
	researchgw "github.com/researcherpro/researcherpro/gateway/internal/gen/researcherpro/research/v1"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

// register adds the routes of one service to a mux.
type register func(ctx context.Context, mux *runtime.ServeMux) error

// registrations are the services that have routes, by name.
func registrations(conns Conns) map[string]register {
	return map[string]register{
		"AuthService":         to(authgw.RegisterAuthServiceHandlerClient, authv1.NewAuthServiceClient(conns.Auth)),
		"WorkspaceService":    to(authgw.RegisterWorkspaceServiceHandlerClient, authv1.NewWorkspaceServiceClient(conns.Auth)),
		"MemberService":       to(authgw.RegisterMemberServiceHandlerClient, authv1.NewMemberServiceClient(conns.Auth)),
		"ApiKeyService":       to(authgw.RegisterApiKeyServiceHandlerClient, authv1.NewApiKeyServiceClient(conns.Auth)),
		"CredentialService":   to(authgw.RegisterCredentialServiceHandlerClient, authv1.NewCredentialServiceClient(conns.Auth)),
		"AuditService":        to(authgw.RegisterAuditServiceHandlerClient, authv1.NewAuditServiceClient(conns.Auth)),
		"OidcService":         to(authgw.RegisterOidcServiceHandlerClient, authv1.NewOidcServiceClient(conns.Auth)),
		"DocumentService":     to(researchgw.RegisterDocumentServiceHandlerClient, researchv1.NewDocumentServiceClient(conns.Research)),
		"ResearchService":     to(researchgw.RegisterResearchServiceHandlerClient, researchv1.NewResearchServiceClient(conns.Research)),
		"AnalysisService":     to(analysisgw.RegisterAnalysisServiceHandlerClient, analysisv1.NewAnalysisServiceClient(conns.Analysis)),
		"ClaimService":        to(analysisgw.RegisterClaimServiceHandlerClient, analysisv1.NewClaimServiceClient(conns.Analysis)),
		"ConversationService": to(analysisgw.RegisterConversationServiceHandlerClient, analysisv1.NewConversationServiceClient(conns.Analysis)),
		"UsageService":        to(analysisgw.RegisterUsageServiceHandlerClient, analysisv1.NewUsageServiceClient(conns.Analysis)),
		"ReportService":       to(reportgw.RegisterReportServiceHandlerClient, reportv1.NewReportServiceClient(conns.Report)),
		"TemplateService":     to(reportgw.RegisterTemplateServiceHandlerClient, reportv1.NewTemplateServiceClient(conns.Report)),
		"ShareService":        to(reportgw.RegisterShareServiceHandlerClient, reportv1.NewShareServiceClient(conns.Report)),
	}
}

// to binds what was generated for a service to the service's client.
func to[C any](generated func(context.Context, *runtime.ServeMux, C) error, client C) register {
	return func(ctx context.Context, mux *runtime.ServeMux) error { return generated(ctx, mux, client) }
}
