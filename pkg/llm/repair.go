package llm

import (
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxDepth is how deep values may lie in each other. No answer needs a tenth of it.
const maxDepth = 100

// repair reads JSON as models write it and writes JSON as it should be. It goes through
// the text once; what it looks ahead is bounded.
type repair struct {
	in    string
	at    int
	out   []byte
	whole bool   // what is cut off is left out
	half  bool   // something was cut off in the middle
	bares bool   // there are keys without quotation marks
	open  []byte // the brackets that are open
}

// outcome is what became of a value.
type outcome struct {
	ok  bool // it was written
	cut bool // the text ended before it did
}

// value reads a value. It writes nothing if there is none.
func (p *repair) value(depth int) outcome {
	p.skip()
	if p.at >= len(p.in) || depth > maxDepth {
		return outcome{}
	}
	switch c := p.in[p.at]; {
	case c == '{':
		return p.container('{', '}', depth)
	case c == '[':
		return p.container('[', ']', depth)
	case p.quote() != 0:
		return p.text(false)
	case strings.IndexByte("}],:", c) >= 0:
		return outcome{}
	}
	return p.bare()
}

// container reads an object or a list. Brackets that are missing are put where the
// next one outside, or the end, shows that they are missing.
func (p *repair) container(open, end byte, depth int) outcome {
	p.at++
	p.out = append(p.out, open)
	p.open = append(p.open, open)
	defer func() { p.open = p.open[:len(p.open)-1] }()
	for first := true; ; {
		p.skip()
		for p.at < len(p.in) && p.in[p.at] == ',' {
			p.at++
			p.skip()
		}
		if p.at >= len(p.in) {
			p.out = append(p.out, end)
			return outcome{ok: true, cut: true}
		}
		if c := p.in[p.at]; c == '}' || c == ']' {
			if c == end {
				p.at++
			} else if !p.outside(c) {
				p.at++ // one too many
				continue
			}
			p.out = append(p.out, end)
			return outcome{ok: true}
		}
		before := len(p.out)
		if !first {
			p.out = append(p.out, ',')
		}
		item := p.item(open, depth)
		if item.cut && !p.keep(open, before) || !item.ok {
			p.out = p.out[:before]
		} else {
			first = false
		}
		if item.cut {
			p.out = append(p.out, end)
			return outcome{ok: true, cut: true}
		}
		if !item.ok && !p.recover() {
			return outcome{}
		}
	}
}

// keep says whether an item that the text ended in stays. Of an object, a member that
// is an object or a list stays with what is whole of it; a list keeps whole items only.
func (p *repair) keep(open byte, before int) bool {
	last := p.out[len(p.out)-1]
	container := len(p.out) > before && (last == '}' || last == ']')
	if !container {
		p.half = true
	}
	return !p.whole || container && open == '{'
}

// item reads a member of an object or an item of a list.
func (p *repair) item(open byte, depth int) outcome {
	if open == '[' {
		return p.value(depth + 1)
	}
	if key := p.key(); !key.ok || key.cut {
		p.half = p.half || key.cut
		return outcome{ok: false, cut: key.cut}
	}
	p.out = append(p.out, ':')
	p.skip()
	if p.at < len(p.in) && p.in[p.at] == ':' {
		p.at++
		p.skip()
	}
	if p.at >= len(p.in) {
		p.half = true
		return outcome{ok: false, cut: true}
	}
	if strings.IndexByte(",}]", p.in[p.at]) >= 0 {
		p.out = append(p.out, "null"...)
		return outcome{ok: true}
	}
	return p.value(depth + 1)
}

// key reads the key of a member, with quotation marks or without.
func (p *repair) key() outcome {
	if p.quote() != 0 {
		return p.text(true)
	}
	begin := p.at
	for p.at < len(p.in) {
		r, size := utf8.DecodeRuneInString(p.in[p.at:])
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && r != '-' && r != '$' && r != '.' {
			break
		}
		p.at += size
	}
	if p.at == begin {
		return outcome{}
	}
	p.bares = true
	p.string(p.in[begin:p.at])
	return outcome{ok: true, cut: p.at >= len(p.in)}
}

// recover goes on behind a character that has no place, unless there is none.
func (p *repair) recover() bool {
	if p.at >= len(p.in) {
		return true // the container finds the end itself
	}
	if len(p.open) > maxDepth {
		return false
	}
	_, size := utf8.DecodeRuneInString(p.in[p.at:])
	if c := p.in[p.at]; c != '}' && c != ']' && c != ',' {
		p.at += size
	}
	return true
}

// outside says that a closing bracket belongs to something around the innermost
// bracket that is open.
func (p *repair) outside(end byte) bool {
	open := byte('{')
	if end == ']' {
		open = '['
	}
	for i := len(p.open) - 2; i >= 0; i-- {
		if p.open[i] == open {
			return true
		}
	}
	return false
}

// bare reads a word or number without quotation marks.
func (p *repair) bare() outcome {
	begin := p.at
	for p.at < len(p.in) && strings.IndexByte(",}]\n\r", p.in[p.at]) < 0 {
		p.at++
	}
	word := strings.TrimSpace(p.in[begin:p.at])
	cut := p.at >= len(p.in)
	if word == "" || word == "..." || word == "…" {
		return outcome{cut: cut}
	}
	switch word {
	case "true", "True", "TRUE":
		p.out = append(p.out, "true"...)
	case "false", "False", "FALSE":
		p.out = append(p.out, "false"...)
	case "null", "None", "NULL", "undefined", "NaN", "nan", "Infinity", "-Infinity":
		p.out = append(p.out, "null"...)
	default:
		if number, ok := asNumber(word); ok {
			p.out = append(p.out, number...)
			break
		}
		p.string(word)
	}
	return outcome{ok: true, cut: cut}
}

// asNumber is a number as JSON writes it: without plus, leading zeros and bare points.
func asNumber(word string) (string, bool) {
	word, negative := strings.CutPrefix(strings.TrimPrefix(word, "+"), "-")
	if strings.Trim(word, "0123456789.eE+-") != "" {
		return "", false
	}
	word = strings.TrimLeft(word, "0")
	if word == "" || word[0] < '0' || word[0] > '9' {
		word = "0" + word
	}
	whole, fraction, point := strings.Cut(word, ".")
	if point && (fraction == "" || fraction[0] < '0' || fraction[0] > '9') {
		word = whole + ".0" + fraction
	}
	if negative {
		word = "-" + word
	}
	return word, json.Valid([]byte(word))
}

// skip skips white space and comments.
func (p *repair) skip() {
	for p.at < len(p.in) {
		rest := p.in[p.at:]
		r, size := utf8.DecodeRuneInString(rest)
		switch {
		case unicode.IsSpace(r) || r == '\uFEFF' || r == '\u200B':
			p.at += size
		case strings.HasPrefix(rest, "//"), strings.HasPrefix(rest, "```"):
			p.to(rest, "\n")
		case strings.HasPrefix(rest, "/*"):
			p.to(rest, "*/")
		default:
			return
		}
	}
}

// to goes on behind a mark, or to the end.
func (p *repair) to(rest, mark string) {
	at := strings.Index(rest, mark)
	if at < 0 {
		p.at = len(p.in)
		return
	}
	p.at += at + len(mark)
}
