package chart

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/bidi"
)

// width estimates how wide a line of text is. The fonts differ between formats, so it
// is an upper estimate for common sans-serif and serif faces: an em for characters of
// East Asia and emoji, nothing for marks that combine, three classes for the rest.
func width(text string, size float64) float64 {
	var ems float64
	for _, r := range text {
		ems += advance(r)
	}
	return ems * size
}

// advance estimates the width of a character in ems.
func advance(r rune) float64 {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case unicode.Is(wide, r):
		return 1
	case strings.ContainsRune("iljtfrI.,:;'|!()[]/ ", r):
		return 0.36
	case strings.ContainsRune("mwMW@%—…", r):
		return 0.95
	case unicode.IsUpper(r):
		return 0.72
	}
	return 0.57
}

// wide are the characters that take a whole em.
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x1100, Hi: 0x115f, Stride: 1},
		{Lo: 0x2e80, Hi: 0xa4cf, Stride: 1},
		{Lo: 0xac00, Hi: 0xd7a3, Stride: 1},
		{Lo: 0xf900, Hi: 0xfaff, Stride: 1},
		{Lo: 0xfe30, Hi: 0xfe6f, Stride: 1},
		{Lo: 0xff00, Hi: 0xff60, Stride: 1},
		{Lo: 0xffe0, Hi: 0xffe6, Stride: 1},
	},
	R32: []unicode.Range32{{Lo: 0x1f000, Hi: 0x1faff, Stride: 1}, {Lo: 0x20000, Hi: 0x3fffd, Stride: 1}},
}

// cut shortens text to a width, an ellipsis taking the place of what is lost. It looks at
// no more of the text than fits.
func cut(text string, size, room float64) string {
	const ellipsis = "…"
	room += 0.01 // sums of widths are not exact
	var used float64
	fits := 0 // as many bytes fit together with an ellipsis
	for i, r := range text {
		if used+advance('…')*size <= room {
			fits = i
		}
		if used += advance(r) * size; used > room {
			return strings.TrimRightFunc(text[:fits], unicode.IsSpace) + ellipsis
		}
	}
	return text
}

// label returns as much of a text as there is room for. One that begins from right to left
// is embedded as such: a drawing has no direction of its own, and the end of the text, an
// ellipsis above all, would stand at its beginning.
func label(text string, size, room float64) string {
	const embedding, end = "\u202b", "\u202c"
	text = cut(text, size, room)
	for _, r := range text {
		properties, _ := bidi.LookupRune(r)
		switch properties.Class() {
		case bidi.L:
			return text
		case bidi.R, bidi.AL:
			return embedding + text + end
		}
	}
	return text
}

// plain makes text a single line of characters that can be drawn: white space and
// control characters become spaces, what is no character U+FFFD.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), unicode.IsControl(r):
			return ' '
		case r >= 0xfffe && r <= 0xffff:
			return unicode.ReplacementChar
		}
		return r
	}, strings.ToValidUTF8(text, string(unicode.ReplacementChar)))
}
