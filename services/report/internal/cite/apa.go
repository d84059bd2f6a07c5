package cite

import (
	"strings"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// writeAPA writes a reference after the Publication Manual of the American Psychological
// Association, 7th edition (2020), chapters 9 (reference list) and 10 (examples):
// author, date, title, source, each a sentence of its own.
func writeAPA(l *line, e *entry) {
	names := apaNames(e.work.GetAuthors())
	if names != "" {
		l.text(names)
		l.next()
		apaDate(l, e)
		apaTitle(l, e)
	} else {
		// 9.12: without an author the title moves to where the author stands.
		apaTitle(l, e)
		apaDate(l, e)
	}
	apaSource(l, e)
	href, text := e.address()
	switch {
	// A file that is nowhere to be followed to is named, so that its reader can ask for it.
	case text == "":
		l.text(e.file())
		l.stop()
	case e.retrieved() != "":
		// 9.16: the day of reading is given for what is made to change.
		l.text("Retrieved " + e.retrieved() + ", from ")
		l.link(href, text)
	default:
		l.link(href, text)
	}
}

// apaDate writes the date of 9.13 to 9.15: the year, and the day where works come out on
// days.
func apaDate(l *line, e *entry) {
	text := e.year()
	if day := e.published.monthDay(e.published.monthName()); e.hasDay() && day != "" {
		text += ", " + day
	}
	l.text("(" + text + ")")
	l.next()
}

// apaTitle writes the title, in italics where the work stands by itself (9.19), with what
// it is where that is out of the ordinary (9.21).
func apaTitle(l *line, e *entry) {
	switch e.form {
	// Parts are plain; what they stand in is in italics then.
	case formPeriodical, formNews, formPart:
		l.text(e.title)
	default:
		l.emphasis(e.title)
	}
	switch {
	case e.form == formPreprint && e.id("arxiv") != "":
		l.text(" (arXiv:" + clean(e.id("arxiv")) + ")")
	case e.form == formPreprint && e.container == "":
		l.text(" [Preprint]")
	case e.form == formDataset:
		l.text(" [Data set]")
	// 10.6 names the degree, which sources do not.
	case e.form == formThesis && e.publisher != "":
		l.text(" [Thesis, " + e.publisher + "]")
	case e.form == formThesis:
		l.text(" [Thesis]")
	}
	l.next()
}

// apaSource writes where the work is found (9.23 to 9.33).
func apaSource(l *line, e *entry) {
	publisher := e.publisher
	switch e.form {
	case formPeriodical, formNews:
		l.emphasis(e.container)
		publisher = "" // 9.29: not of periodicals
	case formPart:
		l.text("In ")
		l.emphasis(e.container)
	case formThesis:
		l.text(e.container)
		publisher = ""
	case formPage, formDataset, formPreprint:
		l.text(e.container)
		if e.container != "" {
			publisher = ""
		}
	}
	if e.container != "" && e.form != formBook {
		l.next()
	}
	if publisher != "" {
		l.text(publisher)
		l.next()
	}
}

// retrieved is the day of reading, of works that are made to change or say no date.
func (e *entry) retrieved() string {
	accessed := parseDate(e.work.GetAccessed())
	changes := e.work.GetKind() == kindEncyclopedia || e.form == formPage && e.published.year == 0
	if _, doi := e.doi(); doi != "" || !changes || accessed.day == 0 {
		return ""
	}
	return accessed.monthDay(accessed.monthName()) + ", " + accessed.yearText()
}

// apaNames lists authors: up to twenty, or the first nineteen and the last (9.8).
func apaNames(authors []*reportv1.Name) string {
	const most = 20
	var names []string
	for _, author := range authors {
		names = append(names, apaName(author))
	}
	n := len(names)
	switch {
	case n == 0:
		return ""
	case n == 1:
		return names[0]
	// Of more than twenty the last one stands behind an ellipsis, without an ampersand.
	case n > most:
		return strings.Join(names[:most-1], ", ") + ", … " + names[n-1]
	}
	return strings.Join(names[:n-1], ", ") + ", & " + names[n-1]
}

// apaName is `Curie, M.`, `King, M. L., Jr.` or the name of a body (9.8 to 9.11).
func apaName(author *reportv1.Name) string {
	if isEastern(author) {
		return eastern(author)
	}
	return strings.Join(present(author.GetFamily(), initials(author.GetGiven(), spaced), author.GetSuffix()), ", ")
}

// present returns the texts that are not empty.
func present(texts ...string) []string {
	var out []string
	for _, text := range texts {
		if text != "" {
			out = append(out, text)
		}
	}
	return out
}

// apaCitations is how works are cited in the text (8.10 to 8.20): by one or two authors,
// of three and more by the first; those who share a family name by their initials.
func apaCitations() *byName {
	return &byName{
		shown: 2, and: "&", beforeYear: ", ", beforeNoYear: ", ",
		author: func(name *reportv1.Name) string {
			return strings.Join(present(initials(name.GetGiven(), spaced), name.GetFamily()), " ")
		},
		order: func(e *entry) string { // 9.47: by the date as it is shown
			if e.hasDay() {
				return e.published.iso()
			}
			return ""
		},
	}
}
