package authn

import (
	"context"
	"strings"

	"github.com/google/uuid"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/researcherpro/researcherpro/pkg/errs"
)

const (
	// authorization is the metadata key of the token, in both directions.
	authorization = "authorization"
	// workspaceHeader is the metadata key of the workspace that a call asks for.
	workspaceHeader = "x-workspace-id"
)

// Credential is what a call shows of its caller.
type Credential struct {
	// Token is the bearer token: an access token, a service token or an API key.
	Token string
	// WorkspaceID is the workspace that the call asks for; "" for the token's own.
	WorkspaceID string
}

// Verifier turns a credential into a caller. It answers errs.Unauthenticated for
// a token that is not good, errs.NotFound for a workspace that the caller is no
// member of, and errs.Unavailable when it cannot tell.
type Verifier interface {
	Verify(ctx context.Context, c Credential) (Caller, error)
}

// Unary returns the server interceptor that admits a call as the policy says
// and puts its caller into the context.
func Unary(v Verifier, p Policy) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
		rule, err := p.rule(info.FullMethod)
		if err != nil {
			return nil, err
		}
		if rule.Public {
			// The token is not even looked at: an expired one must not keep its
			// owner from signing in again, nor a key server from serving keys.
			return next(ctx, req)
		}
		asked, err := asks(ctx)
		if err != nil {
			return nil, err
		}
		if rule.WorkspaceField != "" {
			asked.WorkspaceID = RequestField(req, rule.WorkspaceField)
		}
		caller, err := admit(ctx, v, rule, asked)
		tell(ctx, v, asked, caller, err)
		if err != nil {
			return nil, err
		}
		return next(WithCaller(ctx, caller), req)
	}
}

// admit returns the caller, and an error unless the rule lets them in. The caller
// of a refused call is empty when it is not known who that is.
func admit(ctx context.Context, v Verifier, rule Rule, c Credential) (Caller, error) {
	// A workspace that cannot be is told to those only who may call at all.
	asked := c.WorkspaceID
	id, wellFormed := ParseWorkspaceID(asked)
	wellFormed = wellFormed || asked == "" && rule.WorkspaceField == ""
	c.WorkspaceID = id
	caller, err := v.Verify(ctx, c)
	if err != nil {
		return Caller{}, err
	}
	if err := rule.allow(caller); err != nil {
		return caller, err
	}
	if !wellFormed {
		return caller, malformed(rule, asked)
	}
	return caller, nil
}

// ParseWorkspaceID returns the one form in which a workspace's id is compared, kept
// and looked up; "" and false for what is no id. A UUID has other spellings, under
// which a change of the membership would not be found.
func ParseWorkspaceID(text string) (string, bool) {
	id, err := uuid.Parse(text)
	if err != nil || len(text) != len(id.String()) {
		return "", false
	}
	return id.String(), true
}

// malformed says where the workspace's id stands that is none.
func malformed(rule Rule, id string) error {
	name := rule.WorkspaceField
	if name == "" {
		name = "X-Workspace-Id"
	}
	if id == "" {
		return errs.Field(name, "is required")
	}
	return errs.Field(name, "must be the id of a workspace, a UUID")
}

// asks returns what the call shows. Two tokens are refused: whoever logs the
// call and whoever checks it could each read another one. Two workspaces are too.
func asks(ctx context.Context) (Credential, error) {
	values := metadata.ValueFromIncomingContext(ctx, authorization)
	if len(values) > 1 {
		return Credential{}, errTokenInvalid
	}
	token, err := Bearer(strings.Join(values, ""))
	if err != nil {
		return Credential{}, err
	}
	workspace := metadata.ValueFromIncomingContext(ctx, workspaceHeader)
	return Credential{Token: token, WorkspaceID: strings.Join(workspace, ",")}, nil
}

// Bearer returns the token of an Authorization header.
func Bearer(header string) (token string, err error) {
	scheme, token, _ := strings.Cut(header, " ")
	token = strings.TrimSpace(token)
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return "", errTokenMissing
	}
	return token, nil
}

// RequestField returns the string at a path of a request ("workspace.id"), "" where
// there is none.
func RequestField(req any, path string) string {
	message, ok := req.(proto.Message)
	if !ok {
		return ""
	}
	at := message.ProtoReflect()
	parts := strings.Split(path, ".")
	for _, part := range parts[:len(parts)-1] {
		fd := at.Descriptor().Fields().ByName(protoreflect.Name(part))
		if fd == nil || fd.Message() == nil || fd.Cardinality() == protoreflect.Repeated {
			return ""
		}
		at = at.Get(fd).Message()
	}
	fd := at.Descriptor().Fields().ByName(protoreflect.Name(parts[len(parts)-1]))
	if fd == nil || fd.Kind() != protoreflect.StringKind || fd.Cardinality() == protoreflect.Repeated {
		return ""
	}
	return at.Get(fd).String()
}
