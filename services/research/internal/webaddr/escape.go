package webaddr

import (
	"encoding/hex"
	"strings"
)

// The percent-encode sets of the standard, by the ASCII characters that they add
// to controls and everything beyond ASCII.
const (
	controlEscapes  = ""
	fragmentEscapes = " \"<>`"
	plainQuery      = " \"#<>"
	specialQuery    = plainQuery + "'"
	pathEscapes     = plainQuery + "?^`{}"
	userinfoEscapes = pathEscapes + "/:;=@[\\]|"
)

func queryEscapes(special bool) string {
	if special {
		return specialQuery
	}
	return plainQuery
}

// encode percent-encodes the bytes of s that are in the set. What is encoded
// already stays as it is.
func encode(s, set string) string {
	const digits = "0123456789ABCDEF"
	mustEscape := func(c byte) bool { return c < ' ' || c >= 0x7f || strings.IndexByte(set, c) >= 0 }
	first := 0
	for first < len(s) && !mustEscape(s[first]) {
		first++
	}
	if first == len(s) {
		return s // as almost always
	}
	var b strings.Builder
	b.WriteString(s[:first])
	for _, c := range []byte(s[first:]) {
		if !mustEscape(c) {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(digits[c>>4])
		b.WriteByte(digits[c&15])
	}
	return b.String()
}

// decode replaces what is percent-encoded in s; a stray "%" stays.
func decode(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if c, ok := escaped(s, i); ok {
			b = append(b, c)
			i += 2
			continue
		}
		b = append(b, s[i])
	}
	return string(b)
}

// escaped returns the byte that is percent-encoded at s[i:].
func escaped(s string, i int) (byte, bool) {
	if s[i] != '%' || i+2 >= len(s) {
		return 0, false
	}
	var c [1]byte
	if _, err := hex.Decode(c[:], []byte(s[i+1:i+3])); err != nil {
		return 0, false
	}
	return c[0], true
}
