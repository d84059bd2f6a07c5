package access_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/researcherpro/researcherpro/proto/access"
	accessv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/access/v1"
	_ "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	_ "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	_ "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/realtime/v1"
	_ "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	_ "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

// files calls visit with every file of the contract.
func files(visit func(protoreflect.FileDescriptor)) {
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		if strings.HasPrefix(string(file.Package()), "researcherpro.") {
			visit(file)
		}
		return true
	})
}

// methods returns every method of the contract.
func methods() []protoreflect.MethodDescriptor {
	var all []protoreflect.MethodDescriptor
	for _, service := range access.Services() {
		for i := range service.Methods().Len() {
			all = append(all, service.Methods().Get(i))
		}
	}
	return all
}

// A package that this test forgets to import would escape the tests below.
func TestTheseTestsSeeEveryGeneratedPackage(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	files(func(file protoreflect.FileDescriptor) { seen[string(file.Package())] = true })

	dirs, err := filepath.Glob("../gen/go/researcherpro/*/*")
	require.NoError(t, err)
	require.NotEmpty(t, dirs)
	for _, dir := range dirs {
		info, err := os.Stat(dir)
		require.NoError(t, err)
		if !info.IsDir() {
			continue
		}
		name := "researcherpro." + filepath.Base(filepath.Dir(dir)) + "." + filepath.Base(dir)
		require.True(t, seen[name], "import %s in this test", name)
	}
}

func TestEveryMethodDeclaresWhoMayCallIt(t *testing.T) {
	t.Parallel()
	all := methods()
	require.NotEmpty(t, all)
	for _, method := range all {
		name := access.FullMethod(method)
		require.NotEqual(t, accessv1.Permission_PERMISSION_UNSPECIFIED, access.Permission(method), name)
		require.NotNil(t, accessv1.Permission_PUBLIC.Descriptor().Values().ByNumber(access.Permission(method).Number()), name)
		rule, ok := access.Rule(name)
		require.True(t, ok, name)
		require.NotEqual(t, access.Requirement{}, rule, name)
	}
}

func TestEveryPermissionOfAWorkspaceHasARole(t *testing.T) {
	t.Parallel()
	values := accessv1.Permission_PUBLIC.Descriptor().Values()
	for i := range values.Len() {
		p := accessv1.Permission(values.Get(i).Number())
		if p >= 10 {
			require.NotEqual(t, accessv1.Role_ROLE_UNSPECIFIED, access.MinRole(p), "%s has no min_role", p)
		} else {
			require.Equal(t, accessv1.Role_ROLE_UNSPECIFIED, access.MinRole(p), "%s does not depend on roles", p)
		}
	}
}

// A path that names no string field would be a role in the wrong workspace.
func TestEveryWorkspaceFieldIsOneOfItsRequest(t *testing.T) {
	t.Parallel()
	named := 0
	for _, method := range methods() {
		rule, _ := access.Rule(access.FullMethod(method))
		if rule.WorkspaceField == "" {
			continue
		}
		named++
		require.False(t, method.IsStreamingClient(), "%s: a stream's request comes after its caller", method.FullName())
		message := method.Input()
		path := strings.Split(rule.WorkspaceField, ".")
		for _, part := range path[:len(path)-1] {
			message = message.Fields().ByName(protoreflect.Name(part)).Message()
		}
		field := message.Fields().ByName(protoreflect.Name(path[len(path)-1]))
		require.NotNil(t, field, method.FullName())
		require.Equal(t, protoreflect.StringKind, field.Kind(), method.FullName())
	}
	require.Positive(t, named)
}

// Whoever adds a method that changes something and declares a reading
// permission would keep it out of the audit log.
func TestWhatChangesSomethingIsAudited(t *testing.T) {
	t.Parallel()
	reads := regexp.MustCompile(`^(Get|List|Search|Watch|Wait|Export|Download|Preview|Query|Compare|Check)[A-Z]?`)
	for _, method := range methods() {
		rule, _ := access.Rule(access.FullMethod(method))
		if rule.Public || rule.Service { // auth writes of sign-ins by hand; services act for a call that is audited
			continue
		}
		require.Equal(t, !reads.MatchString(string(method.Name())), rule.Audited, method.FullName())
	}
}

func TestScopes_AreThoseThatAKeyMayHave(t *testing.T) {
	t.Parallel()
	scopes := access.Scopes()
	require.Contains(t, scopes, accessv1.Permission_DOCUMENTS_READ)
	require.Contains(t, scopes, accessv1.Permission_MEMBERS_WRITE)
	for _, never := range []accessv1.Permission{
		accessv1.Permission_PUBLIC, accessv1.Permission_SIGNED_IN, accessv1.Permission_SERVICE, accessv1.Permission_AUTHENTICATED,
		accessv1.Permission_API_KEYS_WRITE, accessv1.Permission_WORKSPACE_OWN,
	} {
		require.NotContains(t, scopes, never)
	}
}

func TestRule(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		method string
		want   access.Requirement
		ok     bool
	}{
		"public": {"/researcherpro.auth.v1.AuthService/Login", access.Requirement{Public: true, Permission: "PUBLIC"}, true},
		"signed in": {"/researcherpro.auth.v1.AuthService/ChangePassword", access.Requirement{
			SignedIn: true, Permission: "SIGNED_IN", Audited: true,
		}, true},
		"by session or key": {"/researcherpro.auth.v1.AuthService/GetMe", access.Requirement{Authenticated: true, Permission: "AUTHENTICATED"}, true},
		"service":           {"/researcherpro.auth.v1.AuditService/RecordAuditEvents", access.Requirement{Service: true, Permission: "SERVICE"}, true},
		"reading needs a viewer": {"/researcherpro.analysis.v1.AnalysisService/GetAnalysis", access.Requirement{
			MinRole: accessv1.Role_VIEWER, Permission: "ANALYSIS_READ", ForServices: true,
		}, true},
		"starting needs a researcher": {"/researcherpro.analysis.v1.AnalysisService/StartAnalysis", access.Requirement{
			MinRole: accessv1.Role_RESEARCHER, Permission: "ANALYSIS_WRITE", ForServices: true, Audited: true,
		}, true},
		"keys are made in a session": {"/researcherpro.auth.v1.ApiKeyService/CreateApiKey", access.Requirement{
			MinRole: accessv1.Role_VIEWER, Permission: "API_KEYS_WRITE", Audited: true, SessionOnly: true,
		}, true},
		"the workspace that the request names": {"/researcherpro.auth.v1.WorkspaceService/UpdateWorkspace", access.Requirement{
			MinRole: accessv1.Role_ADMIN, Permission: "WORKSPACE_WRITE", Audited: true, WorkspaceField: "workspace.id",
		}, true},
		"unknown method":           {"/researcherpro.auth.v1.AuthService/Nothing", access.Requirement{}, false},
		"a method of other people": {"/grpc.health.v1.Health/Check", access.Requirement{}, false},
		"a message, not a method":  {"/researcherpro.auth.v1/User", access.Requirement{}, false},
		"no method at all":         {"researcherpro.auth.v1.AuthService.Login", access.Requirement{}, false},
		"empty":                    {"", access.Requirement{}, false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok := access.Rule(tc.method)
			require.Equal(t, tc.ok, ok)
			require.Equal(t, tc.want, got)
		})
	}
}

// Rule is called on every request; it has to stay far below a round trip.
func BenchmarkRule(b *testing.B) {
	for b.Loop() {
		if _, ok := access.Rule("/researcherpro.analysis.v1.AnalysisService/GetAnalysis"); !ok {
			b.Fatal("no rule")
		}
	}
}
