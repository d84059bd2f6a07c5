package mcp

import (
	"fmt"
	"strings"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"github.com/google/jsonschema-go/jsonschema"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// arguments say, for arguments of a tool, where their limits come from.
type arguments map[string]argument

// argument is where the limits of one come from: the field of a request that it
// becomes, or the tool itself.
type argument struct {
	path  string // of the field in the request, as its errors name it
	field protoreflect.FieldDescriptor
	most  float64 // of a number or a text that the tool limits by itself
	usual float64 // what such a number is when it is not given
}

// of is an argument that becomes a field of a request, "budget.max_tokens". The rules
// of the proto are its limits.
func of(request proto.Message, path string) argument {
	a := argument{}
	message := request.ProtoReflect().Descriptor()
	var names []string
	for name := range strings.SplitSeq(path, ".") {
		a.field = message.Fields().ByName(protoreflect.Name(name))
		if a.field == nil {
			return argument{path: path} // which schemaOf refuses
		}
		names = append(names, a.field.JSONName())
		message = a.field.Message()
	}
	a.path = strings.Join(names, ".")
	return a
}

// upTo is a number from 0 that the tool limits.
func upTo(most, usual float64) argument { return argument{most: most, usual: usual} }

// schemaOf is the schema of In with the limits of its arguments. Every argument must
// be a property and every property, but for flags, must have its limits.
func schemaOf[In any](args arguments) (*jsonschema.Schema, error) {
	schema, err := jsonschema.For[In](nil)
	if err != nil {
		return nil, err
	}
	for name, arg := range args {
		property, ok := schema.Properties[name]
		if !ok || (arg.field == nil && arg.most == 0) {
			return nil, fmt.Errorf("argument %q: no such property or field", name)
		}
		arg.limit(property)
	}
	for name, property := range schema.Properties {
		if _, ok := args[name]; !ok && property.Type != "boolean" {
			return nil, fmt.Errorf("argument %q has no limits", name)
		}
	}
	return schema, nil
}

// limit writes the limits into the schema of the argument.
func (a argument) limit(schema *jsonschema.Schema) {
	if a.field == nil {
		schema.Minimum, schema.Maximum = new(float64), &a.most
		schema.Default = fmt.Append(nil, a.usual)
		return
	}
	rules, _ := proto.GetExtension(a.field.Options(), validate.E_Field).(*validate.FieldRules)
	if a.field.IsList() {
		schema.Type, schema.Types = "array", nil // no list is an argument left out, not null
		if most := rules.GetRepeated().GetMaxItems(); most > 0 {
			schema.MaxItems = new(int(most))
		}
		schema.Items = &jsonschema.Schema{Type: "string"}
		limitValue(schema.Items, a.field, rules.GetRepeated().GetItems())
		return
	}
	limitValue(schema, a.field, rules)
	if a.most > 0 {
		schema.MaxLength = new(int(a.most))
	}
}

func limitValue(schema *jsonschema.Schema, field protoreflect.FieldDescriptor, rules *validate.FieldRules) {
	switch field.Kind() {
	case protoreflect.StringKind:
		limitText(schema, rules.GetString())
	case protoreflect.EnumKind:
		values := field.Enum().Values()
		for i := 1; i < values.Len(); i++ { // the first means that nothing was said
			schema.Enum = append(schema.Enum, string(values.Get(i).Name()))
		}
	case protoreflect.Int32Kind:
		between(schema, float64(rules.GetInt32().GetGte()), float64(rules.GetInt32().GetLte()))
	case protoreflect.Int64Kind:
		between(schema, float64(rules.GetInt64().GetGte()), float64(rules.GetInt64().GetLte()))
	case protoreflect.DoubleKind:
		between(schema, rules.GetDouble().GetGte(), rules.GetDouble().GetLte())
	}
}

func limitText(schema *jsonschema.Schema, rules *validate.StringRules) {
	if least := rules.GetMinLen(); least > 0 {
		schema.MinLength = new(int(least))
	}
	if most := max(rules.GetMaxLen(), rules.GetMaxBytes()); most > 0 {
		schema.MaxLength = new(int(most))
	}
	if rules.GetUuid() {
		schema.Format, schema.MinLength, schema.MaxLength = "uuid", new(36), new(36)
	}
}

// between limits a number. No rule of the protos has 0 as its upper limit.
func between(schema *jsonschema.Schema, least, most float64) {
	schema.Minimum = &least
	if most > 0 {
		schema.Maximum = &most
	}
}

// within is the argument with a smaller limit than the field's own.
func (a argument) within(most float64) argument {
	a.most = most
	return a
}
