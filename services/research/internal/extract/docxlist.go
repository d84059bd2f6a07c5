package extract

import (
	"regexp"
	"strconv"
	"strings"
)

// wordLists counts the numbered paragraphs of a Word document, whose numbers
// stand nowhere in the file: readers see what is computed here (ECMA-376, part 1,
// 17.9).
type wordLists struct {
	abstracts map[string]map[int]wordLevel // definitions by id, and level
	lists     map[string]wordList          // lists by the id that paragraphs name
	counts    map[string]*[wordLevels]int  // by definition; 0 is not begun
	begun     map[string]bool              // list and level: its own start is used up
}

// wordLevels is how many levels a list has.
const wordLevels = 9

// wordList is a list that paragraphs belong to.
type wordList struct {
	abstract string
	starts   map[int]int       // by level, for lists that begin anew
	levels   map[int]wordLevel // definitions of its own
}

// wordLevel is how a level of a list is numbered.
type wordLevel struct {
	start  int
	format string // decimal, lowerRoman, bullet, …
	text   string // "%1.%2)"
	legal  bool   // all numbers in it are decimal
	again  int    // it begins anew after a paragraph of the levels before this one
}

// xmlLevel is a level in word/numbering.xml.
type xmlLevel struct {
	Level  int      `xml:"ilvl,attr"`
	Start  wordVal  `xml:"start"`
	Format wordVal  `xml:"numFmt"`
	Again  *wordVal `xml:"lvlRestart"`
	Text   wordVal  `xml:"lvlText"`
	Legal  *struct {
		Val string `xml:"val,attr"`
	} `xml:"isLgl"`
}

// wordVal is an element whose meaning is in an attribute.
type wordVal struct {
	Val string `xml:"val,attr"`
}

// level returns the level's definition.
func (x xmlLevel) level() wordLevel {
	start, _ := strconv.Atoi(x.Start.Val) // 0 if it is not said
	again := wordLevels
	if x.Again != nil {
		again, _ = strconv.Atoi(x.Again.Val)
	}
	legal := x.Legal != nil && x.Legal.Val != "0" && x.Legal.Val != "false"
	return wordLevel{start: start, format: x.Format.Val, text: x.Text.Val, legal: legal, again: again}
}

// readWordLists reads the definitions of the lists. A document without has none,
// and damaged ones number nothing.
func readWordLists(c *container) (*wordLists, error) {
	l := &wordLists{abstracts: map[string]map[int]wordLevel{}, lists: map[string]wordList{}, counts: map[string]*[wordLevels]int{}, begun: map[string]bool{}}
	data, err := c.part("word/numbering.xml")
	if err != nil || data == nil {
		return l, err
	}
	var sheet struct {
		Abstracts []struct {
			ID     string     `xml:"abstractNumId,attr"`
			Levels []xmlLevel `xml:"lvl"`
		} `xml:"abstractNum"`
		Lists []struct {
			ID        string  `xml:"numId,attr"`
			Abstract  wordVal `xml:"abstractNumId"`
			Overrides []struct {
				Level int       `xml:"ilvl,attr"`
				Start *wordVal  `xml:"startOverride"`
				Own   *xmlLevel `xml:"lvl"`
			} `xml:"lvlOverride"`
		} `xml:"num"`
	}
	if unmarshalXML(data, &sheet) != nil {
		return l, nil //nolint:nilerr // a list is worth no failure
	}
	for _, a := range sheet.Abstracts {
		levels := map[int]wordLevel{}
		for _, x := range a.Levels {
			levels[x.Level] = x.level()
		}
		l.abstracts[a.ID] = levels
	}
	for _, x := range sheet.Lists {
		list := wordList{abstract: x.Abstract.Val, starts: map[int]int{}, levels: map[int]wordLevel{}}
		for _, o := range x.Overrides {
			if o.Own != nil {
				list.levels[o.Level] = o.Own.level()
			}
			if o.Start == nil {
				continue
			}
			if n, err := strconv.Atoi(o.Start.Val); err == nil {
				list.starts[o.Level] = n
			}
		}
		l.lists[x.ID] = list
	}
	return l, nil
}

