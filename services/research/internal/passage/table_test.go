package passage_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/lexical"
	"github.com/researcherpro/researcherpro/services/research/internal/extract"
	"github.com/researcherpro/researcherpro/services/research/internal/passage"
)

// table returns n rows whose cells have full stops in them, each written as format
// says.
func table(n int, format string) []string {
	var rows []string
	for i := range n {
		rows = append(rows, fmt.Sprintf(format, i, i))
	}
	return rows
}

func TestSplit_NeverCutsInsideARow(t *testing.T) {
	t.Parallel()
	formats := map[string]string{
		"Markdown":     "| Drug no. %d | It was given twice. No effect. | 3.%d mg |",
		"cells alone":  "Drug no. %d | It was given twice. No effect. | 3.%d mg",
		"indented":     "  | Drug %d | It was given twice. No effect. | 3.%d |",
		"no last cell": "Drug %d | Twice. No effect. Then once more. | %d |",
	}
	for name, format := range formats {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rows := table(60, format)
			text := prose(3) + "\n\n" + strings.Join(rows, "\n") + "\n\n" + prose(12)
			doc := extract.Document{Text: text}
			passages := passage.Split(doc)
			require.Greater(t, len(passages), 4)
			joined := texts(doc, passages)
			for _, row := range rows {
				holders := 0
				for _, p := range joined {
					if strings.Contains(p, strings.TrimSpace(row)) {
						holders++
					}
				}
				require.Equal(t, 1, holders, row)
			}
			for _, p := range joined {
				require.LessOrEqual(t, len(lexical.Tokens(p)), passage.MaxWords)
			}
		})
	}
}

func TestSplit_OneBarIsNoTable(t *testing.T) {
	t.Parallel()
	long := "Choose a | b here. " + prose(30)
	doc := extract.Document{Text: long}
	for _, p := range texts(doc, passage.Split(doc)) {
		require.True(t, strings.HasSuffix(p, "."), "cut between sentences: %s", p)
	}
}

func TestSplit_ARowOverTheLimitIsReadLikeOtherText(t *testing.T) {
	t.Parallel()
	doc := extract.Document{Text: "| " + prose(30) + " | " + prose(30) + " |"}
	passages := passage.Split(doc)
	require.Greater(t, len(passages), 3)
	checkPassages(t, doc, passages)
	bars := extract.Document{Text: strings.Repeat("|", 50_000)}
	require.Empty(t, passage.Split(bars), "there is nothing to search in it")
}
