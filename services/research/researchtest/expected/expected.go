// Package expected reads what other tools' tests expect of the text of public
// documents, brings it into a form that any reader's text can be compared with,
// and says of each string that is known to be missed why it is.
//
// Two shares come out of it. That of all strings is the severe one. The other
// leaves out what no reader of a file looks for: the other tool's own markup,
// class names and messages, what it makes up or computes, and what its own tests
// expect in two ways. Words in pictures stay in both, as misses.
package expected

import (
	"bufio"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"regexp"
	"slices"
	"strings"
)

// maxLine is the size of the longest line of a list, in bytes.
const maxLine = 1 << 24

// String is one string that is expected of a file's text.
type String struct {
	File string
	Raw  string // as the other tool's test has it
	Text string // without markup, with single spaces
}

// Read reads a list of expectations, one JSON object on a line: what is expected
// of each file, in the order of the list. Each string comes once. What is
// nothing but markup is left out, and so is what is expected and forbidden of
// the same file, by tests with different settings.
func Read(r io.Reader) ([]String, error) {
	var out []String
	forbidden := map[[2]string]bool{}
	seen := map[[2]string]bool{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		var one struct {
			File, Filename string
			Contains       []string `json:"contains"`
			MustInclude    []string `json:"must_include"`
			NotContains    []string `json:"not_contains"`
			MustNotInclude []string `json:"must_not_include"`
		}
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			return nil, fmt.Errorf("read expectations: %w", err)
		}
		name := one.File + one.Filename
		for _, raw := range slices.Concat(one.Contains, one.MustInclude) {
			s := String{File: name, Raw: raw, Text: Plain(raw)}
			if key := [2]string{name, s.Text}; s.Text != "" && !seen[key] {
				seen[key] = true
				out = append(out, s)
			}
		}
		for _, raw := range slices.Concat(one.NotContains, one.MustNotInclude) {
			forbidden[[2]string{name, Plain(raw)}] = true
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read expectations: %w", err)
	}
	return slices.DeleteFunc(out, func(s String) bool { return forbidden[[2]string{s.File, s.Text}] }), nil
}

// Relevant reports whether somebody who reads the file would look for the string.
func (s String) Relevant() bool {
	return !markupOnly.MatchString(s.Raw) && !otherTool.MatchString(s.Text) && !known[s.File][s.Text].others
}

// Reason says why the string is known to be missed, or is not relevant; "" if
// that is not known.
func (s String) Reason() string {
	switch {
	case known[s.File][s.Text].reason != "":
		return known[s.File][s.Text].reason
	case markupOnly.MatchString(s.Raw):
		return "markup of the other tool"
	case otherTool.MatchString(s.Text):
		return "a name or message of the other tool"
	}
	return ""
}

// In reports whether the string stands in a text that Words returned.
func (s String) In(words string) bool { return strings.Contains(words, s.Text) }

var (
	// alternative matches a picture in HTML that has words in its place.
	alternative = regexp.MustCompile(`<img\b[^>]*\balt="([^"]*)"[^>]*>`)
	// markup matches tags, whole or cut, and Markdown's signs. Of a picture or a
	// link in Markdown its words stay.
	markup = regexp.MustCompile(`<[^>]*>|^[^<>]*>|<[^>]*$|\*\*|^#+ |^- |!\[([^\]]*)\](?:\([^)]*\))?|\[([^\]]*)\](?:\([^)]*\)|$)|^\||\|$|\|[-| ]+\|`)
	// attribute matches what is nothing but an attribute of a tag.
	attribute = regexp.MustCompile(`^[\w-]+="([^"]*)"$`)
	// markupOnly matches attributes that hold no words for readers and no links.
	markupOnly = regexp.MustCompile(`^(?:class|id|src|style|data-[\w-]+)="[^"]*"$`)
	// otherTool matches names and messages of the other tools' own.
	otherTool = regexp.MustCompile(`^(?:external-ref-|OCR-PAGE-|org\.apache\.)|\bX-TIKA|\bTikaException\b`)
	// rules matches what parts the cells of a table, and its header from its rows.
	rules = regexp.MustCompile(`\|(?: ?:?-{3,}:? ?\|)+|\|`)
)

// Plain returns an expected string without markup, as Words returns texts.
func Plain(s string) string {
	if found := attribute.FindStringSubmatch(s); found != nil {
		s = found[1]
	}
	s = rules.ReplaceAllString(s, " ")
	s = markup.ReplaceAllString(alternative.ReplaceAllString(s, " $1 "), "$1$2")
	return Words(html.UnescapeString(s))
}

// Words returns a text in the form in which it is compared: with single spaces,
// without the bars between cells and without the hyphens that show only at a
// line's end.
func Words(text string) string {
	text = strings.ReplaceAll(rules.ReplaceAllString(text, " "), "\u00ad", "")
	return strings.Join(strings.Fields(text), " ")
}
