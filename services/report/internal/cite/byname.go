package cite

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// byName is how a style that lists works by name cites them.
type byName struct {
	// shown is how many authors a mark names at the most; of more, one and `et al.`
	shown int
	// and joins two names, comma stands before it when there are more than two.
	and string
	// beforeYear stands between the names and the year, or between the names and what
	// says that there is none.
	beforeYear, beforeNoYear string
	// author is how an author with the same family name as another is told apart.
	author func(*reportv1.Name) string
	// order is the part of the date that sorts works of the same authors before their
	// titles do.
	order func(*entry) string
}

// arrange sorts entries by name and gives each what its marks say, so that no two are
// cited alike.
func (b *byName) arrange(entries []*entry, documentLanguage string) {
	b.sort(entries, documentLanguage)
	// First as few names as the style wants, then initials and further names where two
	// works would look alike, and letters where even these are the same.
	ambiguous := ambiguousFamilies(entries)
	names := b.distinct(entries, ambiguous)
	// What is still alike is told apart by letters, in the order of the list.
	alike := map[string][]*entry{}
	for _, e := range entries {
		key := names[e] + "\x00" + e.published.yearText()
		alike[key] = append(alike[key], e)
	}
	for _, e := range entries {
		same := alike[names[e]+"\x00"+e.published.yearText()]
		if len(same) > 1 {
			e.letter = letters(slices.Index(same, e))
		}
		before := b.beforeYear
		if e.published.year == 0 {
			before = b.beforeNoYear
		}
		e.cited = named(names[e], before) + e.year()
	}
}

// named is the names of a mark and what stands before its year; a comma goes inside the
// quotation marks of a title, unless that ends in a question.
func named(names, before string) string {
	title, quoted := strings.CutSuffix(names, "”")
	comma, found := strings.CutPrefix(before, ",")
	if quoted && found {
		if last, _ := utf8.DecodeLastRuneInString(title); strings.ContainsRune("?!？！؟", last) {
			return names + comma
		}
		return strings.TrimRight(title, ".。．۔।") + ",”" + comma
	}
	return names + before
}

// year is the year with its letter: `1911a`, `n.d.-a`.
func (e *entry) year() string {
	switch year := e.published.yearText(); {
	case year != "":
		return year + e.letter
	case e.letter != "":
		return "n.d.-" + e.letter
	}
	return "n.d."
}

// letters counts a, b, …, z, aa, ab, …
func letters(n int) string {
	text := string(rune('a' + n%26))
	if n >= 26 {
		return letters(n/26-1) + text
	}
	return text
}

// sort orders entries by their authors, or titles where there are none, then by year and
// title, as readers of the document's language look them up.
func (b *byName) sort(entries []*entry, documentLanguage string) {
	tag, err := language.Parse(documentLanguage)
	if err != nil {
		tag = language.Und
	}
	// A collator keeps state while it compares, so that each call needs its own.
	collator := collate.New(tag, collate.IgnoreCase)
	var buffer collate.Buffer
	type keyed struct {
		entry *entry
		keys  [][]byte
	}
	// Keys are made once, as comparing them is what takes the time.
	list := make([]keyed, len(entries))
	for i, e := range entries {
		list[i].entry = e
		for _, part := range append(sortNames(e), "", e.published.yearText(), b.order(e), sortTitle(e), e.work.GetTitle(), e.work.GetId()) {
			list[i].keys = append(list[i].keys, slices.Clone(collator.KeyFromString(&buffer, part)))
			buffer.Reset()
		}
	}
	// Name by name: who wrote alone comes before the same with others.
	slices.SortStableFunc(list, func(x, y keyed) int { return slices.CompareFunc(x.keys, y.keys, slices.Compare[[]byte]) })
	for i := range list {
		entries[i] = list[i].entry
	}
}

// sortNames is what an entry is looked up by: its authors, or its title.
func sortNames(e *entry) []string {
	if len(e.work.GetAuthors()) == 0 {
		return []string{sortTitle(e)}
	}
	var names []string
	for _, name := range e.work.GetAuthors() {
		// Two spaces sort before any letter: "Li, Wei" comes before "Lin, An".
		names = append(names, name.GetFamily()+"  "+name.GetGiven()+"  "+name.GetSuffix())
	}
	return names
}

// sortTitle is a title without the article that it begins with, in its own language.
func sortTitle(e *entry) string {
	base, _, _ := strings.Cut(strings.ToLower(e.work.GetLanguage()), "-")
	articles := map[string]string{
		"": "a an the", "en": "a an the", "de": "der die das ein eine", "fr": "le la les un une", "es": "el la los las un una",
		"it": "il lo la i gli le un uno una", "pt": "o a os as um uma", "nl": "de het een",
	}[base]
	title := strings.TrimLeft(e.title, "“‘\"'«„‚ ")
	first, rest, found := strings.Cut(title, " ")
	if found && slices.Contains(strings.Fields(articles), strings.ToLower(first)) {
		return rest
	}
	return title
}

