package cite

import (
	"strings"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// writeNumbered writes a reference after no manual: title, authors, where it stands and
// date, address, each as it is. It is for readers who want to find a source and know no
// citation style.
func writeNumbered(l *line, e *entry) {
	l.emphasis(e.title)
	l.next()
	if names := numberedNames(e.work.GetAuthors()); names != "" {
		l.text(names)
		l.next()
	}
	if where := strings.Join(present(e.container, e.publisher, numberedDate(e.published)), ", "); where != "" {
		l.text(where)
		l.next()
	}
	if href, text := e.address(); text != "" {
		l.link(href, text)
		return
	}
	l.text(e.file())
	l.stop()
}

// numberedDate is `17 May 2021`.
func numberedDate(d date) string {
	return strings.Join(present(number(d.day), d.monthName(), d.yearText()), " ")
}

// numberedNames lists every author of up to ten, or the first ten, in full.
func numberedNames(authors []*reportv1.Name) string {
	const most = 10
	var names []string
	for _, author := range authors[:min(most, len(authors))] {
		if isEastern(author) {
			names = append(names, eastern(author))
			continue
		}
		names = append(names, strings.Join(present(author.GetGiven(), author.GetFamily(), author.GetSuffix()), " "))
	}
	if len(authors) > most {
		names = append(names, "et al.")
	}
	return strings.Join(names, ", ")
}
