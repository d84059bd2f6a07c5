package extract

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// jatsMetadata returns what an article in JATS says about itself.
func jatsMetadata(article, front *xmlNode) metadata {
	var m metadata
	title := inlineText(front.child("title-group", "article-title"))
	if sub := inlineText(front.child("title-group", "subtitle")); sub != "" {
		title += ": " + sub
	}
	m.setTitle(title)
	for contrib := range front.all("contrib") {
		if kind := contrib.attr("contrib-type"); kind == "" || kind == "author" {
			m.addAuthor(personName(contrib.find("name", "string-name", "collab")), false)
		}
	}
	m.setPublished(jatsDate(front))
	m.setLicense(jatsLicense(front))
	m.setLanguage(article.attr("lang"))
	for id := range front.all("article-id") {
		switch kind := id.attr("pub-id-type"); kind {
		case "doi", "pmid", "pmcid", "arxiv":
			m.identify(kind, id.words())
		case "pmc":
			m.identify("pmcid", id.words())
		}
	}
	return m
}

// personName returns a name as people write it, or the name of a body.
func personName(n *xmlNode) string {
	if n == nil {
		return ""
	}
	last, given := n.find("surname").words(), n.find("given-names").words()
	if last == "" && given == "" {
		return inlineText(n)
	}
	if n.attr("name-style") == "eastern" {
		return strings.TrimSpace(last + " " + given)
	}
	return strings.TrimSpace(strings.TrimSpace(given+" "+last) + " " + n.find("suffix").words())
}

// jatsDate returns when an article came out: online if that is known, since it
// is what comes first, else in print.
func jatsDate(front *xmlNode) string {
	best, rank := "", 0
	for date := range front.all("pub-date") {
		value := date.attr("iso-8601-date")
		if value == "" {
			value = xmlDate(date.first("year"), date.first("month"), date.first("day"))
		}
		this := 1
		switch kind := date.attr("pub-type") + date.attr("date-type") + date.attr("publication-format"); {
		case strings.Contains(kind, "epub"), strings.Contains(kind, "electronic"):
			this = 4
		case kind == "pub", strings.Contains(kind, "ppub"), strings.Contains(kind, "print"):
			this = 3
		case kind == "collection":
			this = 2
		}
		if this > rank && parseDate(value) != "" {
			best, rank = value, this
		}
	}
	return best
}

// xmlDate joins elements with a year, a month, by number or name, and a day.
func xmlDate(year, month, day *xmlNode) string {
	m := month.words()
	for _, layout := range []string{"January", "Jan"} {
		if t, err := time.Parse(layout, m); err == nil {
			m = strconv.Itoa(int(t.Month()))
		}
	}
	return strings.TrimRight(fmt.Sprintf("%s-%s-%s", year.words(), m, day.words()), "-")
}

// jatsLicense returns an article's licence: its address, else its words.
func jatsLicense(front *xmlNode) string {
	if ref := front.find("license_ref").words(); ref != "" {
		return ref
	}
	license := front.find("license")
	if license == nil { // older articles say it beside the copyright
		if copyright := inlineText(front.find("copyright-statement")); strings.Contains(copyright, "Creative Commons") {
			return copyright
		}
		return ""
	}
	if href := license.attr("href"); href != "" {
		return href
	}
	for link := range license.all("ext-link", "uri") {
		if href := link.attr("href"); strings.Contains(href, "creativecommons.org") {
			return href
		}
	}
	return inlineText(license)
}
