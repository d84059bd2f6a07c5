package compose_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/report/internal/compose"
	"github.com/researcherpro/researcherpro/services/report/internal/template"
)

// content is a small research with two sources, a weak finding and a failure.
func content() compose.Content {
	cite := func(source, quote string) compose.Citation {
		return compose.Citation{SourceID: source, Quote: quote, Support: compose.Supported, Score: 0.9}
	}
	return compose.Content{
		Question: "How deep is Lake Baikal?",
		Findings: []compose.Finding{
			{Claim: "It is 1,642 m deep.", Theme: "Depth", Support: compose.Supported, Salience: 0.7, Citations: []compose.Citation{cite("b", "1,642 m"), cite("a", "1642 m")}},
			{Claim: "It is 1,637 m deep.", Theme: "Depth", Support: compose.Supported, Salience: 0.9, Citations: []compose.Citation{cite("a", "1,637 m")}},
			{Claim: "It may be old.", Theme: "Age", Support: compose.Unsupported, Salience: 1, Citations: []compose.Citation{cite("b", "old")}},
		},
		Disagreements: []compose.Disagreement{{First: 0, Second: 1, Reason: "“1,642 m” against “1,637 m”"}},
		Sources: []compose.Source{
			{ID: "a", Title: "Lakes", URL: "https://example.org/lakes", SHA256: "aa", Fetched: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)},
			{ID: "b", FileName: "baikal.pdf", SHA256: "bb"},
			{ID: "c", Title: "Never cited"},
		},
		Limits:     []compose.Limit{{Kind: compose.FileUnreadable, What: "broken.pdf", Reason: "it is encrypted"}},
		Provenance: compose.Provenance{Engine: "extractive", SourcesFound: 3, SourcesFailed: 1},
	}
}

// tmpl returns a built-in template.
func tmpl(t *testing.T, id string) template.Template {
	t.Helper()
	all, err := template.Builtin()
	require.NoError(t, err)
	for _, candidate := range all {
		if candidate.ID == id {
			return candidate
		}
	}
	t.Fatalf("no template %s", id)
	return template.Template{}
}

// part returns the first part of a type.
func part[T compose.Part](t *testing.T, r compose.Report) T {
	t.Helper()
	for _, p := range r.Parts {
		if found, ok := p.(T); ok {
			return found
		}
	}
	var none T
	t.Fatalf("the report has no %T", none)
	return none
}

func TestCompose_NumbersReferencesAsTheyAreMet(t *testing.T) {
	t.Parallel()
	r, err := compose.Compose(content(), tmpl(t, "detailed"))
	require.NoError(t, err)
	refs := part[*compose.References](t, r).Entries
	require.Len(t, refs, 2, "a source that no finding cites is not listed")
	require.Equal(t, compose.Reference{Number: 1, Title: "baikal.pdf", SHA256: "bb", CitedBy: []int{1, 3}}, refs[0])
	require.Equal(t, compose.Reference{
		Number: 2, Title: "Lakes", Location: "https://example.org/lakes", Link: true,
		SHA256: "aa", Fetched: "2026-01-02", CitedBy: []int{1, 2},
	}, refs[1])
	require.Equal(t, []int{1, 2}, part[*compose.Theme](t, r).Findings[0].Marks)
}

func TestCompose_SummaryLeadsWithTheMostSalientSupported(t *testing.T) {
	t.Parallel()
	r, err := compose.Compose(content(), tmpl(t, "brief"))
	require.NoError(t, err)
	points := part[*compose.Summary](t, r).Points
	require.Len(t, points, 2, "an unsupported claim is no part of a summary")
	require.Equal(t, "It is 1,637 m deep.", points[0].Claim)
}

func TestCompose_EverySentenceWithAClaimIsAFinding(t *testing.T) {
	t.Parallel()
	in := content()
	claims := map[string]bool{}
	for _, f := range in.Findings {
		claims[f.Claim] = true
	}
	for _, id := range []string{"brief", "detailed"} {
		r, err := compose.Compose(in, tmpl(t, id))
		require.NoError(t, err)
		for _, p := range r.Parts {
			switch p := p.(type) {
			case *compose.Summary:
				for _, point := range p.Points {
					require.True(t, claims[point.Claim])
				}
			case *compose.Theme:
				for _, item := range p.Findings {
					require.True(t, claims[item.Claim])
				}
			case *compose.Disagreements:
				for _, pair := range p.Pairs {
					require.True(t, claims[pair.First.Claim] && claims[pair.Second.Claim])
				}
			}
		}
	}
}

