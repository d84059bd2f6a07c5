package extractive_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine/extractive"
)

// reply asks about evidence.
func reply(t *testing.T, a engine.Ask) (engine.Answer, string) {
	t.Helper()
	var streamed strings.Builder
	answer, err := extractive.New().Open(engine.Session{}).Answer(t.Context(), a, func(s string) error {
		streamed.WriteString(s)
		return nil
	})
	require.NoError(t, err)
	return answer, streamed.String()
}

func TestAnswer_IsSentencesOfTheEvidence(t *testing.T) {
	t.Parallel()
	answer, streamed := reply(t, engine.Ask{Question: "How high is the Aswan Dam?", Evidence: dam()})
	require.False(t, answer.Nothing)
	require.Equal(t, "The Aswan Dam is 111 metres high and 3,830 metres long.", answer.Sentences[0].Text)
	require.Equal(t, "b-1", answer.Sentences[0].Quotes[0].EvidenceID)
	require.Contains(t, streamed, "3,830 metres long. [2]", "the second passage")
	for _, s := range answer.Sentences {
		require.Contains(t, streamed, s.Text)
	}
}

func TestAnswer_SaysWhenThereIsNone(t *testing.T) {
	t.Parallel()
	for name, question := range map[string]string{
		"another subject": "Who composed the opera Aida for Cairo?",
		"no word":         "What is it?",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer, _ := reply(t, engine.Ask{Question: question, Evidence: bridges()})
			require.True(t, answer.Nothing)
			require.Empty(t, answer.Sentences)
		})
	}
	answer, streamed := reply(t, engine.Ask{Question: "How high is the Aswan Dam?"})
	require.True(t, answer.Nothing)
	require.Empty(t, streamed)
}

func TestAnswer_CompletesAQuestionFromTheTurnsBefore(t *testing.T) {
	t.Parallel()
	evidence := []engine.Evidence{
		passage("a", "The population of Aswan was 270,000 people in 2010. The population of Luxor was 480,000 people in 2010."),
		passage("b", "The population of Aswan was 340,000 people in 2020. The population of Luxor was 510,000 people in 2020."),
		passage("c", "Aswan was built because traders met below the first cataract of the river."),
	}
	turns := []engine.Turn{{Question: "What was the population of Aswan in 2010?", Answer: "270,000."}}
	for name, tc := range map[string]struct {
		question, want string
		turns          []engine.Turn
		about          string
	}{
		"another year":            {"And in 2020?", "The population of Aswan was 340,000 people in 2020.", turns, ""},
		"another place":           {"And of Luxor in 2020?", "The population of Luxor was 510,000 people in 2020.", turns, ""},
		"a pronoun":               {"Why was it built?", "Aswan was built because traders met below the first cataract of the river.", turns, ""},
		"what the run is about":   {"Why was it built?", "Aswan was built because traders met below the first cataract of the river.", nil, "Aswan"},
		"two elliptic ones":       {"And in 2020?", "The population of Aswan was 340,000 people in 2020.", append(turns, engine.Turn{Question: "And in 2015?"}), ""},
		"a whole question stands": {"What was the population of Luxor in 2010?", "The population of Luxor was 480,000 people in 2010.", turns, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer, _ := reply(t, engine.Ask{Question: tc.question, Turns: tc.turns, About: tc.about, Evidence: evidence})
			require.NotEmpty(t, answer.Sentences)
			require.Equal(t, tc.want, answer.Sentences[0].Text)
		})
	}
}

func TestAnswer_WithoutAQuestionSaysWhatMattersMost(t *testing.T) {
	t.Parallel()
	text := "Tidal power stations take energy from the tides of the sea. The tides turn turbines in a dam across a bay. " +
		"Turbines of tidal power stations last for a century. My aunt likes to bake bread on Sundays with honey. " +
		"Tidal power is predictable, since the tides follow the moon. The energy of the tides is free of carbon."
	answer, _ := reply(t, engine.Ask{Evidence: []engine.Evidence{{ID: "t", Text: text}}})
	require.False(t, answer.Nothing)
	require.GreaterOrEqual(t, len(answer.Sentences), 2)
	at := -1
	for _, s := range answer.Sentences {
		require.NotContains(t, s.Text, "aunt")
		require.Equal(t, text[s.Quotes[0].Start:s.Quotes[0].End], s.Quotes[0].Text)
		require.Greater(t, s.Quotes[0].Start, at, "in the order of the text")
		at = s.Quotes[0].Start
	}
	answer, _ = reply(t, engine.Ask{Evidence: []engine.Evidence{{ID: "t", Text: "Nothing here"}}})
	require.True(t, answer.Nothing)
}

func TestAnswer_Errors(t *testing.T) {
	t.Parallel()
	e := extractive.New().Open(engine.Session{})
	gone := errors.New("the client is gone")
	_, err := e.Answer(t.Context(), engine.Ask{Question: "How high is the Aswan Dam?", Evidence: dam()}, func(string) error { return gone })
	require.ErrorIs(t, err, gone)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = e.Answer(ctx, engine.Ask{Question: "How high is the Aswan Dam?", Evidence: dam()}, nil)
	require.ErrorIs(t, err, context.Canceled)
	_, err = e.Answer(ctx, engine.Ask{Evidence: dam()}, nil)
	require.ErrorIs(t, err, context.Canceled)
}

func TestAnswer_OtherLanguages(t *testing.T) {
	t.Parallel()
	for question, text := range map[string]string{
		"Wie tief ist der Baikalsee?":              "Der Baikalsee ist mit 1642 Metern der tiefste See der Welt.",
		"¿Qué profundidad tiene el lago Baikal?":   "El lago Baikal tiene una profundidad de 1642 metros y es el más hondo.",
		"Quelle est la profondeur du lac Baïkal ?": "Le lac Baïkal a une profondeur de 1642 mètres, la plus grande du monde.",
		"Какова глубина озера Байкал?":             "Озеро Байкал имеет глубину около 1642 метров и является самым глубоким.",
		"贝加尔湖的最大深度是多少？":                            "贝加尔湖是世界上最深的湖泊，最大深度为一千六百四十二米。",
		"ما عمق بحيرة بايكال؟":                     "يبلغ عمق بحيرة بايكال حوالي 1642 مترا وهي أعمق بحيرة في العالم.",
		"बैकाल झील कितनी गहरी है?":                 "बैकाल झील 1642 मीटर गहरी है और दुनिया की सबसे गहरी झील है।",
		"Baykal Gölü ne kadar derindir?":           "Baykal Gölü 1642 metre ile dünyanın en derin gölüdür ve çok eskidir.",
	} {
		t.Run(question, func(t *testing.T) {
			t.Parallel()
			answer, _ := reply(t, engine.Ask{Question: question, Evidence: []engine.Evidence{passage("a", text)}})
			require.Len(t, answer.Sentences, 1)
			require.Equal(t, text, answer.Sentences[0].Text)
		})
	}
}
