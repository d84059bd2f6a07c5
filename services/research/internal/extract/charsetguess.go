package extract

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gogs/chardet"
	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
)

const (
	// minForeign is how many bytes outside ASCII it takes to tell an encoding by
	// the frequency of characters; a text with fewer is most likely in Windows-1252
	// if that makes words of it.
	minForeign = 8
	// minConfidence is the confidence in percent above which statistics are asked
	// before the look of the words. A table of a few lines gives no more.
	minConfidence = 20
	// minPlausible is the share of the words that have to look like words.
	minPlausible = 0.9
	// minCommon is the share of the characters that have to be common ones.
	minCommon = 0.7
)

// guessEncoding tells the encoding of text that declares none by the frequency
// of its characters and by whether words come out. Statistics alone fail on what
// is short, a table of names for one.
func guessEncoding(head []byte) encoding.Encoding {
	enough := foreign(head) >= minForeign
	if !enough && plausible(charmap.Windows1252, head) {
		return charmap.Windows1252
	}
	guesses, err := chardet.NewTextDetector().DetectAll(head)
	if err != nil {
		guesses = nil
	}
	for _, guess := range guesses {
		if enc, _ := charset.Lookup(guess.Charset); enc != nil && guess.Confidence >= minConfidence && plausible(enc, head) {
			return enc
		}
	}
	for _, zone := range commonZones() {
		if enc, _ := charset.Lookup(zone.label); enc != nil && zone.share(head) >= minCommon && plausible(enc, head) {
			return enc
		}
	}
	for _, label := range []string{"windows-1252", "windows-1251", "koi8-r", "ibm866", "windows-1253", "windows-1255", "windows-1250", "windows-1254"} {
		if enc, _ := charset.Lookup(label); enc != nil && plausible(enc, head) {
			return enc
		}
	}
	if enough && len(guesses) > 0 {
		if enc, _ := charset.Lookup(guesses[0].Charset); enc != nil {
			return enc
		}
	}
	return charmap.Windows1252
}

// plausible reports whether data, read in an encoding, is made of words. A
// character that the end of data cuts is forgiven.
func plausible(enc encoding.Encoding, data []byte) bool {
	out, err := enc.NewDecoder().Bytes(data)
	if err != nil {
		return false
	}
	text := strings.TrimSuffix(string(out), "\uFFFD")
	if strings.ContainsRune(text, utf8.RuneError) || strings.ContainsFunc(text, isC1) {
		return false
	}
	good, all := 0, 0
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return !unicode.IsLetter(r) && r < utf8.RuneSelf || unicode.IsSpace(r) }) {
		if foreign([]byte(word)) == 0 {
			continue
		}
		if all++; isWord(word) {
			good++
		}
	}
	return float64(good) >= minPlausible*float64(all)
}

// isC1 reports whether r is a control character that no text has.
func isC1(r rune) bool { return r >= 0x80 && r < 0xA0 && r != 0x85 }

// typographic are the signs that stand beside and between words; within words
// they show that the encoding is another.
const typographic = "«»‹›“”„‘’‚–—…·•°§©®™€£¥½¼¾²³¹±×÷¡¿†‡ªº¶ \u00ad、。，；：！？（）「」『』【】《》・ー～"

// isWord reports whether a word with characters outside ASCII looks like one:
// letters of one script, capitals at its beginning or throughout, and in Latin
// script not accents alone.
func isWord(word string) bool {
	word = strings.Trim(word, typographic)
	var latin, accented, alphabet int // letters of Latin, its accents, of other scripts with letters
	lower := false                    // a small letter was seen
	for i, r := range word {
		switch {
		case unicode.IsMark(r):
			if i == 0 {
				return false
			}
			continue
		case r == '’' || r == '·' || r == '\u00ad' || r == '–' || r == '—' || r > 0x3000 && unicode.In(r, unicode.P, unicode.S):
			lower = false
			continue
		case !unicode.IsLetter(r) && !unicode.IsNumber(r):
			return false
		case unicode.IsUpper(r) && lower:
			return false
		case unicode.Is(unicode.Latin, r):
			if latin++; r >= utf8.RuneSelf {
				accented++
			}
		case !unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul): // they mix
			alphabet++
		}
		lower = lower || unicode.IsLower(r)
	}
	return (latin == 0 || alphabet == 0) && (latin < 4 || accented < latin)
}

// commonZone says where an encoding of two bytes a character has its common
// characters: kana, syllables, and the first level of ideographs, which its
// standard put together so.
type commonZone struct {
	label  string
	leads  string // pairs of first and last lead byte
	single string // pairs of the bytes that stand alone and are not common
}

// commonZones returns the zones in the order they are tried: that of GB 18030
// takes in the others', so it comes last.
func commonZones() []commonZone {
	return []commonZone{
		{label: "shift_jis", leads: "\x81\x84\x88\x98", single: "\xA1\xDF"},
		{label: "euc-jp", leads: "\xA1\xA5\xB0\xCF"},
		{label: "euc-kr", leads: "\xA1\xA3\xB0\xC8"},
		{label: "big5", leads: "\xA1\xC6"},
		{label: "gb18030", leads: "\xA1\xA3\xB0\xD7"},
	}
}

// share returns the share of the characters outside ASCII that are common, 0 if
// there are none.
func (z commonZone) share(data []byte) float64 {
	common, all := 0, 0
	for i := 0; i < len(data); i++ {
		c := data[i]
		if c < utf8.RuneSelf {
			continue
		}
		all++
		if within(c, z.single) {
			continue
		}
		if within(c, z.leads) {
			common++
		}
		i++ // the second byte
	}
	if all == 0 {
		return 0
	}
	return float64(common) / float64(all)
}

// within reports whether c is in one of the ranges that pairs bound.
func within(c byte, pairs string) bool {
	for i := 0; i+1 < len(pairs); i += 2 {
		if c >= pairs[i] && c <= pairs[i+1] {
			return true
		}
	}
	return false
}
