// Package readable is what the formats for readers have in common: verdicts in words
// and the direction of writing; and for HTML and Markdown clean text, marks apart from the
// words before them, and what may be a link.
package readable

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// Document returns a copy of a document in which clean has been applied to every text,
// and a space stands between words and the marks, verdicts and numbers of findings that
// follow them: the tree leaves it to each format how they are set apart.
func Document(doc *reportv1.Document, clean func(string) string) *reportv1.Document {
	out, _ := proto.Clone(doc).(*reportv1.Document)
	if out != nil {
		message(out.ProtoReflect(), clean)
	}
	return out
}

// message cleans the fields of a message, and those of the messages in it.
func message(m protoreflect.Message, clean func(string) string) {
	// Replacing the value of a field is the one change that Range allows.
	m.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		switch {
		case field.IsMap(): // identifiers, which neither format shows
		case field.IsList():
			list(m.Mutable(field).List(), field, clean)
		case field.Kind() == protoreflect.StringKind:
			m.Set(field, protoreflect.ValueOfString(clean(value.String())))
		case field.Kind() == protoreflect.MessageKind:
			message(m.Mutable(field).Message(), clean)
		}
		return true
	})
}

// list cleans the elements of a list.
func list(l protoreflect.List, field protoreflect.FieldDescriptor, clean func(string) string) {
	for i := range l.Len() {
		switch field.Kind() {
		case protoreflect.StringKind:
			l.Set(i, protoreflect.ValueOfString(clean(l.Get(i).String())))
		case protoreflect.MessageKind:
			message(l.Get(i).Message(), clean)
		default:
		}
	}
	if message := field.Message(); message != nil && message.FullName() == inline {
		apart(l)
	}
}

// inline is the name of the messages that running text consists of.
var inline = (&reportv1.Inline{}).ProtoReflect().Descriptor().FullName()

// apart puts a space before each mark in running text that has none.
func apart(l protoreflect.List) {
	var parts []*reportv1.Inline
	for i := range l.Len() {
		part, _ := l.Get(i).Message().Interface().(*reportv1.Inline)
		if len(parts) > 0 && isMark(part) && !endsOpen(parts[len(parts)-1]) {
			parts = append(parts, &reportv1.Inline{Kind: &reportv1.Inline_Text{Text: " "}})
		}
		parts = append(parts, part)
	}
	l.Truncate(0)
	for _, part := range parts {
		l.Append(protoreflect.ValueOfMessage(part.ProtoReflect()))
	}
}

// isMark reports whether a piece of text belongs to what stands before it.
func isMark(part *reportv1.Inline) bool {
	switch part.GetKind().(type) {
	case *reportv1.Inline_Citation, *reportv1.Inline_Verdict, *reportv1.Inline_Finding:
		return true
	}
	return false
}

// endsOpen reports whether what comes after a piece of text needs no space before it.
func endsOpen(part *reportv1.Inline) bool {
	switch kind := part.GetKind().(type) {
	case *reportv1.Inline_LineBreak:
		return true
	case *reportv1.Inline_Text:
		last, _ := utf8.DecodeLastRuneInString(kind.Text)
		return kind.Text == "" || unicode.IsSpace(last) || strings.ContainsRune(`([{“‘«`, last)
	case *reportv1.Inline_Span:
		text := kind.Span.GetText()
		return len(text) == 0 || endsOpen(text[len(text)-1])
	}
	return false
}
