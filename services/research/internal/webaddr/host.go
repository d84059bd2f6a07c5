package webaddr

import (
	"net/netip"
	"strconv"
	"strings"
)

// What a host must not hold: in any address, and besides in a name.
const (
	forbiddenHost = "\x00\t\n\r #/:<>?@[\\]^|"
	forbiddenName = forbiddenHost + "%\x7f"
)

// parseHost is the standard's host parser.
func parseHost(s string, special bool) (string, error) {
	if strings.HasPrefix(s, "[") {
		if !strings.HasSuffix(s, "]") {
			return "", problem("an unclosed IPv6 address")
		}
		return parseIPv6(s[1 : len(s)-1])
	}
	if !special {
		if strings.ContainsAny(s, forbiddenHost) {
			return "", problem("a host with forbidden characters")
		}
		return encode(s, controlEscapes), nil
	}
	name, err := toASCII(strings.ToValidUTF8(decode(s), "\uFFFD"))
	if err != nil {
		return "", err
	}
	forbidden := func(r rune) bool { return r < ' ' || strings.ContainsRune(forbiddenName, r) }
	if name == "" || strings.ContainsFunc(name, forbidden) {
		return "", problem("a host that is no name")
	}
	if endsInNumber(name) {
		return parseIPv4(name)
	}
	return name, nil
}

// parseIPv6 reads an IPv6 address without a zone: zones mean something on one
// machine only, and the standard has none.
func parseIPv6(s string) (string, error) {
	a, err := netip.ParseAddr(s)
	if err != nil || !a.Is6() || a.Zone() != "" {
		return "", problem("not an IPv6 address")
	}
	return "[" + formatIPv6(a.As16()) + "]", nil
}

// formatIPv6 writes the shortest form in hexadecimal. netip writes mapped
// addresses with a dotted IPv4 address at the end, which the standard does not.
func formatIPv6(bytes [16]byte) string {
	var pieces [8]uint64
	for i := range pieces {
		pieces[i] = uint64(bytes[2*i])<<8 | uint64(bytes[2*i+1])
	}
	from, length := longestZeros(pieces)
	var b strings.Builder
	for i := 0; i < len(pieces); i++ {
		if i == from {
			b.WriteString("::")
			i += length - 1
			continue
		}
		if i > 0 && i != from+length {
			b.WriteByte(':')
		}
		b.WriteString(strconv.FormatUint(pieces[i], 16))
	}
	return b.String()
}

// longestZeros finds the first longest run of at least two zeros; from is far
// outside if there is none.
func longestZeros(pieces [8]uint64) (from, length int) {
	from, length = -len(pieces), 1
	for i := range pieces {
		n := 0
		for i+n < len(pieces) && pieces[i+n] == 0 {
			n++
		}
		if n > length {
			from, length = i, n
		}
	}
	return from, length
}

// endsInNumber is the standard's ends-in-a-number checker: such a host is an IPv4
// address or nothing.
func endsInNumber(host string) bool {
	parts := strings.Split(host, ".")
	if len(parts) > 1 && parts[len(parts)-1] == "" {
		parts = parts[:len(parts)-1]
	}
	last := parts[len(parts)-1]
	if last == "" {
		return false
	}
	_, ok := parseNumber(last)
	return ok || strings.Trim(last, "0123456789") == ""
}

// parseIPv4 reads the forms of inet_aton: one to four numbers, decimal, octal or
// hexadecimal, of which the last fills the rest.
func parseIPv4(host string) (string, error) {
	parts := strings.Split(strings.TrimSuffix(host, "."), ".")
	if len(parts) > 4 {
		return "", problem("an IPv4 address of more than four numbers")
	}
	var address uint64
	for i, part := range parts {
		n, ok := parseNumber(part)
		places := 1
		if i == len(parts)-1 {
			places = 5 - len(parts)
		}
		if !ok || n >= 1<<(8*places) {
			return "", problem("not an IPv4 address")
		}
		address = address<<(8*places) | n
	}
	a := [4]byte{byte(address >> 24), byte(address >> 16), byte(address >> 8), byte(address)}
	return netip.AddrFrom4(a).String(), nil
}

// parseNumber is the standard's IPv4 number parser. A number that is too large
// for 64 bits is too large for an address as well, and comes back as 1<<63.
func parseNumber(s string) (uint64, bool) {
	base, digits := 10, "0123456789"
	switch {
	case s == "":
		return 0, false
	case strings.HasPrefix(s, "0x") || strings.HasPrefix(s, "0X"):
		s, base, digits = s[2:], 16, "0123456789abcdefABCDEF"
	case len(s) > 1 && s[0] == '0':
		s, base, digits = s[1:], 8, "01234567"
	}
	if strings.Trim(s, digits) != "" {
		return 0, false
	}
	if s == "" {
		return 0, true
	}
	n, err := strconv.ParseUint(s, base, 63)
	if err != nil {
		return 1 << 63, true
	}
	return n, true
}
