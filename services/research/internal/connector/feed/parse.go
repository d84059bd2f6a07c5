package feed

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/mmcdole/gofeed"
	"golang.org/x/net/html"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/fetch"
	"github.com/researcherpro/researcherpro/services/research/internal/webaddr"
)

const (
	// maxFeedBytes is how large a feed may be; the parser needs several times as much.
	maxFeedBytes = 10 << 20
	// maxEntries is how many entries of a feed are looked at.
	maxEntries = 1000
	// maxText is how much of an entry's text is kept, in bytes.
	maxText = 20_000
)

// errNoFeed says that a page is none.
var errNoFeed = errors.New("not a feed")

// entry is an entry of a feed, with what is needed to choose it.
type entry struct {
	item  connector.Item
	time  time.Time // zero if unknown
	words [][]rune  // of title and text
}

// parse reads a page as a feed.
func parse(page fetch.Page, identifiers *webaddr.Identifiers) (entries []entry, err error) {
	if gofeed.DetectFeedType(bytes.NewReader(page.Body[:min(len(page.Body), 4096)])) == gofeed.FeedTypeUnknown {
		return nil, errNoFeed
	}
	if len(page.Body) > maxFeedBytes {
		return nil, fmt.Errorf("feed of %d bytes", len(page.Body))
	}
	defer func() {
		// The parser is others' code on strangers' data; a mistake in it must not take
		// the process down.
		if r := recover(); r != nil {
			entries, err = nil, fmt.Errorf("parser panicked: %v", r)
		}
	}()
	feed, err := gofeed.NewParser().Parse(bytes.NewReader(page.Body))
	if err != nil {
		return nil, fmt.Errorf("parse feed: %w", err)
	}
	base, err := webaddr.Parse(page.FinalURL, nil)
	if err != nil {
		return nil, fmt.Errorf("address of the feed: %w", err)
	}
	title := plain(feed.Title)
	for _, it := range feed.Items[:min(len(feed.Items), maxEntries)] {
		if e, ok := fromItem(it, base, identifiers); ok {
			e.item.Container, e.item.Language = title, language(feed.Language)
			entries = append(entries, e)
		}
	}
	return entries, nil
}

// fromItem makes an entry of what a feed holds. One that leads nowhere is none.
func fromItem(it *gofeed.Item, base *webaddr.URL, identifiers *webaddr.Identifiers) (entry, bool) {
	u, err := webaddr.Parse(it.Link, base)
	if err != nil || it.Link == "" || u.Scheme() != "http" && u.Scheme() != "https" {
		return entry{}, false
	}
	text := plain(it.Content)
	if description := plain(it.Description); len(description) > len(text) {
		text = description
	}
	e := entry{item: connector.Item{
		Title: plain(it.Title), URL: webaddr.Canonical(u), Kind: "post", Text: text, Identifiers: identifiers.Of(u),
	}}
	e.words = wordsOf(e.item.Title + " " + text)
	if text != "" {
		e.item.Extent = connector.ExtentSnippet // feeds do not say whether it is all
	}
	for _, author := range it.Authors {
		if author != nil && author.Name != "" {
			e.item.Authors = append(e.item.Authors, plain(author.Name))
		}
	}
	for _, t := range []*time.Time{it.PublishedParsed, it.UpdatedParsed} {
		if t != nil && e.time.IsZero() {
			e.time = t.UTC()
			e.item.Published = e.time.Format(time.DateOnly)
		}
	}
	addDOI(&e.item, it)
	return e, true
}

// addDOI takes a DOI from where the feeds of journals have it.
func addDOI(item *connector.Item, it *gofeed.Item) {
	var candidates []string
	for _, x := range it.Extensions["prism"]["doi"] {
		candidates = append(candidates, x.Value)
	}
	if it.DublinCoreExt != nil {
		candidates = append(candidates, it.DublinCoreExt.Identifier...)
	}
	for _, c := range candidates {
		c = strings.TrimPrefix(strings.ToLower(strings.TrimSpace(c)), "doi:")
		if strings.HasPrefix(c, "10.") && strings.Contains(c, "/") {
			if item.Identifiers == nil {
				item.Identifiers = map[string]string{}
			}
			item.Identifiers["doi"] = c
			item.Kind = "article"
			return
		}
	}
}

// language is the first part of a language tag, if that is an ISO 639-1 code.
func language(tag string) string {
	code, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
	if len(code) != 2 {
		return ""
	}
	return code
}

// plain is the text of a piece of HTML, with blank lines between its blocks.
func plain(s string) string {
	var blocks []string
	var block strings.Builder
	flush := func() {
		if words := strings.Fields(block.String()); len(words) > 0 {
			blocks = append(blocks, strings.Join(words, " "))
		}
		block.Reset()
	}
	skipped := ""
	z := html.NewTokenizer(strings.NewReader(s[:min(len(s), 4*maxText)]))
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			break
		}
		token := z.Token()
		switch {
		case skipped != "":
			if kind == html.EndTagToken && token.Data == skipped {
				skipped = ""
			}
		case kind == html.TextToken:
			block.WriteString(token.Data)
		case kind == html.StartTagToken && (token.Data == "script" || token.Data == "style"):
			skipped = token.Data
		case breaks(token.Data):
			flush()
		}
	}
	flush()
	text := strings.Join(blocks, "\n\n")
	return strings.ToValidUTF8(text[:min(len(text), maxText)], "")
}

// breaks reports whether an element begins a block.
func breaks(element string) bool {
	switch element {
	case "p", "div", "br", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "table", "blockquote", "pre", "hr", "section", "figure":
		return true
	}
	return false
}
