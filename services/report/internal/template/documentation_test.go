package template_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/template"
)

// reference returns the reference for who writes templates.
func reference(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../TEMPLATES.md")
	require.NoError(t, err)
	return string(text)
}

func TestReference_ExamplesRun(t *testing.T) {
	t.Parallel()
	examples := regexp.MustCompile("(?s)```template\n(.*?)```").FindAllStringSubmatch(reference(t), -1)
	require.Len(t, examples, 7)
	for _, example := range examples {
		read, err := template.Parse(example[1])
		require.NoError(t, err, example[1])
		for _, kind := range kinds() {
			sections, err := read.Execute(t.Context(), sampled(kind))
			require.NoError(t, err, example[1])
			require.NotEqual(t, reportv1.Section_LIMITS, sections[0].GetRole(), "it shows something: %s", example[1])
		}
	}
}

func TestReference_NamesEverything(t *testing.T) {
	t.Parallel()
	text := reference(t)
	fields := (&reportv1.Material{}).ProtoReflect().Descriptor().Fields()
	for i := range fields.Len() {
		require.Contains(t, text, "`"+string(fields.Get(i).Name())+"`")
	}
	for _, tag := range template.TagNames() {
		require.Contains(t, text, "`{% "+tag)
	}
	for _, name := range template.ChartNames() {
		require.Contains(t, text, "`"+name+"`")
	}
	for _, name := range template.FunctionNames() {
		require.Regexp(t, "[`.]"+name+`\(`, text)
	}
	for _, message := range []proto.Message{&reportv1.Finding{}, &reportv1.Statement{}, &reportv1.Theme{}, &reportv1.Event{}, &reportv1.Disagreement{}, &reportv1.ComparisonRow{}, &reportv1.Work{}, &reportv1.Name{}} {
		of := message.ProtoReflect().Descriptor().Fields()
		for i := range of.Len() {
			require.Contains(t, text, "`"+string(of.Get(i).Name())+"`")
		}
	}
}
