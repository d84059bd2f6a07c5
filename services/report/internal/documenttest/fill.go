package documenttest

import (
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// machine are the fields whose text is not a reader's: it names things.
var machine = map[protoreflect.Name]bool{
	"anchor": true, "id": true, "source_id": true, "analysis_id": true, "snapshot_sha256": true, "language": true,
	"template_id": true, "citation_style": true, "href": true, "url": true, "published": true, "accessed": true, "identifiers": true,
	"opening": true, "separator": true, "closing": true, "label": true, "kind": true,
}

// Filled returns a full document in which every text that a reader sees is text.
func Filled(text string) *reportv1.Document {
	doc := Full()
	fill(doc.ProtoReflect(), func(string) string { return text })
	return doc
}

// Readable returns every text of a document that a reader sees, in the order of its
// fields.
func Readable(doc *reportv1.Document) []string {
	var texts []string
	clone, _ := proto.Clone(doc).(*reportv1.Document)
	fill(clone.ProtoReflect(), func(s string) string {
		if strings.TrimSpace(s) != "" {
			texts = append(texts, s)
		}
		return s
	})
	return texts
}

// fill replaces every readable text of a message.
func fill(m protoreflect.Message, replace func(string) string) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		if !m.Has(field) || machine[field.Name()] {
			continue
		}
		switch {
		case field.IsMap():
		case field.IsList():
			fillList(m.Mutable(field).List(), field, replace)
		case field.Kind() == protoreflect.StringKind:
			m.Set(field, protoreflect.ValueOfString(replace(m.Get(field).String())))
		case field.Kind() == protoreflect.MessageKind:
			fill(m.Mutable(field).Message(), replace)
		}
	}
}

func fillList(list protoreflect.List, field protoreflect.FieldDescriptor, replace func(string) string) {
	for i := range list.Len() {
		switch field.Kind() {
		case protoreflect.StringKind:
			list.Set(i, protoreflect.ValueOfString(replace(list.Get(i).String())))
		case protoreflect.MessageKind:
			fill(list.Get(i).Message(), replace)
		default:
		}
	}
}
