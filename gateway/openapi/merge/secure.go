package main

import (
	"fmt"
	"strings"

	"github.com/researcherpro/researcherpro/proto/access"
	accessv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/access/v1"
	// Linked in for their methods.
	_ "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	_ "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	_ "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	_ "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

// emptyAnswer begins the comment of google.protobuf.Empty, which the generator
// copies to every answer that is one and which tells an API's user nothing.
const emptyAnswer = "A generic empty message"

// secure completes the generated operations: who may call each, by the
// permission that its RPC declares, and a plain word where nothing is answered.
func secure(doc object) error {
	permissions := permissions()
	for path, item := range child(doc, "paths") {
		for method, operation := range item.(object) {
			op, ok := operation.(object)
			if !ok {
				continue
			}
			id, _ := op["operationId"].(string)
			permission, ok := permissions[id]
			if !ok {
				return fmt.Errorf("%s %s: no RPC declares a permission for operation %q", method, path, id)
			}
			if permission == accessv1.Permission_PUBLIC {
				op["security"] = []any{} // overrides the document's rule: none
			} else {
				op["x-permission"] = permission.String()
			}
			describe(op, permission)
			if answer := child(child(op, "responses"), "200"); isEmptyAnswer(answer) {
				answer["description"] = "Done."
			}
		}
	}
	return nil
}

// describe adds to an operation's description who may call it.
func describe(op object, permission accessv1.Permission) {
	who := "Needs the permission `" + permission.String() + "`."
	switch permission {
	case accessv1.Permission_PUBLIC:
		who = "Needs no token."
	case accessv1.Permission_AUTHENTICATED:
		who = "Needs a token or an API key."
	case accessv1.Permission_SIGNED_IN:
		who = "Needs the token of a user who has signed in."
	}
	if text, _ := op["description"].(string); text != "" {
		who = text + "\n\n" + who
	}
	op["description"] = who
}

func isEmptyAnswer(answer object) bool {
	text, _ := answer["description"].(string)
	return strings.HasPrefix(text, emptyAnswer)
}

// permissions maps the operation id of each RPC, "Service_Method", to its
// permission.
func permissions() map[string]accessv1.Permission {
	found := map[string]accessv1.Permission{}
	for _, service := range access.Services() {
		for i := range service.Methods().Len() {
			method := service.Methods().Get(i)
			if permission := access.Permission(method); permission != accessv1.Permission_PERMISSION_UNSPECIFIED {
				found[string(service.Name())+"_"+string(method.Name())] = permission
			}
		}
	}
	return found
}
