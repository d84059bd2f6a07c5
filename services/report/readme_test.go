package report_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/config"
	"github.com/researcherpro/researcherpro/services/report"
)

func TestReadmeNamesEveryVariableWithItsDefault(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	for _, v := range config.Variables(&report.Config{}) {
		row := "| `" + v.Name + "` | "
		switch {
		case v.Required:
			row += "required |"
		case v.Default != "":
			row += "`" + v.Default + "` |"
		}
		require.Contains(t, string(readme), row)
	}
}
