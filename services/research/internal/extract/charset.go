package extract

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// decode returns data as UTF-8. The encoding is told, in this order, by a byte
// order mark, by the zero bytes of UTF-16, by a declared encoding that has
// nothing in common with ASCII, by data being valid UTF-8, by any declaration,
// and by what makes words of it (guessEncoding). Text in another encoding is hardly ever
// valid UTF-8, while declarations are often wrong.
func decode(data []byte, declaredType string) (string, error) {
	if enc := byMark(data); enc != nil {
		return decodeWith(enc, data)
	}
	if enc := byZeros(data); enc != nil {
		return decodeWith(enc, data)
	}
	declared, name := declaredEncoding(data, declaredType)
	if declared != nil && beyondASCII(name) {
		return decodeWith(declared, data)
	}
	if validUTF8(data) {
		return strings.ToValidUTF8(string(data), "\uFFFD"), nil
	}
	if declared != nil && name != "utf-8" { // for it is not valid UTF-8
		return decodeWith(declared, data)
	}
	head := data[:min(len(data), 64<<10)]
	if name == "utf-8" && mostlyUTF8(head) {
		return strings.ToValidUTF8(string(data), "\uFFFD"), nil
	}
	return decodeWith(guessEncoding(head), data)
}

// beyondASCII reports whether an encoding gives ASCII bytes other meanings, so
// that its text looks like valid UTF-8.
func beyondASCII(name string) bool {
	switch name {
	case "iso-2022-jp", "hz-gb-2312", "utf-16le", "utf-16be":
		return true
	}
	return false
}

// mostlyUTF8 reports whether data is UTF-8 with a few malformed bytes.
func mostlyUTF8(data []byte) bool {
	bad, good := 0, 0
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		switch {
		case r == utf8.RuneError && size == 1:
			bad++
		case size > 1:
			good++
		}
		data = data[size:]
	}
	return bad*4 <= good
}

// foreign returns the number of bytes outside ASCII.
func foreign(data []byte) int {
	n := 0
	for _, c := range data {
		if c >= utf8.RuneSelf {
			n++
		}
	}
	return n
}

// decodeWith decodes data; malformed bytes become U+FFFD.
func decodeWith(enc encoding.Encoding, data []byte) (string, error) {
	out, err := enc.NewDecoder().Bytes(data)
	if err != nil {
		return "", failBecause(err, Broken, "the text is in no known encoding")
	}
	return strings.ToValidUTF8(string(out), "\uFFFD"), nil
}

// byMark returns the encoding that a byte order mark stands for.
func byMark(data []byte) encoding.Encoding {
	switch {
	case bytes.HasPrefix(data, []byte("\xEF\xBB\xBF")):
		return unicode.UTF8BOM
	case bytes.HasPrefix(data, []byte("\xFF\xFE\x00\x00")), bytes.HasPrefix(data, []byte("\x00\x00\xFE\xFF")):
		return utf32.UTF32(utf32.LittleEndian, utf32.UseBOM)
	case bytes.HasPrefix(data, []byte("\xFF\xFE")), bytes.HasPrefix(data, []byte("\xFE\xFF")):
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	}
	return nil
}

// byZeros recognises UTF-16 without a mark: in text that is mostly Latin every
// other byte is zero.
func byZeros(data []byte) encoding.Encoding {
	head := data[:min(len(data), sniffBytes)]
	var zeros [2]int
	for i, c := range head {
		if c == 0 {
			zeros[i%2]++
		}
	}
	half := len(head) / 2
	switch {
	case half == 0:
		return nil
	case zeros[1]*10 > half*4 && zeros[0]*10 < half:
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case zeros[0]*10 > half*4 && zeros[1]*10 < half:
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	}
	return nil
}

// validUTF8 is utf8.Valid, but forgives a character that the end of data cuts,
// since data may be the beginning of a file, if there are whole ones as well.
func validUTF8(data []byte) bool {
	for cut := 0; cut < utf8.UTFMax && cut <= len(data); cut++ {
		if utf8.Valid(data[:len(data)-cut]) {
			return cut == 0 || !utf8.FullRune(data[len(data)-cut:]) && foreign(data) > cut
		}
	}
	return false
}
