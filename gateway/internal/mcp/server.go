// Package mcp serves the fleet to assistants and editors: the Model Context Protocol
// over streamable HTTP, with tools that start research, follow it, read what came of
// it and ask about it.
//
// The server keeps no sessions. Two replicas behind a balancer without affinity would
// have to share them, and a session would outlive the credential that opened it. Here
// each request stands alone: it shows its own token, which goes on to the services
// with every call that the request leads to, so that what the token may do is decided
// anew each time and a new token of the same user simply works. Progress needs no
// session: it is part of the answer to the call that it is the progress of. What is
// given up are messages out of turn, of which there are none: tools never change while
// the server runs, and a run is followed by a call that says where to go on. So GET
// and DELETE, which only sessions need, are answered with 405, as the protocol wants.
package mcp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/researcherpro/researcherpro/gateway/internal/edge"
	"github.com/researcherpro/researcherpro/gateway/internal/feed"
	"github.com/researcherpro/researcherpro/gateway/internal/limit"
	"github.com/researcherpro/researcherpro/gateway/internal/live"
	"github.com/researcherpro/researcherpro/gateway/internal/reply"
	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

// MaxBody is the largest request, in bytes: a text for the library of MaxText
// characters, and the message around it. What is larger is uploaded over REST.
const MaxBody = 8 << 20

// Options say how the server treats requests. Zero values mean the defaults.
type Options struct {
	// Name is the name of the server, shown to users.
	Name string
	// Origins are the web origins whose pages may call, "*" for all.
	Origins []string
	// Heartbeat is the pause after which a quiet answer gets a sign of life; 15 s.
	Heartbeat time.Duration
	// Call is how long a tool may take that waits for nothing; 30 s.
	Call time.Duration
	// Answer is how long a question may take, which a model answers; 5 min.
	Answer time.Duration
}

func (o Options) withDefaults() Options {
	if o.Heartbeat <= 0 {
		o.Heartbeat = 15 * time.Second
	}
	if o.Call <= 0 {
		o.Call = 30 * time.Second
	}
	if o.Answer <= 0 {
		o.Answer = 5 * time.Minute
	}
	return o
}

// Peers are what the tools call.
type Peers struct {
	Hub           *feed.Hub
	Live          *live.Server
	Analyses      analysisv1.AnalysisServiceClient
	Conversations analysisv1.ConversationServiceClient
	Reports       reportv1.ReportServiceClient
	Documents     researchv1.DocumentServiceClient
	Research      researchv1.ResearchServiceClient
	// Limited limits a handler to what a user may ask for of a class.
	Limited func(class limit.Class, next http.Handler) http.Handler
}

// Server is the MCP server, an http.Handler.
type Server struct {
	Peers
	opts      Options
	server    *sdk.Server
	transport http.Handler
	classes   map[string]limit.Class // by tool
	limited   map[limit.Class]http.Handler
}

// New returns a server that stands on peers.
func New(peers Peers, opts Options) (*Server, error) {
	s := &Server{Peers: peers, opts: opts.withDefaults(), classes: map[string]limit.Class{}, limited: map[limit.Class]http.Handler{}}
	s.server = sdk.NewServer(
		&sdk.Implementation{Name: "researcher-pro", Title: s.opts.Name, Version: "1"},
		&sdk.ServerOptions{
			Instructions: instructions,
			// Nothing is told out of turn, so nothing can be subscribed to.
			Capabilities: &sdk.ServerCapabilities{
				Tools: &sdk.ToolCapabilities{}, Prompts: &sdk.PromptCapabilities{}, Resources: &sdk.ResourceCapabilities{},
			},
		},
	)
	s.server.AddReceivingMiddleware(guarded)
	if err := errors.Join(s.addResearch(), s.addReading(), s.addLibrary()); err != nil {
		return nil, err
	}
	s.addResources()
	addPrompts(s.server)
	for _, class := range limit.Classes() {
		s.limited[class] = peers.Limited(class, http.HandlerFunc(s.exchange))
	}
	s.transport = sdk.NewStreamableHTTPHandler(func(*http.Request) *sdk.Server { return s.server }, &sdk.StreamableHTTPOptions{
		Stateless: true, MaxRequestBodyBytes: MaxBody,
		// It would refuse whatever a proxy on the same machine hands on. The check of
		// the origin does what it is for, and a page has no token to begin with.
		DisableLocalhostProtection:   true,
		PropagateRequestCancellation: true,
	})
	return s, nil
}

// ServeHTTP implements http.Handler. The edge has limited the body and the time.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// Stricter than for sockets: a page whose name was bound to this machine comes
	// with an origin that is the host it asked for, so that is not good enough.
	if origin := r.Header.Get("Origin"); origin != "" && !edge.OriginAllowed(s.opts.Origins, origin) {
		reply.Error(w, r, errs.New(errs.PermissionDenied, "ORIGIN_NOT_ALLOWED", "pages of this origin may not call"))
		return
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		reply.ErrorCode(w, r, http.StatusMethodNotAllowed,
			errs.Newf(errs.InvalidArgument, "METHOD_NOT_ALLOWED", "%s is not allowed here: this server keeps no sessions", r.Method))
		return
	}
	if _, err := authn.Bearer(r.Header.Get("Authorization")); err != nil {
		// Before the body: who shows nothing need not be listened to.
		s.Limited(limit.Read, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { reply.Error(w, r, err) })).ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		reply.Error(w, r, &reply.BadField{Field: "body", Rule: "broke off before its end"})
		return
	}
	if text := bytes.TrimLeft(body, " \t\r\n"); len(text) > 0 && text[0] == '[' {
		// One request that is a thousand calls would pass every limit.
		reply.Error(w, r, errs.New(errs.InvalidArgument, "BATCH_NOT_ALLOWED", "send one message a request, not a list"))
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	s.limited[s.classOf(body)].ServeHTTP(w, r)
}

// exchange lets the SDK answer a request whose limit is not reached.
func (s *Server) exchange(w http.ResponseWriter, r *http.Request) {
	admitted, err := s.Live.Admit(r)
	if err != nil {
		reply.Error(w, r, err)
		return
	}
	out := newAnswer(w, r)
	defer out.end()
	call := &call{md: edge.Metadata(r), admitted: admitted, request: r.Context(), out: out}
	s.transport.ServeHTTP(out, r.WithContext(context.WithValue(r.Context(), callKey{}, call)))
}

// classOf tells how a message is limited: a tool as the route that does the same, all
// else as a look at what is there. What cannot be read the SDK refuses.
func (s *Server) classOf(body []byte) limit.Class {
	var message struct {
		Method string
		Params struct{ Name string }
	}
	if err := json.Unmarshal(body, &message); err == nil && message.Method == "tools/call" {
		if class, ok := s.classes[message.Params.Name]; ok {
			return class
		}
	}
	return limit.Read
}

// errNoCall cannot happen: all messages come through ServeHTTP.
var errNoCall = errors.New("mcp: a message outside of a request")
