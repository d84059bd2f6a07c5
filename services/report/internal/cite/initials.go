package cite

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// spacing is how initials are written.
type spacing int

const (
	spaced spacing = iota // `J.-P. A.`
	bare                  // `JPA`
)

// initials abbreviates given names. What has no capitals, such as Arabic, is not
// abbreviated: an initial would be no name in it.
func initials(given string, how spacing) string {
	var out []string
	for _, word := range strings.Fields(norm.NFC.String(given)) {
		if !hasCase(word) {
			// Without spaces between them, whole names would run into one.
			if how == bare {
				return given
			}
			out = append(out, word)
			continue
		}
		for _, name := range abbreviated(word) {
			if how == bare {
				name = strings.NewReplacer(".", "", "-", "").Replace(name)
			}
			out = append(out, name)
		}
	}
	if how == bare {
		return strings.Join(out, "")
	}
	return strings.Join(out, " ")
}

// abbreviated returns the initials of one word. It is one name, "Jean" or "Jean-Pierre",
// or initials that stand together already, "J.A." or, as medicine has them, "JA".
func abbreviated(word string) []string {
	var out []string
	// "J.A." is two names, and so is "JA"; "Jean" is one.
	for _, part := range strings.SplitAfter(word, ".") {
		part = strings.TrimLeftFunc(part, func(r rune) bool { return !unicode.IsLetter(r) })
		if part == "" {
			continue
		}
		letters := utf8.RuneCountInString(part)
		switch {
		case letters > 1 && letters <= 3 && !strings.ContainsFunc(part, func(r rune) bool { return !unicode.IsUpper(r) }):
			for _, r := range part {
				out = append(out, string(r)+".")
			}
		case strings.HasSuffix(part, ".") && letters == 3 && !strings.Contains(part, "-"):
			out = append(out, part) // "Ph.", "Yu.", "Th.": abbreviated as its bearer wants it
		default:
			out = append(out, hyphenated(part))
		}
	}
	// "J.-P." was taken apart at its stop.
	if strings.Contains(word, ".-") {
		return []string{strings.Join(out, "-")}
	}
	return out
}

// hyphenated abbreviates each part of a name with hyphens.
func hyphenated(name string) string {
	var out []string
	for _, part := range strings.FieldsFunc(name, func(r rune) bool { return r == '-' || r == '‐' || r == '‑' }) {
		part = strings.TrimLeftFunc(part, func(r rune) bool { return !unicode.IsLetter(r) })
		if part == "" {
			continue
		}
		// An accent that is a character of its own goes with its letter.
		first, size := utf8.DecodeRuneInString(part)
		end := size
		for end < len(part) {
			mark, n := utf8.DecodeRuneInString(part[end:])
			if !unicode.IsMark(mark) {
				break
			}
			end += n
		}
		if len(out) > 0 {
			first = unicode.ToUpper(first)
		}
		out = append(out, string(first)+part[size:end]+".")
	}
	return strings.Join(out, "-")
}

// hasCase reports whether a word begins with a letter of a script with capitals.
func hasCase(word string) bool {
	at := strings.IndexFunc(word, unicode.IsLetter)
	if at < 0 {
		return false
	}
	first, _ := utf8.DecodeRuneInString(word[at:])
	return unicode.IsUpper(first) || unicode.IsLower(first) || unicode.IsTitle(first)
}
