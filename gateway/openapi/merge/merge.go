package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"
)

// object is a JSON object.
type object = map[string]any

// read reads a document. Numbers keep the form they have.
func read(file string) (object, error) {
	body, err := os.ReadFile(file) //nolint:gosec // a build tool reads what it is given
	if err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var doc object
	if err := dec.Decode(&doc); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return doc, nil
}

// encode writes a document, keys sorted.
func encode(doc object) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(doc)
	return out.Bytes(), err
}

// join adds one generated document to the others. Operations of one path may
// come from several documents; whatever stands in two must be the same.
func join(into, doc object) error {
	into["openapi"] = doc["openapi"]
	for path, item := range child(doc, "paths") {
		if err := union(child(child(into, "paths"), path), item.(object), path); err != nil {
			return err
		}
	}
	for kind, named := range child(doc, "components") {
		if err := union(child(child(into, "components"), kind), named.(object), kind); err != nil {
			return err
		}
	}
	tags, _ := into["tags"].([]any)
	more, _ := doc["tags"].([]any)
	into["tags"] = append(tags, more...)
	return nil
}

// union adds entries; the same name with another content is an error.
func union(into, from object, where string) error {
	for name, value := range from {
		if old, ok := into[name]; ok && !reflect.DeepEqual(old, value) {
			return fmt.Errorf("%s %q is there already and differs", where, name)
		}
		into[name] = value
	}
	return nil
}

// child returns the object under a key, and makes it if there is none.
func child(parent object, key string) object {
	if c, ok := parent[key].(object); ok {
		return c
	}
	c := object{}
	parent[key] = c
	return c
}

// apply lays the hand-written document over the generated one, as a JSON merge
// patch (RFC 7396): objects are merged, everything else is replaced, null takes
// away. Paths that the edge means to change must exist, unless the patch brings
// an operation of its own, with an operationId.
func apply(doc, patch object) error {
	paths := child(doc, "paths")
	for path, item := range child(patch, "paths") {
		if _, ok := paths[path]; ok {
			continue
		}
		for method, operation := range item.(object) {
			if op, ok := operation.(object); !ok || op["operationId"] == nil {
				return fmt.Errorf("edge document: there is no %s %s to change", strings.ToUpper(method), path)
			}
		}
	}
	mergePatch(doc, patch)
	return nil
}

// mergePatch is the algorithm of RFC 7396, section 2, for objects.
func mergePatch(target, patch object) {
	for key, value := range patch {
		switch value := value.(type) {
		case nil:
			delete(target, key)
		case object:
			mergePatch(child(target, key), value)
		default:
			target[key] = value
		}
	}
}
