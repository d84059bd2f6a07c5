package webaddr

import (
	"strings"
)

// Canonical returns the address under which u can be fetched as well, without what
// says where a reader came from or who they are: the fragment, tracking
// parameters, session ids, an empty query and the dot at the end of a host.
// Parameters keep their order, since a server may care.
func Canonical(u *URL) string {
	if !u.web() {
		return u.WithoutFragment()
	}
	c := *u
	c.hasFrag, c.fragment = false, ""
	if FitsDNS(c.host) { // elsewhere a dot less may be another host: 0.. is a name, 0. an address
		c.host = strings.TrimSuffix(c.host, ".")
	}
	c.path = make([]string, len(u.path))
	for i, segment := range u.path {
		c.path[i] = plainEscapes(withoutSession(segment))
	}
	c.query = plainEscapes(withoutTracking(u.query))
	c.hasQuery = c.query != ""
	return c.String()
}

// Key returns what two addresses of the same page have in common. It is for
// comparing only, and cannot be fetched: besides what Canonical takes away, it
// has no scheme if that is http or https, no "www." and no slash at the end.
func Key(u *URL) string {
	canonical := Canonical(u)
	if !u.web() {
		return canonical
	}
	_, key, _ := strings.Cut(canonical, "//")
	if _, host, ok := strings.Cut(key, "@"); ok && u.username+u.password != "" {
		key = host
	}
	address, query, hasQuery := strings.Cut(key, "?")
	address = strings.TrimSuffix(strings.TrimPrefix(address, "www."), "/")
	if hasQuery {
		return address + "?" + query
	}
	return address
}

// NormalPath writes a path, or a pattern for paths, so that two that mean the same
// are the same text: what has to be percent-encoded is, and nothing else. It is
// for comparing (RFC 9309, 2.2.2).
func NormalPath(s string) string { return plainEscapes(encode(s, " \"<>^`{}")) }

func (u *URL) web() bool { return u.scheme == "http" || u.scheme == "https" }

// plainEscapes decodes what needs no percent-encoding (letters, digits, "-._~")
// and writes the rest of the escapes in capitals: RFC 3986, 6.2.2.
func plainEscapes(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c, ok := escaped(s, i)
		switch {
		case !ok:
			b.WriteByte(s[i])
			continue
		case unreserved(c):
			b.WriteByte(c)
		default:
			b.WriteString(strings.ToUpper(s[i : i+3]))
		}
		i += 2
	}
	return b.String()
}

func unreserved(c byte) bool {
	switch {
	case 'a' <= c|0x20 && c|0x20 <= 'z', '0' <= c && c <= '9':
		return true
	}
	return c == '-' || c == '.' || c == '_' || c == '~'
}

// withoutSession cuts a session id off a path segment, as servlets add it:
// page;jsessionid=1A2B.
func withoutSession(segment string) string {
	at := strings.Index(strings.ToLower(segment), ";jsessionid=")
	if at < 0 {
		return segment
	}
	_, more, ok := strings.Cut(segment[at+1:], ";")
	if ok {
		return segment[:at] + ";" + more
	}
	return segment[:at]
}

func withoutTracking(query string) string {
	kept := make([]string, 0, strings.Count(query, "&")+1)
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if pair != "" && !tracks(strings.ToLower(decode(name)), value) {
			kept = append(kept, pair)
		}
	}
	return strings.Join(kept, "&")
}

// tracks reports whether a parameter is known to say only where a reader came
// from or who they are. Names that mean something on some site ("ref", "id",
// "source") are not among them: keeping one too many only costs a merge.
func tracks(name, value string) bool {
	for _, prefix := range []string{"utm_", "mtm_", "pk_", "hsa_", "vero_", "aspsessionid"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	switch name {
	case "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "srsltid", "_ga", "_gl", // Google
		"fbclid", "igshid", "igsh", "msclkid", "yclid", "twclid", "ttclid", "li_fat_id", "epik", "rdt_cid",
		"mc_cid", "mc_eid", "_hsenc", "_hsmi", "mkt_tok", "oly_anon_id", "oly_enc_id", "wickedid", "ml_subscriber",
		"ref_src", "ref_url", "__twitter_impression", "cmpid", "ncid", "s_cid", "at_medium", "at_campaign":
		return true
	case "jsessionid", "phpsessid", "sessionid", "session_id", "cfid", "cftoken":
		return true
	case "sid": // a session id if it is as long as one; else it may be anything
		return len(value) >= 16 && strings.Trim(strings.ToLower(value), "0123456789abcdef") == ""
	}
	return false
}
