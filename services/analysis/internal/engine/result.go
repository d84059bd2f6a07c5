package engine

// Analysis is what an engine found in the evidence.
type Analysis struct {
	// Findings are ordered by theme, the most salient theme first, and within
	// a theme by salience; those of a timeline by date, those of a fact check in the
	// order of the claims.
	Findings []Finding
	// Themes group the findings; every finding is in exactly one.
	Themes []Theme
	// Contradictions pair findings whose sources disagree.
	Contradictions []Contradiction
	// Indirect says that the findings do not answer the question, but only speak
	// of what it is about. The report must say so.
	Indirect bool
	// Missing says what the answer lacks, one sentence each: what was left out for
	// want of room, what the model would not answer.
	Missing []string
}

// Finding is one claim and the quotes it rests on.
type Finding struct {
	// Claim is one sentence, or a few, that can be read alone.
	Claim string
	// Theme is the label of the theme the finding belongs to; of a comparison, what the
	// subjects are compared by.
	Theme string
	// Citations are the quotes, the best first, one for each source at most. Of a fact
	// check they speak for or against the claim, and may be none.
	Citations []Quote
	// Salience is how much the finding matters to the question, 0 to 1.
	Salience float64
	// Subject is what it is about, in a comparison.
	Subject string
	// Date is when it happened, in a timeline: a year, a month or a day of ISO 8601.
	Date string
}

// Quote is a span of a snapshot.
type Quote struct {
	// EvidenceID and SourceID name the passage and its source.
	EvidenceID string
	SourceID   string
	// Text is the snapshot's text from Start to End, byte for byte.
	Text string
	// Start and End are byte offsets into the snapshot, half-open.
	Start int
	End   int
}

// Theme is a group of findings.
type Theme struct {
	// Label is a short phrase, such as "Write-ahead log".
	Label string
	// Findings are indexes into Analysis.Findings, ascending.
	Findings []int
}

// Contradiction is a pair of findings that cannot both be true, or that need a
// reader's eye because their sources disagree.
type Contradiction struct {
	// First and Second are indexes into Analysis.Findings, First < Second.
	First  int
	Second int
	// Kind says how they disagree.
	Kind ContradictionKind
	// Reason says it to a reader, with the values in question.
	Reason string
}

// ContradictionKind is the way in which two findings disagree.
type ContradictionKind string

// The kinds of contradiction.
const (
	// Numbers: both give a quantity of the same thing, and the two differ.
	Numbers ContradictionKind = "NUMBERS"
	// Negation: one denies what the other says.
	Negation ContradictionKind = "NEGATION"
	// Meaning: a model says that they cannot both be true.
	Meaning ContradictionKind = "MEANING"
)

// Reflection is what evidence leaves unanswered.
type Reflection struct {
	// Unanswered are the questions that are still open.
	Unanswered []string
	// Queries are what to search for next, the most promising first.
	Queries []string
}

// Doubt is a claim beside what it cites that words alone cannot decide.
type Doubt struct {
	Claim string
	// Quote is what is cited, Context the text around it in the snapshot.
	Quote, Context string
}

// Judgement is what an engine says to a doubt.
type Judgement string

// The judgements.
const (
	Undecided Judgement = ""
	Supports  Judgement = "SUPPORTS"
	Partly    Judgement = "PARTLY"
	Not       Judgement = "NOT"
	Against   Judgement = "AGAINST"
)

// Sentence is a sentence of prose with what it is made of.
type Sentence struct {
	Text string
	// Findings are indexes into the findings that were given.
	Findings []int
}

// Answer is the answer to a question.
type Answer struct {
	// Sentences are the answer; a sentence without quotes is one that claims nothing.
	Sentences []AnswerSentence
	// Nothing says that the evidence does not answer the question; Sentences then may
	// say what it speaks of.
	Nothing bool
}

// AnswerSentence is a sentence of an answer.
type AnswerSentence struct {
	Text   string
	Quotes []Quote
}
