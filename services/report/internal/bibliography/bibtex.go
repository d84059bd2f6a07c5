package bibliography

import (
	"bytes"
	"fmt"
	"strings"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// BibTeX writes references for BibTeX and biber. It is UTF-8, which biber reads and
// BibTeX passes on to a LaTeX that reads it; what means something to either is escaped.
// Dates are given both ways: `date` for biber, `year` and `month` for BibTeX. The types
// `online` and `dataset` are biber's; BibTeX sets them as `misc` and says so.
func BibTeX(refs []*reportv1.Reference) []byte {
	var b bytes.Buffer
	for i, key := range keys(refs) {
		if i > 0 {
			b.WriteString("\n")
		}
		writeBibTeX(&b, key, refs[i])
	}
	return b.Bytes()
}

func writeBibTeX(b *bytes.Buffer, key string, ref *reportv1.Reference) {
	work := ref.GetWork()
	kind, container, publisher := bibTeXType(work)
	fmt.Fprintf(b, "@%s{%s", kind, key)
	// An empty field would be a missing one to BibTeX, but with a warning.
	field := func(name, value string) {
		if value != "" {
			fmt.Fprintf(b, ",\n  %s = {%s}", name, value)
		}
	}
	field("author", bibTeXNames(work.GetAuthors()))
	// A second pair of braces keeps the capitals, which styles make small otherwise.
	if title := line(work.GetTitle()); title != "" {
		field("title", "{"+escape(title)+"}")
	}
	field(container, escape(line(work.GetContainer())))
	field(publisher, escape(line(work.GetPublisher())))
	bibTeXDate(b, dateParts(work.GetPublished()), field)
	field("doi", verbatim(id(work, "doi")))
	// The name that BibTeX styles and biber both know, `archiveprefix`, is the old one.
	if eprint := id(work, "arxiv"); eprint != "" {
		field("eprint", verbatim(eprint))
		field("archiveprefix", "arXiv")
	}
	field("pmid", escape(id(work, "pmid")))
	field("pmcid", escape(id(work, "pmcid")))
	field("isbn", escape(id(work, "isbn")))
	field("url", verbatim(address(work)))
	if accessed := dateParts(work.GetAccessed()); len(accessed) == 3 && address(work) != "" {
		field("urldate", joined(accessed, "-"))
	}
	field("language", escape(line(work.GetLanguage())))
	// Of a file, its name is all that there is to look for.
	if file := line(work.GetFileName()); file != "" && file != line(work.GetTitle()) {
		field("howpublished", escape(file))
	}
	field("note", escape(strings.Join(notes(ref), ", ")))
	b.WriteString("\n}\n")
}

// bibTeXType returns the type of a work, and the fields of its container and publisher.
func bibTeXType(work *reportv1.Work) (kind, container, publisher string) {
	switch work.GetKind() {
	// BibTeX has no newspapers; its articles are of journals, magazines and newspapers.
	case "article", "review", "news":
		return "article", "journal", "publisher"
	case "book":
		return "book", "series", "publisher"
	case "chapter", "encyclopedia":
		return "incollection", "booktitle", "publisher"
	case "proceedings":
		return "inproceedings", "booktitle", "publisher"
	case "thesis":
		return "phdthesis", "series", "school"
	case "report":
		return "techreport", "series", "institution"
	case "dataset":
		return "dataset", "series", "publisher"
	case "preprint", "page", "post":
		return "online", "organization", "publisher"
	}
	if work.GetContainer() != "" && id(work, "doi") != "" {
		return "article", "journal", "publisher"
	}
	return "misc", "organization", "publisher"
}

// bibTeXDate writes a date both ways. The name of a month is a macro, not a text.
func bibTeXDate(b *bytes.Buffer, parts []int, field func(name, value string)) {
	if len(parts) == 0 {
		return
	}
	field("date", joined(parts, "-"))
	field("year", fmt.Sprintf("%04d", parts[0]))
	if len(parts) > 1 {
		month := [...]string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}[parts[1]-1]
		fmt.Fprintf(b, ",\n  month = %s", month)
	}
}

// bibTeXNames joins names as BibTeX takes them apart: `Curie, Marie and King, Jr., Martin`.
func bibTeXNames(authors []*reportv1.Name) string {
	var out []string
	for _, author := range authors {
		family, given, suffix := line(author.GetFamily()), line(author.GetGiven()), line(author.GetSuffix())
		switch {
		case family == "":
			continue
		case given == "" && suffix == "":
			out = append(out, "{"+escape(family)+"}") // of a body, whole
		// A comma is always there, so that no particle is taken for a given name.
		case suffix == "":
			out = append(out, whole(family)+", "+whole(given))
		default:
			out = append(out, whole(family)+", "+whole(suffix)+", "+whole(given))
		}
	}
	return strings.Join(out, " and ")
}

// whole is a part of a name that is not taken apart further than by spaces.
func whole(part string) string {
	if strings.ContainsAny(part, ",{}\\") || strings.Contains(" "+strings.ToLower(part)+" ", " and ") {
		return "{" + escape(part) + "}"
	}
	return escape(part)
}

// escape writes what means something to TeX as a command, and parts what it would join:
// two hyphens are no dash, two quotes are no quotation mark.
func escape(text string) string {
	matched := balanced(text)
	var b strings.Builder
	var before rune
	for _, r := range text {
		// A pair of braces parts them and is not seen.
		if r == before && strings.ContainsRune("-`'<>,", r) || r == '`' && (before == '?' || before == '!') {
			b.WriteString("{}")
		}
		b.WriteString(command(r, matched))
		before = r
	}
	return b.String()
}

// command writes one character. BibTeX counts braces even where they are escaped, so that
// those of a text in which they do not match are named.
func command(r rune, matched bool) string {
	switch r {
	case '\\':
		return `{\textbackslash}`
	case '~':
		return `{\textasciitilde}`
	case '^':
		return `{\textasciicircum}`
	case '$', '&', '#', '%', '_':
		return `\` + string(r)
	case '{':
		if !matched {
			return `{\textbraceleft}`
		}
		return `\{`
	case '}':
		if !matched {
			return `{\textbraceright}`
		}
		return `\}`
	}
	return string(r)
}

// balanced reports whether each brace has its match.
func balanced(text string) bool {
	depth := 0
	for _, r := range text {
		switch r {
		case '{':
			depth++
		case '}':
			depth--
		}
		if depth < 0 {
			return false
		}
	}
	return depth == 0
}

// verbatim writes an address or a number, which is not read as TeX; only what would end
// the field is escaped, as addresses are.
func verbatim(text string) string {
	return strings.NewReplacer(`\`, "%5C", "{", "%7B", "}", "%7D").Replace(text)
}
