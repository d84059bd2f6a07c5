package extract

import (
	"cmp"
	"slices"
	"strings"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"
)

const (
	// maxRules is how many rules of a page's style sheets are looked at.
	maxRules = 5_000
	// maxMatches is how often a rule is held against an element of a page.
	maxMatches = 2_000_000
)

// cssRule is one selector of a style sheet with its declarations.
type cssRule struct {
	selector cascadia.Sel
	style    string
	order    int
}

// hiddenBySheets returns the elements that the style sheets in a page hide: that
// a rule hides, and that no stronger rule or style of their own shows again.
// Elements that make up most of the page are shown by a script when it is there,
// and are left out. Sheets that are not in the page are not known.
func hiddenBySheets(page *html.Node) []*html.Node {
	rules := sheetRules(page)
	var hiding []cssRule
	for _, r := range rules {
		if hiddenByStyle(r.style) {
			hiding = append(hiding, r)
		}
	}
	if len(hiding) == 0 {
		return nil
	}
	half := len(nodeText(bodyOf(page))) / 2
	matches := 0
	var hidden []*html.Node
	for n := range page.Descendants() {
		if n.Type != html.ElementNode || n.Data == "html" || n.Data == "body" || n.Data == "head" {
			continue
		}
		if matches += len(hiding); matches > maxMatches {
			break
		}
		if slices.ContainsFunc(hiding, func(r cssRule) bool { return r.selector.Match(n) }) &&
			hiddenByStyle(cascade(rules, n)) && len(nodeText(n)) <= half {
			hidden = append(hidden, n)
		}
	}
	return hidden
}

// cascade returns the declarations that hold for an element, the strongest last.
func cascade(rules []cssRule, n *html.Node) string {
	var matching []cssRule
	for _, r := range rules {
		if r.selector.Match(n) {
			matching = append(matching, r)
		}
	}
	slices.SortStableFunc(matching, func(a, b cssRule) int {
		if a.selector.Specificity().Less(b.selector.Specificity()) {
			return -1
		}
		if b.selector.Specificity().Less(a.selector.Specificity()) {
			return 1
		}
		return cmp.Compare(a.order, b.order)
	})
	var all strings.Builder
	for _, r := range matching {
		all.WriteString(r.style + ";")
	}
	all.WriteString(attribute(n, "style"))
	return all.String()
}

// sheetRules returns the rules of a page's style elements that hold on a screen,
// as far as they say anything that may hide or show.
func sheetRules(page *html.Node) []cssRule {
	var rules []cssRule
	for n := range page.Descendants() {
		if n.Type != html.ElementNode || n.Data != "style" || !onScreen(attribute(n, "media")) {
			continue
		}
		rules = addRules(rules, withoutCSSComments(nodeText(n)))
	}
	return rules
}

// addRules adds the rules of a style sheet. Blocks for other media, conditions
// and animations are skipped.
func addRules(rules []cssRule, sheet string) []cssRule {
	for len(rules) < maxRules {
		open := strings.IndexByte(sheet, '{')
		if open < 0 {
			break
		}
		head := sheet[:open]
		if at := strings.LastIndexByte(head, ';'); at >= 0 { // @import and the like end so
			head = head[at+1:]
		}
		head = strings.TrimSpace(head)
		body, rest := cutBlock(sheet[open+1:])
		sheet = rest
		if media, isMedia := strings.CutPrefix(head, "@media"); isMedia && onScreen(media) {
			rules = addRules(rules, body)
			continue
		}
		if strings.HasPrefix(head, "@") || !mayHide(body) {
			continue
		}
		group, err := cascadia.ParseGroup(head)
		if err != nil {
			continue // a selector of a browser's own
		}
		for _, selector := range group {
			rules = append(rules, cssRule{selector, body, len(rules)})
		}
	}
	return rules
}

// mayHide reports whether declarations have to do with being seen.
func mayHide(body string) bool {
	body = strings.ToLower(body)
	for _, property := range []string{"display", "visibility", "opacity", "font-size", "text-indent", "clip", "left", "top", "overflow", "color"} {
		if strings.Contains(body, property) {
			return true
		}
	}
	return false
}

// cutBlock cuts a sheet after the brace that closes the block it begins in.
func cutBlock(sheet string) (body, rest string) {
	depth := 1
	for i := range len(sheet) {
		switch sheet[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return sheet[:i], sheet[i+1:]
			}
		}
	}
	return sheet, ""
}

// onScreen reports whether a list of media, without further conditions, has
// screens in it.
func onScreen(media string) bool {
	media = strings.ToLower(strings.TrimSpace(media))
	for one := range strings.SplitSeq(media, ",") {
		switch strings.TrimSpace(one) {
		case "", "all", "screen", "only screen":
			return true
		}
	}
	return false
}

// withoutCSSComments removes the comments of a style sheet.
func withoutCSSComments(sheet string) string {
	var out strings.Builder
	for {
		before, after, found := strings.Cut(sheet, "/*")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		if _, sheet, found = strings.Cut(after, "*/"); !found {
			return out.String()
		}
	}
}
