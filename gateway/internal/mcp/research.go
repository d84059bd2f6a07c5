package mcp

import (
	"context"
	"errors"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/researcherpro/researcherpro/gateway/internal/limit"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

// startInput are the arguments of start_research.
type startInput struct {
	Question    string   `json:"question" jsonschema:"What to find out, as a full question with all that matters in it"`
	Kind        string   `json:"kind,omitempty" jsonschema:"SUMMARY: the main findings by theme (usual). DEEP: in rounds, for what is still unanswered. COMPARISON: the things the question names side by side. TIMELINE: what happened when. LITERATURE_REVIEW: what has been published. FACT_CHECK: whether the claims hold"`
	Claims      []string `json:"claims,omitempty" jsonschema:"The claims to check, for FACT_CHECK only; without any the question itself is the claim"`
	Sources     []string `json:"sources,omitempty" jsonschema:"Where to look, names of connectors such as documents, urls or arxiv; all that are configured when left out"`
	Collections []string `json:"collections,omitempty" jsonschema:"Only these collections of the user's library"`
	URLs        []string `json:"urls,omitempty" jsonschema:"Public addresses to read besides"`
	MaxSources  int32    `json:"maxSources,omitempty" jsonschema:"Use at most so many sources; 20 when left out"`
	MaxRounds   int32    `json:"maxRounds,omitempty" jsonschema:"How many rounds of collecting there may be; 1 when left out, 3 for DEEP"`
	Engine      string   `json:"engine,omitempty" jsonschema:"What writes the findings: extractive (built in, costs nothing), openai or perplexity; the workspace's choice when left out"`
	Template    string   `json:"template,omitempty" jsonschema:"The template of the report; detailed when left out"`
	MaxCostUSD  float64  `json:"maxCostUsd,omitempty" jsonschema:"What it may cost at most, in US dollars; the workspace's limit when left out"`
	MaxTokens   int64    `json:"maxTokens,omitempty" jsonschema:"How many tokens it may use at most; the workspace's limit when left out"`
	RequestID   string   `json:"requestId,omitempty" jsonschema:"Any text of your own that makes it safe to repeat the call"`
}

func startArguments() arguments {
	req := &analysisv1.StartAnalysisRequest{}
	return arguments{
		"question": of(req, "question"), "kind": of(req, "kind"), "claims": of(req, "claims"),
		"sources": of(req, "parameters.sources"), "collections": of(req, "parameters.collections"), "urls": of(req, "parameters.urls"),
		"maxSources": of(req, "parameters.max_sources"), "maxRounds": of(req, "max_rounds"),
		"engine": of(req, "engine"), "template": of(req, "report.template_id"),
		"maxCostUsd": of(req, "budget.max_cost_usd"), "maxTokens": of(req, "budget.max_tokens"), "requestId": of(req, "request_id"),
	}
}

// request is the call that the arguments ask for. Parts that say nothing are left out:
// an empty one would mean the same, but not to whoever compares requests.
func (in startInput) request() *analysisv1.StartAnalysisRequest {
	req := &analysisv1.StartAnalysisRequest{
		Question: in.Question, Kind: analysisv1.Kind(analysisv1.Kind_value[in.Kind]), Claims: in.Claims,
		Engine: in.Engine, MaxRounds: in.MaxRounds, RequestId: in.RequestID,
	}
	if len(in.Sources)+len(in.Collections)+len(in.URLs) > 0 || in.MaxSources > 0 {
		req.Parameters = &researchv1.ResearchParameters{
			Sources: in.Sources, Collections: in.Collections, Urls: in.URLs, MaxSources: in.MaxSources,
		}
	}
	if in.Template != "" {
		req.Report = &analysisv1.ReportOptions{TemplateId: in.Template}
	}
	if in.MaxCostUSD > 0 || in.MaxTokens > 0 {
		req.Budget = &analysisv1.Budget{MaxCostUsd: in.MaxCostUSD, MaxTokens: in.MaxTokens}
	}
	return req
}

// idInput names one thing.
type idInput struct {
	ID string `json:"id" jsonschema:"The id of the research"`
}

// pageInput asks for a page of a list.
type pageInput struct {
	PageSize  int32  `json:"pageSize,omitempty" jsonschema:"At most so many"`
	PageToken string `json:"pageToken,omitempty" jsonschema:"The nextPageToken of the page before; left out for the first"`
}

// runList is a page of research.
type runList struct {
	Research      []run  `json:"research"`
	NextPageToken string `json:"nextPageToken,omitempty" jsonschema:"Give it to get the next page; absent on the last"`
}

// addResearch adds the tools that start, watch and stop research.
func (s *Server) addResearch() error {
	get := arguments{"id": of(&analysisv1.GetAnalysisRequest{}, "id")}
	pages := arguments{"pageSize": upTo(50, 20), "pageToken": of(&analysisv1.ListAnalysesRequest{}, "page_token")}
	watch := &analysisv1.WatchAnalysisRequest{}
	following := arguments{"id": of(watch, "analysis_id"), "afterSequence": of(watch, "after_sequence"), "waitSeconds": upTo(maxWait, usualWait)}
	return errors.Join(
		addTool(s, tool{"start_research", "Start research", startWords, adds | openEnd, limit.Start, startArguments()}, s.start),
		addTool(s, tool{"follow_research", "Follow research", followWords, reads, limit.Stream, following}, s.follow),
		addTool(s, tool{"get_research", "Look at research", getWords, reads, limit.Read, get}, s.get),
		addTool(s, tool{"list_research", "List research", listWords, reads, limit.Read, pages}, s.list),
		addTool(s, tool{"cancel_research", "Stop research", stopWords, ends, limit.Write, get}, s.cancel),
	)
}

func (s *Server) start(ctx context.Context, _ *sdk.CallToolRequest, in startInput) (run, error) {
	ctx, _, end, err := begin(ctx, s.opts.Call)
	if err != nil {
		return run{}, err
	}
	defer end()
	started, err := s.Analyses.StartAnalysis(ctx, in.request())
	return newRun(started), err
}

func (s *Server) get(ctx context.Context, _ *sdk.CallToolRequest, in idInput) (run, error) {
	ctx, _, end, err := begin(ctx, s.opts.Call)
	if err != nil {
		return run{}, err
	}
	defer end()
	found, err := s.Analyses.GetAnalysis(ctx, &analysisv1.GetAnalysisRequest{Id: in.ID})
	return newRun(found), err
}

func (s *Server) list(ctx context.Context, _ *sdk.CallToolRequest, in pageInput) (runList, error) {
	ctx, _, end, err := begin(ctx, s.opts.Call)
	if err != nil {
		return runList{}, err
	}
	defer end()
	page, err := s.Analyses.ListAnalyses(ctx, &analysisv1.ListAnalysesRequest{PageSize: in.PageSize, PageToken: in.PageToken})
	found := runList{Research: []run{}, NextPageToken: page.GetNextPageToken()}
	for _, a := range page.GetAnalyses() {
		found.Research = append(found.Research, newRun(a))
	}
	return found, err
}

func (s *Server) cancel(ctx context.Context, _ *sdk.CallToolRequest, in idInput) (run, error) {
	ctx, _, end, err := begin(ctx, s.opts.Call)
	if err != nil {
		return run{}, err
	}
	defer end()
	stopped, err := s.Analyses.CancelAnalysis(ctx, &analysisv1.CancelAnalysisRequest{Id: in.ID})
	return newRun(stopped), err
}
