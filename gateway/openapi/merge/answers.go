package main

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

const (
	responseRef  = "#/components/responses/"
	headerRef    = "#/components/headers/"
	parameterRef = "#/components/parameters/"
)

// answer names the headers and the errors of every operation, which edge.openapi.json
// describes as components.
func (c contract) answer(doc object) {
	for _, op := range c.operations(doc) {
		responses := child(op.object, "responses")
		for _, code := range op.failures() {
			responses[strconv.Itoa(code)] = object{"$ref": responseRef + strings.ReplaceAll(http.StatusText(code), " ", "")}
		}
		responses["default"] = object{"$ref": responseRef + "Error"}
		op.head()
		op.parameters()
	}
}

// failures are the HTTP statuses of the errors of an operation.
func (o operation) failures() []int {
	codes := []int{http.StatusBadRequest, http.StatusTooManyRequests, http.StatusServiceUnavailable}
	_, hasBody := o.object["requestBody"]
	for code, may := range map[int]bool{
		http.StatusUnauthorized:          !o.public() || strings.Contains(o.path, "/auth/"),
		http.StatusForbidden:             !o.public(),
		http.StatusNotFound:              strings.Contains(o.path, "{"),
		http.StatusConflict:              o.method != "get",
		http.StatusPreconditionFailed:    o.versioned(),
		http.StatusRequestEntityTooLarge: hasBody,
		http.StatusUnsupportedMediaType:  hasBody,
	} {
		if may {
			codes = append(codes, code)
		}
	}
	return codes
}

// readable reports whether a GET answers JSON that a client may keep.
func (o operation) readable() bool {
	good, _ := child(o.object, "responses")["200"].(object)
	return o.method == "get" && o.rpc != nil && jsonOf(good) != nil && !strings.Contains(o.path, "/auth/")
}

// head describes the headers of good answers, and the answer without a body.
func (o operation) head() {
	responses := child(o.object, "responses")
	names := []string{"X-Request-Id", "RateLimit", "RateLimit-Policy"}
	if o.readable() || o.versioned() && o.method == "patch" {
		names = append(names, "ETag")
	}
	if _, ok := responses["304"]; !ok && o.readable() {
		responses["304"] = object{"description": "What the client has is what there is."}
	}
	for code, value := range responses {
		response := value.(object)
		if response["$ref"] != nil || code == "101" {
			continue
		}
		headers := child(response, "headers")
		for _, name := range names {
			headers[name] = object{"$ref": headerRef + name}
		}
		if code == "206" || code == "304" {
			headers["ETag"] = object{"$ref": headerRef + "ETag"}
		}
		if code == "206" {
			headers["Content-Range"] = object{"$ref": headerRef + "Content-Range"}
		}
	}
}

// parameters names the headers that an operation obeys.
func (o operation) parameters() {
	var names []string
	_, hasParts := child(o.object, "responses")["206"]
	for name, obeyed := range map[string]bool{
		"If-None-Match":  o.readable() || hasParts,
		"If-Match":       o.versioned(),
		"Range":          hasParts,
		"If-Range":       hasParts,
		"X-Workspace-Id": !o.public() && o.rpc != nil,
	} {
		if obeyed {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	list, _ := o.object["parameters"].([]any)
	for _, name := range names {
		list = append(list, object{"$ref": parameterRef + name})
	}
	if len(list) > 0 {
		o.object["parameters"] = list
	}
}

// describeFailures makes the components of errors: what they hold, each with an
// example.
func describeFailures(doc object, examples object) {
	components := child(doc, "components")
	for name, value := range components["responses"].(object) {
		response := value.(object)
		media := object{"schema": object{"$ref": schemaRef + "google.rpc.Status"}}
		if example, ok := examples[name]; ok {
			media["example"] = example
		}
		response["content"] = object{"application/json": media}
		headers := child(response, "headers")
		headers["X-Request-Id"] = object{"$ref": headerRef + "X-Request-Id"}
		for _, header := range map[string][]string{
			"TooManyRequests":    {"Retry-After", "RateLimit", "RateLimit-Policy"},
			"ServiceUnavailable": {"Retry-After"},
			"Unauthorized":       {"WWW-Authenticate"},
		}[name] {
			headers[header] = object{"$ref": headerRef + header}
		}
	}
	for name, header := range components["headers"].(object) {
		if example, ok := examples[name]; ok {
			header.(object)["example"] = example
		}
	}
}

// number is a number of a schema.
func number(value any) (float64, bool) {
	n, ok := value.(json.Number)
	if !ok {
		return 0, false
	}
	f, err := n.Float64()
	return f, err == nil
}
