package extract

import (
	"strconv"
	"strings"
)

// readRTF reads Rich Text Format (version 1.9.1): text, tables, lists with the
// markers that the writing program computed, notes, comments, headers and
// footers. Hidden and deleted text and field codes are left out.
func readRTF(b *builder, data []byte) (Document, error) {
	r := newRTFReader(b)
	if err := r.tokens(data); err != nil {
		return Document{}, err
	}
	r.flush()
	r.endParagraph()
	r.out.endTable()
	r.out.endNotes()
	for _, margin := range r.margins {
		b.lines(margin)
	}
	doc, err := b.document("")
	return r.properties().describe(doc), err
}

// maxRTFDepth is how deep groups may be nested. Programs stay under a hundred.
const maxRTFDepth = 5000

// tokens cuts the file into groups, control words and characters.
func (r *rtfReader) tokens(data []byte) error {
	for i := 0; i < len(data); {
		r.atStart = i > 0 && data[i-1] == '{'
		switch c := data[i]; c {
		case '{':
			if len(r.states) >= maxRTFDepth {
				return fail(Broken, "the file is nested more than %d levels deep", maxRTFDepth)
			}
			r.begin()
			i++
		case '}':
			r.end()
			i++
			if len(r.states) == 0 {
				return nil // what follows the document is not part of it
			}
		case '\\':
			i += r.control(data[i:])
		case '\r', '\n', 0:
			i++
		default:
			r.byte(c)
			i++
		}
		if i&0xfff == 0 && r.b.failed() {
			return r.b.err
		}
	}
	return nil
}

// control reads what a backslash begins and returns its length.
func (r *rtfReader) control(data []byte) int {
	if len(data) < 2 {
		return len(data)
	}
	c := data[1]
	if !isLetter(c) {
		return r.symbol(data)
	}
	end := 2
	for end < len(data) && end < 34 && isLetter(data[end]) {
		end++
	}
	word := string(data[1:end])
	from := end
	if end < len(data) && data[end] == '-' {
		end++
	}
	for end < len(data) && end-from < 12 && data[end] >= '0' && data[end] <= '9' {
		end++
	}
	value, err := strconv.Atoi(string(data[from:end]))
	given := err == nil
	if end < len(data) && data[end] == ' ' {
		end++
	}
	if word == "bin" && given && value > 0 {
		return min(end+value, len(data))
	}
	if word == "u" && given {
		r.unicode(value)
		return end
	}
	r.skip = 0
	r.word(word, value, given)
	return end
}

// symbol reads a control symbol and returns its length.
func (r *rtfReader) symbol(data []byte) int {
	switch c := data[1]; c {
	case '\'':
		if len(data) < 4 {
			return len(data)
		}
		if n, err := strconv.ParseUint(string(data[2:4]), 16, 8); err == nil {
			r.byte(byte(n))
		}
		return 4
	case '\\', '{', '}':
		r.byte(c)
	case '~':
		r.text("\u00a0")
	case '_':
		r.text("\u2011")
	case '-':
		r.text("\u00ad")
	case '*': // only as the first thing in a group: some programs leave stray ones
		r.state().optional = r.atStart
	case '\r', '\n':
		r.word("par", 0, false)
	case '|', ':': // parts of formulas and indexes
	}
	return 2
}

// isLetter reports whether c may stand in a control word.
func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// properties returns what the file's information group says.
func (r *rtfReader) properties() metadata {
	info := func(word string) string { return strings.TrimSpace(r.info[word]) }
	m := metadata{title: ownTitle(info("title")), authors: authors(info("author"))}
	m.setPublished(clockDate(r.created))
	m.identifyIn(info("subject"), info("keywords"), info("doccomm"))
	return m
}
