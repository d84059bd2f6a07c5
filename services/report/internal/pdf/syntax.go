package pdf

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
)

// text writes a text for readers of the file: as it is where that is ASCII, as UTF-16
// elsewhere. Text that is not UTF-8 has become U+FFFD where it was not.
func text(s string) string {
	plain := true
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			plain = false
			break
		}
	}
	switch {
	case plain && !strings.ContainsAny(s, `\()`):
		return "(" + s + ")"
	case plain:
		return "(" + strings.NewReplacer(`\`, `\\`, "(", `\(`, ")", `\)`).Replace(s) + ")"
	}
	return "<FEFF" + wide(s) + ">"
}

// wide writes text as the hexadecimal digits of UTF-16.
func wide(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r >= 0x10000 {
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, "%04X%04X", high, low)
			continue
		}
		fmt.Fprintf(&b, "%04X", r)
	}
	return b.String()
}

// name writes a name. Whatever is no plain letter, digit or sign is escaped.
func name(s string) string {
	var b strings.Builder
	b.WriteByte('/')
	for i := range len(s) {
		c := s[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '+' || c == '_' || c == '.' {
			b.WriteByte(c)
			continue
		}
		fmt.Fprintf(&b, "#%02X", c)
	}
	return b.String()
}

// number appends a number and a space. A hundredth of a point is finer than any
// printer; more digits would only make the file larger.
func number(b []byte, v float64) []byte {
	const limit = 1e7
	if !(v > -limit && v < limit) { // also what is no number
		v = 0
	}
	scaled := int64(v*100 + 0.5)
	if v < 0 {
		scaled = -int64(-v*100 + 0.5)
	}
	if scaled < 0 {
		b = append(b, '-')
		scaled = -scaled
	}
	b = strconv.AppendInt(b, scaled/100, 10)
	if rest := scaled % 100; rest != 0 {
		b = append(b, '.', byte('0'+rest/10))
		if rest%10 != 0 {
			b = append(b, byte('0'+rest%10))
		}
	}
	return append(b, ' ')
}

// numbers writes numbers in brackets.
func numbers(values ...float64) string {
	b := []byte{'['}
	for _, v := range values {
		b = number(b, v)
	}
	return string(append(b[:len(b)-1], ']'))
}

// Color is a colour as 0xRRGGBB.
type Color uint32

// operands appends a colour as three numbers.
func (c Color) operands(b []byte) []byte {
	for shift := 16; shift >= 0; shift -= 8 {
		b = number(b, float64(c>>shift&0xff)/255)
	}
	return b
}
