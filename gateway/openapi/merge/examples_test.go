package main

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
)

// written returns the committed document.
func written(t *testing.T) (object, *jsonschema.Compiler) {
	t.Helper()
	body, err := os.ReadFile("../gen/openapi.json")
	require.NoError(t, err)
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	require.NoError(t, err)
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.AssertFormat()
	require.NoError(t, compiler.AddResource("openapi.json", parsed))
	return parsed.(object), compiler
}

// pointer joins the parts of a JSON pointer.
func pointer(parts ...string) string {
	for i, part := range parts {
		part = strings.ReplaceAll(strings.ReplaceAll(part, "~", "~0"), "/", "~1")
		parts[i] = strings.NewReplacer("{", "%7B", "}", "%7D").Replace(part)
	}
	return "openapi.json#/" + strings.Join(parts, "/")
}

func TestExamples_FitTheirSchemas(t *testing.T) {
	t.Parallel()
	doc, compiler := written(t)
	checked := 0
	check := func(holder object, where ...string) {
		content, _ := holder["content"].(object)
		for mediaType, value := range content {
			media := value.(object)
			if mediaType != "application/json" {
				continue
			}
			at := append(append([]string{}, where...), "content", mediaType, "schema")
			schema, err := compiler.Compile(pointer(at...))
			require.NoError(t, err)
			require.Contains(t, media, "example", "%v", where)
			if err := schema.Validate(media["example"]); err != nil {
				t.Errorf("%v: %v", where, err)
			}
			checked++
		}
	}
	for path, item := range doc["paths"].(object) {
		for method, value := range item.(object) {
			op := value.(object)
			if body, ok := op["requestBody"].(object); ok {
				check(body, "paths", path, method, "requestBody")
			}
			if good, ok := op["responses"].(object)["200"].(object); ok && !strings.HasSuffix(path, "/export") && !strings.Contains(path, "/shared/") {
				check(good, "paths", path, method, "responses", "200")
			}
		}
	}
	for name, response := range doc["components"].(object)["responses"].(object) {
		check(response.(object), "components", "responses", name)
	}
	require.Greater(t, checked, 120)
}

func TestOperations_AreComplete(t *testing.T) {
	t.Parallel()
	doc, _ := written(t)
	c := contractOf()
	tags := map[string]bool{}
	for _, tag := range doc["tags"].([]any) {
		require.NotEmpty(t, tag.(object)["description"])
		tags[tag.(object)["name"].(string)] = true
	}
	for _, op := range c.operations(doc) {
		at := op.method + " " + op.path
		for _, field := range []string{"summary", "description", "operationId", "tags"} {
			require.NotEmpty(t, op.object[field], "%s: %s", at, field)
		}
		require.True(t, tags[op.object["tags"].([]any)[0].(string)], "%s: a tag that is told of", at)
		responses := op.object["responses"].(object)
		require.Equal(t, op.versioned(), responses["412"] != nil, at)
		require.Equal(t, !op.public(), responses["403"] != nil, at)
		for _, code := range []string{"400", "429", "503", "default"} {
			require.Contains(t, responses, code, at)
		}
		list, _ := op.object["parameters"].([]any)
		for _, value := range list {
			parameter := value.(object)
			if parameter["$ref"] == nil {
				require.NotEmpty(t, parameter["description"], "%s: %s", at, parameter["name"])
			}
		}
	}
}

func TestPaths_NoTwoAreTheSameToAClient(t *testing.T) {
	t.Parallel()
	doc, _ := written(t)
	shape := func(path string) string {
		parts := strings.Split(path, "/")
		for i, part := range parts {
			if from, to := strings.Index(part, "{"), strings.Index(part, "}"); from >= 0 && to > from {
				parts[i] = part[:from] + "{}" + part[to+1:]
			}
		}
		return strings.Join(parts, "/")
	}
	seen := map[string]string{}
	for path := range doc["paths"].(object) {
		require.Empty(t, seen[shape(path)], "%s", path)
		seen[shape(path)] = path
		require.NotRegexp(t, `\{[^}]*\.`, path, "a plain name")
	}
}

// What is told of a few fields, so that the rules are seen to arrive.
func TestSchemas_HaveTheRulesOfTheProtos(t *testing.T) {
	t.Parallel()
	doc, _ := written(t)
	schemas := doc["components"].(object)["schemas"].(object)
	property := func(schema, name string) object {
		return schemas[schema].(object)["properties"].(object)[name].(object)
	}
	require.Equal(t, json.Number("64"), property("researcherpro.research.v1.Document.Input", "etag")["maxLength"])
	require.Equal(t, json.Number("500"), property("researcherpro.auth.v1.WorkspaceSettings.Input", "egressAllowList")["maxItems"])
	require.Equal(t, json.Number("0"), property("researcherpro.auth.v1.Quotas.Input", "maxRunningAnalyses")["minimum"])
	document := schemas["researcherpro.research.v1.Document"].(object)
	require.Contains(t, document["required"], "sizeBytes", "an answer has every field")
	require.NotContains(t, document["required"], "error", "but for messages that are absent")
	require.Nil(t, schemas["researcherpro.research.v1.Document.Input"].(object)["required"], "an update holds what it changes")
	login := doc["paths"].(object)["/api/v1/auth/login"].(object)["post"].(object)["requestBody"].(object)
	require.ElementsMatch(t, []any{"email", "password"}, jsonOf(login)["required"])
	member := doc["paths"].(object)["/api/v1/workspaces/{workspace_id}/members/{user_id}"].(object)["patch"].(object)
	role := jsonOf(member["requestBody"].(object))["properties"].(object)["role"].(object)
	require.Equal(t, []any{"VIEWER", "RESEARCHER", "ADMIN"}, role["enum"])
}
