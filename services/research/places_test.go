package research_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/research"
	"github.com/researcherpro/researcherpro/services/research/researchtest"
	"github.com/researcherpro/researcherpro/services/research/researchtest/standin"
)

// asking returns a change of configuration: every place is stood in for.
func asking(s *standin.Server) func(*research.Config) {
	return func(cfg *research.Config) {
		cfg.Outside = research.Outside{
			Connectors: append([]string{"documents", "urls"}, standin.Names...), Contact: "operator@example.org",
			Timeout: 2 * time.Second, Collect: time.Minute, Trusted: []string{"127.0.0.0/8", "::1/128"},
			Keys:         research.Keys{Perplexity: "pplx-key", Tavily: "tvly-key", Brave: "brave-key"},
			WikipediaURL: s.URL("wikipedia"), ArxivURL: s.URL("arxiv"), CrossrefURL: s.URL("crossref"), OpenAlexURL: s.URL("openalex"),
			PubMedURL: s.URL("pubmed"), SemanticScholarURL: s.URL("semanticscholar"), PerplexityURL: s.URL("perplexity"),
			TavilyURL: s.URL("tavily"), BraveURL: s.URL("brave"), SearXNGURL: s.URL("searxng"),
		}
	}
}

// ended waits until a research has ended.
func ended(ctx context.Context, t *testing.T, f *researchtest.Fixture, id string) *researchv1.Research {
	t.Helper()
	for {
		r, err := f.Research.WaitResearch(ctx, &researchv1.WaitResearchRequest{Id: id})
		require.NoError(t, err)
		if s := r.GetState(); s != researchv1.Research_QUEUED && s != researchv1.Research_RUNNING {
			return r
		}
	}
}

func TestTenPlaces_TwoHangAndOneTalksNonsense(t *testing.T) {
	t.Parallel()
	behaviour := map[string]standin.Behaviour{}
	for _, name := range standin.Names {
		behaviour[name] = standin.Behaviour{Delay: 300 * time.Millisecond}
	}
	behaviour["brave"] = standin.Behaviour{Hangs: true}
	behaviour["crossref"] = standin.Behaviour{Hangs: true}
	behaviour["tavily"] = standin.Behaviour{Delay: 300 * time.Millisecond, Nonsense: true}
	places := standin.New(t, behaviour)
	f := researchtest.Serve(t, asking(places))
	ctx := researchtest.User(t)

	begun := time.Now()
	created, err := f.Research.CreateResearch(ctx, &researchv1.CreateResearchRequest{
		Query: "Why do bridges fall?", Parameters: &researchv1.ResearchParameters{Sources: standin.Names},
	})
	require.NoError(t, err)
	r := ended(ctx, t, f, created.GetId())
	t.Logf("collected in %s; the slowest that is allowed takes %s", time.Since(begun).Round(time.Millisecond), f.Config.Outside.Timeout)

	require.Equal(t, researchv1.Research_PARTIAL, r.GetState())
	states, reasons := map[string]researchv1.ConnectorOutcome_State{}, map[string]string{}
	for _, c := range r.GetConnectors() {
		states[c.GetConnector()], reasons[c.GetConnector()] = c.GetState(), c.GetReason()
	}
	for _, name := range standin.Names {
		want := researchv1.ConnectorOutcome_ANSWERED
		if name == "brave" || name == "crossref" || name == "tavily" {
			want = researchv1.ConnectorOutcome_FAILED
			require.NotEmpty(t, reasons[name], name)
		}
		require.Equal(t, want, states[name], "%s: %s", name, reasons[name])
	}
	require.Len(t, places.Calls("brave"), 1, "what hangs once would hang again")

	sources, err := f.Research.ListSources(ctx, &researchv1.ListSourcesRequest{ResearchId: r.GetId()})
	require.NoError(t, err)
	byTitle := map[string]*researchv1.Source{}
	for _, src := range sources.GetSources() {
		require.NotContains(t, byTitle, src.GetTitle(), "found twice, one source")
		byTitle[src.GetTitle()] = src
	}
	paper := byTitle["How flood scour brings down bridges"]
	require.NotNil(t, paper, byTitle)
	require.Subset(t, paper.GetIdentifiers(), map[string]string{"doi": "10.5555/scour.2020", "arxiv": "2001.00001", "pmid": "5550001"})
	require.Len(t, paper.GetAlsoFoundIn(), 3, "arXiv, OpenAlex, PubMed and Semantic Scholar know it")
	require.Equal(t, researchv1.Source_USED, paper.GetOutcome())
}

