package webaddr

import (
	"fmt"
	"strconv"
	"strings"
)

// Parse reads raw, which may be relative if there is a base (nil for none). It
// takes what browsers take and nothing else; errors are ErrInvalid.
//
// The standard describes a machine with a state for each part. Since "#" always
// begins the fragment and "?" the query, the parts are cut here first; the rest
// is the standard's states, under their names, as functions.
func Parse(raw string, base *URL) (*URL, error) {
	raw = strings.TrimFunc(strings.ToValidUTF8(raw, "\uFFFD"), func(r rune) bool { return r <= ' ' })
	if strings.ContainsAny(raw, "\t\n\r") {
		raw = strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(raw)
	}
	p := parser{url: &URL{port: -1}, base: base}
	p.rest, p.url.fragment, p.url.hasFrag = strings.Cut(raw, "#")
	p.rest, p.query, p.hasQuery = strings.Cut(p.rest, "?")
	if err := p.parse(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	u := p.url
	if p.hasQuery {
		u.query, u.hasQuery = encode(p.query, queryEscapes(u.special())), true
	}
	u.fragment = encode(u.fragment, fragmentEscapes)
	return u, nil
}

// problem is why an address is not valid, for the log.
type problem string

func (p problem) Error() string { return string(p) }

type parser struct {
	url, base *URL
	rest      string // what is still to be read of what stands before the query
	query     string
	hasQuery  bool
}

func (p *parser) parse() error {
	scheme, rest, ok := cutScheme(p.rest)
	if !ok {
		return p.noScheme()
	}
	u := p.url
	u.scheme, p.rest = scheme, rest
	switch {
	case scheme == "file":
		if p.base != nil && p.base.scheme != "file" {
			p.base = nil
		}
		return p.file()
	case u.special():
		if p.base != nil && p.base.scheme == scheme && !strings.HasPrefix(p.rest, "//") {
			return p.relative()
		}
		return p.ignoreSlashes()
	case strings.HasPrefix(p.rest, "//"):
		p.rest = p.rest[2:]
		return p.authority()
	case strings.HasPrefix(p.rest, "/"):
		p.segments(p.rest[1:])
		return nil
	}
	p.opaquePath()
	return nil
}

// cutScheme cuts a scheme and its colon off s.
func cutScheme(s string) (scheme, rest string, ok bool) {
	i := strings.IndexByte(s, ':')
	if i < 1 {
		return "", s, false
	}
	for j := range i {
		c := s[j] | 0x20
		letter := 'a' <= c && c <= 'z'
		other := '0' <= s[j] && s[j] <= '9' || s[j] == '+' || s[j] == '-' || s[j] == '.'
		if !letter && (j == 0 || !other) {
			return "", s, false
		}
	}
	return strings.ToLower(s[:i]), s[i+1:], true
}

func (p *parser) noScheme() error {
	if p.base == nil {
		return problem("relative without a base")
	}
	p.url.scheme = p.base.scheme
	switch {
	case p.base.isOpaque:
		if p.rest != "" || p.hasQuery || !p.url.hasFrag {
			return problem("relative to an address without a path")
		}
		fragment := p.url.fragment
		*p.url = *p.base
		p.url.fragment, p.url.hasFrag = fragment, true
		return nil
	case p.base.scheme == "file":
		return p.file()
	}
	return p.relative()
}

// isSlash reports whether s begins with what separates segments.
func (p *parser) isSlash(s string) bool {
	return s != "" && (s[0] == '/' || s[0] == '\\' && p.url.special())
}

// relative is "relative state" and "relative slash state".
func (p *parser) relative() error {
	u, b := p.url, p.base
	if p.isSlash(p.rest) && p.isSlash(p.rest[1:]) {
		if u.special() {
			return p.ignoreSlashes()
		}
		p.rest = p.rest[2:]
		return p.authority()
	}
	u.username, u.password, u.host, u.hasHost, u.port = b.username, b.password, b.host, b.hasHost, b.port
	if p.isSlash(p.rest) {
		p.segments(p.rest[1:])
		return nil
	}
	p.fromBase()
	return nil
}

// fromBase takes the base's path, and its query if nothing else is given.
func (p *parser) fromBase() {
	u, b := p.url, p.base
	u.path = append([]string(nil), b.path...)
	if p.rest == "" {
		if !p.hasQuery {
			u.query, u.hasQuery = b.query, b.hasQuery
		}
		return
	}
	if u.scheme == "file" && startsWithDrive(p.rest) {
		u.path = nil
	} else {
		u.shorten()
	}
	p.segments(p.rest)
}

// file is "file state" and "file slash state".
func (p *parser) file() error {
	u := p.url
	u.hasHost = true
	if !p.isSlash(p.rest) {
		if p.base == nil {
			p.segments(p.rest)
			return nil
		}
		u.host = p.base.host
		p.fromBase()
		return nil
	}
	if p.isSlash(p.rest[1:]) {
		p.rest = p.rest[2:]
		return p.fileHost()
	}
	if p.base != nil {
		u.host = p.base.host
		if !startsWithDrive(p.rest[1:]) && len(p.base.path) > 0 && isNormalDrive(p.base.path[0]) {
			u.path = append(u.path, p.base.path[0])
		}
	}
	p.segments(p.rest[1:])
	return nil
}

// fileHost is "file host state".
func (p *parser) fileHost() error {
	end := p.endOfAuthority()
	host := p.rest[:end]
	if isDrive(host) { // file://C:/x has no host
		p.segments(p.rest)
		return nil
	}
	p.rest = p.rest[end:]
	if host != "" {
		var err error
		if p.url.host, err = parseHost(host, true); err != nil {
			return err
		}
		if p.url.host == "localhost" {
			p.url.host = ""
		}
	}
	p.pathStart()
	return nil
}

// ignoreSlashes is "special authority ignore slashes state".
func (p *parser) ignoreSlashes() error {
	p.rest = strings.TrimLeft(p.rest, `/\`)
	return p.authority()
}

func (p *parser) endOfAuthority() int {
	ends := "/"
	if p.url.special() {
		ends = `/\`
	}
	if i := strings.IndexAny(p.rest, ends); i >= 0 {
		return i
	}
	return len(p.rest)
}

// authority is "authority state", "host state" and "port state".
func (p *parser) authority() error {
	u, end := p.url, p.endOfAuthority()
	host := p.rest[:end]
	p.rest = p.rest[end:]
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		name, password, _ := strings.Cut(host[:i], ":")
		u.username, u.password = encode(name, userinfoEscapes), encode(password, userinfoEscapes)
		if host = host[i+1:]; host == "" {
			return problem("user without a host")
		}
	}
	host, port, hasPort := cutPort(host)
	if host == "" && (u.special() || hasPort) {
		return problem("no host")
	}
	var err error
	if u.host, err = parseHost(host, u.special()); err != nil {
		return err
	}
	u.hasHost = true
	if u.port, err = parsePort(port); err != nil {
		return err
	}
	if standard, _ := defaultPort(u.scheme); u.port == standard {
		u.port = -1
	}
	p.pathStart()
	return nil
}

// cutPort cuts the port off, at the first colon that is not within brackets.
func cutPort(s string) (host, port string, ok bool) {
	inBrackets := false
	for i := range len(s) {
		switch s[i] {
		case '[':
			inBrackets = true
		case ']':
			inBrackets = false
		case ':':
			if !inBrackets {
				return s[:i], s[i+1:], true
			}
		}
	}
	return s, "", false
}

func parsePort(s string) (int, error) {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, problem("a port that is no number")
		}
	}
	if s == "" {
		return -1, nil
	}
	port, err := strconv.ParseUint(s, 10, 16)
	if err != nil {
		return 0, problem("a port that is too large")
	}
	return int(port), nil
}
