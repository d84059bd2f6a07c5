package compose

// Report is a composed report: a tree that renderers walk and add nothing to.
type Report struct {
	Title    string
	Question string
	Language string
	// Empty says that no evidence was found; the report then says so first.
	Empty bool
	// Notice is what a reader must know before all else; empty if nothing.
	Notice string
	Parts  []Part
}

// Part is one of the report's parts: *Summary, *Events, *Table, *Theme, *Verdicts,
// *Disagreements, *Limits, *References or *Making.
type Part interface{ part() }

// Summary is the answer in short: sentences that were written out of findings or,
// where nobody wrote any, the most salient findings.
type Summary struct {
	Heading   string
	Sentences []Point
	Points    []Point
}

// Point is a claim with the numbers of the references it rests on.
type Point struct {
	Claim   string
	Support Support
	Marks   []int
	Number  int // of the finding, 1-based over the whole report; 0 if it is none
}

// Events tells what happened when, the earliest first.
type Events struct {
	Heading string
	Dated   []Event
	Undated []Point
}

// Event is what happened at one time.
type Event struct {
	Date  string // for readers, such as "17 May 2021"
	Point Point
}

// Table sets things side by side.
type Table struct {
	Heading  string
	Subjects []string
	Rows     []Row
}

// Row is a line of a table: what is said of each subject in one respect. A respect
// that takes several lines names itself in the first.
type Row struct {
	Respect string
	Cells   []*Point // one for each subject; nil where nothing was found
}

// Theme is a section of findings.
type Theme struct {
	Heading  string
	Note     string // what the section rests on, of a review; empty elsewhere
	Findings []Item
}

// Verdicts are the claims of a fact check with what speaks for and against each.
type Verdicts struct {
	Heading string
	Claims  []Item
}

// Item is a finding as it is shown.
type Item struct {
	Point
	Date   string // of a timeline
	Tally  string // how many sources say so; empty if there is nothing to tell
	Reason string // why the verdict is not better
	Quotes []Quote
}

// Quote is a quote as it is shown.
type Quote struct {
	Text    string
	Mark    int // the reference's number
	Source  string
	Page    int
	Support Support
	Stance  string // of a fact check: what the quote does to the claim, for readers
}

// Disagreements lists what sources disagree about.
type Disagreements struct {
	Heading string
	Pairs   []Pair
}

// Pair is two findings that disagree.
type Pair struct {
	First, Second Point
	Reason        string
}

// Limits lists what the research could not answer.
type Limits struct {
	Heading string
	Notes   []string
}

// References lists the sources that are cited, by number.
type References struct {
	Heading string
	Entries []Reference
}

// Reference is one cited source.
type Reference struct {
	Number    int
	Title     string
	Authors   []string
	Location  string // a URL or a file name; empty if the title is it
	Link      bool   // Location is an http or https URL
	SHA256    string
	Published string // a date, empty if it is not known
	Fetched   string
	CitedBy   []int // the numbers of the findings that cite it
}

// Making tells how the report was made, as pairs of name and value.
type Making struct {
	Heading string
	Facts   []Fact
}

// Fact is a named value.
type Fact struct{ Name, Value string }

func (*Summary) part()       {}
func (*Events) part()        {}
func (*Table) part()         {}
func (*Theme) part()         {}
func (*Verdicts) part()      {}
func (*Disagreements) part() {}
func (*Limits) part()        {}
func (*References) part()    {}
func (*Making) part()        {}
