// Package connector is what all places have in common that evidence can come
// from. Each kind of place is a package below this one that implements
// Connector; those that are asked over HTTP do it through a Doer.
package connector

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Connector is a kind of place that evidence can come from.
type Connector interface {
	// About says what the connector is. It never changes.
	About() About
	// Search asks once. An error means that the place as a whole did not answer:
	// an *Error, whose message users see, a *Busy, or the end of ctx. A place that
	// has nothing returns no items and no error.
	Search(ctx context.Context, q Query) (Answer, error)
}

// About describes a connector.
type About struct {
	// Name is the connector's name in requests, in lower case.
	Name string
	// Description says what it searches, in one sentence.
	Description string
	// Provider is whose credential it uses, as in auth's credentials; "" if it
	// takes none.
	Provider string
	// NeedsCredential says that it cannot be used without one.
	NeedsCredential bool
	// Missing says what the operator has to set, when the connector cannot be used
	// for any workspace; "" when it can.
	Missing string
	// Filters are the filters of a query that the place applies itself. The others
	// are applied to its answer by whoever asked.
	Filters Filter
	// Local says that it asks nobody outside.
	Local bool
	// GivenOnly says that it looks at the addresses that a research was given
	// (Query.URLs) and has nothing to do without any.
	GivenOnly bool
	// Paid says that each request costs money.
	Paid bool
	// AllAtOnce says that it searches for a question and its sub-queries in one
	// go, see Query.Also. Others are asked once for each.
	AllAtOnce bool
}

// Filter is a set of filters.
type Filter uint8

// The filters of a query.
const (
	FilterDates Filter = 1 << iota
	FilterDomains
	FilterLanguages
	FilterCollections
)

// Query is what a connector is asked.
type Query struct {
	WorkspaceID string
	// Text is what to look for: a question or key words, in any language.
	Text string
	// Also are the further queries of the same research; only a connector that is
	// AllAtOnce looks at them.
	Also []string
	// Limit is how many items are useful, Page which page of them, from 0.
	Limit, Page int
	// PublishedAfter and PublishedBefore bound the day of publication, both
	// inclusive; the zero time is no bound.
	PublishedAfter, PublishedBefore time.Time
	// IncludeDomains and ExcludeDomains are host names; one stands for those under
	// it as well. Empty means no filter.
	IncludeDomains, ExcludeDomains []string
	// Languages are ISO 639-1 codes; empty means all.
	Languages []string
	// Collections of the library; empty means all.
	Collections []string
	// URLs are the addresses that the user gave; only `urls` and `feed` look at
	// them.
	URLs []string
	// Credential is the key for the connector's Provider; "" if there is none.
	Credential string
}

// Answer is what a place found.
type Answer struct {
	// Items are the best first.
	Items []Item
	// More says that the next page may hold further items.
	More bool
	// Notes say what users should know about the answer: a part of the place that
	// did not answer, a filter it ignored. One sentence each.
	Notes []string
	// LibraryVersion is that of the library that was searched; nil for other places.
	LibraryVersion *int64
}

// Item is one thing that was found: a page, a paper, a document.
type Item struct {
	Title string
	// URL is where people read it: the landing page, or a permanent link.
	URL string
	// FullTexts are where the whole text may be fetched, the best first. Empty
	// means at URL. NoFetch says that Text is the whole text, or all there is.
	FullTexts []string
	NoFetch   bool
	// Text is what the answer itself holds, as plain text with blank lines between
	// paragraphs; Extent says how much of the item that is.
	Text   string
	Extent Extent

	Authors []string
	// Published has the precision that is known: 2021, 2021-05 or 2021-05-17.
	Published string
	// Kind is what it is: article, preprint, review, book, chapter, proceedings,
	// thesis, dataset, report, encyclopedia, news, page, post or document; "" if
	// unknown.
	Kind string
	// Container is what it stands in (journal, site), Publisher who brought it out.
	Container, Publisher string
	// Language is an ISO 639-1 code; License as in extract.Document.
	Language, License string
	// Identifiers are lower-case kind to bare value, without prefix or address:
	// doi (lower case), arxiv (without version), pmid, pmcid (with PMC), openalex,
	// s2, isbn, wikipedia (language:pageid), and those of other versions:
	// doi_published of a preprint, doi_preprint of a publication.
	Identifiers map[string]string
	// Notices are what was published about it afterwards.
	Notices []Notice
	// Citations is how often it is cited; -1 or 0 when unknown.
	Citations int

	// Document is set for documents of the library only.
	Document *Document
}

// Extent says how much of an item a text is.
type Extent string

// The extents, the least first.
const (
	ExtentNone     Extent = ""
	ExtentSnippet  Extent = "SNIPPET"
	ExtentAbstract Extent = "ABSTRACT"
	ExtentFull     Extent = "FULL"
)

// Notice says that something was published about an item: that it is retracted,
// or corrected.
type Notice struct {
	// Kind is RETRACTION, CORRECTION or CONCERN.
	Kind string `json:"kind"`
	// DOI is the notice's own; Date has the precision that is known. Both may be
	// empty.
	DOI  string `json:"doi,omitempty"`
	Date string `json:"date,omitempty"`
	// From is the connector that said so.
	From string `json:"from"`
}

// The kinds of a Notice.
const (
	NoticeRetraction = "RETRACTION"
	NoticeCorrection = "CORRECTION"
	NoticeConcern    = "CONCERN"
)

// Document is a document of the library with its passages that fit.
type Document struct {
	ID         string
	FileName   string
	MediaType  string
	FetchTime  time.Time
	RawSHA256  string
	TextSHA256 string
	// Unreadable says why it could not be read; then there are no passages.
	Unreadable string
	// PassageTotal is how many passages the whole text has, Passages those that fit.
	PassageTotal int
	Passages     []Passage
}

// Passage is a piece of a document's text.
type Passage struct {
	Text        string
	StartOffset int32
	EndOffset   int32
	Page        int32
	Heading     string
	Score       float64 // comparable within one answer
}

// MissingCredential says what is missing when a connector has no key.
func MissingCredential(about About) string {
	return fmt.Sprintf("it needs a key: store a credential for %q in the workspace, or set %s for the whole installation",
		about.Provider, strings.ToUpper(about.Provider)+"_API_KEY")
}
