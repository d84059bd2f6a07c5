// Package bibliography writes references for reference managers, as BibTeX, RIS and
// CSL-JSON. It reads what is known of each source, Reference.work, and not how a citation
// style writes it.
//
// Text comes out whole, but for what the formats cannot hold: control characters, line
// breaks among them, become spaces.
package bibliography

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// keys names works: `curie1911`, of several `curie1911`, `curie1911a`, … by their ids, so
// that keys stay what they are when the order of a list changes with its style. They are
// letters and digits of ASCII.
func keys(refs []*reportv1.Reference) []string {
	// Ids are given in the order in which sources were found, which does not change.
	order := make([]int, len(refs))
	for i := range refs {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(refs[a].GetWork().GetId(), refs[b].GetWork().GetId())
	})
	out := make([]string, len(refs))
	used, next := map[string]bool{}, map[string]int{}
	for _, i := range order {
		base := stem(refs[i].GetWork())
		key := base
		for ; used[key]; next[base]++ {
			key = base + letters(next[base])
		}
		used[key], out[i] = true, key
	}
	return out
}

// stem is the first author's name, or the first long word of the title, and the year.
func stem(work *reportv1.Work) string {
	name := ""
	if authors := work.GetAuthors(); len(authors) > 0 {
		name = ascii(authors[0].GetFamily())
	}
	// Without an author, or one whose script has no spelling here: the title.
	if name == "" {
		for _, word := range strings.Fields(work.GetTitle()) {
			if name = ascii(word); len(name) > 3 {
				break
			}
		}
	}
	// Long keys are of no use to who types them.
	const most = 30
	return cmp.Or(name[:min(len(name), most)], "source") + year(work)
}

// letters counts a, b, …, z, aa, ab, …
func letters(n int) string {
	text := string(rune('a' + n%26))
	if n >= 26 {
		return letters(n/26-1) + text
	}
	return text
}

// ascii is the letters of a text, small and without accents. Cyrillic and Greek letters
// are spelt; other scripts have no spelling that is as short as a table.
func ascii(text string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(strings.ToLower(text)) {
		switch {
		case r >= 'a' && r <= 'z':
			b.WriteRune(r)
		default:
			b.WriteString(spelling(r))
		}
	}
	return b.String()
}

// spelling is a letter in letters of ASCII; empty if it has none.
func spelling(r rune) string {
	// The accents are gone: й comes as и, ё as е.
	const letters = "ßæœøđðþłıħŋ" + "абвгдежзиклмнопрстуфхцчшщыэюяіґ" + "αβγδεζηθικλμνξοπρσςτυφχψω"
	const spelt = "ss ae oe o d d th l i h n " + "a b v g d e zh z i k l m n o p r s t u f kh ts ch sh shch y e yu ya i g " +
		"a v g d e z i th i k l m n x o p r s s t y f ch ps o"
	at := slices.Index([]rune(letters), r)
	if at < 0 {
		return ""
	}
	return strings.Fields(spelt)[at]
}

// line is a text in one line, without what no reference manager reads.
func line(text string) string {
	// Byte order marks and what is no character would end XML that is made of it.
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r == '\ufeff' || r == '\ufffe' || r == '\uffff' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd"))
	return strings.Join(strings.Fields(text), " ")
}

// year is the year of a work; empty if it is not known.
func year(work *reportv1.Work) string {
	if parts := dateParts(work.GetPublished()); len(parts) > 0 {
		return strconv.Itoa(parts[0])
	}
	return ""
}

// dateParts is year, month and day of `2021`, `2021-05` or `2021-05-17`, as far as they
// are known.
func dateParts(date string) []int {
	var out []int
	for i, part := range strings.SplitN(date, "-", 3) {
		n, err := strconv.Atoi(part)
		if err != nil || len(part) != []int{4, 2, 2}[i] || n < 1 || n > []int{9999, 12, 31}[i] {
			break
		}
		out = append(out, n)
	}
	return out
}

// joined writes the parts of a date with a separator, each with as many digits as ISO has.
func joined(parts []int, separator string) string {
	var out []string
	for _, n := range parts {
		text := strconv.Itoa(n)
		if len(text) < 2 {
			text = "0" + text
		}
		out = append(out, text)
	}
	return strings.Join(out, separator)
}

// address is where a work is read, if that is a page: reference managers follow it.
func address(work *reportv1.Work) string {
	lower := strings.ToLower(work.GetUrl())
	if !strings.HasPrefix(lower, "https://") && !strings.HasPrefix(lower, "http://") {
		return ""
	}
	return strings.ReplaceAll(line(work.GetUrl()), " ", "%20")
}

// id is an identifier of a work, of a kind as in research.v1.Source.identifiers.
func id(work *reportv1.Work, kind string) string { return line(work.GetIdentifiers()[kind]) }

// notes says what a user of a work must know, and which file it is.
func notes(ref *reportv1.Reference) []string {
	var out []string
	for _, warning := range ref.GetWarnings() {
		if text := line(warning); text != "" {
			first, size := utf8.DecodeRuneInString(text)
			out = append(out, string(unicode.ToUpper(first))+text[size:])
		}
	}
	if len(out) == 0 && ref.GetWork().GetRetracted() {
		out = append(out, "Retracted")
	}
	return out
}

// isPerson reports whether a name has the parts of a person's.
func isPerson(name *reportv1.Name) bool { return name.GetGiven() != "" }
