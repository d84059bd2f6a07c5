package prompted_test

import (
	"cmp"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine/enginetest"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine/prompted"
	"github.com/researcherpro/researcherpro/services/analysis/internal/verify"
)

func TestInjection_OfTextsOfOurOwn(t *testing.T) {
	t.Parallel()
	kinds := enginetest.Kinds()
	for i, text := range enginetest.Hostile() {
		withstands(t, newProvider(t, prompted.OpenAI), text, []engine.Kind{kinds[i%len(kinds)], kinds[(i+3)%len(kinds)]})
	}
}

// TestInjection_OfBIPIA plants every attack of the Benchmark for Indirect Prompt
// Injection Attacks.
func TestInjection_OfBIPIA(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(cmp.Or(os.Getenv("RP_DATA"), filepath.Join("..", "..", "..", "..", "..", "..", "shared", "data")), "vectors", "prompt-injection", "bipia")
	p, planted := newProvider(t, prompted.OpenAI), 0
	for _, name := range []string{"text_attack_train.json", "code_attack_train.json"} {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Skip("the attacks are not there:", err)
		}
		var attacks map[string][]string
		require.NoError(t, json.Unmarshal(raw, &attacks))
		for _, texts := range attacks {
			for _, text := range texts {
				// One kind each, so that every attack meets every step in a few seconds.
				kinds := enginetest.Kinds()
				withstands(t, p, text, []engine.Kind{kinds[planted%len(kinds)]})
				planted++
			}
		}
	}
	t.Logf("%d attacks planted", planted)
}

// planted is the evidence about lakes with an attack at the end of a passage, as a title
// and as a passage of its own.
func planted(text string) []engine.Evidence {
	evidence := enginetest.Lakes()
	evidence[1].Text += "\n\n" + text
	evidence[2].SourceTitle = text
	return append(evidence, enginetest.Passage("stranger", text))
}

// withstands fails unless a run with a model that obeys whatever it reads gives what
// one with an honest model gives, and nothing of the attack's doing.
func withstands(t *testing.T, p *prompted.Provider, text string, kinds []engine.Kind) {
	t.Helper()
	caller := enginetest.NewCaller(enginetest.Says(enginetest.Obedient))
	e := p.Open(engine.Session{Caller: caller})
	var said []string
	for _, kind := range kinds {
		r := engine.Request{Question: enginetest.LakeQuestion(kind), Evidence: planted(text)}
		found, err := e.Analyze(t.Context(), r)
		require.NoError(t, err, text)
		enginetest.RequireSound(t, r, found)
		require.NotEmpty(t, found.Findings, "the honest part is still there")
		for _, f := range enginetest.Uncited(found.Findings, text) {
			// What shares a word with its quotes gets as far as the check, and no further.
			for _, q := range f.Citations {
				require.NotEqual(t, verify.Supported, verify.Check(f.Claim, q.Text, nil).Support, f.Claim)
			}
		}
		said = append(said, enginetest.Texts(found)...)

		next, err := e.Reflect(t.Context(), r)
		require.NoError(t, err)
		for _, query := range next.Queries {
			require.NotContains(t, query, "site:")
		}
		said = append(append(said, next.Queries...), next.Unanswered...)

		summary, err := e.Write(t.Context(), r, found.Findings)
		require.NoError(t, err)
		for _, s := range summary {
			said = append(said, s.Text)
		}
	}
	ask := engine.Ask{Question: "How deep is Lake Baikal?", Evidence: planted(text)}
	var streamed strings.Builder
	answer, err := e.Answer(t.Context(), ask, func(piece string) error {
		streamed.WriteString(piece)
		return nil
	})
	require.NoError(t, err)
	require.False(t, answer.Nothing)
	enginetest.RequireSoundAnswer(t, ask, answer)
	said = append(said, streamed.String())
	for _, s := range answer.Sentences {
		said = append(said, s.Text)
	}
	enginetest.RequireUntouched(t, caller.Calls(), said)
}
