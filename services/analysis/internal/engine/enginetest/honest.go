package enginetest

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/researcherpro/researcherpro/pkg/llm"
)

// object is a JSON object.
type object = map[string]any

// Honest answers a request from its material: of each passage the sentence that has
// most to do with the question, in the passage's words, quoted as it stands there.
func Honest(r llm.Request) string {
	if r.Schema == nil {
		return honestAnswer(r)
	}
	return encode(honestForm(r))
}

// honestForm is the answer as the form that the request asks for.
func honestForm(r llm.Request) object {
	switch r.Schema.Name {
	case "plan":
		return object{"sub_questions": []string{question(r)}, "queries": []string{strings.Trim(question(r), "?")}}
	case "reflection":
		return object{"unanswered": []string{}, "queries": []string{question(r) + " history"}}
	case "facts":
		return object{"claims": honestFacts(r)}
	case "arrangement":
		return object{"headings": []object{}, "duplicates": []object{}, "contradictions": []object{}}
	case "verdicts":
		return object{"verdicts": honestVerdicts(r)}
	case "summary":
		return object{"sentences": honestSummary(r)}
	}
	return object{"findings": honestFindings(r), "contradictions": []object{}}
}

// encode writes JSON.
func encode(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("enginetest: %v", err)) // nothing here cannot be written
	}
	return string(text)
}

// minRelated is how many words a sentence shares with the question that it answers.
const minRelated = 2

var name = regexp.MustCompile(`\b\p{Lu}[\p{L}\d]+\b`)

func honestFindings(r llm.Request) []object {
	ask := question(r)
	out := []object{}
	for _, passage := range items(r, true) {
		text := best(passage.text, ask)
		if shared(ask, text) < minRelated {
			continue
		}
		subject := ""
		for _, n := range name.FindAllString(ask, -1) {
			if strings.Contains(text, n) {
				subject = n
			}
		}
		out = append(out, object{
			"claim": oneLine(text), "theme": "What is known", "subject": subject, "date": yearFound.FindString(text),
			"importance": 1 + min(4, shared(ask, text)), "quotes": []object{{"passage": passage.number, "quote": text}},
		})
	}
	return out
}

func honestFacts(r llm.Request) []object {
	out := []object{}
	for _, claim := range claims(r) {
		quotes := []object{}
		for _, passage := range items(r, true) {
			if text := best(passage.text, claim.text); shared(claim.text, text) >= minRelated {
				quotes = append(quotes, object{"passage": passage.number, "quote": text})
			}
		}
		out = append(out, object{"claim": claim.number, "supporting": quotes, "opposing": []object{}})
	}
	return out
}

func honestVerdicts(r llm.Request) []object {
	out := []object{}
	for _, doubt := range items(r, false) {
		claim, rest, _ := strings.Cut(doubt.text, "\n")
		verdict := "NOT"
		if shared(claim, rest) >= minRelated {
			verdict = "SUPPORTS"
		}
		out = append(out, object{"case": doubt.number, "why": "the words", "verdict": verdict})
	}
	return out
}

func honestSummary(r llm.Request) []object {
	out := []object{}
	for _, finding := range items(r, false) {
		_, claim, _ := strings.Cut(finding.text, ") ")
		if claim == "" {
			claim = finding.text
		}
		out = append(out, object{"text": claim, "findings": []int{finding.number}})
	}
	return out[:min(len(out), 5)]
}

// honestAnswer is prose with marks, and the quotes below it.
func honestAnswer(r llm.Request) string {
	ask := question(r)
	var prose, quotes strings.Builder
	for _, passage := range items(r, true) {
		text := best(passage.text, ask)
		if shared(ask, text) < minRelated {
			continue
		}
		plain := oneLine(text)
		fmt.Fprintf(&prose, "%s [%d]. ", strings.TrimRight(plain, "."), passage.number)
		fmt.Fprintf(&quotes, "[%d] %s\n", passage.number, plain)
	}
	if prose.Len() == 0 {
		return "NOTHING"
	}
	return prose.String() + "\n---\n" + quotes.String()
}
