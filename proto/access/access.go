// Package access reads from the contract who may call what: the permission that
// each method declares with the option researcherpro.access.v1.permission, and
// the least role that each permission declares with min_role.
//
// It works on the descriptors that are linked into the program, so it knows the
// methods of every generated package that the program imports.
package access

import (
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	accessv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/access/v1"
)

// Requirement is what a method needs of its caller. Exactly one field is set.
type Requirement struct {
	// Public lets anyone call, without a token.
	Public bool
	// SignedIn lets any user call, whatever the role.
	SignedIn bool
	// Service lets other services call, with a service token.
	Service bool
	// MinRole lets users call who have at least this role in the workspace.
	MinRole accessv1.Role
}

// Rule returns what a method ("/package.Service/Method") needs, and false when
// the program does not know the method or the method declares no permission.
func Rule(fullMethod string) (Requirement, bool) {
	service, method, ok := strings.Cut(strings.TrimPrefix(fullMethod, "/"), "/")
	if !ok {
		return Requirement{}, false
	}
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(service + "." + method))
	if err != nil {
		return Requirement{}, false
	}
	descriptor, ok := found.(protoreflect.MethodDescriptor)
	if !ok {
		return Requirement{}, false
	}
	return requirement(Permission(descriptor))
}

// Permission returns the permission that a method declares, or
// PERMISSION_UNSPECIFIED.
func Permission(method protoreflect.MethodDescriptor) accessv1.Permission {
	// GetExtension gives the default of the option's type when it is absent.
	p, _ := proto.GetExtension(method.Options(), accessv1.E_Permission).(accessv1.Permission)
	return p
}

// MinRole returns the least role that has a permission, or ROLE_UNSPECIFIED for
// one that does not depend on roles, or that this program does not know.
func MinRole(p accessv1.Permission) accessv1.Role {
	value := p.Descriptor().Values().ByNumber(p.Number())
	if value == nil {
		return accessv1.Role_ROLE_UNSPECIFIED
	}
	role, _ := proto.GetExtension(value.Options(), accessv1.E_MinRole).(accessv1.Role)
	return role
}

// requirement turns a permission into what it needs.
func requirement(p accessv1.Permission) (Requirement, bool) {
	switch p {
	case accessv1.Permission_PERMISSION_UNSPECIFIED:
		return Requirement{}, false
	case accessv1.Permission_PUBLIC:
		return Requirement{Public: true}, true
	case accessv1.Permission_SIGNED_IN:
		return Requirement{SignedIn: true}, true
	case accessv1.Permission_SERVICE:
		return Requirement{Service: true}, true
	}
	role := MinRole(p)
	return Requirement{MinRole: role}, role != accessv1.Role_ROLE_UNSPECIFIED
}
