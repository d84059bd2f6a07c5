package rest

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/researcherpro/researcherpro/proto/access"
)

// Route is one HTTP route that a proto declares.
type Route struct {
	// Method is the HTTP method, "GET".
	Method string
	// Template is the path as the annotation has it, "/api/v1/reports/{id}".
	Template string
	// RPC is the method behind it.
	RPC protoreflect.MethodDescriptor
}

// Routes lists every route of the fleet, by the name of the service.
func Routes() []Route {
	var routes []Route
	for _, service := range access.Services() {
		for i := range service.Methods().Len() {
			routes = append(routes, routesOf(service.Methods().Get(i))...)
		}
	}
	return routes
}

// routesOf reads the http annotation of one RPC; an RPC without one has no route.
func routesOf(rpc protoreflect.MethodDescriptor) []Route {
	rule, _ := proto.GetExtension(rpc.Options(), annotations.E_Http).(*annotations.HttpRule)
	if rule == nil {
		return nil
	}
	var routes []Route
	for _, one := range append([]*annotations.HttpRule{rule}, rule.GetAdditionalBindings()...) {
		for method, template := range map[string]string{
			"GET": one.GetGet(), "POST": one.GetPost(), "PUT": one.GetPut(),
			"PATCH": one.GetPatch(), "DELETE": one.GetDelete(),
		} {
			if template != "" {
				routes = append(routes, Route{Method: method, Template: template, RPC: rpc})
			}
		}
	}
	return routes
}

// allowed returns the value of the Allow header for a path. It is only asked
// for when the method was wrong, so it takes the slow and simple way.
func allowed(path string) string {
	var methods []string
	for _, route := range Routes() {
		if matches(route.Template, path) && !slices.Contains(methods, route.Method) {
			methods = append(methods, route.Method)
		}
	}
	if slices.Contains(methods, http.MethodGet) {
		methods = append(methods, http.MethodHead)
	}
	slices.Sort(methods)
	return strings.Join(methods, ", ")
}

// matches reports whether a path fits a template.
func matches(template, path string) bool {
	pattern := regexp.MustCompile(`\\\{[^}]*\\\}`).ReplaceAllString(regexp.QuoteMeta(template), `[^/]+`)
	ok, err := regexp.MatchString("^"+pattern+"$", path)
	return err == nil && ok
}
