package bibliography

import (
	"bytes"
	"strings"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// RIS writes references as RIS, after the specification of Research Information Systems
// (2001) with the tags that today's reference managers read. Lines end in CRLF and hold one
// value each; TY is the first of an entry, ER the last.
func RIS(refs []*reportv1.Reference) []byte {
	var b bytes.Buffer
	for i, key := range keys(refs) {
		writeRIS(&b, key, refs[i])
	}
	return b.Bytes()
}

func writeRIS(b *bytes.Buffer, key string, ref *reportv1.Reference) {
	work := ref.GetWork()
	// What begins like a tag inside a value begins no line, since a value has one only.
	tag := func(name, value string) {
		if value = line(value); value != "" {
			b.WriteString(name + "  - " + value + "\r\n")
		}
	}
	kind, container := risType(work)
	tag("TY", kind)
	tag("ID", key)
	for _, author := range work.GetAuthors() {
		tag("AU", risName(author))
	}
	tag("TI", work.GetTitle())
	tag(container, work.GetContainer())
	tag("PB", work.GetPublisher())
	if parts := dateParts(work.GetPublished()); len(parts) > 0 {
		tag("PY", year(work))
		// DA always has three slashes, also where month or day are not known.
		tag("DA", joined(parts, "/")+strings.Repeat("/", 4-len(parts)))
	}
	tag("DO", id(work, "doi"))
	tag("SN", id(work, "isbn"))
	tag("AN", accession(work))
	tag("UR", address(work))
	// Old readers take Y2 for the day of a journal's issue, so that it is only given for
	// what has no better address.
	if parts := dateParts(work.GetAccessed()); len(parts) == 3 && address(work) != "" && id(work, "doi") == "" {
		tag("Y2", joined(parts, "/")+"/")
	}
	tag("LA", work.GetLanguage())
	if file := line(work.GetFileName()); file != "" && file != line(work.GetTitle()) {
		tag("N1", "File: "+file)
	}
	for _, note := range notes(ref) {
		tag("N1", note)
	}
	b.WriteString("ER  - \r\n")
}

// risType returns the type of a work and the tag of its container.
func risType(work *reportv1.Work) (kind, container string) {
	switch work.GetKind() {
	// JO is the full title of a journal to most readers, and JF to a few.
	case "article", "review":
		return "JOUR", "JO"
	case "news":
		return "NEWS", "T2"
	case "book":
		return "BOOK", "T3"
	case "chapter", "encyclopedia":
		return "CHAP", "T2"
	case "proceedings":
		return "CONF", "T2"
	case "thesis":
		return "THES", "T3"
	case "report":
		return "RPRT", "T3"
	case "dataset":
		return "DATA", "T2"
	// There is no type for preprints: they are not published.
	case "preprint":
		return "UNPB", "T2"
	case "page", "post":
		return "ELEC", "T2"
	}
	if work.GetContainer() != "" && id(work, "doi") != "" {
		return "JOUR", "JO"
	}
	return "GEN", "T2"
}

// risName is `Curie, Marie`, `King, Martin Luther, Jr.`; a comma inside a part would begin
// the next one.
func risName(name *reportv1.Name) string {
	part := func(text string) string { return strings.ReplaceAll(line(text), ",", ";") }
	family := line(name.GetFamily())
	// Without a comma it is the name of a body, whole.
	if !isPerson(name) {
		return family
	}
	out := part(family) + ", " + part(name.GetGiven())
	if suffix := part(name.GetSuffix()); suffix != "" {
		out += ", " + suffix
	}
	return out
}

// accession is the number of a work in an archive, with the archive's name.
func accession(work *reportv1.Work) string {
	for _, archive := range []struct{ kind, name string }{{"pmid", "PMID:"}, {"pmcid", ""}, {"arxiv", "arXiv:"}} {
		if number := id(work, archive.kind); number != "" {
			return archive.name + number
		}
	}
	return ""
}
