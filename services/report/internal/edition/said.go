package edition

import (
	"google.golang.org/protobuf/reflect/protoreflect"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// said returns every running text and every claim of a document.
func said(doc *reportv1.Document) []string {
	var texts []string
	walk(doc.ProtoReflect(), func(m protoreflect.Message) {
		switch m := m.Interface().(type) {
		case *reportv1.Inline:
			texts = append(texts, m.GetText())
		case *reportv1.Finding:
			texts = append(texts, m.GetClaim())
		}
	})
	return texts
}

// walk calls fn with a message and every message in it.
func walk(m protoreflect.Message, fn func(protoreflect.Message)) {
	fn(m)
	m.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		switch {
		case field.IsMap() || field.Kind() != protoreflect.MessageKind:
		case field.IsList():
			for i := range value.List().Len() {
				walk(value.List().Get(i).Message(), fn)
			}
		default:
			walk(value.Message(), fn)
		}
		return true
	})
}
