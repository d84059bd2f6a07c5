package template_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/report/internal/template"
)

func TestBuiltin(t *testing.T) {
	t.Parallel()
	templates, err := template.Builtin()
	require.NoError(t, err)
	var ids []string
	for _, tmpl := range templates {
		require.NotEmpty(t, tmpl.Description, tmpl.ID)
		ids = append(ids, tmpl.ID)
	}
	require.Equal(t, []string{"brief", "detailed"}, ids)
}

func TestParse(t *testing.T) {
	t.Parallel()
	const rest = `{"kind":"FINDINGS"},{"kind":"LIMITS"},{"kind":"REFERENCES"}`
	tests := map[string]struct{ json, problem string }{
		"the least there can be":         {`{"id":"a","title":"A","parts":[` + rest + `]}`, ""},
		"not JSON":                       {`{`, "unexpected end"},
		"no title":                       {`{"id":"a","parts":[` + rest + `]}`, "id and title"},
		"unknown part":                   {`{"id":"a","title":"A","parts":[{"kind":"JOKE"}]}`, `parts[0].kind "JOKE"`},
		"the same part twice":            {`{"id":"a","title":"A","parts":[` + rest + `,{"kind":"LIMITS"}]}`, "parts[3] repeats LIMITS"},
		"negative limit":                 {`{"id":"a","title":"A","parts":[{"kind":"FINDINGS","limit":-1}]}`, "negative"},
		"references may not be left out": {`{"id":"a","title":"A","parts":[{"kind":"FINDINGS"},{"kind":"LIMITS"}]}`, "REFERENCES is missing"},
		"limits may not be left out":     {`{"id":"a","title":"A","parts":[{"kind":"FINDINGS"},{"kind":"REFERENCES"}]}`, "LIMITS is missing"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := template.Parse([]byte(tc.json))
			if tc.problem == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, template.ErrInvalid)
			require.ErrorContains(t, err, tc.problem)
		})
	}
}
