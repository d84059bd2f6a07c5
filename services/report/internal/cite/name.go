package cite

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// parseNames reads the authors of a source. Places give names in every order: "Marie
// Curie" most of them, "Curie, Marie" catalogues, "Curie M" medicine; files may hold all
// authors in one line. What cannot be told, such as where the family name begins in
// "Gabriel García Márquez", is read as the last word.
func parseNames(authors []string, language string) []*reportv1.Name {
	var names []*reportv1.Name
	for _, author := range authors {
		for _, one := range people(clean(author)) {
			if name := parseName(one, language); name != nil {
				names = append(names, name)
			}
		}
	}
	return names
}

// people takes a line with several authors apart. A body whose name has an "and" in it
// stays whole: only what reads as the names of people, of two words or more each, is
// taken apart.
func people(line string) []string {
	if parts := strings.Split(line, ";"); len(parts) > 1 {
		return parts
	}
	for _, separator := range []string{" and ", " & ", "，", "、"} {
		if parts := strings.Split(line, separator); len(parts) > 1 && !isBody(strings.Join(parts, " ")) &&
			!slices.ContainsFunc(parts, func(p string) bool { return !hasEastern(p) && !severalWords(p) }) {
			return parts
		}
	}
	// A comma may also stand between the parts of one name: two of them are taken for that,
	// and so are parts of one word.
	parts := strings.Split(line, ",")
	if len(parts) > 2 && !isBody(line) && !slices.ContainsFunc(parts, func(p string) bool { return !severalWords(p) || isSuffix(p) }) {
		return parts
	}
	return []string{line}
}

func severalWords(text string) bool { return len(strings.Fields(text)) > 1 }

// parseName reads the name of one author; nil if there is none.
func parseName(text, language string) *reportv1.Name {
	text = strings.Trim(clean(text), ",;|/ ")
	// What stands in brackets behind a name says what its bearer did: "(ed.)".
	if name, _, found := strings.Cut(text, " ("); found && strings.HasSuffix(text, ")") {
		text = name
	}
	switch {
	case isNobody(text), strings.IndexFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }) < 0:
		return nil
	// A body's name is not taken apart, whatever commas it has.
	case isBody(text):
		return &reportv1.Name{Family: text}
	case isEasternText(text):
		return easternName(text, language)
	}
	parts := slices.DeleteFunc(strings.Split(text, ","), func(p string) bool { return isDegree(p) || strings.TrimSpace(p) == "" })
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	switch len(parts) {
	case 0: // nothing but a degree: someone is called that
		return &reportv1.Name{Family: text}
	case 1:
		return natural(parts[0])
	case 2:
		if isSuffix(parts[1]) {
			name := natural(parts[0])
			name.Suffix = parts[1]
			return name
		}
		return inverted(parts[0], parts[1], "")
	case 3:
		if isSuffix(parts[2]) {
			return inverted(parts[0], parts[1], parts[2])
		}
		if isSuffix(parts[1]) { // as BibTeX has it
			return inverted(parts[0], parts[2], parts[1])
		}
	}
	return &reportv1.Name{Family: text}
}

// inverted reads a name in the order of catalogues.
func inverted(family, given, suffix string) *reportv1.Name {
	last, rest := cutSuffix(strings.Fields(family))
	first, behind := cutSuffix(strings.Fields(given))
	if suffix == "" {
		suffix = rest + behind
	}
	// "Humboldt, Alexander von": the particle belongs to the family name.
	for len(first) > 1 && isParticle(first[len(first)-1]) {
		last = append([]string{first[len(first)-1]}, last...)
		first = first[:len(first)-1]
	}
	return &reportv1.Name{Family: strings.Join(last, " "), Given: strings.Join(first, " "), Suffix: suffix}
}

// natural reads a name in the order in which it is spoken.
func natural(text string) *reportv1.Name {
	words := strings.Fields(text)
	for len(words) > 2 && isHonorific(words[0]) {
		words = words[1:]
	}
	words, suffix := cutSuffix(words)
	// Most names end with the family name; that one begins with it has to show.
	begin := familyFirst(words)
	if begin > 0 {
		return &reportv1.Name{Family: strings.Join(words[:begin], " "), Given: strings.Join(words[begin:], " "), Suffix: suffix}
	}
	begin = familyStart(words)
	return &reportv1.Name{Family: strings.Join(words[begin:], " "), Given: strings.Join(words[:begin], " "), Suffix: suffix}
}

// familyFirst returns how many words the family name has in a name that begins with it;
// 0 if it does not. It shows in initials behind it, "Smith JA", and in a patronymic
// behind the given name, "Толстой Лев Николаевич".
func familyFirst(words []string) int {
	n := len(words)
	if n == 3 && isPatronymic(words[2]) && !isPatronymic(words[1]) {
		return 1
	}
	begin := n
	for begin > 1 && areInitials(words[begin-1]) {
		begin--
	}
	// In capitals throughout, nothing can be told from capitals.
	if begin == n || areInitials(words[0]) || strings.ToUpper(words[0]) == words[0] {
		return 0
	}
	return begin
}

// areInitials reports whether a word is initials: `J.`, `J.A.`, `J.-P.`, `JA`.
func areInitials(word string) bool {
	letters := 0
	for _, r := range word {
		switch {
		case unicode.IsUpper(r):
			letters++
		case r != '.' && r != '-':
			return false
		}
	}
	return letters > 0 && (letters <= 3 || strings.Count(word, ".") >= letters)
}

// isPatronymic reports whether a word is a Russian patronymic.
func isPatronymic(word string) bool {
	return slices.ContainsFunc([]string{"ович", "евич", "овна", "евна", "ична", "ьич"}, func(end string) bool { return strings.HasSuffix(word, end) })
}

// familyStart returns the word that the family name begins with, in a name that ends with
// it: the first of its particles, or the last word.
func familyStart(words []string) int {
	last := len(words) - 1
	if last < 1 {
		return 0
	}
	for i, word := range words[:last] {
		if isParticle(word) {
			// From the first particle on, all is the family name: "de Cervantes Saavedra".
			if i > 0 && isJoint(word) {
				return max(i-1, 1) // "José Ortega y Gasset"
			}
			return i
		}
	}
	// Particles in capitals, too, but the first word is a given name: "Van Morrison".
	begin := last
	if last > 1 && isGeneration(words[last]) {
		begin--
	}
	for begin > 1 && isParticle(lowered(words[begin-1])) && !areInitials(words[begin-1]) {
		begin--
	}
	return begin
}

// cutSuffix returns the words of a name without the suffix that they end in.
func cutSuffix(words []string) ([]string, string) {
	if n := len(words); n > 1 && isSuffix(words[n-1]) {
		return words[:n-1], words[n-1]
	}
	return words, ""
}

// lowered is a word with a small first letter.
func lowered(word string) string {
	first, size := utf8.DecodeRuneInString(word)
	return string(unicode.ToLower(first)) + word[size:]
}
