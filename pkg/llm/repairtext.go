package llm

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// lookAhead is how far is looked, in bytes, to tell whether a quotation mark ends a
// string. A key with the marks around it is shorter.
const lookAhead = 200

// quotes are the marks that begin a string, each with those that end it.
var quotes = map[rune]string{
	'"': "\"", '\'': "'", '`': "`", '“': "”“\"", '„': "“”\"", '‘': "’'", '«': "»",
}

// quote is the mark that begins a string here; 0 if none does.
func (p *repair) quote() rune {
	r, _ := utf8.DecodeRuneInString(p.in[p.at:])
	if _, ok := quotes[r]; !ok {
		return 0
	}
	return r
}

// text reads a string, of a key or of a value, and writes it. A quotation mark ends it
// only where what follows is what follows a string.
func (p *repair) text(key bool) outcome {
	mark, size := utf8.DecodeRuneInString(p.in[p.at:])
	ends := quotes[mark]
	p.at += size
	var said strings.Builder
	for p.at < len(p.in) {
		r, size := utf8.DecodeRuneInString(p.in[p.at:])
		if r == '\\' {
			if !p.escape(&said) {
				break
			}
			continue
		}
		p.at += size
		if strings.ContainsRune(ends, r) && p.ended(key, r) {
			p.string(said.String())
			return outcome{ok: true}
		}
		said.WriteRune(r)
	}
	p.at = len(p.in)
	p.half = true
	p.string(said.String())
	return outcome{ok: true, cut: true}
}

// escape reads an escape sequence. One that JSON does not know is what stands there, as
// in C:\Program; one that is cut off by the end of the text is nothing.
func (p *repair) escape(said *strings.Builder) bool {
	rest := p.in[p.at:]
	if len(rest) < 2 {
		return false
	}
	length := 2
	if rest[1] == 'u' {
		length = 6
		if len(rest) >= 12 && rest[6:8] == `\u` {
			length = 12 // it may be a pair
		}
	}
	for ; length >= 2; length -= 6 {
		var one string
		if length <= len(rest) && json.Unmarshal([]byte(`"`+rest[:length]+`"`), &one) == nil {
			if length == 12 && strings.ContainsRune(one, utf8.RuneError) {
				continue // no pair: the first alone
			}
			said.WriteString(one)
			p.at += length
			return true
		}
	}
	if rest[1] == '\'' || rest[1] == '`' || rest[1] == '\n' {
		p.at++ // the character itself
		said.WriteByte(rest[1])
		p.at++
		return true
	}
	said.WriteByte('\\')
	p.at++
	return true
}

// ended says whether the quotation mark that was just read ends the string.
func (p *repair) ended(key bool, mark rune) bool {
	next := p.next(p.at)
	if next >= len(p.in) {
		return true
	}
	c := p.in[next]
	switch {
	case key:
		return c == ':' || c == ',' || c == '}'
	case c == ',':
		return p.goesOn(p.next(next + 1))
	case c == '}' || c == ']':
		return p.closes(next)
	case c == '/':
		return strings.HasPrefix(p.in[next:], "//") || strings.HasPrefix(p.in[next:], "/*")
	case c == '`':
		return strings.HasPrefix(p.in[next:], "```")
	}
	// A comma may be missing.
	if p.inObject() {
		return p.isMember(next)
	}
	return strings.HasPrefix(p.in[next:], string(mark)) && strings.Contains(p.in[p.at:next], "\n")
}

// goesOn says whether, behind a comma, another item begins here.
func (p *repair) goesOn(at int) bool {
	if at >= len(p.in) {
		return true
	}
	c := p.in[at]
	if c == '}' || c == ']' || c == '/' {
		return true
	}
	if p.inObject() {
		return p.isMember(at)
	}
	r, _ := utf8.DecodeRuneInString(p.in[at:])
	_, quoted := quotes[r]
	return quoted || strings.IndexByte("{[-0123456789", c) >= 0 ||
		startsWithAny(p.in[at:], "true", "false", "null", "True", "False", "None", "...")
}

// closes says whether a bracket here closes what is open: whatever is behind it if
// nothing is open then, else what comes behind an item.
func (p *repair) closes(at int) bool {
	open := len(p.open)
	for {
		open--
		if open <= 0 {
			return true
		}
		at = p.next(at + 1)
		if at >= len(p.in) {
			return true
		}
		switch p.in[at] {
		case '}', ']':
		case ',', '/', '`':
			return true
		case '{', '[', '"':
			return true // a comma is missing
		default:
			return false
		}
	}
}

// isMember says whether a key with a colon stands here. A word with one is a key only
// where others are written like that: in prose there are many.
func (p *repair) isMember(at int) bool {
	rest := p.in[at:min(at+lookAhead, len(p.in))]
	r, size := utf8.DecodeRuneInString(rest)
	if ends, quoted := quotes[r]; quoted {
		end := strings.IndexAny(rest[size:], ends)
		if end < 0 {
			// The text may break off in the key.
			return at+len(rest) == len(p.in) && !strings.ContainsAny(rest[size:], " \n")
		}
		_, last := utf8.DecodeRuneInString(rest[size+end:])
		rest = strings.TrimLeft(rest[size+end+last:], " \t\r\n")
		return strings.HasPrefix(rest, ":") || rest == "" && at+lookAhead >= len(p.in)
	}
	if !p.bares {
		return false
	}
	word := strings.TrimLeft(rest, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$-")
	return len(word) < len(rest) && strings.HasPrefix(strings.TrimLeft(word, " \t"), ":")
}

// inObject says that the innermost bracket that is open is that of an object.
func (p *repair) inObject() bool { return len(p.open) > 0 && p.open[len(p.open)-1] == '{' }

// next is where, from at on, the next character stands that is no white space.
func (p *repair) next(at int) int {
	for at < len(p.in) && strings.IndexByte(" \t\r\n", p.in[at]) >= 0 {
		at++
	}
	return at
}

// string writes a string.
func (p *repair) string(text string) {
	quoted, err := json.Marshal(text)
	if err != nil {
		return // a string always has a form
	}
	p.out = append(p.out, quoted...)
}

// startsWithAny says that a text begins with one of some words.
func startsWithAny(text string, words ...string) bool {
	for _, w := range words {
		if strings.HasPrefix(text, w) {
			return true
		}
	}
	return false
}
