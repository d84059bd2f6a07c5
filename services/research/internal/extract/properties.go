package extract

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// properties are what a file says about its document beside the text.
type properties struct {
	title       string
	authors     []string
	published   string // as in Document
	license     string
	identifiers map[string]string
}

// describe writes the properties into a document.
func (p properties) describe(doc Document) Document {
	if p.title != "" {
		doc.Title = p.title
	}
	doc.Authors, doc.Published, doc.License = p.authors, p.published, p.license
	doc.Identifiers = p.identifiers
	return doc
}

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

// isoDate matches the date that a date and time of ISO 8601 begins with.
var isoDate = regexp.MustCompile(`^\s*(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?`)

// day returns the date in a property with the precision it has, and "" for what
// is no date or one that clocks show when nobody has set them.
func day(value string) string {
	m := isoDate.FindStringSubmatch(value)
	if m == nil {
		return ""
	}
	date := m[1]
	for i, part := range m[2:] {
		if n, err := strconv.Atoi(part); part == "" || err != nil || n < 1 || n > []int{12, 31}[i] {
			break
		}
		date += "-" + part
	}
	if year, _ := strconv.Atoi(m[1]); year < 1900 || year > time.Now().Year()+1 {
		return ""
	}
	if slices.Contains([]string{"1900-01-01", "1904-01-01", "1970-01-01", "1979-12-31", "1980-01-01", "1601-01-01", "2013-12-23"}, date) {
		return "" // the last is that of a template which one library copies
	}
	return date
}

var (
	doiPattern  = regexp.MustCompile(`(?i)\b(?:doi:\s*|doi\.org/)(10\.\d{4,9}/[^\s"<>]*[^\s"<>.,;)\]])`)
	isbnPattern = regexp.MustCompile(`(?i)\bisbn(?:-1[03])?:?\s*((?:97[89][- ]?)?(?:\d[- ]?){9}[\dX])\b`)
	arxiv       = regexp.MustCompile(`(?i)\barxiv:\s*(\d{4}\.\d{4,5}|[a-z-]+/\d{7})`)
)

// identifiers returns the identifiers that properties name; nil if none.
func identifiers(fields ...string) map[string]string {
	found := map[string]string{}
	for _, field := range fields {
		if m := doiPattern.FindStringSubmatch(field); m != nil && found["doi"] == "" {
			found["doi"] = strings.ToLower(m[1])
		}
		if m := isbnPattern.FindStringSubmatch(field); m != nil && found["isbn"] == "" {
			found["isbn"] = strings.NewReplacer("-", "", " ", "").Replace(strings.ToUpper(m[1]))
		}
		if m := arxiv.FindStringSubmatch(field); m != nil && found["arxiv"] == "" {
			found["arxiv"] = strings.ToLower(m[1])
		}
	}
	if len(found) == 0 {
		return nil
	}
	return found
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
func (c *container) properties() properties {
	data, err := c.part("docProps/core.xml")
	if err != nil || data == nil {
		return properties{} // they are worth no failure
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
		return properties{}
	}
	return properties{
		title:       ownTitle(core.Title),
		authors:     authors(core.Creator),
		published:   day(core.Created),
		license:     licence(core.Rights),
		identifiers: identifiers(core.Identifier, core.Subject, core.Description, core.Keywords),
	}
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
