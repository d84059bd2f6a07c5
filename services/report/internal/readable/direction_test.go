package readable_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/report/internal/readable"
)

func TestRightToLeft(t *testing.T) {
	t.Parallel()
	for tag, want := range map[string]bool{
		"ar": true, "ar-EG": true, "arc": true, "ckb": true, "dv": true, "fa": true, "he": true, "iw": true, "ps": true, "sd": true,
		"syr": true, "ug": true, "ur": true, "yi": true, "pa-Arab": true, "az_Arab": true,
		"ar-Latn": false, "ug-Latn": false, "en": false, "zh": false, "ja": false, "pa": false, "": false, "no language": false,
	} {
		require.Equal(t, want, readable.RightToLeft(tag), tag)
	}
}
