package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// dotted is a parameter of a path that stands for a field inside a message.
var dotted = regexp.MustCompile(`\{[a-z_.]+\.([a-z_]+)\}`)

// plainPaths names path parameters by the last part of their field, so that the
// operations of one resource stand under one path: two paths that differ in the
// name of a parameter only are the same path to a client.
func plainPaths(doc object) error {
	paths := child(doc, "paths")
	for path, item := range paths {
		plain := dotted.ReplaceAllString(path, "{$1}")
		if plain == path {
			continue
		}
		delete(paths, path)
		for _, op := range item.(object) {
			renameParameters(op.(object))
		}
		if err := union(child(paths, plain), item.(object), plain); err != nil {
			return fmt.Errorf("name the parameters of %s: %w", path, err)
		}
	}
	return nil
}

func renameParameters(op object) {
	list, _ := op["parameters"].([]any)
	for _, parameter := range list {
		p := parameter.(object)
		if name, _ := p["name"].(string); p["in"] == "path" {
			p["name"] = name[strings.LastIndex(name, ".")+1:]
		}
	}
}

// partsByRange drops the parameters that say which part of a file is wanted from the
// operations that take the part from the Range header instead: those that answer 206.
func partsByRange(doc object) {
	for _, item := range child(doc, "paths") {
		for _, op := range item.(object) {
			op := op.(object)
			if _, parts := child(op, "responses")["206"]; !parts {
				continue
			}
			list, _ := op["parameters"].([]any)
			op["parameters"] = slices.DeleteFunc(list, func(parameter any) bool {
				p := parameter.(object)
				return p["in"] == "query" && (p["name"] == "offset" || p["name"] == "length")
			})
		}
	}
}
