package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
)

// operation is how one operation of the OpenAPI document is tried. Names in braces, in
// the path and in the body, are things of the world that is tried on: see things.
type operation struct {
	// path is what is called: the document's path, with names of things and with a query
	// where the operation needs one.
	path string
	// body is the JSON that is sent; "" for none.
	body string
	// status is that of the good answer; 0 means 200.
	status int
	// header is sent besides, pairs of name and value.
	header []string
	// bad is what must be refused instead of path and body, and field is what the refusal
	// names. Left out, it is made: see badRequest.
	badPath, badBody, field string
	// foreign is the status for a user of another workspace; 0 means 404 if the request
	// names a thing, else the good one, with nothing in it of the world.
	foreign int
	// alone says that the request changes who makes it, so that each caller is a user who
	// is used for nothing else.
	alone bool
}

// testOperations tries every operation of the OpenAPI document with a good, a bad, an
// unauthenticated and a foreign request. It fails when the document has an operation that
// it does not know, or the other way round.
func testOperations(t *testing.T, base string) {
	d := readDocument(t, base)
	require.Equal(t, slices.Sorted(maps.Keys(d.operations)), slices.Sorted(maps.Keys(operations)),
		"the table of this test and the document name different operations")
	w := newWorld(t, base)
	for name, op := range operations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tried{w, d.operations[name], op, strings.Fields(name)[0]}.all(t)
		})
	}
}

// tried is an operation on its trial.
type tried struct {
	world    *world
	declared declared
	operation
	method string
}

// all tries an operation. The good request comes last: it may delete what the others name.
func (o tried) all(t *testing.T) {
	owner, stranger := o.world.owner, o.world.stranger
	if o.alone {
		owner, stranger = signUp(t, owner.base), signUp(t, owner.base)
	}
	path, body, named := o.world.resolve(t, o.path, o.body)

	if !o.declared.public {
		resp, answer := o.send(t, (&user{base: owner.base}), path, body)
		reason, _ := refused(t, resp, answer, http.StatusUnauthorized)
		require.NotEmpty(t, reason)
		require.Contains(t, resp.Header.Get("WWW-Authenticate"), "Bearer")
		o.tryForeign(t, stranger, path, body, named)
	}
	o.tryBad(t, owner, path, body)

	caller := owner
	if o.declared.public {
		caller = &user{base: owner.base}
	}
	resp, answer := o.send(t, caller, path, body)
	want := o.status
	if want == 0 {
		want = http.StatusOK
	}
	require.Equal(t, want, resp.StatusCode, "%.500s", answer)
	o.declared.fits(t, resp, answer)
}

// send sends a request.
func (o tried) send(t *testing.T, u *user, path, body string) (*http.Response, []byte) {
	t.Helper()
	req := u.request(t, o.method, path, strings.NewReader(body), o.header...)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if req.Header.Get("Upgrade") == "" {
		return send(t, req)
	}
	// A connection that is upgraded has no body that ends.
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return resp, nil
	}
	answer := make([]byte, 4096)
	n, _ := resp.Body.Read(answer) // an error, which is short
	return resp, answer[:n]
}

// tryForeign sends the good request as a user of another workspace, who must not learn
// that what it names is there.
func (o tried) tryForeign(t *testing.T, stranger *user, path, body string, named bool) {
	t.Helper()
	resp, answer := o.send(t, stranger, path, body)
	switch {
	case o.foreign != 0:
		require.Equal(t, o.foreign, resp.StatusCode, "%.500s", answer)
	case named:
		refused(t, resp, answer, http.StatusNotFound)
	default:
		require.Less(t, resp.StatusCode, 300, "%.500s", answer)
	}
	if resp.StatusCode >= 400 {
		o.declared.fits(t, resp, answer)
	}
	for what, id := range o.world.known() {
		if strings.Contains(path+body, id) && resp.StatusCode >= 400 {
			continue // it may say what it was asked for
		}
		require.NotContains(t, string(answer), id, "another workspace's %s", what)
	}
}

