package arxiv

import (
	"encoding/xml"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/scholarly"
	"github.com/researcherpro/researcherpro/services/research/internal/samework"
)

// htmlSince is the first month whose papers arXiv offers as HTML, too.
const htmlSince = "2023-12"

// feed is the part of an answer that is read. Elements are named without their
// namespace, and their order means nothing.
type feed struct {
	XMLName xml.Name `xml:"feed"`
	Total   int      `xml:"totalResults"`
	Start   int      `xml:"startIndex"`
	Entries []entry  `xml:"entry"`
}

type entry struct {
	ID        string   `xml:"id"`
	Title     string   `xml:"title"`
	Summary   string   `xml:"summary"`
	Published string   `xml:"published"`
	Authors   []string `xml:"author>name"`
	Comment   string   `xml:"comment"`
	DOI       []string `xml:"doi"`
	Links     []link   `xml:"link"`
	License   string   `xml:"license"`
}

type link struct {
	Href  string `xml:"href,attr"`
	Rel   string `xml:"rel,attr"`
	Type  string `xml:"type,attr"`
	Title string `xml:"title,attr"`
}

// errNotFeed is the cause when the answer is XML of another kind.
var errNotFeed = errors.New("not an Atom feed")

// decode reads a feed.
func decode(body []byte) (feed, error) {
	var f feed
	if err := xml.Unmarshal(body, &f); err != nil {
		return feed{}, fmt.Errorf("%w: %w", errNotFeed, err)
	}
	return f, nil
}

// refusal returns the error that a feed tells of; nil if it is an answer, or no
// feed at all.
func refusal(body []byte) error {
	f, err := decode(body)
	if err != nil || len(f.Entries) == 0 || !strings.Contains(f.Entries[0].ID, "/api/errors") {
		return nil //nolint:nilerr // what is no feed is no refusal; who parses it says so
	}
	return &connector.Error{
		Problem: connector.Rejected, Message: "It does not take this query.",
		Cause: errors.New(scholarly.Line(f.Entries[0].Summary)),
	}
}

// parse makes items of a feed.
func parse(body []byte) (connector.Answer, error) {
	f, err := decode(body)
	if err != nil {
		return connector.Answer{}, scholarly.Malformed(err)
	}
	var answer connector.Answer
	for _, e := range f.Entries {
		if it, ok := e.item(); ok {
			answer.Items = append(answer.Items, it)
		}
	}
	if len(f.Entries) > 0 && len(answer.Items) == 0 {
		return connector.Answer{}, scholarly.Malformed(errors.New("no entry has an identifier and a title"))
	}
	answer.More = f.Start+len(f.Entries) < f.Total && len(f.Entries) > 0
	return answer, nil
}

// item makes an item of an entry; false if it has no identifier or no title.
func (e entry) item() (connector.Item, bool) {
	id, ok := samework.Normalize(samework.ArXiv, e.ID)
	title := scholarly.Line(e.Title)
	if !ok || title == "" {
		return connector.Item{}, false
	}
	it := connector.Item{
		Title: title, URL: e.landing(id), Published: scholarly.ParseDate(e.Published),
		Text: scholarly.Line(e.Summary), Kind: "preprint", Container: "arXiv", Publisher: "arXiv",
		Language: "en", License: strings.TrimSpace(e.License),
		Identifiers: map[string]string{samework.ArXiv: id},
	}
	if it.Text != "" {
		it.Extent = connector.ExtentAbstract
	}
	for _, a := range e.Authors {
		if a = scholarly.Line(a); a != "" {
			it.Authors = append(it.Authors, a)
		}
	}
	e.addPublished(&it)
	e.addTexts(&it)
	if e.withdrawn() {
		it.Notices = append(it.Notices, connector.Notice{Kind: connector.NoticeRetraction, From: Name})
	}
	return it, true
}

// landing returns the address of the version that was found.
func (e entry) landing(id string) string {
	for _, l := range e.Links {
		if l.Rel == "alternate" && isWeb(l.Href) {
			return secure(l.Href)
		}
	}
	return "https://arxiv.org/abs/" + id
}

// addPublished adds the DOI of the published version, which is another thing
// than the preprint: the authors named it, and may name several.
func (e entry) addPublished(it *connector.Item) {
	for _, d := range e.DOI {
		for _, one := range strings.Fields(d) {
			if doi, ok := samework.Normalize(samework.DOI, one); ok {
				it.Identifiers[samework.PublishedDOI] = doi
				return
			}
		}
	}
}

// addTexts adds where the whole text is: HTML reads better than PDF and exists
// for what came after htmlSince, in most cases. A withdrawn version has no text.
func (e entry) addTexts(it *connector.Item) {
	for _, l := range e.Links {
		if l.Type != "application/pdf" && l.Title != "pdf" || !isWeb(l.Href) {
			continue
		}
		pdf := secure(l.Href)
		if it.Published >= htmlSince {
			it.FullTexts = append(it.FullTexts, strings.Replace(pdf, "/pdf/", "/html/", 1))
		}
		it.FullTexts = append(it.FullTexts, pdf)
		return
	}
}

// isWithdrawn matches the sentences with which arXiv and authors withdraw a
// paper, at its beginning or as the whole comment. A paper that speaks of other
// things that were withdrawn says so in the middle.
var isWithdrawn = regexp.MustCompile(`(?i)^\W*(?:(?:this|the) (?:paper|article|submission|manuscript|work|preprint|version)|it)? ?` +
	`(?:has been|have been|was|is|had to be)?(?: \w+){0,2} ?(?:withdrawn|retracted)\b`)

// byAuthor matches a withdrawal anywhere in a comment, where it can mean nothing
// but the paper.
var byAuthor = regexp.MustCompile(`(?i)\b(?:(?:paper|article|submission|manuscript) (?:is |was |has been |being )?(?:temporarily )?(?:withdrawn|retracted)|` +
	`(?:withdrawn|retracted) (?:by|due to|because|on behalf)|withdrawn\W*$)`)

// withdrawn reports whether the entry says that the paper was withdrawn.
func (e entry) withdrawn() bool {
	return isWithdrawn.MatchString(scholarly.Line(e.Summary)) || isWithdrawn.MatchString(scholarly.Line(e.Comment)) ||
		byAuthor.MatchString(scholarly.Line(e.Comment))
}

// isWeb reports whether an address is one of the web.
func isWeb(address string) bool {
	return strings.HasPrefix(address, "https://") || strings.HasPrefix(address, "http://")
}

// secure returns an address of arXiv with https; the API names some without.
func secure(address string) string {
	return strings.Replace(address, "http://", "https://", 1)
}
