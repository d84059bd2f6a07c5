package hotread

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/timestamppb"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
)

// What the bare programs are told by their environment.
const (
	envKind     = "RP_HOTREAD_REFERENCE" // kindHTTP or kindGRPC
	envAddr     = "RP_HOTREAD_ADDR"
	envDatabase = "RP_HOTREAD_DATABASE"
	envKey      = "RP_HOTREAD_KEY" // the public key of the tokens
)

// The bare programs.
const (
	kindHTTP = "http"
	kindGRPC = "grpc"
)

var (
	errToken = errors.New("the token is not good")
	errNoRow = errors.New("no such row")
)

// reference is what both bare programs do.
type reference struct {
	pool   *pgxpool.Pool
	key    ed25519.PublicKey
	parser *jwt.Parser
}

// runReference serves one of the bare programs until it is told to end.
func runReference(kind string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	key, err := base64.StdEncoding.DecodeString(os.Getenv(envKey))
	if err != nil {
		return err
	}
	pool, err := pgxpool.New(ctx, os.Getenv(envDatabase))
	if err != nil {
		return err
	}
	defer pool.Close()
	lis, err := (&net.ListenConfig{}).Listen(ctx, "tcp", os.Getenv(envAddr))
	if err != nil {
		return err
	}
	r := &reference{pool: pool, key: key, parser: jwt.NewParser(
		jwt.WithValidMethods([]string{"EdDSA"}), jwt.WithExpirationRequired(), jwt.WithAudience("researcherpro"))}
	if kind == kindHTTP {
		mux := http.NewServeMux()
		mux.HandleFunc("GET /api/v1/analysis/{id}", r.serve)
		server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
		context.AfterFunc(ctx, func() { _ = server.Close() })
		if err := server.Serve(lis); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	}
	server := grpc.NewServer()
	analysisv1.RegisterAnalysisServiceServer(server, bareServer{reference: r})
	context.AfterFunc(ctx, server.Stop)
	return server.Serve(lis)
}

// claims are those that say in which workspace a token counts.
type claims struct {
	Workspace string `json:"ws"`
	jwt.RegisteredClaims
}

// workspace verifies the value of an Authorization header and returns its workspace.
func (r *reference) workspace(authorization string) (string, error) {
	token, ok := strings.CutPrefix(authorization, "Bearer ")
	if !ok {
		return "", errToken
	}
	var c claims
	if _, err := r.parser.ParseWithClaims(token, &c, func(*jwt.Token) (any, error) { return r.key, nil }); err != nil {
		return "", errToken
	}
	return c.Workspace, nil
}

// row is the row as the database has it, all that an answer is made of. Its documents
// stay text.
type row struct {
	ID                string          `json:"id"`
	Request           json.RawMessage `json:"request"`
	Engine            string          `json:"engine"`
	Model             string          `json:"model"`
	State             string          `json:"state"`
	Progress          float64         `json:"progress"`
	Plan              json.RawMessage `json:"plan"`
	Parts             json.RawMessage `json:"parts"`
	ResearchID        *string         `json:"researchId"`
	ReportID          *string         `json:"reportId"`
	CachedFrom        *string         `json:"cachedFrom"`
	RerunOf           *string         `json:"rerunOf"`
	Missing           []string        `json:"missing"`
	Calls             int32           `json:"calls"`
	InputTokens       int64           `json:"inputTokens"`
	OutputTokens      int64           `json:"outputTokens"`
	CostUSD           float64         `json:"costUsd"`
	CachedCalls       int32           `json:"cachedCalls"`
	CachedInputTokens int64           `json:"cachedInputTokens"`
	ReasoningTokens   int64           `json:"reasoningTokens"`
	ErrorReason       string          `json:"errorReason"`
	ErrorMessage      string          `json:"errorMessage"`
	LastSequence      int64           `json:"lastSequence"`
	CreateTime        time.Time       `json:"createTime"`
	UpdateTime        time.Time       `json:"updateTime"`
	CompleteTime      *time.Time      `json:"completeTime"`
}

