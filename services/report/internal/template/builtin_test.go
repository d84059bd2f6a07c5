package template_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/template"
)

// kinds are those of material.
func kinds() []string {
	return []string{"", "COMPARISON", "TIMELINE", "LITERATURE_REVIEW", "FACT_CHECK"}
}

// builtin returns a built-in template.
func builtin(t *testing.T, id string) template.Builtin {
	t.Helper()
	all, err := template.Builtins()
	require.NoError(t, err)
	for _, b := range all {
		if b.ID == id {
			return b
		}
	}
	require.Fail(t, "no such template", id)
	return template.Builtin{}
}

// dump writes sections with everything in them.
func dump(sections []*reportv1.Section) string {
	return prototext.MarshalOptions{}.Format(&reportv1.Document{Sections: sections})
}

// headings are those of sections, with their roles.
func headings(sections []*reportv1.Section) []string {
	var out []string
	for _, s := range sections {
		heading := s.GetHeading()[0].GetText()
		if s.GetRole() != reportv1.Section_ROLE_UNSPECIFIED {
			heading += " (" + s.GetRole().String() + ")"
		}
		out = append(out, heading)
	}
	return out
}

func TestBuiltins(t *testing.T) {
	t.Parallel()
	all, err := template.Builtins()
	require.NoError(t, err)
	var ids []string
	for _, b := range all {
		ids = append(ids, b.ID)
		require.NotEmpty(t, b.Title)
		require.NotEmpty(t, b.Description)
		require.NotEqual(t, reportv1.Document_LAYOUT_UNSPECIFIED, b.Layout)
	}
	require.Equal(t, []string{"brief", "detailed", "literature-review", "comparison", "timeline", "fact-check", "executive-slides"}, ids)
	require.Equal(t, reportv1.Document_SLIDES, all[6].Layout)
}

// TestBuiltins_SuitEveryKind runs each template on each kind of material, and on none.
func TestBuiltins_SuitEveryKind(t *testing.T) {
	t.Parallel()
	all, err := template.Builtins()
	require.NoError(t, err)
	for _, b := range all {
		for _, kind := range kinds() {
			material := sampled(kind)
			before := proto.Clone(material)
			sections, err := b.Template.Execute(t.Context(), material)
			require.NoError(t, err, "%s of %s", b.ID, kind)
			require.True(t, proto.Equal(before, material), "material is not changed")
			roles := map[reportv1.Section_Role]int{}
			seen := map[string]bool{}
			for _, s := range sections {
				roles[s.GetRole()]++
				require.NotEmpty(t, s.GetHeading())
				require.False(t, seen[s.GetAnchor()])
				seen[s.GetAnchor()] = true
			}
			require.Equal(t, 1, roles[reportv1.Section_LIMITS], b.ID)
			require.Equal(t, 1, roles[reportv1.Section_REFERENCES], b.ID)
			require.Equal(t, 1, roles[reportv1.Section_DISAGREEMENTS], b.ID)
			for _, f := range material.GetFindings() {
				if b.Layout == reportv1.Document_PAGES { // slides are a choice
					require.Contains(t, dump(sections), f.GetClaim(), "%s of %s", b.ID, kind)
				}
			}
		}
		sections, err := b.Template.Execute(t.Context(), &reportv1.Material{})
		require.NoError(t, err)
		require.Equal(t, reportv1.Section_LIMITS, sections[len(sections)-1].GetRole(), "nothing is cited")
	}
}

func TestBuiltins_DetailedByKind(t *testing.T) {
	t.Parallel()
	tests := map[string][]string{
		"":                  {"Summary (SUMMARY)", "Depth (FINDINGS)", "Life (FINDINGS)"},
		"COMPARISON":        {"Summary (SUMMARY)", "Side by side (COMPARISON)", "Depth (FINDINGS)", "Life (FINDINGS)"},
		"TIMELINE":          {"Summary (SUMMARY)", "Timeline (TIMELINE)", "Depth (FINDINGS)", "Life (FINDINGS)"},
		"LITERATURE_REVIEW": {"Summary (SUMMARY)", "Depth (FINDINGS)", "Life (FINDINGS)"},
		"FACT_CHECK":        {"Claims (CLAIMS)"},
	}
	rest := []string{
		"Where sources disagree (DISAGREEMENTS)", "What this research could not answer (LIMITS)", "The evidence at a glance",
		"Sources (REFERENCES)", "How this report was made (PROVENANCE)",
	}
	detailed := builtin(t, "detailed").Template
	for kind, first := range tests {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			sections, err := detailed.Execute(t.Context(), sampled(kind))
			require.NoError(t, err)
			require.Equal(t, append(first, rest...), headings(sections))
		})
	}
}

func TestBuiltins_BriefShowsTheBestQuoteOfEach(t *testing.T) {
	t.Parallel()
	sections, err := builtin(t, "brief").Template.Execute(t.Context(), sampled(""))
	require.NoError(t, err)
	for _, s := range sections {
		for _, b := range s.GetBlocks() {
			if f := b.GetFinding(); f != nil {
				require.Len(t, f.GetQuotes(), 1)
				require.Len(t, f.GetCitation().GetMarks(), 1)
			}
		}
	}
	require.NotContains(t, dump(sections[:1]), `"survey"`, "the summary cites what is shown")
}
