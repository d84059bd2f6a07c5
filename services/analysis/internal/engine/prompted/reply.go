package prompted

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// The forms that models answer in. The schemas of the same names stand in prompts/; a
// server that does not enforce them, or a model that does not know better, may give a
// number as text or a text as a number, which is read all the same.

// integer is a whole number; text without one is 0, which nothing is counted by.
type integer int

// UnmarshalJSON implements json.Unmarshaler.
func (n *integer) UnmarshalJSON(data []byte) error {
	text := strings.Trim(string(data), `"[]() `)
	if at := strings.IndexAny(text, "0123456789"); at >= 0 {
		text = text[at:]
	}
	f, err := strconv.ParseFloat(leadingNumber(text), 64)
	if err != nil || f > 1e6 {
		*n = 0
		return nil //nolint:nilerr // a number that cannot be read is one that counts nothing
	}
	*n = integer(f)
	return nil
}

// leadingNumber is the digits at the beginning of a text, with one point.
func leadingNumber(text string) string {
	end := strings.IndexFunc(text, func(r rune) bool { return r != '.' && (r < '0' || r > '9') })
	if end < 0 {
		end = len(text)
	}
	return strings.TrimRight(text[:end], ".")
}

// phrase is a text; a number or a truth value is taken as it is written, null and
// anything else as nothing.
type phrase string

// UnmarshalJSON implements json.Unmarshaler.
func (p *phrase) UnmarshalJSON(data []byte) error {
	var text string
	switch {
	case json.Unmarshal(data, &text) == nil:
		*p = phrase(text)
	case bytes.ContainsAny(data[:1], "-0123456789tf"):
		*p = phrase(data)
	default:
		*p = ""
	}
	return nil
}

type planReply struct {
	SubQuestions *[]phrase `json:"sub_questions"`
	Queries      *[]phrase `json:"queries"`
}

// complete reports whether what the form asks for is there; so for all forms. What a
// tool call or another form gives is not.
func (r planReply) complete() bool { return r.Queries != nil }

type reflectionReply struct {
	Unanswered []phrase  `json:"unanswered"`
	Queries    *[]phrase `json:"queries"`
}

func (r reflectionReply) complete() bool { return r.Queries != nil }

type quoteReply struct {
	Passage integer `json:"passage"`
	Quote   phrase  `json:"quote"`
}

type findingReply struct {
	Claim      phrase       `json:"claim"`
	Theme      phrase       `json:"theme"`
	Subject    phrase       `json:"subject"`
	Date       phrase       `json:"date"`
	Importance integer      `json:"importance"`
	Quotes     []quoteReply `json:"quotes"`
}

type pairReply struct {
	First  integer `json:"first"`
	Second integer `json:"second"`
	Reason phrase  `json:"reason"`
}

type findingsReply struct {
	Findings       *[]findingReply `json:"findings"`
	Contradictions []pairReply     `json:"contradictions"`
}

func (r findingsReply) complete() bool { return r.Findings != nil }

type factReply struct {
	Claim      integer      `json:"claim"`
	Supporting []quoteReply `json:"supporting"`
	Opposing   []quoteReply `json:"opposing"`
}

type factsReply struct {
	Claims *[]factReply `json:"claims"`
}

func (r factsReply) complete() bool { return r.Claims != nil }

type headingReply struct {
	Heading  phrase    `json:"heading"`
	Findings []integer `json:"findings"`
}

type arrangementReply struct {
	Headings       *[]headingReply `json:"headings"`
	Duplicates     []pairReply     `json:"duplicates"`
	Contradictions []pairReply     `json:"contradictions"`
}

func (r arrangementReply) complete() bool { return r.Headings != nil }

type verdictReply struct {
	Case    integer `json:"case"`
	Why     phrase  `json:"why"`
	Verdict phrase  `json:"verdict"`
}

type verdictsReply struct {
	Verdicts *[]verdictReply `json:"verdicts"`
}

func (r verdictsReply) complete() bool { return r.Verdicts != nil }

type sentenceReply struct {
	Text     phrase    `json:"text"`
	Findings []integer `json:"findings"`
}

type summaryReply struct {
	Sentences *[]sentenceReply `json:"sentences"`
}

func (r summaryReply) complete() bool { return r.Sentences != nil }
