package rest

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/gateway/internal/reply"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
)

func TestPathAt(t *testing.T) {
	t.Parallel()
	const body = `{"a": 1, "b": {"c": [true, {"d": "x"}], "e": null}, "f": [[1], [2, 3]]}`
	tests := map[string]string{
		`"a"`: "a", `1,`: "a", `"b"`: "b", `"c"`: "b.c", `true`: "b.c[0]", `"d"`: "b.c[1].d",
		`"x"`: "b.c[1].d", `null`: "b.e", `3]`: "f[1][1]", `{"a"`: "",
	}
	for token, want := range tests {
		t.Run(token, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, want, pathAt([]byte(body), int64(strings.Index(body, token))))
		})
	}
}

func TestRoutes_EveryTemplateIsKnownToAllow(t *testing.T) {
	t.Parallel()
	routes := Routes()
	require.Greater(t, len(routes), 30)
	for _, route := range routes {
		path := strings.NewReplacer("{id}", "7", "{research_id}", "7", "{analysis_id}", "7").Replace(route.Template)
		require.Contains(t, allowed(path), route.Method, path)
	}
	require.Empty(t, allowed("/nothing"))
}

func FuzzUnmarshal(f *testing.F) {
	f.Add([]byte(`{"question":1}`))
	f.Add([]byte("{\"question\":\"\xff\"}"))
	f.Add([]byte(`{"budget":{"maxTokens":[]}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		// Whatever comes in, it is read or refused with a field and a rule.
		err := Unmarshal(body, &analysisv1.StartAnalysisRequest{})
		if err == nil {
			return
		}
		var bad *reply.BadField
		require.ErrorAs(t, err, &bad)
		require.NotEmpty(t, bad.Field)
		require.NotEmpty(t, bad.Rule)
	})
}
