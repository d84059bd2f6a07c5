package enginetest_test

import (
	"testing"

	"github.com/researcherpro/researcherpro/services/analysis/internal/engine/enginetest"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine/extractive"
)

func TestExtractive_Conforms(t *testing.T) {
	t.Parallel()
	enginetest.Run(t, extractive.New(), nil)
}
