package template

import (
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
)

// messages is the package of the messages that templates know.
const messages = "researcherpro.report.v1."

// message returns the type of a message by its short name.
func message(name string) *cel.Type { return cel.ObjectType(messages + name) }

// isMessage reports whether a type is that of a message.
func isMessage(t *cel.Type, names ...string) bool {
	for _, name := range names {
		if t.Kind() == types.StructKind && t.TypeName() == messages+name {
			return true
		}
	}
	return false
}

// isInt reports whether a type is that of whole numbers.
func isInt(t *cel.Type) bool { return t.Kind() == types.IntKind }

// isText reports whether a type can be printed as running text.
func isText(t *cel.Type) bool {
	return t.Kind() == types.StringKind || isMessage(t, "Finding", "Statement")
}

// isFinding reports whether a type is that of findings.
func isFinding(t *cel.Type) bool { return isMessage(t, "Finding") }

// isFindings reports whether a type is that of lists of findings.
func isFindings(t *cel.Type) bool {
	return t.Kind() == types.ListKind && isMessage(t.Parameters()[0], "Finding")
}

// printable reports whether a value of a type can be printed.
func printable(t *cel.Type) bool {
	switch t.Kind() {
	case types.StringKind, types.IntKind, types.UintKind, types.DoubleKind, types.BoolKind:
		return true
	}
	return isMessage(t, "Finding", "Statement", "Quote")
}

// instead says what to do with a value that cannot be printed.
func instead(t *cel.Type) string {
	switch t.Kind() {
	case types.ListKind, types.MapKind:
		return ": go through it with for"
	case types.StructKind:
		return ": print one of its fields"
	}
	return ""
}

// itemType is the type of a loop's items: those of a list, the keys of a map; nil if
// there are none.
func itemType(t *cel.Type) *cel.Type {
	switch t.Kind() {
	case types.ListKind, types.MapKind:
		return t.Parameters()[0]
	}
	return nil
}

// describe names a type for who writes templates.
func describe(t *cel.Type) string {
	switch t.Kind() {
	case types.StringKind:
		return "text"
	case types.IntKind, types.UintKind, types.DoubleKind:
		return "a number"
	case types.BoolKind:
		return "true or false"
	case types.NullTypeKind:
		return "nothing"
	}
	name := strings.ReplaceAll(t.String(), messages, "")
	switch {
	case t.Kind() == types.ListKind:
		return "a " + name
	case t.Kind() == types.StructKind && strings.ContainsAny(name[:1], "AEIOU"):
		return "an " + name
	}
	return "a " + name
}
