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
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c < 0x7f && strings.IndexByte(set, c) < 0 {
			b.WriteByte(c)
			continue
		}
		b.Write([]byte{'%', digits[c>>4], digits[c&15]})
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
