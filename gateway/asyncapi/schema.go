package asyncapi

import (
	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// schemas are the JSON Schemas of messages, by their full names.
type schemas struct{ made object }

// wellKnown are messages with a JSON form of their own.
var wellKnown = map[protoreflect.FullName]object{
	"google.protobuf.Timestamp": {"type": "string", "format": "date-time"},
	"google.protobuf.Duration":  {"type": "string", "pattern": `^-?[0-9]+(\.[0-9]+)?s$`},
	"google.protobuf.FieldMask": {"type": "string"},
	"google.protobuf.Struct":    {"type": "object"},
	"google.protobuf.Value":     {},
	"google.protobuf.Any":       {"type": "object"},
}

// message returns a reference to a message's schema, and makes it if there is none.
func (s *schemas) message(m protoreflect.MessageDescriptor) object {
	if known, ok := wellKnown[m.FullName()]; ok {
		return known
	}
	name := string(m.FullName())
	if _, ok := s.made[name]; !ok {
		properties := object{}
		// Before its fields are looked at: a message may hold itself.
		s.made[name] = object{"type": "object", "properties": properties}
		for i := range m.Fields().Len() {
			field := m.Fields().Get(i)
			properties[field.JSONName()] = s.field(field)
		}
	}
	return reference("components", "schemas", name)
}

// field returns the schema of a field, in the JSON form of protobuf.
func (s *schemas) field(f protoreflect.FieldDescriptor) object {
	switch {
	case f.IsMap():
		return object{"type": "object", "additionalProperties": s.single(f.MapValue())}
	case f.IsList():
		return object{"type": "array", "items": s.single(f)}
	default:
		return s.single(f)
	}
}

// single returns the schema of one value of a field.
func (s *schemas) single(f protoreflect.FieldDescriptor) object {
	switch f.Kind() {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return s.message(f.Message())
	case protoreflect.EnumKind:
		names := []any{}
		for i := range f.Enum().Values().Len() {
			names = append(names, string(f.Enum().Values().Get(i).Name()))
		}
		return object{"type": "string", "enum": names}
	case protoreflect.BoolKind:
		return object{"type": "boolean"}
	case protoreflect.StringKind:
		return text(f)
	case protoreflect.BytesKind:
		return object{"type": "string", "contentEncoding": "base64"}
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		return object{"type": "number"}
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind,
		protoreflect.Uint64Kind, protoreflect.Fixed64Kind: // more than JavaScript's numbers hold
		return object{"type": "string", "pattern": "^-?[0-9]+$"}
	default: // the integers of 32 bits
		return object{"type": "integer", "format": "int32"}
	}
}

// text returns the schema of a string with the limits that are checked.
func text(f protoreflect.FieldDescriptor) object {
	out := object{"type": "string"}
	rules, _ := proto.GetExtension(f.Options(), validate.E_Field).(*validate.FieldRules)
	limits := rules.GetString()
	if limits.HasMinLen() {
		out["minLength"] = limits.GetMinLen()
	}
	if limits.HasMaxLen() {
		out["maxLength"] = limits.GetMaxLen()
	}
	if limits.GetUuid() {
		out["format"] = "uuid"
	}
	return out
}