func TestConnectors_SayWhatTheyNeedAndHowTheyAre(t *testing.T) {
	t.Parallel()
	places := standin.New(t, map[string]standin.Behaviour{"crossref": {Status: 503}})
	f := researchtest.Serve(t, asking(places), func(cfg *research.Config) { cfg.Outside.Keys.Tavily = "" })
	ctx := researchtest.User(t)
	created, err := f.Research.CreateResearch(ctx, &researchv1.CreateResearchRequest{
		Query: "Why do bridges fall?", Parameters: &researchv1.ResearchParameters{Sources: []string{"crossref", "wikipedia", "tavily"}},
	})
	require.NoError(t, err)
	r := ended(ctx, t, f, created.GetId())
	require.Equal(t, researchv1.Research_PARTIAL, r.GetState())

	list, err := f.Research.ListConnectors(ctx, &researchv1.ListConnectorsRequest{})
	require.NoError(t, err)
	byName := map[string]*researchv1.Connector{}
	for _, c := range list.GetConnectors() {
		require.NotEmpty(t, c.GetDescription())
		byName[c.GetName()] = c
	}
	require.Len(t, byName, len(standin.Names)+2)
	require.False(t, byName["tavily"].GetConfigured())
	require.Contains(t, byName["tavily"].GetMissing(), "TAVILY_API_KEY")
	require.True(t, byName["perplexity"].GetConfigured())
	require.Nil(t, byName["documents"].GetHealth(), "it asks nobody outside")
	require.Equal(t, researchv1.ConnectorHealth_HEALTHY, byName["wikipedia"].GetHealth().GetState())
	require.Contains(t, []researchv1.ConnectorHealth_State{researchv1.ConnectorHealth_DEGRADED, researchv1.ConnectorHealth_DOWN},
		byName["crossref"].GetHealth().GetState())
	require.Equal(t, 3*time.Second, byName["arxiv"].GetLimits().GetGap().AsDuration())
}

func TestURLs_AreReadAndGuarded(t *testing.T) {
	t.Parallel()
	places := standin.New(t, nil)
	for name, tc := range map[string]struct {
		trusted []string
		outcome researchv1.Source_Outcome
	}{
		"a public page": {[]string{"127.0.0.0/8"}, researchv1.Source_USED},
		"a private one": {nil, researchv1.Source_UNREADABLE},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := researchtest.Serve(t, asking(places), func(cfg *research.Config) { cfg.Outside.Trusted = tc.trusted })
			ctx := researchtest.User(t)
			created, err := f.Research.CreateResearch(ctx, &researchv1.CreateResearchRequest{
				Query: "Why do bridges fall?", Parameters: &researchv1.ResearchParameters{Sources: []string{"urls"}, Urls: []string{places.URL("pages/fall")}},
			})
			require.NoError(t, err)
			r := ended(ctx, t, f, created.GetId())
			sources, err := f.Research.ListSources(ctx, &researchv1.ListSourcesRequest{ResearchId: r.GetId()})
			require.NoError(t, err)
			require.Len(t, sources.GetSources(), 1)
			src := sources.GetSources()[0]
			require.Equal(t, tc.outcome, src.GetOutcome(), src.GetOutcomeReason())
			if tc.outcome == researchv1.Source_USED {
				require.EqualValues(t, 200, src.GetFetch().GetStatus())
				require.Equal(t, researchv1.Source_FULL, src.GetExtent())
			}
		})
	}
}

func TestHosts_AHostThatAsksForFewerRequestsIsLeftAlone(t *testing.T) {
	t.Parallel()
	p := newPage(t, article(fact, padding))
	u := reads(t, p)
	p.becomes(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	require.Equal(t, "The server asks for fewer requests.", u.recheck(t).GetReason())
	u.later(t)
	p.becomes(article(fact, padding))
	got := u.recheck(t)
	require.Equal(t, researchv1.SourceRecheck_UNREADABLE, got.GetOutcome(), "it is not asked for an hour")
	require.Equal(t, "It could not be read in time.", got.GetReason())
}
