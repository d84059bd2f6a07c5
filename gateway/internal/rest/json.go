package rest

import (
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/researcherpro/researcherpro/gateway/internal/reply"
)

// codec reads and writes proto3 JSON. It reads strictly: what is unknown,
// double, of the wrong type or behind the end is an error that names the field.
type codec struct{ runtime.JSONPb }

// newCodec returns the codec of the REST API.
func newCodec() *codec {
	return &codec{runtime.JSONPb{MarshalOptions: reply.JSON()}}
}

// NewDecoder implements runtime.Marshaler.
func (c *codec) NewDecoder(r io.Reader) runtime.Decoder {
	return runtime.DecoderFunc(func(v any) error {
		body, err := io.ReadAll(r) // the body is limited by the edge
		if err != nil {
			return &reply.BadField{Field: "body", Rule: "broke off before its end"}
		}
		if len(body) == 0 {
			return io.EOF // an empty body is an empty message
		}
		m, ok := target(v)
		if !ok {
			return c.Unmarshal(body, v)
		}
		return Unmarshal(body, m)
	})
}

// target returns the message that a body is read into. The generated handlers give a
// pointer to the field when the body is a field of the request, as in a PATCH.
func target(v any) (proto.Message, bool) {
	if m, ok := v.(proto.Message); ok {
		return m, true
	}
	field := reflect.ValueOf(v)
	if field.Kind() != reflect.Pointer || field.Elem().Kind() != reflect.Pointer {
		return nil, false
	}
	field = field.Elem()
	if field.IsNil() {
		field.Set(reflect.New(field.Type().Elem()))
	}
	m, ok := field.Interface().(proto.Message)
	return m, ok
}

// Unmarshal reads proto3 JSON strictly into m. Its error is a *reply.BadField.
func Unmarshal(body []byte, m proto.Message) error {
	if err := wellFormed(body); err != nil {
		return err
	}
	err := protojson.Unmarshal(body, m)
	if err == nil {
		return nil
	}
	return explain(err, body, m.ProtoReflect().Descriptor())
}

// protojson says what is wrong in words and where as line and column; it offers
// no type to ask. Its words are stable enough to choose ours by, and a message
// that none of these fits still names the right field.
const (
	wordsUnknown   = "unknown field"
	wordsDuplicate = "duplicate field"
	wordsOneof     = "is already set"
	wordsEOF       = "unexpected EOF"
)

// explain turns protojson's error into the field and its rule.
func explain(err error, body []byte, md protoreflect.MessageDescriptor) error {
	// protojson calls a value of the wrong type a syntax error, too.
	if syntax, ok := errors.AsType[*json.SyntaxError](json.Unmarshal(body, new(json.RawMessage))); ok {
		return &reply.BadField{Field: "body", Rule: "is not valid JSON near byte " + strconv.FormatInt(syntax.Offset, 10)}
	}
	text := err.Error()
	if strings.Contains(text, wordsEOF) {
		// The JSON is whole, so what protojson misses is the other half of a pair.
		return &reply.BadField{Field: "body", Rule: `must not escape half of a surrogate pair, such as \ud800 alone`}
	}
	line, column, ok := position(text)
	if !ok {
		return &reply.BadField{Field: "body", Rule: "must be a JSON object"}
	}
	path := pathAt(body, offsetOf(body, line, column))
	if path == "" {
		return &reply.BadField{Field: "body", Rule: "must be a JSON object"}
	}
	switch {
	case strings.Contains(text, wordsUnknown):
		return &reply.BadField{Field: path, Rule: "is not a field of this request"}
	case strings.Contains(text, wordsDuplicate):
		return &reply.BadField{Field: path, Rule: "must stand only once"}
	case strings.Contains(text, wordsOneof):
		return &reply.BadField{Field: path, Rule: "excludes another field that is set"}
	}
	return &reply.BadField{Field: path, Rule: typeRule(md, path)}
}

// position reads "(line 3:14)" out of protojson's words.
func position(text string) (line, column int, ok bool) {
	found := regexp.MustCompile(`\(line (\d+):(\d+)\)`).FindStringSubmatch(text)
	if found == nil {
		return 0, 0, false
	}
	line, errLine := strconv.Atoi(found[1])
	column, errColumn := strconv.Atoi(found[2])
	return line, column, errors.Join(errLine, errColumn) == nil
}

// offsetOf returns the byte offset of a line and column, both from 1; columns
// count characters.
func offsetOf(body []byte, line, column int) int64 {
	offset := 0
	for ; line > 1 && offset < len(body); offset++ {
		if body[offset] == '\n' {
			line--
		}
	}
	for ; column > 1 && offset < len(body); column-- {
		_, size := utf8.DecodeRune(body[offset:])
		offset += size
	}
	return int64(offset)
}
