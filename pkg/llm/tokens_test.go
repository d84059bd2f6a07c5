package llm_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/researcherpro/researcherpro/pkg/llm"
	"github.com/researcherpro/researcherpro/pkg/llm/llmtest"
)

// The counts beside the texts are those of the vocabularies o200k_base, of GPT-4o and
// its successors, and cl100k_base, of those before.
func TestCountTokens_IsNearTheTruthAndRatherAbove(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		text        string
		wide, usual int64
	}{
		"English":  {"The bridge was opened in March 1932, after eight years of work, and carries trains, cars and people on foot.", 26, 26},
		"German":   {"Die Brücke wurde im März 1932 nach achtjähriger Bauzeit eröffnet und trägt Eisenbahnen, Autos und Fußgänger.", 28, 35},
		"Spanish":  {"El puente se inauguró en marzo de 1932, tras ocho años de obras, y lo cruzan trenes, coches y peatones.", 30, 34},
		"Russian":  {"Мост был открыт в марте 1932 года после восьми лет строительства; по нему ходят поезда, машины и люди.", 28, 48},
		"Greek":    {"Η γέφυρα άνοιξε τον Μάρτιο του 1932, μετά από οκτώ χρόνια εργασιών.", 27, 62},
		"Arabic":   {"افتتح الجسر في مارس 1932 بعد ثماني سنوات من العمل، وتعبره القطارات والسيارات والمشاة.", 27, 56},
		"Chinese":  {"这座桥历经八年施工，于1932年3月通车，供火车、汽车和行人通行。", 28, 35},
		"Japanese": {"この橋は八年の工事を経て1932年3月に開通し、列車や自動車、歩行者が通る。", 35, 44},
		"Korean":   {"이 다리는 8년의 공사 끝에 1932년 3월에 개통되었으며 기차와 자동차가 다닌다.", 33, 49},
		"Hindi":    {"यह पुल आठ वर्षों के काम के बाद मार्च 1932 में खोला गया और इस पर रेलगाड़ियाँ चलती हैं।", 27, 83},
		"numbers":  {"1932, 3.75 %, 1,149 m (p < 0.001); n = 48; 2024-03-19", 33, 34},
		"JSON":     {"{\"findings\":[{\"claim\":\"The bridge was opened in 1932.\",\"quotes\":[{\"source\":1,\"text\":\"opened in March 1932\"}]}]}", 34, 32},
		"code":     {"func main() {\n\tfor i := range 10 {\n\t\tfmt.Println(i, \"times\")\n\t}\n}\n", 22, 22},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for model, real := range map[string]int64{"gpt-4o-mini": tc.wide, "sonar": tc.usual} {
				got := llm.CountTokens(model, tc.text)
				require.GreaterOrEqual(t, got, real*9/10, model)
				require.LessOrEqual(t, got, real*23/10+2, model)
			}
		})
	}
}

func TestCountTokens_IsNeverLessThanAFourthOfTheBytes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text") + strings.Repeat(" ", rapid.IntRange(0, 100).Draw(t, "spaces"))
		r := question()
		r.Messages = append(r.Messages, llm.Message{Role: llm.User, Text: text})
		for _, model := range []string{"m", "gpt-4o"} {
			require.GreaterOrEqual(t, llm.CountTokens(model, text), llmtest.Tokens(text))
		}
		var counted int64
		for _, m := range r.Messages {
			counted += llmtest.Tokens(m.Text)
		}
		require.Greater(t, llm.CountRequest(r), counted)
		more := r
		more.Schema = structured().Schema
		require.Greater(t, llm.CountRequest(more), llm.CountRequest(r), "a schema may have to be sent in words")
	})
}

func TestCountTokens_OfNothing(t *testing.T) {
	t.Parallel()
	require.Zero(t, llm.CountTokens("m", ""))
}
