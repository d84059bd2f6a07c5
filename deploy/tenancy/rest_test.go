package tenancy

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/researcherpro/researcherpro/proto/access"
)

// operation is an operation of the OpenAPI document.
type operation struct {
	method, path string
	ID           string `json:"operationId"`
	Permission   string `json:"x-permission"`
	Security     *[]any `json:"security"`
}

// ofTheEdge are the operations that no RPC is behind, with the permission of what
// they do.
var ofTheEdge = map[string]string{
	"GET /api/v1/ws/{clientId}": "", // TestLive and the gateway's own tests are about it
}

// TestEveryRoute calls every operation of the OpenAPI document as every kind of
// caller.
func TestEveryRoute(t *testing.T) {
	t.Parallel()
	w := newWorld(t, startFleet(t))
	callers := w.callers(t)
	rpcs := methodsByID()
	t.Run("as", func(t *testing.T) {
		for _, op := range w.operations(t) {
			name := op.method + " " + op.path
			if _, ok := ofTheEdge[name]; ok {
				continue
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				rpc, ok := rpcs[op.ID]
				require.True(t, ok, "no RPC is called %s: say in ofTheEdge what it is", op.ID)
				w.routeAsEveryone(t, op, rpc, callers)
			})
		}
	})
	w.check(t)
}

// operations reads the OpenAPI document that the fleet serves.
func (w *world) operations(t *testing.T) []operation {
	t.Helper()
	_, body := w.send(t, http.MethodGet, "/openapi.json", "", caller{token: fixed(""), own: true})
	var doc struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	require.NoError(t, json.Unmarshal(body, &doc))
	var all []operation
	for path, item := range doc.Paths {
		for method, raw := range item {
			op := operation{method: strings.ToUpper(method), path: path}
			require.NoError(t, json.Unmarshal(raw, &op))
			all = append(all, op)
		}
	}
	require.Greater(t, len(all), 50)
	return all
}

// methodsByID are the RPCs by the operation ids that are made of their names.
func methodsByID() map[string]protoreflect.MethodDescriptor {
	all := map[string]protoreflect.MethodDescriptor{}
	for _, service := range access.Services() {
		for i := range service.Methods().Len() {
			method := service.Methods().Get(i)
			all[string(service.Name())+"_"+string(method.Name())] = method
		}
	}
	return all
}

// routeAsEveryone checks who is let in. Those who are let in name things that do
// not exist, so that nothing comes to harm.
func (w *world) routeAsEveryone(t *testing.T, op operation, rpc protoreflect.MethodDescriptor, callers []caller) {
	t.Helper()
	rule, ok := access.Rule(access.FullMethod(rpc))
	require.True(t, ok)
	require.Equal(t, rule.Public, op.Security != nil, "the document says who may call")
	if !rule.Public {
		require.Equal(t, rule.Permission, op.Permission)
	}
	for _, c := range callers {
		want := ""
		if !rule.Public {
			want = c.reason(rule)
		}
		id := resources(w.id)
		if want == "" && rule.Audited {
			if harmful(rule, rpc) {
				continue // TestEveryRPC does this in workspaces made for it
			}
			id = made(w.workspace)
		}
		path, body := httpRequest(t, op, rpc, request(t, rpc, id))
		resp, answer := w.send(t, op.method, path, body, c)
		got := reasonOf(answer)
		if want == "" {
			require.False(t, refusals[got], "%s as %s: %d %s", op.ID, c.name, resp.StatusCode, answer)
			continue
		}
		require.Equal(t, want, got, "%s as %s: %d %s", op.ID, c.name, resp.StatusCode, answer)
		require.Equal(t, statusOf(want), resp.StatusCode, "%s as %s", op.ID, c.name)
	}
	w.routeFromOutside(t, op, rpc, rule)
}

// harmful reports whether a call would change the workspace as a whole or the
// caller's session.
func harmful(rule access.Requirement, rpc protoreflect.MethodDescriptor) bool {
	return rule.WorkspaceField != "" || short(rpc) == "AuthService.Logout"
}

