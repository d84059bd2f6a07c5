package limit

import (
	"net/http"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/researcherpro/researcherpro/proto/access"
	accessv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/access/v1"
)

// Class is a kind of requests that share a limit.
type Class string

// The classes.
const (
	Read     Class = "read"     // looks at what is there
	Write    Class = "write"    // changes something
	Start    Class = "start"    // starts work that goes on: analyses, research, reports
	Ask      Class = "ask"      // has a model answer
	Search   Class = "search"   // searches in documents
	Upload   Class = "upload"   // adds a document
	Download Class = "download" // reads a file
	Stream   Class = "stream"   // opens a WebSocket or a stream of events
	Auth     Class = "auth"     // signs in or up; counted by address
	// Anonymous is what comes without a good token where one is needed, by address.
	Anonymous Class = "anonymous"
)

// Classes lists all classes.
func Classes() []Class {
	return []Class{Read, Write, Start, Ask, Search, Upload, Download, Stream, Auth, Anonymous}
}

// key is where the count of a client of the class is.
func (c Class) key(who string) string { return "limit:{" + who + "}:" + string(c) }

// Route is how a route is limited.
type Route struct {
	Class Class
	// Public says that it needs no token: it is counted by address.
	Public bool
}

// byName are the methods that their HTTP method and permission do not tell all of.
func byName() map[protoreflect.Name]Class {
	return map[protoreflect.Name]Class{
		"StartAnalysis": Start, "RerunAnalysis": Start, "RetryAnalysis": Start, "ReverifyAnalysis": Start, "ApprovePlan": Start,
		"CreateReport": Start, "GenerateReport": Start, "CreateResearch": Start, "ExtendResearch": Start,
		"RecheckSource": Start, "ReindexDocument": Start, "ReindexDocuments": Start,
		"Ask": Ask, "AnalyzeText": Ask, "CheckClaims": Ask,
		"SearchDocuments": Search, "GetJwks": Read,
		"CreateDocument": Upload, "UploadDocument": Upload,
		"ExportReport": Download, "ExportSharedReport": Download, "GetSourceContent": Download, "GetDocumentContent": Download,
	}
}

// RouteOf returns how the route of an RPC is limited.
func RouteOf(rpc protoreflect.MethodDescriptor, method string) Route {
	route := Route{Class: Write, Public: access.Permission(rpc) == accessv1.Permission_PUBLIC}
	named, ok := byName()[rpc.Name()]
	switch {
	case ok:
		route.Class = named
	case route.Public:
		route.Class = Auth
	case method == http.MethodGet:
		route.Class = Read
	}
	return route
}
