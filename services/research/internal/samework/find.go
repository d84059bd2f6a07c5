package samework

import "regexp"

// mentions are how identifiers stand in running text.
var (
	doiMention   = regexp.MustCompile(`(?i)\b10\.\d{4,9}(?:\.\d+)*/[^\s"]+`)
	arxivMention = regexp.MustCompile(`(?i)(?:arxiv(?:\.org)?[:/ .]\s*(?:abs/|pdf/|html/)?)([a-z.-]+/\d{7}|\d{4}\.\d{4,5})`)
	arxivAlone   = regexp.MustCompile(`(?i)^\s*(?:[a-z-]+(?:\.[a-z]{2})?/\d{7}|\d{4}\.\d{4,5})(?:v\d+)?\s*$`)
	pmidMention  = regexp.MustCompile(`(?i)\bpmid:?\s*(\d{1,9})\b`)
	pmcMention   = regexp.MustCompile(`(?i)\bpmc(\d{3,9})\b`)
)

// Find returns the kind and the normalised value of the first identifier that a
// query names, so that it can be looked up instead of searched; "" if it names
// none.
func Find(query string) (kind, id string) {
	if m := arxivMention.FindStringSubmatch(query); m != nil {
		if id, ok := Normalize(ArXiv, m[1]); ok {
			return ArXiv, id
		}
	}
	if arxivAlone.MatchString(query) {
		if id, ok := Normalize(ArXiv, query); ok {
			return ArXiv, id
		}
	}
	if id, ok := Normalize(DOI, doiMention.FindString(query)); ok {
		return DOI, id
	}
	if m := pmcMention.FindStringSubmatch(query); m != nil {
		if id, ok := Normalize(PMCID, m[1]); ok {
			return PMCID, id
		}
	}
	if m := pmidMention.FindStringSubmatch(query); m != nil {
		if id, ok := Normalize(PMID, m[1]); ok {
			return PMID, id
		}
	}
	return "", ""
}
