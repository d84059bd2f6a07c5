package webaddr

import "strings"

// FitsDNS reports whether a host's name can be asked of the DNS: labels of 1 to
// 63 letters, digits, hyphens and underscores (which are in use, against the
// rules), 253 characters in all; a dot may end it. Addresses fit too, but for
// those of IPv6.
func FitsDNS(host string) bool {
	host = strings.TrimSuffix(host, ".")
	if host == "" || len(host) > 253 {
		return false
	}
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || len(label) > 63 || strings.ContainsFunc(label, notInLabel) {
			return false
		}
	}
	return true
}

func notInLabel(r rune) bool {
	return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_'
}
