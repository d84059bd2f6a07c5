package entity_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/gateway/internal/entity"
)

func TestParse(t *testing.T) {
	t.Parallel()
	strong, weak := entity.Strong("1"), entity.Tag{Weak: true, Opaque: "1"}
	for name, tc := range map[string]struct {
		values []string
		want   []entity.Tag
		any    bool
	}{
		"one":                      {[]string{`"1"`}, []entity.Tag{strong}, false},
		"a weak one":               {[]string{`W/"1"`}, []entity.Tag{weak}, false},
		"a list":                   {[]string{`"1", W/"1"`}, []entity.Tag{strong, weak}, false},
		"a header that is twice":   {[]string{`"1"`, `W/"1"`}, []entity.Tag{strong, weak}, false},
		"a comma in a tag":         {[]string{`"a,b"`}, []entity.Tag{entity.Strong("a,b")}, false},
		"empty elements":           {[]string{`"1",, ,W/"1",`}, []entity.Tag{strong, weak}, false},
		"an empty tag":             {[]string{`""`}, []entity.Tag{entity.Strong("")}, false},
		"any":                      {[]string{`*`}, nil, true},
		"no quotes are no tag":     {[]string{`1`}, nil, false},
		"half a tag is none":       {[]string{`"1`}, nil, false},
		"a weak sign in lower":     {[]string{`w/"1"`}, nil, false},
		"two without a comma":      {[]string{`"1" "2"`}, nil, false},
		"a space in a tag":         {[]string{`"1 2"`}, nil, false},
		"nothing":                  {[]string{``}, nil, false},
		"any beside a tag is none": {[]string{`*, "1"`}, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok := entity.Parse(tc.values)
			require.Equal(t, tc.want != nil || tc.any, ok)
			require.Equal(t, entity.Tags{Any: tc.any, List: tc.want}, got)
		})
	}
}

// The table of RFC 9110, section 8.8.3.2.
func TestCompare(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		one, other      string
		strong, equally bool
	}{
		{`W/"1"`, `W/"1"`, false, true},
		{`W/"1"`, `W/"2"`, false, false},
		{`W/"1"`, `"1"`, false, true},
		{`"1"`, `"1"`, true, true},
		{`*`, `"1"`, true, true},
	} {
		given, ok := entity.Parse([]string{tc.one})
		require.True(t, ok)
		other, ok := entity.Parse([]string{tc.other})
		require.True(t, ok)
		require.Equal(t, tc.strong, given.Identical(other.List[0]), "%s %s", tc.one, tc.other)
		require.Equal(t, tc.equally, given.Same(other.List[0]), "%s %s", tc.one, tc.other)
		require.Equal(t, tc.other, other.List[0].String())
	}
}
