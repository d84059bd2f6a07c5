package extract

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What office files, PDF files and the like say in their properties: fields that
// programs fill in as often as people do.

// programs are the names that programs write where an author's should stand.
var programs = []string{"", "python-docx", "openpyxl", "unknown", "user", "admin", "administrator", "microsoft office user", "author", "windows user", "apache poi", "un-named", "unnamed", "anonymous", "(anonymous)", "unspecified", "(unspecified)"}

// authorSeparator parts the authors that stand in one field. A comma does not: it
// parts family and given names as often as people.
var authorSeparator = regexp.MustCompile(`\s*(?:;|\n|\s&\s|\sand\s)\s*`)

// authors returns the people that fields name, each once.
func authors(fields ...string) []string {
	var out []string
	for _, field := range fields {
		for _, name := range authorSeparator.Split(field, -1) {
			name = strings.Join(strings.Fields(cleanText(name)), " ")
			if len(name) <= maxTitle && !slices.Contains(programs, strings.ToLower(name)) && !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out
}

// unset are the dates that clocks and templates show when nobody has set them;
// the last is that of a template which one library copies.
var unset = []string{"1900-01-01", "1904-01-01", "1970-01-01", "1979-12-31", "1980-01-01", "1601-01-01", "2013-12-23"}

// clockDate returns the date that a computer's clock wrote into a property, and
// "" for what is none or cannot be true.
func clockDate(value string) string {
	date := parseDate(value)
	if year, _, _ := strings.Cut(date, "-"); year < "1900" || year > strconv.Itoa(time.Now().Year()+1) || slices.Contains(unset, date) {
		return ""
	}
	return date
}

// Identifiers as they stand in running text, after their names.
var spelledOut = map[string]*regexp.Regexp{
	"doi":   regexp.MustCompile(`(?i)\b(?:doi:\s*|doi\.org/)(10\.\d{4,9}/[^\s"<>]*[^\s"<>.,;)\]])`),
	"isbn":  regexp.MustCompile(`(?i)\bisbn(?:-1[03])?:?\s*((?:97[89][- ]?)?(?:\d[- ]?){9}[\dX])\b`),
	"arxiv": regexp.MustCompile(`(?i)\barxiv:\s*(\d{4}\.\d{4,5}|[a-z-]+/\d{7})`),
}

// identifyIn keeps the identifiers that fields name among other words.
func (m *metadata) identifyIn(fields ...string) {
	for _, field := range fields {
		for kind, pattern := range spelledOut {
			m.identify(kind, firstGroup(pattern, field))
		}
	}
}

// licence returns what a field of rights says if it speaks of a licence: most
// only say who has the copyright.
func licence(field string) string {
	field = strings.Join(strings.Fields(cleanText(field)), " ")
	lower := strings.ToLower(field)
	for _, word := range []string{"licen", "creativecommons.org", "creative commons", "public domain", "cc by", "cc-by", "cc0"} {
		if strings.Contains(lower, word) && len(field) <= maxTitle {
			return field
		}
	}
	return ""
}

// properties returns what an Office file's own properties say.
func (c *container) properties() metadata {
	data, err := c.part("docProps/core.xml")
	if err != nil || data == nil {
		return metadata{} // they are worth no failure
	}
	var core struct {
		Title       string `xml:"title"`
		Creator     string `xml:"creator"`
		Subject     string `xml:"subject"`
		Description string `xml:"description"`
		Identifier  string `xml:"identifier"`
		Keywords    string `xml:"keywords"`
		Rights      string `xml:"rights"`
		Created     string `xml:"created"`
	}
	if err := unmarshalXML(data, &core); err != nil {
		return metadata{}
	}
	m := metadata{title: ownTitle(core.Title), authors: authors(core.Creator)}
	m.setPublished(clockDate(core.Created))
	m.setLicense(licence(core.Rights))
	m.identifyIn(core.Identifier, core.Subject, core.Description, core.Keywords)
	return m
}

// ownTitle returns a title in a file's properties, unless a program put a file
// name or a placeholder there.
func ownTitle(title string) string {
	title = strings.TrimSpace(title)
	lower := strings.ToLower(title)
	for _, junk := range []string{"untitled", "(anonymous)", "unspecified", "microsoft word", "microsoft powerpoint", "powerpoint presentation", ".doc", ".tex", ".dvi", ".indd", ".qxd", ".pdf", ".ppt", ".xls"} {
		if strings.Contains(lower, junk) {
			return ""
		}
	}
	if !strings.Contains(title, " ") && strings.ContainsAny(title, "_./\\0123456789") {
		return ""
	}
	return title
}
