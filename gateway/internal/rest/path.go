package rest

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// level is one object or array that the scan is in.
type level struct {
	array bool
	index int    // of the element in an array
	key   string // of the value in an object
	value bool   // in an object: the key was read, its value comes next
}

// pathAt returns the path of the key or value that stands at the byte offset,
// "budget.maxTokens" or "urls[2]"; "" for the body as a whole.
func pathAt(body []byte, offset int64) string {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var levels []level
	for {
		token, err := dec.Token()
		if err != nil {
			return join(levels)
		}
		delim, isDelim := token.(json.Delim)
		closing := isDelim && (delim == '}' || delim == ']')
		if closing {
			levels = levels[:len(levels)-1]
		}
		enter(levels, token, closing)
		if dec.InputOffset() > offset {
			return join(levels)
		}
		if isDelim && !closing {
			levels = append(levels, level{array: delim == '[', index: -1})
			continue
		}
		leave(levels)
	}
}

// enter notes in the innermost level that a token has begun.
func enter(levels []level, token json.Token, closing bool) {
	if len(levels) == 0 || closing {
		return
	}
	top := &levels[len(levels)-1]
	switch {
	case top.array:
		top.index++
	case !top.value:
		top.key, _ = token.(string)
	}
}

// leave notes in the innermost level that a token has ended: a key has its
// value next, a value its next key.
func leave(levels []level) {
	if len(levels) == 0 {
		return
	}
	if top := &levels[len(levels)-1]; !top.array {
		top.value = !top.value
	}
}

// join writes the path of the levels.
func join(levels []level) string {
	var b strings.Builder
	for _, l := range levels {
		switch {
		case l.array && l.index >= 0:
			b.WriteString("[" + strconv.Itoa(l.index) + "]")
		case !l.array && l.key != "":
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(l.key)
		}
	}
	return b.String()
}

// fieldAt returns the field at a path of JSON or proto names, or nil.
func fieldAt(md protoreflect.MessageDescriptor, path string) protoreflect.FieldDescriptor {
	var fd protoreflect.FieldDescriptor
	for name := range strings.SplitSeq(path, ".") {
		name, _, _ = strings.Cut(name, "[")
		if md == nil {
			return nil
		}
		if fd = md.Fields().ByJSONName(name); fd == nil {
			fd = md.Fields().ByTextName(name)
		}
		if fd == nil {
			return nil
		}
		md = fd.Message()
	}
	return fd
}

// typeRule says what the field at a path takes.
func typeRule(md protoreflect.MessageDescriptor, path string) string {
	fd := fieldAt(md, path)
	if fd == nil {
		return "has a value of the wrong type"
	}
	one := valueRule(fd)
	if fd.IsList() && !strings.HasSuffix(path, "]") {
		return "must be a list; each element " + one
	}
	return one
}

// valueRule says what one value of a field must be.
func valueRule(fd protoreflect.FieldDescriptor) string {
	switch fd.Kind() {
	case protoreflect.BoolKind:
		return "must be true or false"
	case protoreflect.StringKind:
		return "must be a string"
	case protoreflect.BytesKind:
		return "must be a string in base64"
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		return "must be a number"
	case protoreflect.EnumKind:
		return "must be one of " + strings.Join(enumNames(fd.Enum()), ", ")
	case protoreflect.MessageKind, protoreflect.GroupKind:
		if fd.Message().FullName() == "google.protobuf.Timestamp" {
			return "must be a time such as 2026-01-31T12:00:00Z"
		}
		return "must be an object"
	default:
		return "must be a whole number"
	}
}

// enumNames lists the values of an enum that mean something.
func enumNames(ed protoreflect.EnumDescriptor) []string {
	var names []string
	for i := range ed.Values().Len() {
		if v := ed.Values().Get(i); v.Number() != 0 {
			names = append(names, string(v.Name()))
		}
	}
	return names
}