// level returns the definition of a level of a list.
func (l *wordLists) level(list wordList, n int) wordLevel {
	if own, found := list.levels[n]; found {
		return own
	}
	if level, found := l.abstracts[list.abstract][n]; found {
		return level
	}
	return wordLevel{start: 1, format: "decimal", text: "%" + strconv.Itoa(n+1) + ".", again: wordLevels}
}

// next counts a paragraph of a list and returns the marker that readers see in
// front of it: "-" for a bullet, "" if there is none.
func (l *wordLists) next(id string, n int) string {
	list, found := l.lists[id]
	if !found || n < 0 || n >= wordLevels {
		return ""
	}
	counts := l.counts[list.abstract]
	if counts == nil {
		counts = &[wordLevels]int{}
		for i := range counts {
			counts[i] = unbegun
		}
		l.counts[list.abstract] = counts
	}
	for i := range n { // a level that was jumped over shows its first number
		if counts[i] == unbegun {
			counts[i] = l.start(id, list, i)
		}
	}
	key := id + "/" + strconv.Itoa(n)
	_, anew := list.starts[n]
	if counts[n] == unbegun || anew && !l.begun[key] {
		counts[n] = l.start(id, list, n)
	} else {
		counts[n]++
	}
	l.begun[key] = true
	for i := n + 1; i < wordLevels; i++ {
		if n < l.level(list, i).again {
			counts[i] = unbegun
		}
	}
	return l.marker(list, n, counts)
}

// unbegun is the count of a level that nothing was counted on. Lists may begin
// at 0.
const unbegun = -1

// start returns the number that a level of a list begins with.
func (l *wordLists) start(id string, list wordList, n int) int {
	if own, found := list.starts[n]; found && !l.begun[id+"/"+strconv.Itoa(n)] {
		return own
	}
	return l.level(list, n).start
}

// placeholder matches where the number of a level stands in a marker.
var placeholder = regexp.MustCompile(`%[1-9]`)

// marker returns the marker at a level.
func (l *wordLists) marker(list wordList, n int, counts *[wordLevels]int) string {
	level := l.level(list, n)
	if level.format == "bullet" {
		return "-"
	}
	return strings.TrimSpace(placeholder.ReplaceAllStringFunc(level.text, func(s string) string {
		at := int(s[1] - '1')
		format := l.level(list, at).format
		if level.legal {
			format = "decimal"
		}
		return listNumber(max(counts[at], 0), format)
	}))
}

// listNumber writes a number the way a list asks for. Ways that are rare are
// written as decimal numbers.
func listNumber(n int, format string) string {
	switch format {
	case "none", "bullet": // the number is not shown, the rest of the marker is
		return ""
	case "decimalZero":
		if n < 10 {
			return "0" + strconv.Itoa(n)
		}
	case "lowerRoman":
		return strings.ToLower(roman(n))
	case "upperRoman":
		return roman(n)
	case "lowerLetter":
		return letters(n, 'a')
	case "upperLetter":
		return letters(n, 'A')
	case "ordinal":
		return ordinal(n)
	}
	return strconv.Itoa(n)
}

// letters returns a, b, … z, aa, bb, … as Word counts.
func letters(n int, first rune) string {
	if n < 1 || n > 26*30 {
		return strconv.Itoa(n)
	}
	return strings.Repeat(string(first+rune((n-1)%26)), (n-1)/26+1)
}

// roman returns a Roman number.
func roman(n int) string {
	if n < 1 || n > 3999 {
		return strconv.Itoa(n)
	}
	var s strings.Builder
	for _, d := range []struct {
		value int
		sign  string
	}{{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"}, {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}} {
		for ; n >= d.value; n -= d.value {
			s.WriteString(d.sign)
		}
	}
	return s.String()
}

// ordinal returns 1st, 2nd, 3rd, 4th, …
func ordinal(n int) string {
	suffix := "th"
	if n%100 < 11 || n%100 > 13 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return strconv.Itoa(n) + suffix
}
