package extract

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// maxAuthors is how many authors of a document are kept; large collaborations
	// have thousands.
	maxAuthors = 200
	// maxField is the length in bytes of the longest value that is kept.
	maxField = 500
)

// metadata is what a file says about itself. Of each field the first value that
// makes sense is kept, so callers add what they trust most first.
type metadata struct {
	title       string
	authors     []string
	published   string
	license     string
	language    string
	identifiers map[string]string
}

// describe returns a document with the metadata. A title that the document has
// stays if the metadata has none.
func (m metadata) describe(doc Document) Document {
	if m.title != "" {
		doc.Title = m.title
	}
	doc.Authors, doc.Published, doc.License = m.authors, m.published, m.license
	doc.Language, doc.Identifiers = m.language, m.identifiers
	return doc
}

// setTitle keeps a title.
func (m *metadata) setTitle(title string) {
	if m.title == "" {
		m.title = field(title)
	}
}

// addAuthor adds an author, unless it is an address or known already. A name in
// the order of catalogues, "Lovelace, Ada", is turned round if inverted says so.
func (m *metadata) addAuthor(name string, inverted bool) {
	if name = field(name); !inverted {
		name = byline.ReplaceAllString(name, "")
	}
	if last, first, found := strings.Cut(name, ","); inverted && found && !strings.Contains(first, ",") {
		name = strings.TrimSpace(first) + " " + strings.TrimSpace(last)
	}
	name = strings.Trim(name, " ,;|")
	if name == "" || strings.Contains(name, "://") || strings.ContainsAny(name, "@{}<>") || len(m.authors) >= maxAuthors {
		return
	}
	if !slices.ContainsFunc(m.authors, func(known string) bool { return strings.EqualFold(known, name) }) {
		m.authors = append(m.authors, name)
	}
}

// byline matches what stands before the name of an author in the line above an
// article.
var byline = regexp.MustCompile(`(?i)^(?:(?:written by|by|par|por)[:\s]|(?:von|di|door|av|af|autor|author|auteur):)\s*`)

// setPublished keeps a date, in any of the common notations.
func (m *metadata) setPublished(date string) {
	if m.published == "" {
		m.published = parseDate(date)
	}
}

// setLicense keeps a licence.
func (m *metadata) setLicense(license string) {
	if m.license == "" {
		m.license = field(license)
	}
}

// setLanguage keeps a language tag's first part if it is an ISO 639-1 code.
func (m *metadata) setLanguage(tag string) {
	code, _, _ := strings.Cut(strings.ReplaceAll(strings.ToLower(strings.TrimSpace(tag)), "_", "-"), "-")
	if m.language == "" && len(code) == 2 && code[0] >= 'a' && code[0] <= 'z' && code[1] >= 'a' && code[1] <= 'z' {
		m.language = code
	}
}

// identify keeps an identifier of a kind that Document.Identifiers has, brought
// into the form it has there; a value that is none is passed over.
func (m *metadata) identify(kind, value string) {
	value = strings.TrimSpace(value)
	if len(value) > maxField {
		return
	}
	switch kind {
	case "doi":
		value = strings.ToLower(strings.TrimRight(doiForm.FindString(value), ".,;)]}>\"'"))
	case "arxiv":
		value = firstGroup(arxivForm, value)
	case "pmid":
		value = firstGroup(pmidForm, value)
	case "pmcid":
		if value = firstGroup(pmcidForm, value); value != "" {
			value = "PMC" + value
		}
	case "isbn":
		value = isbn(value)
	case "url":
		if !strings.HasPrefix(value, "http://") && !strings.HasPrefix(value, "https://") {
			value = ""
		}
	}
	if value == "" || m.identifiers[kind] != "" {
		return
	}
	if m.identifiers == nil {
		m.identifiers = map[string]string{}
	}
	m.identifiers[kind] = value
}

// identifyAny keeps an identifier whose kind its own notation tells: an address
// of doi.org, arXiv, PubMed or PubMed Central, or one with the name before it.
func (m *metadata) identifyAny(value string) {
	lower := strings.ToLower(strings.TrimSpace(value))
	switch {
	case strings.HasPrefix(lower, "10."), strings.HasPrefix(lower, "doi:"), strings.Contains(lower, "doi.org/"):
		m.identify("doi", value)
	case strings.HasPrefix(lower, "arxiv:"), strings.Contains(lower, "//arxiv.org/"):
		m.identify("arxiv", value)
	case strings.HasPrefix(lower, "pmc"), strings.Contains(lower, "/articles/pmc"):
		m.identify("pmcid", value)
	case strings.HasPrefix(lower, "pmid:"), strings.Contains(lower, "//pubmed.ncbi.nlm.nih.gov/"):
		m.identify("pmid", value)
	case strings.HasPrefix(lower, "urn:isbn:"), strings.HasPrefix(lower, "isbn"):
		m.identify("isbn", value)
	}
}

