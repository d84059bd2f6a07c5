package mcp

import (
	"testing"

	"github.com/stretchr/testify/require"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
)

func TestSchemaOf_RefusesWhatHasNoLimits(t *testing.T) {
	t.Parallel()
	req := &analysisv1.GetAnalysisRequest{}
	for name, args := range map[string]arguments{
		"an argument left out":         {},
		"an argument that is no field": {"id": of(req, "ident")},
		"a field that is no argument":  {"id": of(req, "id"), "other": of(req, "id")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := schemaOf[idInput](args)
			require.Error(t, err)
		})
	}
	_, err := schemaOf[idInput](arguments{"id": of(req, "id")})
	require.NoError(t, err)
}

func TestArguments_NameWhatTheServicesCallOtherwise(t *testing.T) {
	t.Parallel()
	args := startArguments()
	for field, want := range map[string]string{
		"budget.maxCostUsd":         "maxCostUsd",
		"parameters.collections[2]": "collections[2]",
		"question":                  "question",
		"questions":                 "questions",
		"parameters.depth":          "parameters.depth",
	} {
		require.Equal(t, want, args.named(field))
	}
}

func TestSentence_EveryTypeOfEventIsThoughtOf(t *testing.T) {
	t.Parallel()
	silent := []analysisv1.Event_Type{
		analysisv1.Event_TYPE_UNSPECIFIED, analysisv1.Event_CITATION_CHECKED, analysisv1.Event_USAGE, analysisv1.Event_TEXT,
	}
	for number, name := range analysisv1.Event_Type_name {
		text := sentence(&analysisv1.Event{Type: analysisv1.Event_Type(number)})
		if text == "" {
			require.Contains(t, silent, analysisv1.Event_Type(number), name)
		}
	}
	long := &analysisv1.Event{Type: analysisv1.Event_FINDING_ADDED, Detail: &analysisv1.Event_Finding{Finding: &analysisv1.Finding{Claim: string(make([]byte, 5000))}}}
	require.Less(t, len(sentence(long)), 400)
	source := &analysisv1.SourceEvent{Title: "Bees", Location: "https://example.org"}
	require.Equal(t, "Bees (https://example.org)", place(source))
}
