package prose

import (
	"net/url"
	"strings"

	"github.com/yuin/goldmark/util"
)

// address returns an address that a reader may be led to, or nothing. Other schemes
// may run code, and addresses without one lead to another place in every format.
func address(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.User != nil { // https://a-bank.example@somewhere.else looks like the bank's
		return ""
	}
	switch scheme := strings.ToLower(u.Scheme); {
	case (scheme == "http" || scheme == "https") && u.Hostname() != "":
		return raw
	case scheme == "mailto" && u.Opaque != "":
		return raw
	}
	return ""
}

// destination returns the address of a link as it stands in a URL, with the values'
// text in it, if it may be followed.
func (r *reader) destination(raw string, resolve func(string) string) string {
	text := r.plain(raw, resolve)
	return r.follow(string(util.URLEscape([]byte(text), false)))
}
