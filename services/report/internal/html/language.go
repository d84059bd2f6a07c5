package html

import (
	"golang.org/x/text/language"

	"github.com/researcherpro/researcherpro/services/report/internal/readable"
)

// known parses the tag of a language; an unknown one has no place in a page.
func known(tag string) (language.Tag, bool) {
	parsed, err := language.Parse(tag)
	return parsed, err == nil && parsed != language.Und
}

// Language returns the tag of the document's language, English if there is none: the
// page's own words are.
func (p *page) Language() string { return p.language }

// Foreign reports whether the page's own words are not in the language of the document.
func (p *page) Foreign() bool {
	base, _ := language.Make(p.language).Base()
	return base.String() != "en"
}

// Rtl reports whether the document is written from right to left.
func (p *page) Rtl() bool { return readable.RightToLeft(p.language) }

// Speaks returns the language of a source where it is not the document's.
func (p *page) Speaks(source string) string {
	tag, ok := known(p.sources[source].GetWork().GetLanguage())
	if !ok || tag.String() == p.language {
		return ""
	}
	return tag.String()
}