func TestCompose_LimitsNameWhatFailedAndWhatIsWeak(t *testing.T) {
	t.Parallel()
	r, err := compose.Compose(content(), tmpl(t, "brief"))
	require.NoError(t, err)
	require.Equal(t, []string{
		"The file broken.pdf could not be read: it is encrypted.",
		"1 finding is not fully supported by the quotes given; each is marked.",
	}, part[*compose.Limits](t, r).Notes)
}

func TestCompose_NoFindingsSaySo(t *testing.T) {
	t.Parallel()
	r, err := compose.Compose(compose.Content{Question: "Why?"}, tmpl(t, "detailed"))
	require.NoError(t, err)
	require.True(t, r.Empty)
	require.Contains(t, r.Notice, "No evidence was found")
	require.Len(t, r.Parts, 2, "only the limits and the making are left")
	require.IsType(t, &compose.Limits{}, r.Parts[0])
	require.IsType(t, &compose.Making{}, r.Parts[1])
}

func TestCompose_IncompleteResearchIsAnnounced(t *testing.T) {
	t.Parallel()
	in := content()
	in.Limits = append(in.Limits, compose.Limit{Kind: compose.Incomplete, What: "budget", Reason: "2 USD were used up"})
	r, err := compose.Compose(in, tmpl(t, "brief"))
	require.NoError(t, err)
	require.Contains(t, r.Notice, "incomplete")
	require.Contains(t, part[*compose.Limits](t, r).Notes, "The research stopped early (budget): 2 USD were used up.")
}

func TestCompose_TheLimitOfAThemeSparesWhatIsDisputed(t *testing.T) {
	t.Parallel()
	in := content()
	short := tmpl(t, "brief")
	for i := range short.Parts {
		if short.Parts[i].Kind == template.Findings {
			short.Parts[i].Limit = 1
		}
	}
	r, err := compose.Compose(in, short)
	require.NoError(t, err)
	require.Len(t, part[*compose.Theme](t, r).Findings, 2)
	in.Disagreements = nil
	r, err = compose.Compose(in, short)
	require.NoError(t, err)
	require.Len(t, part[*compose.Theme](t, r).Findings, 1)
}

func TestCompose_RefusesContentThatContradictsItself(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*compose.Content){
		"a citation of no source":        func(c *compose.Content) { c.Sources = c.Sources[1:] },
		"a finding without a citation":   func(c *compose.Content) { c.Findings[0].Citations = nil },
		"a disagreement with no finding": func(c *compose.Content) { c.Disagreements[0].Second = 9 },
		"a disagreement with itself":     func(c *compose.Content) { c.Disagreements[0].Second = 0 },
	}
	for name, breakIt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := content()
			breakIt(&in)
			_, err := compose.Compose(in, tmpl(t, "brief"))
			require.ErrorIs(t, err, compose.ErrContent)
		})
	}
	_, err := compose.Compose(content(), template.Template{ID: "x", Title: "X"})
	require.ErrorIs(t, err, template.ErrInvalid)
}

func TestCompose_OnlyWebAddressesAreLinks(t *testing.T) {
	t.Parallel()
	for url, link := range map[string]bool{
		"https://example.org": true, "HTTP://example.org": true,
		"javascript:alert(1)": false, "file:///etc/passwd": false, "": false,
	} {
		in := content()
		in.Sources[0].URL = url
		r, err := compose.Compose(in, tmpl(t, "brief"))
		require.NoError(t, err)
		require.Equal(t, link, part[*compose.References](t, r).Entries[1].Link, url)
	}
}

func TestCompose_ProvenanceGivesCostOnlyForAModel(t *testing.T) {
	t.Parallel()
	in := content()
	r, err := compose.Compose(in, tmpl(t, "detailed"))
	require.NoError(t, err)
	require.Equal(t, []compose.Fact{{Name: "Engine", Value: "extractive"}, {Name: "Sources", Value: "3 found, 1 of them unreadable"}},
		part[*compose.Making](t, r).Facts)
	in.Provenance.Model, in.Provenance.CostUSD = "m", 0.25
	r, err = compose.Compose(in, tmpl(t, "detailed"))
	require.NoError(t, err)
	require.Contains(t, part[*compose.Making](t, r).Facts, compose.Fact{Name: "Cost", Value: "0.2500 USD"})
}
