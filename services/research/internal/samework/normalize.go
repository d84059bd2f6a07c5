package samework

import (
	"net/url"
	"regexp"
	"strings"
)

// The forms of identifiers, in lower case.
var (
	// doiForm is what Crossref recommends to match, with the sign "<" that old
	// Wiley DOIs have; a DOI ends where white space does.
	doiForm = regexp.MustCompile(`^10\.\d{4,9}(?:\.\d+)*/[^\s\p{C}]+$`)
	// arxivNew is YYMM.NNNN (until 2014) or YYMM.NNNNN; arxivOld is archive/YYMMNNN,
	// with a subject class that is no part of the identity.
	arxivNew   = regexp.MustCompile(`^(\d{2}(?:0[1-9]|1[0-2])\.\d{4,5})(?:v\d+)?$`)
	arxivOld   = regexp.MustCompile(`^([a-z]+(?:-[a-z]+)?)(?:\.[a-z]{2})?/(\d{2}(?:0[1-9]|1[0-2])\d{3})(?:v\d+)?$`)
	pmidForm   = regexp.MustCompile(`^[1-9]\d{0,8}$`)
	pmcidForm  = regexp.MustCompile(`^(?:pmc)?([1-9]\d{0,8})(?:\.\d+)?$`)
	workForm   = regexp.MustCompile(`^w[1-9]\d{0,11}$`)
	s2Form     = regexp.MustCompile(`^[0-9a-f]{40}$`)
	wikiForm   = regexp.MustCompile(`^[a-z-]{2,12}:[1-9]\d{0,11}$`)
	arxivInDOI = "10.48550/arxiv."
)

// prefixes are what identifiers are written with, in lower case and without the
// scheme: each is taken off once, in this order.
var prefixes = map[string][]string{
	DOI:      {"dx.doi.org/", "www.doi.org/", "doi.org/", "doi:", "doi "},
	ArXiv:    {"www.arxiv.org/", "export.arxiv.org/", "arxiv.org/", "abs/", "pdf/", "html/", "format/", "dx.doi.org/", "doi.org/", "doi:", arxivInDOI, "arxiv:"},
	PMID:     {"www.ncbi.nlm.nih.gov/pubmed/", "ncbi.nlm.nih.gov/pubmed/", "pubmed.ncbi.nlm.nih.gov/", "pubmed:", "pmid:", "medline:"},
	PMCID:    {"www.ncbi.nlm.nih.gov/pmc/", "ncbi.nlm.nih.gov/pmc/", "pmc.ncbi.nlm.nih.gov/", "articles/", "pmcid:"},
	OpenAlex: {"api.openalex.org/", "openalex.org/", "works/", "openalex:"},
	S2:       {"www.semanticscholar.org/paper/", "semanticscholar.org/paper/", "s2:"},
	ISBN:     {"urn:isbn:", "isbn-13:", "isbn-10:", "isbn:", "isbn "},
}

// Normalize brings an identifier to the one form in which it is compared and
// kept: bare, without prefix or address. It takes what people and APIs write:
// addresses, "doi:" and the like, capitals, percent-encoding, punctuation behind
// it, versions. False means that value is no identifier of that kind; a DOI that
// arXiv made for a preprint is none, since it is the arXiv identifier.
//
// Only what identifies is checked, plus the check digit of an ISBN: whether an
// identifier was ever given out, nobody can tell from its form.
func Normalize(kind, value string) (string, bool) {
	value = strip(kind, value)
	switch kind {
	case DOI, PublishedDOI, PreprintDOI:
		return normalizeDOI(value)
	case ArXiv:
		return normalizeArXiv(value)
	case PMCID:
		if m := pmcidForm.FindStringSubmatch(value); m != nil {
			return "PMC" + m[1], true
		}
		return "", false
	case OpenAlex:
		return strings.ToUpper(value), workForm.MatchString(value)
	case ISBN:
		return normalizeISBN(value)
	case PMID:
		return value, pmidForm.MatchString(value)
	case S2:
		// The address of a paper has its title before the identifier.
		value = value[strings.LastIndexByte(value, '/')+1:]
		return value, s2Form.MatchString(value)
	case Wikipedia:
		return value, wikiForm.MatchString(value)
	}
	return "", false
}

// Add normalises an identifier and adds it to ids under its kind; a DOI that
// arXiv made goes under arxiv. What is no identifier is left out, and what is
// there already stays. It reports whether ids holds the identifier now.
func Add(ids map[string]string, kind, value string) bool {
	id, ok := Normalize(kind, value)
	if !ok && kind == DOI {
		if id, ok = Normalize(ArXiv, strings.TrimSpace(value)); ok {
			kind = ArXiv
		}
	}
	if !ok {
		return false
	}
	if ids[kind] == "" {
		ids[kind] = id
	}
	return ids[kind] == id
}

