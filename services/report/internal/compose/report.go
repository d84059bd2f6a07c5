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

// Part is one of the report's parts: *Summary, *Theme, *Disagreements, *Limits,
// *References or *Making.
type Part interface{ part() }

// Summary gives the most salient findings.
type Summary struct {
	Heading string
	Points  []Point
}

// Point is a claim with the numbers of the references it rests on.
type Point struct {
	Claim   string
	Support Support
	Marks   []int
}

// Theme is a section of findings.
type Theme struct {
	Heading  string
	Findings []Item
}

// Item is a finding as it is shown.
type Item struct {
	Point
	Number int // 1-based over the whole report
	Quotes []Quote
}

// Quote is a quote as it is shown.
type Quote struct {
	Text    string
	Mark    int // the reference's number
	Source  string
	Page    int
	Support Support
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
func (*Theme) part()         {}
func (*Disagreements) part() {}
func (*Limits) part()        {}
func (*References) part()    {}
func (*Making) part()        {}
