package enginetest

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/researcherpro/researcherpro/pkg/lexical"
	"github.com/researcherpro/researcherpro/pkg/llm"
	"github.com/researcherpro/researcherpro/pkg/sentence"
)

var (
	fence     = regexp.MustCompile(`(?s)<<<DATA ([0-9a-f]{16})>>>\n(.*?)\n<<<END ([0-9a-f]{16})>>>`)
	itemStart = regexp.MustCompile(`(?m)^\[(\d+)\] `)
	asked     = regexp.MustCompile(`(?m)(?:Question|this question|from the passages): (.*)$`)
	claimLine = regexp.MustCompile(`(?m)^(\d+)\. (.+)$`)
	yearFound = regexp.MustCompile(`\b(1[5-9]\d\d|20\d\d)\b`)
)

// item is a numbered passage, finding or case of a request.
type item struct {
	number int
	text   string
}

// material is what a request holds between its fences; the last block, when there are
// several.
func material(r llm.Request) string {
	blocks := fence.FindAllStringSubmatch(words(r), -1)
	if len(blocks) == 0 {
		return ""
	}
	return blocks[len(blocks)-1][2]
}

// words is the user's side of the request, without repairs.
func words(r llm.Request) string {
	for _, m := range r.Messages {
		if m.Role == llm.User {
			return m.Text
		}
	}
	return ""
}

// system is the system's side of the request.
func system(r llm.Request) string {
	for _, m := range r.Messages {
		if m.Role == llm.System {
			return m.Text
		}
	}
	return ""
}

// items are the numbered items of the material. withHead says that an item begins with
// a line about its source.
func items(r llm.Request, withHead bool) []item {
	text := material(r)
	starts := itemStart.FindAllStringSubmatchIndex(text, -1)
	var out []item
	for i, at := range starts {
		end := len(text)
		if i+1 < len(starts) {
			end = starts[i+1][0]
		}
		number, _ := strconv.Atoi(text[at[2]:at[3]])
		body := strings.TrimSpace(text[at[1]:end])
		if withHead {
			_, body, _ = strings.Cut(body, "\n")
		}
		out = append(out, item{number: number, text: body})
	}
	return out
}

// question is what the request asks.
func question(r llm.Request) string {
	outside := fence.ReplaceAllString(words(r), "")
	if m := asked.FindStringSubmatch(outside); m != nil {
		return m[1]
	}
	return ""
}

// claims are the claims of a fact check, by their numbers.
func claims(r llm.Request) []item {
	var out []item
	for _, m := range claimLine.FindAllStringSubmatch(fence.ReplaceAllString(words(r), ""), -1) {
		number, _ := strconv.Atoi(m[1])
		out = append(out, item{number: number, text: m[2]})
	}
	return out
}

// shared is how many content words two texts share.
func shared(a, b string) int {
	language := lexical.Detect(a + " " + b)
	in := map[string]bool{}
	for _, stem := range lexical.Stems(a, language) {
		in[stem] = true
	}
	n := 0
	for _, stem := range lexical.Stems(b, language) {
		if in[stem] {
			n++
			in[stem] = false
		}
	}
	return n
}

// best is the sentence of a text that shares most words with another; empty if none
// does.
func best(text, with string) string {
	found, most := "", 0
	for _, at := range sentence.Split(text) {
		if n := shared(with, text[at.Start:at.End]); n > most {
			found, most = text[at.Start:at.End], n
		}
	}
	return found
}

// oneLine is a text with its white space made plain.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
