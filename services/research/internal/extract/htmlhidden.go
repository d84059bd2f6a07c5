package extract

import (
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/html"
)

// removeHidden takes out of a page what its reader never sees: comments,
// scripts, and elements hidden by an attribute, by their own style or by the
// style sheets in the page. Hidden text is where instructions for language
// models are put. Text that another file hides remains; it is data like any other.
func removeHidden(page *html.Node) {
	gone := hiddenBySheets(page)
	for n := range page.Descendants() {
		if isHidden(n) {
			gone = append(gone, n)
		}
	}
	for _, n := range gone {
		if n.Parent != nil { // it may be hidden for two reasons
			n.Parent.RemoveChild(n)
		}
	}
}

// isHidden reports whether a node is invisible by itself.
func isHidden(n *html.Node) bool {
	switch n.Type {
	case html.CommentNode:
		return true
	case html.ElementNode:
	default:
		return false
	}
	switch n.Data {
	case "script", "style", "noscript", "template", "iframe", "object", "svg", "canvas", "select", "datalist":
		return true
	case "input":
		return attribute(n, "type") == "hidden"
	}
	if _, hidden := lookup(n, "hidden"); hidden {
		return true
	}
	return strings.EqualFold(attribute(n, "aria-hidden"), "true") || hiddenByStyle(attribute(n, "style"))
}

// hiddenByStyle reports whether an inline style hides its element: not shown,
// without size or opacity, moved off the page, or in the colour of the ground.
func hiddenByStyle(style string) bool {
	if style == "" {
		return false
	}
	rules := map[string]string{}
	for rule := range strings.SplitSeq(strings.ToLower(style), ";") {
		key, value, _ := strings.Cut(rule, ":")
		value = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "!important"))
		rules[strings.TrimSpace(key)] = strings.ReplaceAll(value, " ", "")
	}
	switch {
	case rules["display"] == "none", rules["visibility"] == "hidden", rules["visibility"] == "collapse":
		return true
	case isZero(rules["opacity"]), isZero(rules["font-size"]):
		return true
	case rules["overflow"] == "hidden" && (isZero(rules["height"]) || isZero(rules["width"]) || isZero(rules["max-height"])):
		return true
	case strings.HasPrefix(rules["clip"], "rect(0") || strings.HasPrefix(rules["clip"], "rect(1px"):
		return true
	}
	for _, key := range []string{"left", "top", "right", "bottom", "text-indent", "margin-left", "margin-top"} {
		if farOff(rules[key]) {
			return true
		}
	}
	return sameColour(rules)
}

// length matches a CSS length and captures its number and its unit.
var length = regexp.MustCompile(`^([-+]?[0-9]*\.?[0-9]+)([a-z%]*)$`)

// number returns the number of a CSS length.
func number(value string) (float64, bool) {
	m := length.FindStringSubmatch(value)
	if m == nil {
		return 0, false
	}
	n, err := strconv.ParseFloat(m[1], 64)
	return n, err == nil
}

// isZero reports whether a CSS length is zero, or so small that nobody reads it.
func isZero(value string) bool {
	n, ok := number(value)
	return ok && n < 0.1
}

// farOff reports whether a CSS length moves something off every screen.
func farOff(value string) bool {
	n, ok := number(value)
	return ok && (n <= -900 || n <= -100 && strings.HasSuffix(value, "em"))
}

// sameColour reports whether text and ground are given the same colour.
func sameColour(rules map[string]string) bool {
	colour := rules["color"]
	ground := rules["background-color"]
	if ground == "" {
		ground = rules["background"]
	}
	return colour == "transparent" || colour != "" && colourName(colour) == colourName(ground)
}

// colourName brings the commonest ways to write white and black together.
func colourName(value string) string {
	switch value {
	case "#fff", "#ffffff", "rgb(255,255,255)":
		return "white"
	case "#000", "#000000", "rgb(0,0,0)":
		return "black"
	}
	return value
}