// read reads one row by its key, past row-level security.
func (r *reference) read(ctx context.Context, workspace, id string) (a row, err error) {
	err = r.pool.QueryRow(ctx, `SELECT id, request, engine, model, state, progress, plan, parts, research_id, report_id, cached_from, rerun_of,
		missing, calls, input_tokens, output_tokens, cost_usd::float8, cached_calls, cached_input_tokens, reasoning_tokens,
		error_reason, error_message, last_sequence, create_time, update_time, complete_time
		FROM analysis.analyses WHERE id = $1 AND workspace_id = $2`, id, workspace).Scan(
		&a.ID, &a.Request, &a.Engine, &a.Model, &a.State, &a.Progress, &a.Plan, &a.Parts, &a.ResearchID, &a.ReportID, &a.CachedFrom, &a.RerunOf,
		&a.Missing, &a.Calls, &a.InputTokens, &a.OutputTokens, &a.CostUSD, &a.CachedCalls, &a.CachedInputTokens, &a.ReasoningTokens,
		&a.ErrorReason, &a.ErrorMessage, &a.LastSequence, &a.CreateTime, &a.UpdateTime, &a.CompleteTime)
	if errors.Is(err, pgx.ErrNoRows) { //nolint:forbidigo // it does without pkg/pg, which is measured
		err = errNoRow
	}
	return a, err
}

// serve answers with the row as JSON: the documents stand in it as they are stored,
// which is as cheap as it gets.
func (r *reference) serve(w http.ResponseWriter, req *http.Request) {
	workspace, err := r.workspace(req.Header.Get("Authorization"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusUnauthorized)
		return
	}
	found, err := r.read(req.Context(), workspace, req.PathValue("id"))
	switch {
	case errors.Is(err, errNoRow):
		http.Error(w, "not found", http.StatusNotFound)
		return
	case err != nil:
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(found)
}

// bareServer is the bare gRPC program.
type bareServer struct {
	analysisv1.UnimplementedAnalysisServiceServer

	*reference
}

// GetAnalysis implements analysisv1.AnalysisServiceServer.
func (s bareServer) GetAnalysis(ctx context.Context, req *analysisv1.GetAnalysisRequest) (*analysisv1.Analysis, error) {
	workspace, err := s.workspace(strings.Join(metadata.ValueFromIncomingContext(ctx, "authorization"), ""))
	if err != nil {
		return nil, status.Error(codes.Unauthenticated, err.Error())
	}
	found, err := s.read(ctx, workspace, req.GetId())
	switch {
	case errors.Is(err, errNoRow):
		return nil, status.Error(codes.NotFound, "not found")
	case err != nil:
		return nil, status.Error(codes.Internal, "internal error")
	}
	return found.message()
}

// message is the row as the contract's message.
func (a row) message() (*analysisv1.Analysis, error) {
	asked, plan, out := &analysisv1.StartAnalysisRequest{}, &analysisv1.Plan{}, &analysisv1.Analysis{}
	if err := errors.Join(protojson.Unmarshal(a.Request, asked), protojson.Unmarshal(a.Plan, plan), protojson.Unmarshal(a.Parts, out)); err != nil {
		return nil, err
	}
	out.Id, out.Engine, out.Model, out.Progress, out.Missing, out.Plan = a.ID, a.Engine, a.Model, a.Progress, a.Missing, plan
	out.Question, out.Kind, out.Parameters, out.Report = asked.GetQuestion(), asked.GetKind(), asked.GetParameters(), asked.GetReport()
	out.State, out.LastSequence = analysisv1.Analysis_State(analysisv1.Analysis_State_value[a.State]), a.LastSequence
	out.ResearchId, out.ReportId, out.CachedFrom, out.RerunOf = text(a.ResearchID), text(a.ReportID), text(a.CachedFrom), text(a.RerunOf)
	out.Usage = &analysisv1.Usage{
		Calls: a.Calls, InputTokens: a.InputTokens, OutputTokens: a.OutputTokens, CostUsd: a.CostUSD,
		CachedCalls: a.CachedCalls, CachedInputTokens: a.CachedInputTokens, ReasoningTokens: a.ReasoningTokens,
	}
	out.CreateTime, out.UpdateTime = timestamppb.New(a.CreateTime), timestamppb.New(a.UpdateTime)
	if a.CompleteTime != nil {
		out.CompleteTime = timestamppb.New(*a.CompleteTime)
	}
	return out, nil
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
