package main

import (
	"maps"
	"slices"
	"strings"
)

const (
	schemaRef = "#/components/schemas/"
	// inputEnding is that of the schema of a message as a client sends it.
	inputEnding = ".Input"
)

// split gives messages that are both sent and received a schema for each. What is
// received has every field, which clients may rely on; what is sent need not have.
func split(doc object) (received, sent map[string]bool) {
	schemas := child(doc, "components")["schemas"].(object)
	received, sent = map[string]bool{}, map[string]bool{}
	bodies := []object{}
	for _, item := range child(doc, "paths") {
		for _, value := range item.(object) {
			op := value.(object)
			whole, sparse := answers(op)
			reach(schemas, whole, received)
			for _, media := range sparse {
				reach(schemas, media, sent)
				bodies = append(bodies, media)
			}
			if body, ok := op["requestBody"].(object); ok {
				reach(schemas, body, sent)
				bodies = append(bodies, body)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(sent)) {
		if schema := schemas[name].(object); received[name] && schema["type"] == "object" {
			schemas[name+inputEnding] = clone(schema)
		}
	}
	for name := range sent {
		if input, ok := schemas[name+inputEnding]; ok {
			toInputs(schemas, input)
		} else if !received[name] {
			toInputs(schemas, schemas[name])
		}
	}
	for _, body := range bodies {
		toInputs(schemas, body)
	}
	return received, sent
}

// sparseMark stands beside the schema of a file in JSON, which leaves out what is
// empty, other than the answers that the edge writes.
const sparseMark = "x-sparse"

// answers parts what an operation answers: whole messages, and files.
func answers(op object) (whole []any, sparse []object) {
	for _, response := range child(op, "responses") {
		content, _ := response.(object)["content"].(object)
		for _, value := range content {
			if media := value.(object); media[sparseMark] == true {
				sparse = append(sparse, media)
			} else {
				whole = append(whole, media)
			}
		}
	}
	return whole, sparse
}

// reach notes the schemas that a part of the document refers to.
func reach(schemas object, part any, found map[string]bool) {
	walk(part, func(o object) {
		ref, _ := o["$ref"].(string)
		name, ok := strings.CutPrefix(ref, schemaRef)
		if ok && !found[name] {
			found[name] = true
			reach(schemas, schemas[name], found)
		}
	})
}

// toInputs makes a part of the document refer to what is sent.
func toInputs(schemas object, part any) {
	walk(part, func(o object) {
		ref, _ := o["$ref"].(string)
		if name, ok := strings.CutPrefix(ref, schemaRef); ok && schemas[name+inputEnding] != nil {
			o["$ref"] = schemaRef + name + inputEnding
		}
	})
}

// walk visits all objects in a part of the document.
func walk(part any, visit func(object)) {
	switch part := part.(type) {
	case object:
		visit(part)
		for _, value := range part {
			walk(value, visit)
		}
	case []any:
		for _, value := range part {
			walk(value, visit)
		}
	}
}

// clone copies a part of the document.
func clone(part any) any {
	switch part := part.(type) {
	case object:
		out := make(object, len(part))
		for key, value := range part {
			out[key] = clone(value)
		}
		return out
	case []any:
		out := make([]any, len(part))
		for i, value := range part {
			out[i] = clone(value)
		}
		return out
	}
	return part
}

// loosen takes the type off the variant of a choice that stands for none: with it a
// generator of TypeScript makes it an object that has no field at all.
func loosen(schema object) {
	variants, _ := schema["oneOf"].([]any)
	for _, variant := range variants {
		if v := variant.(object); v["not"] != nil {
			delete(v, "type")
		}
	}
}

// require marks the fields that every answer has: the edge writes zeros and empty
// lists, and leaves out only messages that are absent and fields of a choice.
func (c contract) require(doc object, received map[string]bool) {
	schemas := child(doc, "components")["schemas"].(object)
	for name := range received {
		md, ok := c.messages[name]
		if !ok {
			continue
		}
		var names []any
		for i := range md.Fields().Len() {
			if fd := md.Fields().Get(i); !fd.HasPresence() {
				names = append(names, fd.JSONName())
			}
		}
		if len(names) > 0 {
			schemas[name].(object)["required"] = names
		}
		loosen(schemas[name].(object))
	}
}
