// Package openapi serves the OpenAPI 3.1 document of the public API and a page
// that shows it. Document and page come out of the binary: the page asks no
// other host for anything.
package openapi

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/researcherpro/researcherpro/gateway/internal/reply"
)

// document is written by `make proto`: the generated documents of all services
// joined, with edge.openapi.json applied. See folder merge.
//
//go:embed gen/openapi.json
var document []byte

// apiPrefix is where the document has the API.
const apiPrefix = "/api/v1"

// Document serves the document with the project's own name and path prefix.
func Document(name, prefix string) (http.Handler, error) {
	body, err := adapted(name, strings.TrimSuffix(prefix, "/"))
	if err != nil {
		return nil, fmt.Errorf("adapt the OpenAPI document: %w", err)
	}
	return reply.Document(body), nil
}

// adapted returns the document under another name and prefix.
func adapted(name, prefix string) ([]byte, error) {
	var doc map[string]json.RawMessage
	if err := json.Unmarshal(document, &doc); err != nil {
		return nil, err
	}
	var info, paths map[string]json.RawMessage
	if err := json.Unmarshal(doc["info"], &info); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(doc["paths"], &paths); err != nil {
		return nil, err
	}
	title, err := json.Marshal(name)
	if err != nil {
		return nil, err
	}
	info["title"] = title
	for path, item := range paths {
		if rest, ok := strings.CutPrefix(path, apiPrefix+"/"); ok {
			delete(paths, path)
			paths[prefix+"/"+rest] = item
		}
	}
	if doc["info"], err = json.Marshal(info); err != nil {
		return nil, err
	}
	if doc["paths"], err = json.Marshal(paths); err != nil {
		return nil, err
	}
	return json.Marshal(doc)
}
