// Package access reads from the contract who may call what: the permission that
// each method declares with the option researcherpro.access.v1.permission, and
// the least role that each permission declares with min_role.
//
// It works on the descriptors that are linked into the program, so it knows the
// methods of every generated package that the program imports.
package access

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	accessv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/access/v1"
)

// contract begins the names of the contract's packages.
const contract = "researcherpro."

// Requirement is what a method needs of its caller. Exactly one of the first five
// fields is set.
type Requirement struct {
	// Public lets anyone call, without a token.
	Public bool
	// SignedIn lets any user with a session call, whatever the role.
	SignedIn bool
	// Authenticated lets any user call, by session or API key, whatever the role.
	Authenticated bool
	// Service lets other services call, with a service token.
	Service bool
	// MinRole lets users call who have at least this role in the workspace.
	MinRole accessv1.Role

	// Permission is the name of the permission, as in the scopes of API keys.
	Permission string
	// SessionOnly keeps API keys out, whatever their scopes.
	SessionOnly bool
	// ForServices lets services call that act for the workspace.
	ForServices bool
	// Audited says that calls stand in the audit log.
	Audited bool
	// WorkspaceField is the path of the request's field that says in which
	// workspace the role counts, "" for the caller's current one.
	WorkspaceField string
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
	r, ok := requirement(Permission(descriptor))
	r.WorkspaceField, _ = proto.GetExtension(descriptor.Options(), accessv1.E_WorkspaceField).(string)
	return r, ok
}

// Services returns the services of the contract that are linked into the
// program, by name.
func Services() []protoreflect.ServiceDescriptor {
	var all []protoreflect.ServiceDescriptor
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		if strings.HasPrefix(string(file.Package()), contract) {
			for i := range file.Services().Len() {
				all = append(all, file.Services().Get(i))
			}
		}
		return true
	})
	slices.SortFunc(all, func(a, b protoreflect.ServiceDescriptor) int {
		return strings.Compare(string(a.FullName()), string(b.FullName()))
	})
	return all
}

// FullMethod returns a method's name as gRPC has it, "/package.Service/Method".
func FullMethod(method protoreflect.MethodDescriptor) string {
	return "/" + string(method.Parent().FullName()) + "/" + string(method.Name())
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
	role, _ := option(p, accessv1.E_MinRole).(accessv1.Role)
	return role
}

// Scopes returns the permissions that an API key can have: those that depend on
// a role and are not for sessions only.
func Scopes() []accessv1.Permission {
	var scopes []accessv1.Permission
	values := accessv1.Permission_PUBLIC.Descriptor().Values()
	for i := range values.Len() {
		p := accessv1.Permission(values.Get(i).Number())
		if r, ok := requirement(p); ok && r.MinRole != accessv1.Role_ROLE_UNSPECIFIED && !r.SessionOnly {
			scopes = append(scopes, p)
		}
	}
	return scopes
}

// requirement turns a permission into what it needs.
func requirement(p accessv1.Permission) (Requirement, bool) {
	r := Requirement{Permission: p.String()}
	r.SessionOnly, _ = option(p, accessv1.E_SessionOnly).(bool)
	r.ForServices, _ = option(p, accessv1.E_ForServices).(bool)
	r.Audited, _ = option(p, accessv1.E_Audited).(bool)
	switch p {
	case accessv1.Permission_PERMISSION_UNSPECIFIED:
		return Requirement{}, false
	case accessv1.Permission_PUBLIC:
		r.Public = true
	case accessv1.Permission_SIGNED_IN:
		r.SignedIn = true
	case accessv1.Permission_AUTHENTICATED:
		r.Authenticated = true
	case accessv1.Permission_SERVICE:
		r.Service = true
	default:
		if r.MinRole = MinRole(p); r.MinRole == accessv1.Role_ROLE_UNSPECIFIED {
			return Requirement{}, false
		}
	}
	return r, true
}

// option returns what an option says of a permission, its type's default when
// it says nothing, and nil for a permission that this program does not know.
func option(p accessv1.Permission, extension protoreflect.ExtensionType) any {
	value := p.Descriptor().Values().ByNumber(p.Number())
	if value == nil {
		return nil
	}
	return proto.GetExtension(value.Options(), extension)
}
