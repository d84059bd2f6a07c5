package main

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/researcherpro/researcherpro/proto/access"
)

// contract is what the protos say beyond the generated documents.
type contract struct {
	// methods are the RPCs by their operation id, "Service_Method".
	methods map[string]protoreflect.MethodDescriptor
	// messages are all that the RPCs take and answer, by their full name, which is
	// that of their schema.
	messages map[string]protoreflect.MessageDescriptor
}

// contractOf reads the linked protos.
func contractOf() contract {
	c := contract{methods: map[string]protoreflect.MethodDescriptor{}, messages: map[string]protoreflect.MessageDescriptor{}}
	for _, service := range access.Services() {
		for i := range service.Methods().Len() {
			method := service.Methods().Get(i)
			c.methods[string(service.Name())+"_"+string(method.Name())] = method
			c.add(method.Input())
			c.add(method.Output())
		}
	}
	return c
}

// add adds a message and those of its fields.
func (c contract) add(md protoreflect.MessageDescriptor) {
	name := string(md.FullName())
	if _, ok := c.messages[name]; ok || !strings.HasPrefix(name, "researcherpro.") {
		return
	}
	c.messages[name] = md
	for i := range md.Fields().Len() {
		fd := md.Fields().Get(i)
		if fd.IsMap() {
			fd = fd.MapValue()
		}
		if fd.Message() != nil {
			c.add(fd.Message())
		}
	}
}

// operation is one entry of the document's paths.
type operation struct {
	object
	path, method string
	// rpc is nil for what the edge answers itself.
	rpc protoreflect.MethodDescriptor
}

// operations lists the operations of a document.
func (c contract) operations(doc object) []operation {
	var list []operation
	for path, item := range child(doc, "paths") {
		for method, value := range item.(object) {
			op, ok := value.(object)
			if !ok {
				continue
			}
			id, _ := op["operationId"].(string)
			list = append(list, operation{object: op, path: path, method: method, rpc: c.methods[id]})
		}
	}
	return list
}

// public reports whether an operation needs no token.
func (o operation) public() bool {
	security, ok := o.object["security"].([]any)
	return ok && len(security) == 0
}

// versioned reports whether a change takes the etag of what it changes.
func (o operation) versioned() bool {
	if o.rpc == nil || o.method != "patch" && o.method != "delete" {
		return false
	}
	fields := o.rpc.Input().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		if fd.Name() == "etag" || fd.Message() != nil && !fd.IsList() && !fd.IsMap() && fd.Message().Fields().ByName("etag") != nil {
			return true
		}
	}
	return false
}

// jsonOf returns the schema of the JSON in a request body or an answer, or nil.
func jsonOf(holder object) object {
	content, _ := holder["content"].(object)
	media, _ := content["application/json"].(object)
	schema, _ := media["schema"].(object)
	return schema
}
