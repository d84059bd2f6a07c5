package compose

import "time"

// Content is all that a report is made from: what analysis found and how.
type Content struct {
	Title    string // empty: made from the question
	Question string
	Language string // ISO 639-1 code; empty is English
	Kind     Kind   // the shape of the answer; empty is Plain

	// Summary is the answer in a few sentences; empty when nobody wrote one.
	Summary       []Sentence
	Findings      []Finding
	Disagreements []Disagreement
	Sources       []Source
	Limits        []Limit
	Provenance    Provenance
}

// Kind is the shape of an answer, in analysis' words.
type Kind string

// The kinds that are not laid out as findings by theme alone.
const (
	Plain      Kind = ""
	Comparison Kind = "COMPARISON"        // of things, the findings' subjects
	Timeline   Kind = "TIMELINE"          // the findings' dates, the earliest first
	Literature Kind = "LITERATURE_REVIEW" // by theme, with how many works say so
	FactCheck  Kind = "FACT_CHECK"        // each finding is a claim that was given
)

// Sentence is one sentence of the summary with the findings, by index, that it is
// made of.
type Sentence struct {
	Text     string
	Findings []int
}

// Finding is one claim with its checked citations. Findings come in the order of
// their themes, those of a timeline by date; Salience, 0 to 1, says which matter most.
type Finding struct {
	Claim     string
	Theme     string
	Support   Support
	Reason    string // why the verdict is not better, one sentence; empty if it is the best
	Salience  float64
	Citations []Citation // none only in a fact check about whose claim nothing was found
	Subject   string     // the thing it is about, of a comparison
	Date      string     // when it happened, of a timeline: a year, a month or a day of ISO 8601
	// Supporting and Disputing are how many sources say so, and otherwise.
	Supporting, Disputing int
}

// Support is the verdict of the check, in analysis' words.
type Support string

// The verdicts.
const (
	Supported    Support = "SUPPORTED"
	Partial      Support = "PARTIAL"
	Unsupported  Support = "UNSUPPORTED"
	Contradicted Support = "CONTRADICTED"
)

// Citation is a quote of a source.
type Citation struct {
	SourceID string
	Quote    string // byte for byte as in the snapshot
	Support  Support
	Score    float64 // 0 to 1
	Page     int     // 1-based; 0 if the source has no pages
}

// Disagreement is a pair of findings, by index, whose sources disagree.
type Disagreement struct {
	First, Second int
	Reason        string
}

// Source is a source that the run read.
type Source struct {
	ID        string
	Title     string
	Authors   []string
	URL       string // empty for an uploaded file
	FileName  string // empty for a page
	SHA256    string // of the snapshot that was read, in hex
	Published time.Time
	Fetched   time.Time
}

// Limit is something the research could not do.
type Limit struct {
	Kind   LimitKind
	What   string // the source, file or step, such as "broken.pdf"
	Reason string // to a reader, such as "is encrypted"
}

// LimitKind is what a limit is about.
type LimitKind string

// The kinds of limits.
const (
	SourceFailed   LimitKind = "SOURCE_FAILED"
	FileUnreadable LimitKind = "FILE_UNREADABLE"
	Incomplete     LimitKind = "INCOMPLETE" // budget, deadline or sources ran out
)

// Provenance is how the report came to be.
type Provenance struct {
	AnalysisID    string
	Engine        string
	Model         string // empty for an engine without one
	Started       time.Time
	Finished      time.Time
	SourcesFound  int
	SourcesFailed int
	InputTokens   int64
	OutputTokens  int64
	CostUSD       float64
}