// tryBad sends a request that must be refused by the name of what is wrong with it.
func (o tried) tryBad(t *testing.T, u *user, path, body string) {
	t.Helper()
	badPath, badBody, field := o.badRequest(path, body)
	badPath, badBody, _ = o.world.resolve(t, badPath, badBody)
	resp, answer := o.send(t, u, badPath, badBody)
	require.GreaterOrEqual(t, resp.StatusCode, 400, "%s %s was taken: %.300s", badPath, badBody, answer)
	require.Less(t, resp.StatusCode, 500, "%.500s", answer)
	_, fields := refused(t, resp, answer, resp.StatusCode)
	if field != "" {
		require.Contains(t, fields, field, "%.500s", answer)
	}
	o.declared.fits(t, resp, answer)
}

// badRequest is a request with one thing wrong: a field in the body that there is not, or
// without a body, a parameter that there is not.
func (o tried) badRequest(path, body string) (badPath, badBody, field string) {
	switch {
	case o.badPath != "" || o.badBody != "":
		if o.badPath == "" {
			o.badPath = path
		}
		return o.badPath, o.badBody, o.field
	case body == "{}":
		return path, `{"nonsense":1}`, "nonsense"
	case body != "":
		return path, strings.Replace(body, "{", `{"nonsense":1,`, 1), "nonsense"
	case strings.Contains(path, "?"):
		return path + "&nonsense=1", "", "nonsense"
	default:
		return path + "?nonsense=1", "", "nonsense"
	}
}

// document is the OpenAPI document of a server.
type document struct {
	operations map[string]declared // by method and path
}

// declared is what the document says of one operation.
type declared struct {
	// public says that no token is needed.
	public    bool
	responses map[string]map[string]*jsonschema.Schema // by status, and media type
}

// readDocument reads the document of a server and compiles its schemas.
func readDocument(t *testing.T, base string) document {
	t.Helper()
	_, published := (&user{base: base}).json(t, http.MethodGet, "/openapi.json", "")
	var raw struct {
		Paths map[string]map[string]struct {
			Security  *[]any `json:"security"`
			Responses map[string]struct {
				Content map[string]struct{} `json:"content"`
			} `json:"responses"`
		} `json:"paths"`
	}
	require.NoError(t, json.Unmarshal(published, &raw))
	tree, err := jsonschema.UnmarshalJSON(strings.NewReader(string(published)))
	require.NoError(t, err)
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	require.NoError(t, compiler.AddResource("openapi.json", tree))

	d := document{operations: map[string]declared{}}
	for path, methods := range raw.Paths {
		for method, op := range methods {
			one := declared{public: op.Security != nil && len(*op.Security) == 0, responses: map[string]map[string]*jsonschema.Schema{}}
			for status, response := range op.Responses {
				one.responses[status] = map[string]*jsonschema.Schema{}
				for mediaType := range response.Content {
					schema, err := compiler.Compile("openapi.json#" + pointer("paths", path, method, "responses", status, "content", mediaType, "schema"))
					require.NoError(t, err)
					one.responses[status][mediaType] = schema
				}
			}
			d.operations[strings.ToUpper(method)+" "+path] = one
		}
	}
	return d
}

// pointer is a JSON pointer (RFC 6901) as the fragment of an address.
func pointer(keys ...string) string {
	var b strings.Builder
	for _, key := range keys {
		key = strings.NewReplacer("~", "~0", "/", "~1").Replace(key)
		b.WriteString("/" + strings.NewReplacer("%", "%25", "{", "%7B", "}", "%7D", ";", "%3B", " ", "%20").Replace(key))
	}
	return b.String()
}

// fits checks that an answer is one that the document declares: its status, its media type
// and, for JSON, its form.
func (d declared) fits(t *testing.T, resp *http.Response, body []byte) {
	t.Helper()
	require.NotEmpty(t, resp.Header.Get("X-Request-Id"))
	schemas, ok := d.responses[fmt.Sprint(resp.StatusCode)]
	if !ok {
		schemas, ok = d.responses["default"]
	}
	require.True(t, ok, "the document does not declare the status %d: %.300s", resp.StatusCode, body)
	if resp.Header.Get("Content-Type") != "application/json" || len(schemas) == 0 {
		return
	}
	schema := schemas["application/json"]
	require.NotNil(t, schema, "the document declares no JSON for the status %d", resp.StatusCode)
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(string(body)))
	require.NoError(t, err)
	require.NoError(t, schema.Validate(value), "the answer is not what the document declares: %.500s", body)
}

// thing is a name of a thing in a path or a body.
var thing = regexp.MustCompile(`\{([a-z]+(?:-[a-z]+)*)\}`)
