// Package samework tells when things that were found at different places are the
// same work, and makes one source of them.
//
// Three kinds of evidence count, from strong to weak:
//
//   - an identifier in common: DOI, arXiv, PMID, PMCID, OpenAlex, Semantic
//     Scholar, ISBN, a page of Wikipedia (Normalize, Keys);
//   - an address in common, as package webaddr compares them (Keys);
//   - the same long title, first author and year, give or take one (Keys), or a
//     text that is nearly the same (Fingerprint, Near).
//
// Weak evidence never joins two works whose strong identifiers contradict each
// other (Conflict). A preprint and what it was published as are one work: the
// published version leads, and the preprint stays in Work.Found.
//
// Everything is a pure function and safe for concurrent use.
package samework

// The kinds of identifiers, as in connector.Item. PublishedDOI and PreprintDOI
// are identifiers of another version of the work: what a preprint was published
// as, and what a publication was before.
const (
	DOI          = "doi"
	ArXiv        = "arxiv"
	PMID         = "pmid"
	PMCID        = "pmcid"
	OpenAlex     = "openalex"
	S2           = "s2"
	ISBN         = "isbn"
	Wikipedia    = "wikipedia"
	PublishedDOI = "doi_published"
	PreprintDOI  = "doi_preprint"
)
