package samework

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
)

// Key is one thing by which a work is known, as kind and value with a colon
// between them: "doi:10.1/x", "url:example.org/a", "title:…". Two items with a
// key in common are the same work; if the key is weak, only unless Conflict.
type Key string

// Weak reports whether the key is only likely to tell works apart.
func (k Key) Weak() bool { return strings.HasPrefix(string(k), titleKey) }

const (
	urlKey   = "url:"
	wikiKey  = "wiki:"
	titleKey = "title:"
)

// Addresses says what a web address stands for: a key that is the same for all
// ways to write the address of one page, "" if it has none, and the identifiers
// that stand in it, by kind.
type Addresses func(address string) (key string, identifiers map[string]string)

// Keys returns the keys of an item, sorted: of the identifiers that it names,
// those that stand in its addresses, its own address, and its title. Addresses
// may be nil; then its addresses count only as far as this package knows them
// (Wikipedia).
func Keys(item connector.Item, addresses Addresses) []Key {
	ids := Identifiers(item, addresses)
	set := map[Key]bool{}
	for kind, id := range ids {
		switch kind {
		case PublishedDOI, PreprintDOI:
			kind = DOI
		}
		set[Key(kind+":"+id)] = true
	}
	if addresses != nil && item.URL != "" {
		// The address of a preprint server or of a resolver says no more than the
		// identifier in it, and may stand for several versions.
		if key, inside := addresses(item.URL); key != "" && len(inside) == 0 {
			set[Key(urlKey+key)] = true
		}
	}
	if title := wikiTitle(item.URL); title != "" {
		set[Key(wikiKey+title)] = true
	}
	for _, k := range titleKeys(item) {
		set[k] = true
	}
	return slices.Sorted(maps.Keys(set))
}

// Identifiers returns the normalised identifiers of an item: those that it names
// itself, and those that stand in the addresses of its page and of its texts.
func Identifiers(item connector.Item, addresses Addresses) map[string]string {
	ids := map[string]string{}
	for _, kind := range slices.Sorted(maps.Keys(item.Identifiers)) {
		Add(ids, kind, item.Identifiers[kind])
	}
	if addresses == nil {
		return ids
	}
	for _, address := range append([]string{item.URL}, item.FullTexts...) {
		_, inside := addresses(address)
		for kind, id := range inside {
			// What the item says of itself counts more than where a copy lies: a
			// publication may link to the preprint as its free text, and that is no
			// second DOI of its own.
			if kind == DOI && ids[DOI] != "" {
				continue
			}
			Add(ids, kind, id)
		}
	}
	return ids
}

// wikiTitle returns language and title of an address of an article of
// Wikipedia, of whatever revision and on the mobile site too; "" for others. The
// key is by title and not by page id, since other search engines give no id.
func wikiTitle(address string) string {
	u, err := url.Parse(address)
	if err != nil || !strings.HasSuffix(u.Hostname(), ".wikipedia.org") {
		return ""
	}
	lang := strings.TrimSuffix(strings.TrimSuffix(u.Hostname(), ".wikipedia.org"), ".m")
	title, isArticle := strings.CutPrefix(u.Path, "/wiki/")
	if !isArticle && u.Path == "/w/index.php" {
		title = u.Query().Get("title")
	}
	if title == "" || lang == "" || lang == "www" {
		return ""
	}
	title = norm.NFC.String(strings.ReplaceAll(title, "_", " "))
	first, size := utf8.DecodeRuneInString(title)
	return lang + ":" + string(unicode.ToUpper(first)) + title[size:]
}

const (
	// minTitleLetters and minTitleWords say how long a title must be to stand for
	// one work together with author and year. A character of an unspaced script
	// says as much as three letters.
	minTitleLetters = 30
	minTitleWords   = 4
	unspacedWeight  = 3
)

// titleKeys returns keys of title, first author and year: two, for the year and
// the next, so that works with neighbouring years have one in common. The year
// of a preprint, of the page on the web and of the printed issue often differ by
// one. Items with a short title, or without author or year, have none.
func titleKeys(item connector.Item) []Key {
	title := titleForm(item.Title)
	if title == "" || len(item.Authors) == 0 || len(item.Published) < 4 || isUpdate(item.Title) {
		return nil
	}
	author := surname(item.Authors[0])
	year, err := strconv.Atoi(item.Published[:4])
	if author == "" || err != nil {
		return nil
	}
	base := titleKey + title + "|" + author + "|"
	return []Key{Key(base + strconv.Itoa(year)), Key(base + strconv.Itoa(year+1))}
}

// titleForm returns the letters and digits of a title, folded; "" if they are
// too few to tell works apart.
func titleForm(title string) string {
	weight, words := 0, 0
	var b strings.Builder
	inWord := false
	for _, r := range fold(title) {
		isWord := unicode.IsLetter(r) || unicode.IsNumber(r)
		if isWord {
			b.WriteRune(r)
			weight++
		}
		if isWord && !inWord {
			words++
		}
		if unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai) {
			weight += unspacedWeight - 1
			words++
		}
		inWord = isWord
	}
	if weight < minTitleLetters || words < minTitleWords {
		return ""
	}
	return b.String()
}

// isUpdate reports whether a title is of a notice about another work, which
// repeats that work's title.
func isUpdate(title string) bool {
	title = fold(title)
	for _, p := range []string{
		"correction", "corrigendum", "erratum", "retraction", "retracted", "withdrawn", "withdrawal", "expression of concern",
		"author correction", "publisher correction", "addendum", "reply", "response to", "comment on", "editorial",
	} {
		if strings.HasPrefix(title, p) {
			return true
		}
	}
	return false
}

// surname returns the family name of a person, folded: what stands before a
// comma, or the last word that is no generation and no initials.
func surname(name string) string {
	if family, _, ok := strings.Cut(name, ","); ok {
		return letters(family)
	}
	words := strings.Fields(name)
	for i := len(words) - 1; i >= 0; i-- {
		w := letters(words[i])
		switch {
		case w == "jr" || w == "sr" || w == "ii" || w == "iii" || w == "iv":
		case utf8.RuneCountInString(w) <= 2 && strings.ToUpper(words[i]) == words[i] && unicode.Is(unicode.Latin, []rune(words[i])[0]):
		default:
			return w
		}
	}
	return ""
}

// letters returns the letters of a name, folded.
func letters(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return r
		}
		return -1
	}, fold(name))
}

// fold returns text in lower case without accents and in compatibility form, so
// that ways to write the same word are equal.
func fold(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(strings.ToLower(text)))
	return strings.NewReplacer("ß", "ss", "ø", "o", "ł", "l", "æ", "ae", "œ", "oe", "đ", "d", "ı", "i").Replace(norm.NFC.String(text))
}