// routeFromOutside checks that another's resources look absent.
func (w *world) routeFromOutside(t *testing.T, op operation, rpc protoreflect.MethodDescriptor, rule access.Requirement) {
	t.Helper()
	req := request(t, rpc, w.id)
	if rule.Public || !w.names(req) {
		return
	}
	path, body := httpRequest(t, op, rpc, req)
	resp, answer := w.send(t, op.method, path, body, caller{token: fixed(w.stranger.token), own: true})
	require.Equal(t, http.StatusNotFound, resp.StatusCode, "%s about another's resource: %s", op.ID, answer)
}

// statusOf is the HTTP status of a refusal.
func statusOf(reason string) int {
	switch reason {
	case missing, expired, invalid:
		return http.StatusUnauthorized
	case foreign:
		return http.StatusNotFound
	default:
		return http.StatusForbidden
	}
}

// parameter is a variable of a path.
var parameter = regexp.MustCompile(`\{([^}]+)\}`)

// httpRequest puts a message into the path, the query and the body, as the RPC's
// http annotation says.
func httpRequest(t *testing.T, op operation, rpc protoreflect.MethodDescriptor, req proto.Message) (path, body string) {
	t.Helper()
	rule, _ := proto.GetExtension(rpc.Options(), annotations.E_Http).(*annotations.HttpRule)
	path = parameter.ReplaceAllStringFunc(op.path, func(variable string) string {
		value := fieldAt(req, strings.Trim(variable, "{}"), rule.GetBody())
		require.NotEmpty(t, value, "%s of %s", variable, op.ID)
		return url.PathEscape(value)
	})
	if rule.GetBody() != "" {
		if rule.GetBody() != "*" {
			req = req.ProtoReflect().Get(rpc.Input().Fields().ByName(protoreflect.Name(rule.GetBody()))).Message().Interface()
		} else {
			req = withoutPath(req, op.path)
		}
		encoded, err := protojson.Marshal(req)
		require.NoError(t, err)
		return path, string(encoded)
	}
	query := url.Values{}
	req = withoutPath(req, op.path)
	req.ProtoReflect().Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		query.Set(field.JSONName(), value.String())
		return true
	})
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return path, ""
}

// withoutPath returns the message without the fields that stand in the path.
func withoutPath(req proto.Message, path string) proto.Message {
	rest := proto.Clone(req)
	for _, match := range parameter.FindAllStringSubmatch(path, -1) {
		if field := rest.ProtoReflect().Descriptor().Fields().ByName(protoreflect.Name(match[1])); field != nil {
			rest.ProtoReflect().Clear(field)
		}
	}
	return rest
}

// fieldAt returns a string that stands in a path: a field of the message, or of the
// resource that is its body.
func fieldAt(req proto.Message, name, body string) string {
	at := req.ProtoReflect()
	field := at.Descriptor().Fields().ByName(protoreflect.Name(name))
	if field == nil {
		at = at.Get(at.Descriptor().Fields().ByName(protoreflect.Name(body))).Message()
		field = at.Descriptor().Fields().ByName(protoreflect.Name(name))
	}
	return at.Get(field).String()
}

// send makes a request as a caller.
func (w *world) send(t *testing.T, method, path, body string, c caller) (*http.Response, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, w.url+path, strings.NewReader(body))
	require.NoError(t, err)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if token := c.token(); token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if !c.own {
		req.Header.Set("X-Workspace-Id", w.workspace)
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp, answer
}

// reasonOf returns the reason that an answer gives, "" for one that gives none.
func reasonOf(answer []byte) string {
	var status struct {
		Details []struct {
			Reason string `json:"reason"`
		} `json:"details"`
	}
	if json.Unmarshal(answer, &status) != nil {
		return ""
	}
	for _, d := range status.Details {
		if d.Reason != "" {
			return d.Reason
		}
	}
	return ""
}
