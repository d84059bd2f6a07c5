// Package webaddr reads addresses of the web as browsers do (the URL Standard of
// WHATWG, https://url.spec.whatwg.org), and says which of them are the same.
//
// An address that is read differently in two places is how a check is passed and
// something else is fetched. So whatever comes from outside is parsed here, once,
// and net/url only sees what this package has written.
//
//	u, err := webaddr.Parse("HTTP://Example.org:80/a/../b?utm_source=x#top", nil)
//	u.String()             // http://example.org/b?utm_source=x#top
//	webaddr.Canonical(u)   // http://example.org/b
//	webaddr.Key(u)         // example.org/b
package webaddr

import (
	"errors"
	"strconv"
	"strings"
)

// ErrInvalid is what every error of Parse is.
var ErrInvalid = errors.New("not a valid address")

// URL is a parsed address, as the URL Standard models it. It never changes.
type URL struct {
	scheme             string
	username, password string
	host               string
	hasHost            bool // file: has an empty host, mailto: has none
	port               int  // -1 for none, or for the scheme's default
	path               []string
	opaque             string // the path of an address like mailto:me@example.org
	isOpaque           bool
	query, fragment    string
	hasQuery, hasFrag  bool
}

// specials are the schemes with rules of their own, and their default ports.
func defaultPort(scheme string) (port int, special bool) {
	switch scheme {
	case "http", "ws":
		return 80, true
	case "https", "wss":
		return 443, true
	case "ftp":
		return 21, true
	case "file":
		return -1, true
	}
	return -1, false
}

func (u *URL) special() bool {
	_, special := defaultPort(u.scheme)
	return special
}

// Scheme returns the scheme in lower case, without the colon.
func (u *URL) Scheme() string { return u.scheme }

// Username returns the user name, percent-encoded; "" if there is none.
func (u *URL) Username() string { return u.username }

// Password returns the password, percent-encoded; "" if there is none.
func (u *URL) Password() string { return u.password }

// Hostname returns the host: a name in ASCII, an IPv4 address in dotted form, or
// an IPv6 address in brackets.
func (u *URL) Hostname() string { return u.host }

// Port returns the port, or -1 if there is none or it is the scheme's default.
func (u *URL) Port() int { return u.port }

// PortNumber returns the port that is connected to, the default one included;
// -1 if the scheme has none.
func (u *URL) PortNumber() int {
	if u.port >= 0 {
		return u.port
	}
	port, _ := defaultPort(u.scheme)
	return port
}

// Host returns the host, with the port if there is one.
func (u *URL) Host() string {
	if u.port < 0 {
		return u.host
	}
	return u.host + ":" + strconv.Itoa(u.port)
}

// Path returns the path, percent-encoded.
func (u *URL) Path() string {
	if u.isOpaque {
		return u.opaque
	}
	if len(u.path) == 0 {
		return ""
	}
	return "/" + strings.Join(u.path, "/")
}

// Query returns the query, percent-encoded, without the question mark.
func (u *URL) Query() string { return u.query }

// Fragment returns the fragment, percent-encoded, without the hash sign.
func (u *URL) Fragment() string { return u.fragment }

// String returns the address in its normal form.
func (u *URL) String() string { return u.write(true) }

// WithoutFragment returns the address in its normal form, up to the fragment:
// what is asked for over the network.
func (u *URL) WithoutFragment() string { return u.write(false) }

// RequestTarget returns path and query as they stand in a request.
func (u *URL) RequestTarget() string {
	if u.hasQuery {
		return u.Path() + "?" + u.query
	}
	return u.Path()
}

func (u *URL) write(fragment bool) string {
	var b strings.Builder
	b.WriteString(u.scheme)
	b.WriteByte(':')
	switch {
	case u.hasHost:
		b.WriteString("//")
		if u.username != "" || u.password != "" {
			b.WriteString(u.username)
			if u.password != "" {
				b.WriteString(":" + u.password)
			}
			b.WriteByte('@')
		}
		b.WriteString(u.Host())
	case !u.isOpaque && len(u.path) > 1 && u.path[0] == "":
		// Without it the empty first segment would be read back as a host.
		b.WriteString("/.")
	}
	b.WriteString(u.RequestTarget())
	if fragment && u.hasFrag {
		b.WriteString("#" + u.fragment)
	}
	return b.String()
}
