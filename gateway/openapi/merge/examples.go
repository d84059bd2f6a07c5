package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// examples makes examples out of the schemas, so that there is one for every body
// and none is out of date. The words are those of examples.json.
type examples struct {
	schemas object
	// words are values by the name of a field, or of its message and it.
	words object
	// requests are whole bodies by the operation, where fields exclude each other.
	requests object
}

// illustrate adds the examples of all operations.
func (e examples) illustrate(operations []operation) error {
	for _, op := range operations {
		id, _ := op.object["operationId"].(string)
		if body, ok := op.object["requestBody"].(object); ok {
			if schema := jsonOf(body); schema != nil {
				example, given := e.requests[id]
				if !given {
					example = e.of("", schema, nil)
				}
				setExample(body, example)
			}
		}
		if good, ok := child(op.object, "responses")["200"].(object); ok {
			if schema := jsonOf(good); schema != nil {
				setExample(good, e.of("", schema, nil))
			}
		}
		if err := e.parameters(op); err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
	}
	return nil
}

// setExample sets the example of the JSON in a body or an answer.
func setExample(holder object, example any) {
	holder["content"].(object)["application/json"].(object)["example"] = example
}

// parameters gives an example for each parameter of a path.
func (e examples) parameters(op operation) error {
	list, _ := op.object["parameters"].([]any)
	for _, value := range list {
		parameter := value.(object)
		if parameter["$ref"] != nil {
			continue
		}
		name, _ := parameter["name"].(string)
		if text, _ := parameter["description"].(string); text == "" {
			return fmt.Errorf("parameter %s has no description", name)
		}
		if parameter["in"] == "path" {
			parameter["example"] = e.of(name, child(parameter, "schema"), nil)
		}
	}
	return nil
}

// of returns an example of a schema. name is that of the field; within are the
// schemas that it stands in, so that a message that holds itself comes to an end.
func (e examples) of(name string, schema object, within []string) any {
	if value, ok := e.word(name, within); ok && fits(value, schema) {
		return clone(value)
	}
	if ref, ok := schema["$ref"].(string); ok {
		target := strings.TrimPrefix(ref, schemaRef)
		return e.of(name, e.schemas[target].(object), append(slices.Clip(within), target))
	}
	if values, ok := schema["enum"].([]any); ok {
		return meaningful(values)
	}
	switch schema["type"] {
	case "object":
		return e.object(schema, within)
	case "array":
		items, _ := schema["items"].(object)
		if ref, _ := items["$ref"].(string); slices.Contains(within, strings.TrimPrefix(ref, schemaRef)) {
			return []any{}
		}
		return []any{e.of(name, items, within)}
	case "boolean":
		return false
	case "integer", "number":
		if least, ok := number(schema["minimum"]); ok && least > 0 {
			return schema["minimum"]
		}
		return json.Number("1")
	}
	return text(schema)
}

// fits reports whether a word is of a schema's type; fields of one name are not all
// of one type.
func fits(value any, schema object) bool {
	items, _ := schema["items"].(object)
	switch value := value.(type) {
	case string:
		values, isEnum := schema["enum"].([]any)
		return schema["type"] == "string" && (!isEnum || slices.Contains(values, any(value)))
	case json.Number:
		return schema["type"] == "integer" || schema["type"] == "number"
	case []any:
		return schema["type"] == "array" && items["type"] == "string"
	}
	return false
}

// word returns the value that examples.json has for a field.
func (e examples) word(name string, within []string) (any, bool) {
	if name == "" {
		return nil, false
	}
	if len(within) > 0 {
		message := strings.TrimSuffix(within[len(within)-1], inputEnding)
		message = message[strings.LastIndex(message, ".")+1:]
		if value, ok := e.words[message+"."+name]; ok {
			return value, true
		}
	}
	value, ok := e.words[name]
	return value, ok
}

// object returns an example of an object: all its fields, and of a choice the first.
func (e examples) object(schema object, within []string) object {
	out := object{}
	properties, _ := schema["properties"].(object)
	choice := choices(schema)
	for name, value := range properties {
		property := value.(object)
		ref, _ := property["$ref"].(string)
		if slices.Contains(within, strings.TrimPrefix(ref, schemaRef)) || len(choice) > 0 && slices.Contains(choice[1:], name) {
			continue
		}
		out[name] = e.of(name, property, within)
	}
	if values, ok := schema["additionalProperties"].(object); ok && len(values) > 0 {
		names, _ := schema["propertyNames"].(object)
		key := "key"
		if allowed, ok := names["enum"].([]any); ok {
			key = allowed[0].(string)
		}
		out[key] = e.of("", values, within)
	}
	return out
}

// choices are the fields of which one is set.
func choices(schema object) []string {
	var names []string
	variants, _ := schema["oneOf"].([]any)
	for _, variant := range variants {
		required, _ := variant.(object)["required"].([]any)
		for _, name := range required {
			names = append(names, name.(string))
		}
	}
	return names
}

// meaningful returns the first value of an enum that says something.
func meaningful(values []any) any {
	for _, value := range values {
		if s, _ := value.(string); s != "" && !strings.HasSuffix(s, "_UNSPECIFIED") {
			return value
		}
	}
	return values[0]
}

// text is a string of a format.
func text(schema object) string {
	switch schema["format"] {
	case "uuid":
		return "01930000-0000-7000-8000-000000000001"
	case "email":
		return "ada@example.org"
	case "date-time":
		return "2026-01-31T12:00:00Z"
	case "int64", "uint64":
		return "1"
	case "byte":
		return "AA=="
	}
	return "text"
}
