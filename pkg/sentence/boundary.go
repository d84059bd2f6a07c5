package sentence

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// ends decides whether the full stop at s[stop:] ends a sentence. s begins where
// the sentence begins and runs to the end of the block; end is the offset after
// the full stop and the closing signs that follow it.
func ends(s string, stop, end int) bool {
	r, _ := utf8.DecodeRuneInString(s[stop:])
	next := s[end:]
	if !strings.ContainsFunc(next, func(r rune) bool { return !unicode.IsSpace(r) }) {
		return true
	}
	if endsAlways(r) {
		decimal := r == '．' && startsDigit(next)
		return !decimal && !goesOnInJapanese(s[:end], next)
	}
	first, _ := utf8.DecodeRuneInString(next)
	if !unicode.IsSpace(first) {
		// No space: a decimal, an address, a file name – or Chinese text that
		// uses the Latin question mark.
		return unicode.Is(unicode.Han, first) && r != '.'
	}
	word := firstWord(next)
	if startsLower(word) {
		return false
	}
	if r != '.' || strings.HasPrefix(s[stop:], "..") {
		return true
	}
	if quoted := end > stop+1; quoted && !strings.HasPrefix(s[stop+1:], "[") {
		return true // `said “Stop.” Then`: nobody quotes half an abbreviation
	}
	return stopEnds(s[:stop], next, word)
}

// goesOnInJapanese reports whether a full stop inside a closing quotation is
// followed by the particle that carries the sentence on: 「…。」と言った.
func goesOnInJapanese(before, next string) bool {
	last, _ := utf8.DecodeLastRuneInString(before)
	first, _ := utf8.DecodeRuneInString(next)
	return strings.ContainsRune("」』）】”", last) && strings.ContainsRune("とっなはのがをにでも", first)
}

// stopEnds decides about a single full stop by the word before it and the
// text after it, whose first word is word.
func stopEnds(before, next, word string) bool {
	prev := lastWord(before)
	key := strings.ToLower(prev)
	digit := startsDigit(word)
	switch {
	case prev == "":
		return true
	case isNumber(prev):
		heading := strings.TrimSpace(before) == prev // "3.1. Results"
		return !heading && !ordinal(before, prev, word)
	case digit && beforeNumber[key]:
		return false
	case neverLast[key]:
		return false
	case isInitial(prev), isDotted(prev), sometimesLast[key]:
		return starters[strings.ToLower(word)] && !opensBracket(next)
	}
	return true
}

// lastWord returns the word that s ends with, inner full stops included, so
// that "p.m" and "U.S" come back whole.
func lastWord(s string) string {
	i := len(s)
	for i > 0 {
		r, size := utf8.DecodeLastRuneInString(s[:i])
		if !isWordRune(r) && r != '.' {
			break
		}
		i -= size
	}
	return strings.TrimLeft(s[i:], ".")
}

// firstWord returns the first word of s, without the quotes and brackets that
// open before it, and "" if s goes on with something else.
func firstWord(s string) string {
	s = strings.TrimLeftFunc(s, func(r rune) bool { return unicode.IsSpace(r) || isOpener(r) })
	end := strings.IndexFunc(s, func(r rune) bool { return !isWordRune(r) })
	if end < 0 {
		return s
	}
	return s[:end]
}

// opensBracket reports whether s goes on with a bracket, as in "et al. (2010)".
func opensBracket(s string) bool {
	s = strings.TrimLeftFunc(s, unicode.IsSpace)
	return strings.HasPrefix(s, "(") || strings.HasPrefix(s, "[")
}

// startsLower reports whether a word cannot begin a sentence because it is
// written small. Names such as "iPhone" and "mRNA" can.
func startsLower(word string) bool {
	first, size := utf8.DecodeRuneInString(word)
	return unicode.IsLower(first) && !strings.ContainsFunc(word[size:], unicode.IsUpper)
}

// startsDigit reports whether word begins with a digit.
func startsDigit(word string) bool {
	r, _ := utf8.DecodeRuneInString(word)
	return unicode.IsDigit(r)
}

// isNumber reports whether word is digits and full stops only.
func isNumber(word string) bool {
	return word != "" && strings.Trim(word, "0123456789.") == ""
}

// isInitial reports whether word is a single capital: a name's initial.
func isInitial(word string) bool {
	r, size := utf8.DecodeRuneInString(word)
	return size == len(word) && unicode.IsUpper(r)
}

// isDotted reports whether word is made of short parts joined by full stops, as
// "U.S" is and "example.com" is not.
func isDotted(word string) bool {
	if !strings.Contains(word, ".") {
		return false
	}
	for part := range strings.SplitSeq(word, ".") {
		if utf8.RuneCountInString(part) > 2 {
			return false
		}
	}
	return true
}

// ordinal reports whether number, which before ends with, is an ordinal in the
// German manner: "am 3. Oktober", "im 19. Jahrhundert".
func ordinal(before, number, next string) bool {
	if len(number) > 2 {
		return false
	}
	if germanAfterOrdinal[strings.ToLower(next)] {
		return true
	}
	prev := lastWord(strings.TrimRightFunc(strings.TrimSuffix(before, number), unicode.IsSpace))
	return germanBeforeOrdinal[strings.ToLower(prev)]
}
