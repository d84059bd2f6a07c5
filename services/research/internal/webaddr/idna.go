package webaddr

import (
	"strings"

	"golang.org/x/net/idna"
)

// toASCII is "domain to ASCII" of the standard, which is UTS #46 without the
// checks for what registries accept. A name that is ASCII already is only made
// lower case: browsers gave up looking into "xn--" there.
func toASCII(name string) (string, error) {
	if isASCII(name) {
		return strings.ToLower(name), nil
	}
	profile := idna.New(
		idna.MapForLookup(), idna.BidiRule(), idna.CheckJoiners(true), idna.Transitional(false),
		idna.StrictDomainName(false), idna.CheckHyphens(false), idna.VerifyDNSLength(false))
	name = strings.Map(changedMapping, name)
	ascii, err := profile.ToASCII(name)
	if err != nil {
		// Ideographs that the tables do not know yet make the whole name invalid, and
		// are all the same to every rule: a known one in their place shows whether
		// there is anything else wrong. ascii is right in spite of the error.
		known := strings.Map(knownIdeograph, name)
		if known == name {
			return "", problem("a host that is no name")
		}
		if _, err := profile.ToASCII(known); err != nil {
			return "", problem("a host that is no name")
		}
	}
	return ascii, nil
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// changedMapping maps the characters that the table of UTS #46 maps or ignores
// since its versions 15.1 and 16, and that Go's tables (version 15.0 until Go
// 1.27) refuse or map otherwise. With newer tables it changes nothing.
func changedMapping(r rune) rune {
	switch {
	case r == 'ẞ':
		return 'ß'
	case 0x10A0 <= r && r <= 0x10C5: // Georgian capitals
		return r - 0x10A0 + 0x2D00
	case ignoredNow(r):
		return -1
	}
	switch r {
	case 0x04C0: // palochka
		return 0x04CF
	case 0x2132: // turned F
		return 0x214E
	case 0x2183: // reversed C
		return 0x2184
	case 0x2F868: // compatibility ideographs whose mapping had been in doubt
		return 0x36FC
	case 0x2F874:
		return 0x5F53
	case 0x2F91F:
		return 0x243AB
	case 0x2F95F:
		return 0x7AEE
	case 0x2F9BF:
		return 0x45D7
	}
	return r
}

// ignoredNow reports whether r is one of the invisible characters that were
// disallowed and are ignored now.
func ignoredNow(r rune) bool {
	switch r {
	case 0x115F, 0x1160, 0x3164, 0xFFA0: // Hangul fillers
		return true
	case 0x17B4, 0x17B5, 0x180E: // Khmer inherent vowels, Mongolian separator
		return true
	}
	return 0x206A <= r && r <= 0x206F || 0x1D173 <= r && r <= 0x1D17A
}

// knownIdeograph replaces ideographs that were assigned after Unicode 15.0
// (extensions I and J) by one that was always there.
func knownIdeograph(r rune) rune {
	if 0x2EBF0 <= r && r <= 0x2EE5D || 0x323B0 <= r && r <= 0x33479 {
		return '一'
	}
	return r
}
