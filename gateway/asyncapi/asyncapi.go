// Package asyncapi serves the AsyncAPI 3 document of the WebSocket: its messages, with
// an example each, and when it closes. The schemas are made from the descriptors of the
// very messages that the gateway reads and writes, when it starts, so that there is
// nothing that could differ from them.
package asyncapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/researcherpro/researcherpro/gateway/internal/reply"
	realtimev1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/realtime/v1"
)

// object is a JSON object.
type object = map[string]any

const description = `One JSON object a text frame. The token comes in the Authorization header or, since browsers can set none,
as the subprotocol pair "bearer, <token>"; the workspace in X-Workspace-Id or the query. Every answer carries the id of the
message that it answers. After a subscription all events behind its sequence follow, past ones first: none lost, none twice,
in order. The socket closes with 1012 at a restart (connect again and subscribe after the last sequence), with 4401 when the
credential is no longer good, with 1008 after too many messages, and with 1002, 1007 or 1009 for what is no WebSocket, no
UTF-8, or longer than 1 MiB. permessage-deflate is taken without contexts.`

// Document serves the document with the project's own name and path prefix.
func Document(name, prefix string) (http.Handler, error) {
	doc, err := document(name, strings.TrimSuffix(prefix, "/"))
	if err != nil {
		return nil, fmt.Errorf("make the AsyncAPI document: %w", err)
	}
	body, err := json.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("encode the AsyncAPI document: %w", err)
	}
	return reply.Document(body), nil
}

// side is who sends messages of a type. AsyncAPI tells of operations from the server's
// point of view.
type side struct {
	action   string
	envelope protoreflect.MessageDescriptor
}

func sides() []side {
	return []side{
		{"receive", (&realtimev1.ClientMessage{}).ProtoReflect().Descriptor()},
		{"send", (&realtimev1.ServerMessage{}).ProtoReflect().Descriptor()},
	}
}

// document makes the document.
func document(name, prefix string) (object, error) {
	types := &schemas{made: object{}}
	messages, inChannel, operations := object{}, object{}, object{}
	for _, s := range sides() {
		cases := s.envelope.Oneofs().Get(0).Fields()
		for i := range cases.Len() {
			field := cases.Get(i)
			key := field.JSONName()
			message, err := message(types, s, field)
			if err != nil {
				return nil, err
			}
			messages[key] = message
			inChannel[key] = reference("components", "messages", key)
			operations[s.action+strings.ToUpper(key[:1])+key[1:]] = object{
				"action": s.action, "channel": reference("channels", "socket"),
				"messages": []any{reference("channels", "socket", "messages", key)},
			}
		}
	}
	return object{
		"asyncapi":           "3.0.0",
		"info":               object{"title": name, "version": "1", "description": description},
		"defaultContentType": "application/json",
		"channels":           object{"socket": channel(prefix, inChannel)},
		"operations":         operations,
		"components":         object{"messages": messages, "schemas": types.made},
	}, nil
}

// channel is the socket itself.
func channel(prefix string, messages object) object {
	workspace := object{"type": "string", "format": "uuid", "description": "The workspace; X-Workspace-Id goes first."}
	return object{
		"address":     prefix + "/ws/{clientId}",
		"description": "The WebSocket of a user.",
		"parameters":  object{"clientId": object{"description": "A name that the client gives itself, 1 to 128 bytes."}},
		"messages":    messages,
		"bindings": object{"ws": object{
			"method": "GET",
			"query":  object{"type": "object", "properties": object{"workspaceId": workspace}},
		}},
	}
}

// message is one case of an envelope.
func message(types *schemas, s side, field protoreflect.FieldDescriptor) (object, error) {
	example, err := exampleOf(field.FullName())
	if err != nil {
		return nil, err
	}
	id := s.envelope.Fields().ByName("id")
	return object{
		"name":    field.JSONName(),
		"summary": summaries[field.FullName()],
		"payload": object{
			"type": "object", "required": []any{field.JSONName()}, "additionalProperties": false,
			"properties": object{"id": types.field(id), field.JSONName(): types.field(field)},
		},
		"examples": []any{object{"name": field.JSONName(), "payload": example}},
	}, nil
}

func reference(path ...string) object { return object{"$ref": "#/" + strings.Join(path, "/")} }
