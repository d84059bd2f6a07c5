package main

import (
	"encoding/json"
	"strconv"
	"strings"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// limit writes the rules that the protos have for fields into the schemas: those of
// messages, of bodies, and of parameters.
func (c contract) limit(doc object, sent map[string]bool) {
	resources := resources(doc)
	for name, value := range child(doc, "components")["schemas"].(object) {
		if md, ok := c.messages[strings.TrimSuffix(name, inputEnding)]; ok {
			isInput := (strings.HasSuffix(name, inputEnding) || sent[name]) && !resources[name]
			limitMessage(value.(object), md, isInput)
		}
	}
	for _, op := range c.operations(doc) {
		if op.rpc == nil {
			continue
		}
		if body, ok := op.object["requestBody"].(object); ok {
			if schema := jsonOf(body); schema != nil && schema["$ref"] == nil {
				limitMessage(schema, op.rpc.Input(), true)
			}
		}
		list, _ := op.object["parameters"].([]any)
		for _, value := range list {
			parameter := value.(object)
			name, _ := parameter["name"].(string)
			if fd := fieldOf(op.rpc.Input(), name); fd != nil {
				parameter["schema"] = limited(child(parameter, "schema"), fd)
			}
		}
	}
}

// resources are the schemas that are whole bodies. What is named by the path need not
// stand in them, and an update holds only what it changes.
func resources(doc object) map[string]bool {
	found := map[string]bool{}
	for _, item := range child(doc, "paths") {
		for _, value := range item.(object) {
			body, _ := value.(object)["requestBody"].(object)
			if ref, ok := jsonOf(body)["$ref"].(string); ok {
				found[strings.TrimPrefix(ref, schemaRef)] = true
			}
		}
	}
	return found
}

// fieldOf finds the field of a parameter: of the request, or of the resource in it.
func fieldOf(md protoreflect.MessageDescriptor, name string) protoreflect.FieldDescriptor {
	for part := range strings.SplitSeq(name, ".") {
		fd := named(md, part)
		if fd == nil || fd.Message() == nil || part == name {
			return fd
		}
		md = fd.Message()
		name = strings.TrimPrefix(name, part+".")
	}
	return nil
}

func named(md protoreflect.MessageDescriptor, name string) protoreflect.FieldDescriptor {
	if fd := md.Fields().ByJSONName(name); fd != nil {
		return fd
	}
	if fd := md.Fields().ByTextName(name); fd != nil {
		return fd
	}
	for i := range md.Fields().Len() {
		fd := md.Fields().Get(i)
		if strings.HasPrefix(string(md.Name()), "Update") && fd.Message() != nil && !fd.IsMap() && !fd.IsList() {
			if inside := fd.Message().Fields().ByTextName(name); inside != nil {
				return inside
			}
		}
	}
	return nil
}

// limitMessage writes the rules of a message's fields into its schema, and for what
// a client sends which must be there.
func limitMessage(schema object, md protoreflect.MessageDescriptor, isInput bool) {
	properties, _ := schema["properties"].(object)
	var required []any
	for i := range md.Fields().Len() {
		fd := md.Fields().Get(i)
		property, ok := properties[fd.JSONName()].(object)
		if !ok {
			continue
		}
		properties[fd.JSONName()] = limited(property, fd)
		if isInput && mustBeThere(rulesOf(fd)) {
			required = append(required, fd.JSONName())
		}
	}
	if len(required) > 0 {
		schema["required"] = required
	}
}

func rulesOf(fd protoreflect.FieldDescriptor) *validate.FieldRules {
	rules, _ := proto.GetExtension(fd.Options(), validate.E_Field).(*validate.FieldRules)
	return rules
}

// mustBeThere reports whether the zero value of a field is refused.
func mustBeThere(r *validate.FieldRules) bool {
	if r.GetIgnore() == validate.Ignore_IGNORE_IF_ZERO_VALUE || r.GetIgnore() == validate.Ignore_IGNORE_ALWAYS {
		return false
	}
	return r.GetRequired() || r.GetString().GetMinLen() > 0 || r.GetString().GetUuid() || r.GetString().GetEmail() ||
		r.GetRepeated().GetMinItems() > 0 || len(r.GetEnum().GetIn()) > 0
}

// limited returns a field's schema with the rules of the field.
func limited(schema object, fd protoreflect.FieldDescriptor) object {
	return withRules(schema, fd, rulesOf(fd))
}

func withRules(schema object, fd protoreflect.FieldDescriptor, r *validate.FieldRules) object {
	switch {
	case r.GetString() != nil:
		limitString(schema, r.GetString())
	case r.GetRepeated() != nil:
		rules := r.GetRepeated()
		setIf(schema, "minItems", rules.GetMinItems())
		setIf(schema, "maxItems", rules.GetMaxItems())
		if rules.GetUnique() {
			schema["uniqueItems"] = true
		}
		if items, ok := schema["items"].(object); ok && rules.GetItems() != nil {
			schema["items"] = withRules(items, fd, rules.GetItems())
		}
	case r.GetMap() != nil:
		setIf(schema, "maxProperties", r.GetMap().GetMaxPairs())
		if keys := r.GetMap().GetKeys().GetString(); keys != nil {
			limitString(child(schema, "propertyNames"), keys)
		}
	case r.GetInt32() != nil:
		limitNumber(schema, r.GetInt32().ProtoReflect())
	case r.GetInt64() != nil:
		if r.GetInt64().GetGte() == 0 && r.GetInt64().GetGreaterThan() != nil {
			schema["pattern"] = "^[0-9]+$" // in JSON it is a string
		}
	case r.GetDouble() != nil:
		limitNumber(schema, r.GetDouble().ProtoReflect())
	case len(r.GetEnum().GetIn()) > 0 && fd.Enum() != nil:
		return enumOf(schema, fd.Enum(), r.GetEnum().GetIn())
	}
	return schema
}

func limitString(schema object, r *validate.StringRules) {
	setIf(schema, "minLength", r.GetMinLen())
	setIf(schema, "maxLength", r.GetMaxLen())
	if r.GetPattern() != "" {
		schema["pattern"] = r.GetPattern()
	}
	switch {
	case r.GetUuid():
		schema["format"] = "uuid"
	case r.GetEmail():
		schema["format"] = "email"
	}
	if len(r.GetIn()) > 0 {
		values := []any{}
		for _, value := range r.GetIn() {
			values = append(values, value)
		}
		schema["enum"] = values
	}
}

// limitNumber writes the bounds, which the rules of all kinds of numbers have under
// the same names.
func limitNumber(schema object, rules protoreflect.Message) {
	for field, keyword := range map[protoreflect.Name]string{"gte": "minimum", "lte": "maximum", "gt": "exclusiveMinimum", "lt": "exclusiveMaximum"} {
		if fd := rules.Descriptor().Fields().ByName(field); rules.Has(fd) {
			schema[keyword] = json.Number(rules.Get(fd).String())
		}
	}
}

// enumOf is the schema of those values of an enum that are taken.
func enumOf(schema object, ed protoreflect.EnumDescriptor, in []int32) object {
	values := []any{}
	for _, number := range in {
		if value := ed.Values().ByNumber(protoreflect.EnumNumber(number)); value != nil {
			values = append(values, string(value.Name()))
		}
	}
	out := object{"type": "string", "enum": values}
	if text, ok := schema["description"]; ok {
		out["description"] = text
	}
	return out
}

func setIf(schema object, keyword string, bound uint64) {
	if bound > 0 {
		schema[keyword] = json.Number(strconv.FormatUint(bound, 10))
	}
}
