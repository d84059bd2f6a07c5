package cite

import (
	"strings"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// writeIEEE writes a reference after the IEEE Reference Guide of the IEEE Periodicals,
// version of November 2023, section II: author, title, where it stands, date, set apart by
// commas.
func writeIEEE(l *line, e *entry) {
	ieeeNames(l, e.work.GetAuthors())
	if e.form == formPage {
		ieeePage(l, e)
	} else {
		ieeeWork(l, e)
	}
	ieeeAddress(l, e)
}

// ieeeWork writes what is published in print or as if it were.
func ieeeWork(l *line, e *entry) {
	l.comma()
	if e.form == formBook {
		l.emphasis(e.title)
	} else {
		l.quoted(e.title, ",")
	}
	// Periodicals have a month and a day, everything else a year.
	when := e.published.yearText()
	switch e.form {
	case formPeriodical, formNews:
		l.comma()
		l.emphasis(e.container)
		when = ieeeDate(e.published)
	case formPart:
		l.comma()
		l.text("in ")
		l.emphasis(e.container)
		ieeePublisher(l, e.publisher)
	case formBook:
		ieeePublisher(l, e.publisher)
	case formThesis:
		ieeeSegment(l, strings.Join(present("thesis", e.publisher), ", "))
	case formDataset, formPreprint:
		ieeeSegment(l, firstOf(e.container, e.publisher))
	}
	ieeeSegment(l, when)
	if arxiv := clean(e.id("arxiv")); e.form == formPreprint && arxiv != "" {
		ieeeSegment(l, "arXiv:"+arxiv)
	}
}

// ieeeSegment writes a part between commas.
func ieeeSegment(l *line, text string) {
	if text != "" {
		l.comma()
		l.text(text)
	}
}

// ieeePublisher writes a publisher, which begins a sentence.
func ieeePublisher(l *line, publisher string) {
	if publisher != "" {
		l.next()
		l.text(publisher)
	}
}

// ieeePage writes a page, section II.W: sentences in place of commas.
func ieeePage(l *line, e *entry) {
	if l.last != 0 {
		l.next()
	}
	l.quoted(e.title, ".")
	if where := strings.Join(present(firstOf(e.container, e.publisher), ieeeDate(e.published)), ", "); where != "" {
		l.next()
		l.text(where)
	}
}

// ieeeAddress writes the DOI, or where the work is read and when it was.
func ieeeAddress(l *line, e *entry) {
	if href, doi := e.doi(); doi != "" {
		l.comma()
		l.text("doi: ")
		l.link(href, doi)
		l.stop()
		return
	}
	// Nothing followed the title: its comma becomes a stop.
	if l.inner == ',' {
		l.unquoteComma()
	}
	href, text := e.page()
	if text == "" {
		if e.file() != "" {
			l.next()
			l.text(e.file())
		}
		l.stop()
		return
	}
	l.next()
	if accessed := parseDate(e.work.GetAccessed()); accessed.day > 0 {
		l.text("Accessed: " + ieeeDate(accessed) + ". ")
	}
	l.text("[Online]. Available: ")
	l.link(href, text)
}

// ieeeDate is `May 17, 2021`, `Jan. 2021` or `2021`.
func ieeeDate(d date) string {
	if d.day > 0 {
		return d.monthDay(d.monthDotted()) + ", " + d.yearText()
	}
	return strings.Join(present(d.monthDotted(), d.yearText()), " ")
}

// ieeeNames lists authors: up to six, or the first (II.A).
func ieeeNames(l *line, authors []*reportv1.Name) {
	const most = 6
	var names []string
	for _, author := range authors {
		names = append(names, ieeeName(author))
	}
	switch {
	case len(names) == 0:
	case len(names) > most:
		l.text(names[0] + " ")
		l.emphasis("et al.")
	default:
		l.text(joined(names, "and"))
	}
}

// ieeeName is `M. Curie`, `M. L. King Jr.`
func ieeeName(author *reportv1.Name) string {
	if isEastern(author) {
		return eastern(author)
	}
	return strings.Join(present(initials(author.GetGiven(), spaced), author.GetFamily(), author.GetSuffix()), " ")
}