// The forms of identifiers. A DOI is what Crossref recommends to match; arXiv's
// are those since 2007 and before, without the version.
var (
	doiForm   = regexp.MustCompile(`10\.[0-9]{4,9}/[^\s?#&]+`)
	arxivForm = regexp.MustCompile(`(?i)(?:^|arxiv:|/abs/|/pdf/)((?:[0-9]{4}\.[0-9]{4,5})|(?:[a-z-]+(?:\.[a-z]{2})?/[0-9]{7}))(?:v[0-9]+)?(?:\.pdf)?$`)
	pmidForm  = regexp.MustCompile(`(?i)(?:^|pmid:\s*|gov/)([0-9]{1,8})/?$`)
	pmcidForm = regexp.MustCompile(`(?i)(?:^|pmc|/)([0-9]{3,9})/?$`)
)

// firstGroup returns the first group of a match, "" without one.
func firstGroup(pattern *regexp.Regexp, value string) string {
	if found := pattern.FindStringSubmatch(value); found != nil {
		return found[1]
	}
	return ""
}

// isbn returns the digits of an ISBN of either length, "" for anything else.
func isbn(value string) string {
	value = strings.ToUpper(value)
	value = strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(value, "URN:"), "ISBN"), ":")
	var digits strings.Builder
	for _, r := range value {
		switch {
		case r >= '0' && r <= '9', r == 'X' && digits.Len() == 9:
			digits.WriteRune(r)
		case r != '-' && r != ' ' && r != '\u2010':
			return ""
		}
	}
	if n := digits.Len(); n != 10 && n != 13 {
		return ""
	}
	return digits.String()
}

// isoForm matches a date that begins with the year, whatever parts it.
var isoForm = regexp.MustCompile(`^([0-9]{4})(?:[-/.]([0-9]{1,2})(?:[-/.]([0-9]{1,2}))?)?(?:[T\s,;Z+].*)?$`)

// parseDate returns a date as Document.Published has it, "" if it is none. What
// could be read as day or month first, 05/06/2021, is no date.
func parseDate(text string) string {
	text = strings.Trim(field(text), `"' `)
	if len(text) == 8 && strings.Trim(text, "0123456789") == "" {
		return date(text[:4], text[4:6], text[6:])
	}
	full := []string{"January 2, 2006", "Jan 2, 2006", "Jan. 2, 2006", "2 January 2006", "2 Jan 2006", "2 Jan. 2006", "2-Jan-2006", "2006 Jan 2", "2006 January 2"}
	for _, layout := range append(full, time.RFC1123, time.RFC1123Z, time.RFC850, time.ANSIC) {
		if t, err := time.Parse(layout, text); err == nil {
			return t.Format("2006-01-02")
		}
	}
	for _, layout := range []string{"January 2006", "Jan 2006", "2006 Jan", "2006 January"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.Format("2006-01")
		}
	}
	if found := isoForm.FindStringSubmatch(text); found != nil {
		return date(found[1], found[2], found[3])
	}
	return ""
}

// date joins a year, a month and a day, of which the latter may be empty or
// nonsense, as "00" is; then the date ends before them.
func date(year, month, day string) string {
	y, _ := strconv.Atoi(year)
	m, _ := strconv.Atoi(month)
	d, _ := strconv.Atoi(day)
	if y < 1000 || y > 2200 {
		return ""
	}
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	switch {
	case m < 1 || m > 12:
		return year
	case d < 1 || t.Day() != d:
		return time.Date(y, time.Month(m), 1, 0, 0, 0, 0, time.UTC).Format("2006-01")
	}
	return t.Format("2006-01-02")
}

// field tidies a value: clean text on one line, not too long.
func field(value string) string {
	if len(value) > 4*maxField {
		value = value[:4*maxField]
	}
	value = joinFields(cleanText(value))
	if len(value) > maxField {
		value = strings.ToValidUTF8(value[:maxField], "")
	}
	return value
}
