package cite

import (
	"strings"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// writeChicago writes a reference after The Chicago Manual of Style, 18th edition (2024),
// chapters 13 (author-date references) and 14 (examples). The 17th differs in that it
// lists ten authors and the places of publishers, which are not known here.
func writeChicago(l *line, e *entry) {
	// 13.122: without an author the title takes its place, before the year.
	names := chicagoNames(e.work.GetAuthors())
	if names != "" {
		l.text(names)
		l.next()
		l.text(e.year())
		l.next()
		chicagoTitle(l, e)
	} else {
		chicagoTitle(l, e)
		l.text(e.year())
		l.next()
	}
	chicagoSource(l, e)
	href, text := e.address()
	if day := chicagoAccessed(e); day != "" && text != "" {
		l.text("Accessed " + day)
		l.next()
	}
	if text == "" {
		l.text(e.file())
	} else {
		l.link(href, text)
	}
	l.stop()
}

// chicagoTitle writes the title: books in italics, everything that is a part of something
// or was not brought out as a book in quotation marks.
func chicagoTitle(l *line, e *entry) {
	if e.form == formBook {
		l.emphasis(e.title)
	} else {
		l.quoted(e.title, ".")
	}
	l.next()
}

// chicagoSource writes where the work is found. Years stand behind the author, so that
// dates are without them here.
func chicagoSource(l *line, e *entry) {
	day := e.published.monthDay(e.published.monthName())
	switch e.form {
	case formPeriodical:
		l.emphasis(e.container)
	case formNews: // 14.89: with the day, but not the year again
		l.emphasis(e.container)
		if day != "" {
			l.comma()
			l.text(day)
		}
	case formPart: // 14.8
		l.text("In ")
		l.emphasis(e.container)
		if e.publisher != "" {
			l.next()
			l.text(e.publisher)
		}
	case formThesis:
		l.text(strings.Join(present("Thesis", e.publisher), ", "))
	case formPreprint:
		l.text(strings.Join(present("Preprint", firstOf(e.container, e.publisher), day), ", "))
	case formDataset:
		l.text("Dataset")
		if by := firstOf(e.container, e.publisher); by != "" {
			l.next()
			l.text(by)
		}
	case formBook:
		l.text(e.publisher)
	case formPage:
		l.text(firstOf(e.container, e.publisher))
		if day != "" {
			l.next()
			l.text(day)
		}
	}
	l.next()
}

// firstOf is the first text that is not empty.
func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

// chicagoAccessed is the day of reading, of pages that have no other date (13.15).
func chicagoAccessed(e *entry) string {
	accessed := parseDate(e.work.GetAccessed())
	if _, doi := e.doi(); doi != "" || e.published.year > 0 || accessed.day == 0 {
		return ""
	}
	return accessed.monthDay(accessed.monthName()) + ", " + accessed.yearText()
}

// chicagoNames lists authors, the first by family name: up to six, or the first three
// (13.107).
func chicagoNames(authors []*reportv1.Name) string {
	const most, few = 6, 3
	var names []string
	for i, author := range authors {
		names = append(names, chicagoName(author, i == 0))
	}
	switch n := len(names); {
	case n == 0:
		return ""
	case n == 1:
		return names[0]
	case n > most:
		return strings.Join(names[:few], ", ") + ", et al."
	default:
		return strings.Join(names[:n-1], ", ") + ", and " + names[n-1]
	}
}

// chicagoName is `Curie, Marie`, behind the first `Pierre Curie`; `King, Martin Luther,
// Jr.`, behind the first without the comma.
func chicagoName(author *reportv1.Name, first bool) string {
	switch {
	case isEastern(author):
		return eastern(author)
	case first:
		return strings.Join(present(author.GetFamily(), author.GetGiven(), author.GetSuffix()), ", ")
	}
	return strings.Join(present(author.GetGiven(), author.GetFamily(), author.GetSuffix()), " ")
}

// chicagoCitations is how works are cited in the text (13.116 to 13.128): by one or two
// authors, of three and more by the first; a comma stands before `n.d.` only.
func chicagoCitations() *byName {
	return &byName{
		shown: 2, and: "and", beforeYear: " ", beforeNoYear: ", ",
		author: func(name *reportv1.Name) string {
			return strings.Join(present(initials(name.GetGiven(), spaced), name.GetFamily()), " ")
		},
		order: func(*entry) string { return "" }, // by title at once
	}
}