// ambiguousFamilies returns the family names that first authors with different given
// names have in common.
func ambiguousFamilies(entries []*entry) map[string]bool {
	given := map[string]string{}
	ambiguous := map[string]bool{}
	for _, e := range entries {
		if len(e.work.GetAuthors()) == 0 {
			continue
		}
		first := e.work.GetAuthors()[0]
		// `Curie, M.` and `Curie, Marie` may be one: only initials that differ tell.
		initial := initials(first.GetGiven(), spaced)
		if initial == "" || isEastern(first) {
			continue
		}
		family := strings.ToLower(first.GetFamily())
		before, known := given[family]
		if known && !strings.HasPrefix(before, initial) && !strings.HasPrefix(initial, before) {
			ambiguous[family] = true
		}
		given[family] = cmp.Or(before, initial)
	}
	return ambiguous
}

// distinct returns how marks name entries: with as few names as tell works of different
// authors apart, and with as much of the title where there are no authors.
func (b *byName) distinct(entries []*entry, ambiguous map[string]bool) map[*entry]string {
	names := make(map[*entry]string, len(entries))
	alike := map[string][]*entry{}
	for _, e := range entries {
		e.families = families(e)
		names[e] = b.names(e, 0, ambiguous)
		key := names[e] + "\x00" + e.published.yearText()
		alike[key] = append(alike[key], e)
	}
	// Of those that look alike, each gets one name more than it shares with any other.
	for _, group := range alike {
		for _, e := range group {
			need := 0
			for _, other := range group {
				need = max(need, common(e, other))
			}
			if need > 0 {
				names[e] = b.names(e, need+1, ambiguous)
			}
		}
	}
	return names
}

// common is how many names two works begin with alike, if they are of different authors;
// 0 if they are of the same. Of works without authors it is the words of the titles.
func common(e, other *entry) int {
	if len(e.work.GetAuthors()) == 0 {
		if e == other || e.title == other.title {
			return 0
		}
		return len([]rune(e.title)) // the whole title
	}
	mine, theirs := e.families, other.families
	if slices.Equal(mine, theirs) {
		return 0
	}
	n := 0
	for n < min(len(mine), len(theirs)) && mine[n] == theirs[n] {
		n++
	}
	return n
}

// families are the family names of the authors.
func families(e *entry) []string {
	var out []string
	for _, name := range e.work.GetAuthors() {
		out = append(out, inText(name))
	}
	return out
}

// names is how a mark names an entry, with at least so many of its names.
func (b *byName) names(e *entry, least int, ambiguous map[string]bool) string {
	if len(e.work.GetAuthors()) == 0 {
		if least > 0 {
			return "“" + shortened(single(e.title), maxLabel) + "”"
		}
		return "“" + shortTitle(single(e.title)) + "”"
	}
	list := slices.Clone(e.families)
	// Initials go with the first author only: by that one readers look a work up.
	if first := e.work.GetAuthors()[0]; ambiguous[strings.ToLower(first.GetFamily())] && first.GetGiven() != "" {
		list[0] = b.author(first)
	}
	shown := len(list)
	if shown > b.shown {
		shown = max(1, least)
	}
	// `et al.` is several: it does not stand for one name.
	if shown >= len(list)-1 && least > 0 || len(list) <= b.shown {
		return joined(list, b.and)
	}
	if shown == 1 {
		return list[0] + " et al."
	}
	return strings.Join(list[:shown], ", ") + ", et al."
}

// joined joins names, with a comma before the last of three or more.
func joined(list []string, and string) string {
	switch n := len(list); n {
	case 1:
		return list[0]
	case 2:
		return list[0] + " " + and + " " + list[1]
	default:
		return strings.Join(list[:n-1], ", ") + ", " + and + " " + list[n-1]
	}
}

// inText is a name as marks have it.
func inText(name *reportv1.Name) string {
	if isEastern(name) {
		return shortened(eastern(name), maxLabel)
	}
	return shortened(name.GetFamily(), maxLabel)
}

// maxLabel is how many characters of a name or a title a mark has at the most.
const maxLabel = 80

// shortTitle is the beginning of a title, by which works without an author are cited: up
// to the subtitle, of at most five words, or as many characters of a script without
// spaces as say the same.
func shortTitle(title string) string {
	const words, characters = 5, 15
	if head, _, found := strings.Cut(title, ": "); found && head != "" {
		title = head
	}
	fields := strings.Fields(title)
	switch {
	case len(fields) > words:
		title = strings.TrimRight(strings.Join(fields[:words], " "), ",;:–—-") + " …"
	case hasEastern(title):
		return shortened(title, characters)
	}
	return shortened(title, maxLabel)
}

// shortened is the beginning of a text that is too long, cut at a character.
func shortened(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return strings.TrimRight(string(runes[:most-1]), " ,;:") + "…"
}

// number writes a number; 0 is nothing.
func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
