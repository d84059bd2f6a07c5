package readable_test

import (
	"testing"

	"github.com/go-text/typesetting/bidi"
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

func TestReorder(t *testing.T) {
	t.Parallel()
	for read, want := range map[string]struct {
		levels []bidi.Level
		seen   string
	}{
		"":       {nil, ""},
		"abc":    {[]bidi.Level{0, 0, 0}, "abc"},
		"car12s": {[]bidi.Level{1, 1, 1, 2, 2, 1}, "s12rac"},
		"aRSTb":  {[]bidi.Level{0, 1, 1, 1, 0}, "aTSRb"},
		"aR12Sb": {[]bidi.Level{0, 1, 2, 2, 1, 0}, "aS12Rb"},
	} {
		places := make([]int, len(read))
		for i := range places {
			places[i] = i
		}
		readable.Reorder(places, func(i int) bidi.Level { return want.levels[i] })
		var seen []byte
		for _, i := range places {
			seen = append(seen, read[i])
		}
		require.Equal(t, want.seen, string(seen), read)
	}
}
