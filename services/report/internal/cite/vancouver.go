package cite

import (
	"strings"
	"unicode/utf8"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// writeVancouver writes a reference after Citing Medicine: The NLM Style Guide, 2nd edition
// (2007, updated 2018), chapters 1 (journals), 2 (books), 5 (theses) and 22 to 26 (the
// internet), with the six authors of the ICMJE's Recommendations. Citing Medicine writes
// `[place unknown]` where the place of a publisher is not known; as it never is here, that
// is left out.
func writeVancouver(l *line, e *entry) {
	if names := vancouverNames(e.work.GetAuthors()); names != "" {
		l.text(names)
		l.next()
	}
	// What has a DOI is cited as if printed; what has only an address is of the internet,
	// and the day of reading is part of the reference.
	_, doi := e.doi()
	href, page := e.page()
	online := doi == "" && page != ""
	l.text(e.title)
	l.text(vancouverType(e, online))
	l.next()
	switch e.form {
	case formPeriodical, formNews, formPreprint:
		vancouverJournal(l, e, online)
	default:
		vancouverBook(l, e, online)
	}
	switch {
	case doi != "":
		at, _ := e.doi()
		l.next()
		l.text("doi: ")
		l.link(at, doi)
		l.stop()
		vancouverPMID(l, e)
	case online:
		l.next()
		l.text("Available from: ")
		l.link(href, page)
	default:
		if e.file() != "" {
			l.next()
			l.text(e.file())
		}
		l.stop()
	}
}

// vancouverType is what stands in brackets behind a title: what it is, and that it was
// read on the internet.
func vancouverType(e *entry, online bool) string {
	kind := map[form]string{formThesis: "thesis", formDataset: "dataset", formPreprint: "preprint"}[e.form]
	medium := ""
	switch {
	case e.form == formPreprint && e.container != "":
		kind = "" // it stands behind the container
	case online && (e.form == formPage || e.form == formBook || e.form == formThesis || e.form == formDataset):
		medium = "Internet"
	}
	if both := strings.Join(present(kind, medium), " on the "); both != "" {
		return " [" + both + "]"
	}
	return ""
}

// vancouverJournal writes what comes out in parts: the title, then the date.
func vancouverJournal(l *line, e *entry, online bool) {
	if e.container != "" {
		l.text(e.container)
		switch {
		case e.form == formPreprint:
			l.text(" [Preprint]")
		case online:
			l.text(" [Internet]")
		}
		l.next()
	}
	l.text(vancouverDate(e.published))
	vancouverCited(l, e, online)
}

// vancouverBook writes what comes out as a whole: the publisher, then the date.
func vancouverBook(l *line, e *entry, online bool) {
	publisher := e.publisher
	if e.form == formPart {
		l.text("In: " + e.container)
		if online {
			l.text(" [Internet]")
		}
		l.next()
	} else if e.form != formBook {
		publisher = firstOf(e.publisher, e.container)
	}
	when := e.published.yearText()
	if e.hasDay() {
		when = vancouverDate(e.published)
	}
	l.text(strings.Join(present(publisher, when), "; "))
	vancouverCited(l, e, online)
}

// vancouverCited writes the day of reading, of what may change.
func vancouverCited(l *line, e *entry, online bool) {
	if accessed := parseDate(e.work.GetAccessed()); online && accessed.day > 0 {
		l.space()
		l.text("[cited " + vancouverDate(accessed) + "]")
	}
}

// vancouverPMID adds the number in PubMed, as the ICMJE's samples do.
func vancouverPMID(l *line, e *entry) {
	if pmid := clean(e.id("pmid")); pmid != "" {
		l.text(" PubMed PMID: ")
		l.link("https://pubmed.ncbi.nlm.nih.gov/"+pathEscaped(pmid)+"/", pmid)
		l.stop()
	}
}

// vancouverDate is `2021 May 17`.
func vancouverDate(d date) string {
	return strings.Join(present(d.yearText(), d.monthShort(), number(d.day)), " ")
}

// vancouverNames lists authors: up to six.
func vancouverNames(authors []*reportv1.Name) string {
	const most = 6
	var names []string
	for _, author := range authors[:min(most, len(authors))] {
		names = append(names, vancouverName(author))
	}
	if len(authors) > most {
		names = append(names, "et al.")
	}
	return strings.Join(names, ", ")
}

// vancouverName is `Curie M`, `King ML Jr`, with at most two initials and ordinals in
// place of Roman numbers.
func vancouverName(author *reportv1.Name) string {
	if isEastern(author) {
		return eastern(author)
	}
	// Names in scripts without capitals are not abbreviated, nor cut.
	given := initials(author.GetGiven(), bare)
	if hasCase(given) && utf8.RuneCountInString(given) > 2 {
		given = string([]rune(given)[:2])
	}
	suffix := strings.TrimSuffix(author.GetSuffix(), ".")
	if ordinal := map[string]string{"II": "2nd", "III": "3rd", "IV": "4th"}[suffix]; ordinal != "" {
		suffix = ordinal
	}
	return strings.Join(present(author.GetFamily(), given, suffix), " ")
}
