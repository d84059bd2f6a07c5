package extractive

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
)

func TestComparedIn_ReadsWhatAQuestionCompares(t *testing.T) {
	t.Parallel()
	for question, want := range map[string][]string{
		"What is the difference between the turbine and the canal?": {"turbine", "canal"},
		"Compare PostgreSQL and MySQL for analytics workloads":      {"PostgreSQL", "MySQL"},
		"PostgreSQL vs. MySQL: which is faster?":                    {"PostgreSQL", "MySQL"},
		"Is Rust better than Go?":                                   {"Rust", "Go"},
		"What is better, tea or coffee, in terms of caffeine?":      {"tea", "coffee"},
		"Compare tea, coffee and cocoa by caffeine":                 {"tea", "coffee", "cocoa"},
		"How does A2A differ from MCP?":                             {"A2A", "MCP"},
		"What do Ada Lovelace and Alan Turing have in common?":      {"Ada Lovelace", "Alan Turing"},
		"Unterschied zwischen Gas und Strom beim Heizen":            {"Gas", "Strom"},
		"Was ist besser: Gas oder Strom?":                           {"Gas", "Strom"},
		"¿Cuál es la diferencia entre un virus y una bacteria?":     {"virus", "bacteria"},
		"Quelle est la différence entre un virus et une bactérie ?": {"virus", "bactérie"},
		"В чем разница между вирусом и бактерией?":                  {"вирусом", "бактерией"},
		"Чем вирус отличается от бактерии?":                         {"вирус", "бактерии"},
		"比较光纤和铜缆的成本":                                                {"光纤", "铜缆"},
		"光纤和铜缆有什么区别？":                                               {"光纤", "铜缆"},
		"ما الفرق بين الفيروس والبكتيريا؟":                          {"الفيروس", "البكتيريا"},
		"What is a virus?":           nil,
		"Why do cats and dogs bark?": nil,
	} {
		t.Run(question, func(t *testing.T) {
			t.Parallel()
			things, _ := comparedIn(question, newReader(languageOf(engine.Question{Text: question}, nil)))
			var names []string
			for _, e := range things {
				names = append(names, e.name)
			}
			require.Equal(t, want, names)
		})
	}
}
