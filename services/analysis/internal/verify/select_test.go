package verify_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/analysis/internal/verify"
)

const abstract = "Hypertension is common in older people. We aimed to assess whether the new drug lowers blood pressure. " +
	"Two hundred patients were enrolled in three cities. Blood pressure was significantly reduced by the drug after six months. " +
	"No patient died."

func TestSelect(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ claim, text, best string }{
		"what was found goes before what was intended": {
			"The drug lowers blood pressure.", abstract, "Blood pressure was significantly reduced by the drug after six months.",
		},
		"what speaks against a claim bears on it, too": {
			"The drug increases blood pressure after six months.", abstract, "Blood pressure was significantly reduced by the drug after six months.",
		},
		"numbers": {
			"200 patients were enrolled in the cities.", abstract, "Two hundred patients were enrolled in three cities.",
		},
		"German": {
			"Der Vertrag wurde in Wien unterzeichnet.",
			"Fünf Minister trafen sich im Mai. Sie unterzeichneten den Vertrag in Wien. Danach reisten sie ab.",
			"Sie unterzeichneten den Vertrag in Wien.",
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := verify.Select(tc.claim, tc.text, nil)
			require.NotEmpty(t, found)
			require.Equal(t, tc.best, tc.text[found[0].Start:found[0].End])
			require.True(t, found[0].Rationale, "the best is always shown")
		})
	}
}

func TestSelect_AtMostThreeAreShown(t *testing.T) {
	t.Parallel()
	text := ""
	for range 10 {
		text += "The drug reduced blood pressure significantly. "
	}
	shown := 0
	for _, s := range verify.Select("The drug reduced blood pressure.", text, nil) {
		if s.Rationale {
			shown++
		}
	}
	require.Equal(t, 3, shown)
}

func TestSelect_NothingInCommonGivesNothing(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"other words": lake, "no text": "", "signs": "-- … --"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Empty(t, verify.Select("Ministers signed a treaty.", text, nil))
		})
	}
}
