package extract

import (
	"encoding/xml"
	"maps"
	"path"
	"slices"
	"strings"
)

// maxOutside is how many references out of an Office file are named.
const maxOutside = 100

// outside adds what an Office file takes from outside of itself: workbooks that
// its numbers come from, documents and pictures that are linked and not put in,
// the template it is made after. Where its contents come from is worth knowing
// of evidence. Links for readers to follow are left out, since the text says
// what they are about.
func (c *container) outside(b *builder) error {
	var lines []string
	add := func(kind, target string) {
		line := kind + ": " + strings.Join(strings.Fields(target), " ")
		if len(lines) < maxOutside && !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.parts)) {
		switch {
		case strings.HasSuffix(name, ".rels"):
			list, err := c.relationList(name)
			if err != nil {
				continue // a reference is worth no failure, and the limit shows with the next part
			}
			for _, rel := range list {
				if kind := path.Base(rel.Type); rel.Mode == "External" && !ordinary(kind, rel.Target) {
					add(kind, rel.Target)
				}
			}
		case strings.HasPrefix(name, "xl/externalLinks/") && strings.HasSuffix(name, ".xml"):
			data, err := c.part(name)
			if err != nil {
				return err
			}
			ddeLinks(data, func(command string) { add("ddeLink", command) })
		}
	}
	if len(lines) > 0 {
		b.lines("Taken from outside the file:\n" + strings.Join(lines, "\n"))
	}
	return nil
}

// ordinary reports whether a reference says nothing about where the contents
// come from: a link to follow, or the template that is on every computer.
func ordinary(kind, target string) bool {
	web := strings.HasPrefix(target, "http://") || strings.HasPrefix(target, "https://")
	return kind == "hyperlink" || kind == "attachedTemplate" && !web
}

// ddeLinks tells the programs and topics that cells of a workbook are filled
// from, as formulas name them.
func ddeLinks(data []byte, found func(command string)) {
	_ = walkXML(data, func(e xml.StartElement) bool { // a damaged one gives what comes before
		if e.Name.Local == "ddeLink" {
			found(attr(e, "ddeService") + "|" + attr(e, "ddeTopic"))
		}
		return true
	}, func(string) {}, func(string) {})
}
