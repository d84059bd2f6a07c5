package extractive

import (
	"regexp"
	"time"
)

// expectation is the kind of answer that a question asks for.
type expectation int

const (
	anything expectation = iota
	aTime
	aNumber
	aReason
	aDefinition
)

// The openers that tell what a question asks for, and the signs of a reason.
var (
	asksTime       = regexp.MustCompile(`(?i)\b(when|what year|which year|wann|cuándo|quand)\b|когда|什么时候|何时|哪一?年|متى|कब`)
	asksNumber     = regexp.MustCompile(`(?i)\b(how (many|much|long|large|big|fast|often|far|old|deep|tall|high|wide|heavy|hot)|wie ?viele?|cuánt[oa]s?|combien|ne kadar)\b|сколько|多少|多深|多高|多长|多大|كم|कितन`)
	asksDefinition = regexp.MustCompile(`(?i)^(what|who|was|wer|qué|quién) (is|are|was|were|ist|sind|war|es|son)\b`)
	asksReason     = regexp.MustCompile(`(?i)^(why|warum|wieso|por qué|pourquoi)\b|^почему|为什么|为何|لماذا|क्यों`)
	reason         = regexp.MustCompile(`(?i)\b(because|so that|due to|in order to|therefore|since|as a result|weil|damit|porque|parce que)\b|потому|因为|由于|لأن|क्योंकि`)
	digits         = regexp.MustCompile(`\d`)
	yearDigits     = regexp.MustCompile(`\b1\d{3}\b|\b20\d{2}\b`)
)

// expected reads what a question asks for off its opening words.
func expected(text string) expectation {
	switch {
	case asksTime.MatchString(text):
		return aTime
	case asksNumber.MatchString(text):
		return aNumber
	case asksReason.MatchString(text):
		return aReason
	case asksDefinition.MatchString(text):
		return aDefinition
	}
	return anything
}

// expectationBonus rewards a sentence that holds the kind of answer asked for.
func (q question) expectationBonus(c *candidate) float64 {
	holds := false
	switch q.expect {
	case anything:
	case aTime:
		holds = yearDigits.MatchString(c.text)
	case aNumber:
		holds = givesNumber(c.text)
	case aReason:
		holds = reason.MatchString(c.text)
	case aDefinition:
		holds = q.defines(c)
	}
	if holds {
		return 0.15
	}
	return 0
}

// figures are runs of digits.
var figures = regexp.MustCompile(`\d+(?:[.,]\d+)*`)

// givesNumber reports whether a sentence gives a number besides the parts of a date.
func givesNumber(text string) bool {
	if !digits.MatchString(text) {
		return false
	}
	d, ok := dateIn(text, time.Time{})
	parts := 1
	if d.day > 0 {
		parts++
	}
	return !ok || len(figures.FindAllString(text, parts+1)) > parts
}

// defines reports whether a sentence opens as a definition of the topics does:
// "The X of Y is …".
func (q question) defines(c *candidate) bool {
	held := map[string]bool{}
	for _, w := range c.words[:min(len(c.words), 5+len(q.topics))] {
		if term := q.content(w); term != "" {
			held[term] = true
		}
		if copula[w.lower] {
			return len(held) == len(q.terms)
		}
	}
	return false
}

// copula are the words between what is defined and its definition.
var copula = map[string]bool{
	"is": true, "are": true, "was": true, "were": true, "ist": true, "sind": true, "war": true,
	"waren": true, "es": true, "son": true, "est": true, "sont": true,
}