// strip takes white space, scheme, prefixes and what follows a path off a value,
// in lower case.
func strip(kind, value string) string {
	value = strings.ToLower(strings.TrimSpace(strings.ToValidUTF8(value, "")))
	_, rest, isURL := strings.Cut(value, "://")
	if isURL {
		value = rest
	}
	if kind == PublishedDOI || kind == PreprintDOI {
		kind = DOI
	}
	for _, p := range prefixes[kind] {
		value = strings.TrimLeft(strings.TrimPrefix(value, p), " ")
	}
	value = unescape(value)
	if kind == DOI {
		// A DOI may hold "?" and "#"; only what trackers add to addresses goes.
		if before, after, ok := strings.Cut(value, "?"); ok && isURL && strings.Contains(after, "=") {
			value = before
		}
		return value
	}
	value, _, _ = strings.Cut(value, "?")
	value, _, _ = strings.Cut(value, "#")
	return strings.TrimRight(value, "/.,; ")
}

// unescape resolves percent-encoding, of any depth: addresses within addresses
// are encoded twice.
func unescape(value string) string {
	for strings.Contains(value, "%") {
		plain, err := url.PathUnescape(value)
		if err != nil || len(plain) == len(value) {
			break
		}
		value = strings.ToLower(strings.ToValidUTF8(plain, ""))
	}
	return value
}

// normalizeDOI checks a DOI in lower case.
func normalizeDOI(value string) (string, bool) {
	value = trimDOI(value)
	// The suffix of a DOI has to have a letter or digit: "10.1175//" is a stump.
	if !doiForm.MatchString(value) || strings.HasPrefix(value, arxivInDOI) {
		return "", false
	}
	_, suffix, _ := strings.Cut(value, "/")
	return value, strings.ContainsFunc(suffix, isAlphanumeric)
}

// trimDOI takes off what follows a DOI in running text: punctuation, quotes and
// brackets that were not opened within it.
func trimDOI(value string) string {
	value = strings.ReplaceAll(value, "\u200b", "")
	for {
		before := value
		value = strings.TrimRight(value, ".,;:!?'\"”’»*_ ")
		for _, pair := range []string{"()", "[]", "{}", "<>"} {
			if strings.HasSuffix(value, pair[1:]) && strings.Count(value, pair[1:]) > strings.Count(value, pair[:1]) {
				value = value[:len(value)-1]
			}
		}
		if value == before {
			return value
		}
	}
}

// normalizeArXiv checks an arXiv identifier and takes its version, subject class
// and file ending off.
func normalizeArXiv(value string) (string, bool) {
	value = strings.TrimSuffix(value, ".pdf")
	if m := arxivNew.FindStringSubmatch(value); m != nil {
		return m[1], true
	}
	if m := arxivOld.FindStringSubmatch(value); m != nil {
		return m[1] + "/" + m[2], true
	}
	return "", false
}

// normalizeISBN checks an ISBN of 10 or 13 digits and returns the one of 13.
// The check digits are those of ISO 2108.
func normalizeISBN(value string) (string, bool) {
	digits := strings.Map(func(r rune) rune {
		if r == '-' || r == ' ' || r == '‐' || r == '‑' || r == '–' {
			return -1
		}
		return r
	}, value)
	switch len(digits) {
	case 10:
		sum := 0
		for i, c := range []byte(digits) {
			switch {
			case c >= '0' && c <= '9':
				sum += int(c-'0') * (10 - i)
			case c == 'x' && i == 9:
				sum += 10
			default:
				return "", false
			}
		}
		first := "978" + digits[:9]
		return first + string(checkDigit13(first)), sum%11 == 0
	case 13:
		if strings.Trim(digits, "0123456789") != "" || digits[:3] != "978" && digits[:3] != "979" {
			return "", false
		}
		return digits, checkDigit13(digits[:12]) == digits[12]
	}
	return "", false
}

// checkDigit13 returns the last digit of the ISBN that begins with twelve digits.
func checkDigit13(twelve string) byte {
	sum := 0
	for i, c := range []byte(twelve) {
		sum += int(c-'0') * (1 + 2*(i%2))
	}
	return byte('0' + (10-sum%10)%10)
}

// isAlphanumeric reports whether r is an ASCII letter or digit.
func isAlphanumeric(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= '0' && r <= '9'
}
