package extract

import (
	"errors"
	"io"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// The bounds of a page. Real pages stay far below them; they keep a small file
// from becoming a tree of gigabytes.
const (
	// maxPage is the size of a page in bytes. Its tree is several times as large.
	maxPage = 24 << 20
	// maxTags is how many tags a page may have: each becomes about 120 bytes.
	maxTags = 1_000_000
	// maxAttributes is how many attributes one tag may have.
	maxAttributes = 2_000
	// maxToken is the length in bytes of the longest tag. Pages that carry their
	// pictures with them have long ones.
	maxToken = 8 << 20
	// maxUnclosed is how many formatting elements may be open at a time. The HTML
	// standard opens all of them again in every paragraph that follows, so that
	// four hundred in 40 KB of page make four million.
	maxUnclosed = 100
)

// isFormatting reports whether an element is opened again when a block ends: the
// "list of active formatting elements" of the HTML standard, 13.2.4.3, without
// those of which only one is open at a time.
func isFormatting(name []byte) bool {
	switch atom.Lookup(name) {
	case atom.B, atom.Big, atom.Code, atom.Em, atom.Font, atom.I, atom.S, atom.Small, atom.Strike, atom.Strong, atom.Tt, atom.U:
		return true
	}
	return false
}

// parsePage parses a web page whose markup is within bounds. A page that leaves
// too many formatting elements open, or that is nested too deeply, is parsed
// without them: its text is the same.
func parsePage(text string) (*html.Node, error) {
	if len(text) > maxPage {
		return nil, fail(TooLarge, "the page has %s; at most %s are read", bytesText(int64(len(text))), bytesText(maxPage))
	}
	unclosed, err := surveyPage(text)
	if err != nil {
		return nil, err
	}
	if unclosed <= maxUnclosed {
		if page, err := html.Parse(strings.NewReader(text)); err == nil {
			return page, nil
		}
	}
	page, err := html.Parse(strings.NewReader(withoutFormatting(text)))
	if err != nil { // the parser takes any tags, so what it refuses is their depth
		return nil, failBecause(err, Broken, "the page's elements are nested too deeply")
	}
	return page, nil
}

// surveyPage reads over the tags of a page and returns the largest number of
// formatting elements that are open at a time.
func surveyPage(text string) (unclosed int, err error) {
	s := pageSurvey{}
	for text != "" {
		z := html.NewTokenizer(strings.NewReader(text))
		z.SetMaxBuf(maxToken)
		read := 0
		for {
			kind := z.Next()
			if kind == html.ErrorToken {
				break
			}
			read += len(z.Raw())
			if err := s.token(z, kind); err != nil {
				return 0, err
			}
		}
		if errors.Is(z.Err(), io.EOF) {
			break
		}
		text = text[read:] // begins with what is too long
		if len(text) > 1 && text[0] == '<' && (text[1] == '/' || isLetter(text[1])) {
			return 0, failBecause(z.Err(), TooLarge, "the page has a tag of more than %s", bytesText(maxToken))
		}
		text = text[min(len(text), maxToken):] // text, a script or a comment
		text = text[max(strings.IndexByte(text, '<'), 0):]
	}
	return s.unclosed, nil
}

// pageSurvey counts what makes a page costly to parse.
type pageSurvey struct {
	tags, open, unclosed int
}

// token takes the token that z has read.
func (s *pageSurvey) token(z *html.Tokenizer, kind html.TokenType) error {
	if kind != html.StartTagToken && kind != html.EndTagToken && kind != html.SelfClosingTagToken {
		return nil
	}
	if s.tags++; s.tags > maxTags {
		return fail(TooLarge, "the page has more than %d tags", maxTags)
	}
	name, more := z.TagName()
	if isFormatting(name) {
		if kind == html.EndTagToken {
			s.open = max(s.open-1, 0)
		} else {
			s.open++
		}
		s.unclosed = max(s.unclosed, s.open)
	}
	for attributes := 0; more; attributes++ {
		if attributes > maxAttributes {
			return fail(TooLarge, "the page has a tag with more than %d attributes", maxAttributes)
		}
		_, _, more = z.TagAttr()
	}
	return nil
}

// withoutFormatting returns a page without the tags of its formatting elements.
func withoutFormatting(text string) string {
	var out strings.Builder
	z := html.NewTokenizer(strings.NewReader(text))
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return out.String()
		}
		raw := z.Raw()
		if kind == html.StartTagToken || kind == html.EndTagToken || kind == html.SelfClosingTagToken {
			if name, _ := z.TagName(); isFormatting(name) {
				continue
			}
		}
		out.Write(raw)
	}
}
