// Package cite writes references and the marks that point to them, in the citation
// styles that readers know.
//
// There is no processor of CSL for Go that could be used, so the five styles are
// written out, each in a file of its own that names the manual it follows. What the
// sources do not tell is left out of a reference with its punctuation: volumes, issues,
// pages and places of publication are not known at all. Titles keep the capitals that
// they have, since no program knows which words are names.
package cite

import (
	"errors"
	"fmt"
	"strconv"
)

// Style is a citation style.
type Style string

// The styles. Their values are those that reports and templates name.
const (
	APA       Style = "APA"
	IEEE      Style = "IEEE"
	Vancouver Style = "VANCOUVER"
	Chicago   Style = "CHICAGO"
	Numbered  Style = "NUMBERED"
)

// Styles returns every style, in the order in which they are offered.
func Styles() []Style { return []Style{APA, IEEE, Vancouver, Chicago, Numbered} }

// ErrStyle says that there is no such style; ErrSource that a document cites a source
// that is not known.
var (
	ErrStyle  = errors.New("unknown citation style")
	ErrSource = errors.New("citation of an unknown source")
)

// manual is what a style prescribes.
type manual struct {
	// opening, separator and closing are written around and between the marks.
	opening, separator, closing string
	// label is what stands before the nth reference of the list; nil in styles that
	// list and cite by name.
	label func(n int) string
	// write writes a reference.
	write func(l *line, e *entry)
	// byName is how works are cited by name; nil in styles that number.
	byName *byName
}

// manualOf returns what a style prescribes.
func manualOf(style Style) (manual, error) {
	// Of the two that number in brackets, IEEE gives each number brackets of its own.
	bracketed := func(n int) string { return "[" + strconv.Itoa(n) + "]" }
	switch style {
	case APA:
		return manual{opening: "(", separator: "; ", closing: ")", write: writeAPA, byName: apaCitations()}, nil
	case Chicago:
		return manual{opening: "(", separator: "; ", closing: ")", write: writeChicago, byName: chicagoCitations()}, nil
	case IEEE:
		return manual{opening: "[", separator: "], [", closing: "]", label: bracketed, write: writeIEEE}, nil
	case Vancouver:
		// Citing Medicine leaves the marks to the journals; the ICMJE wants Arabic numbers in
		// parentheses.
		dotted := func(n int) string { return strconv.Itoa(n) + "." }
		return manual{opening: "(", separator: ",", closing: ")", label: dotted, write: writeVancouver}, nil
	case Numbered:
		return manual{opening: "[", separator: ", ", closing: "]", label: bracketed, write: writeNumbered}, nil
	}
	return manual{}, fmt.Errorf("%w %q", ErrStyle, style)
}
