// Package urls is the connector of the addresses that a user gave. It finds them,
// as they are; whoever collects evidence reads them.
package urls

import (
	"context"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/webaddr"
)

// maxNamed is how much of a bad address a note repeats, in bytes.
const maxNamed = 120

// Connector makes an item of each address of a query.
type Connector struct {
	identifiers *webaddr.Identifiers
}

var _ connector.Connector = (*Connector)(nil)

// New returns the connector.
func New() *Connector { return &Connector{identifiers: webaddr.NewIdentifiers()} }

// About implements connector.Connector.
func (*Connector) About() connector.About {
	return connector.About{
		Name: "urls", Description: "The addresses that are given with the question.", AllAtOnce: true,
		Local: true, GivenOnly: true,
	}
}

// Search implements connector.Connector. It asks nobody. Two addresses of the same
// page are one item; what is no address of the web is named in a note.
func (c *Connector) Search(_ context.Context, q connector.Query) (connector.Answer, error) {
	var answer connector.Answer
	seen := map[string]bool{}
	for _, raw := range q.URLs {
		u, err := webaddr.Parse(raw, nil)
		if problem := unusable(u, err); problem != "" {
			answer.Notes = append(answer.Notes, fmt.Sprintf("%s %s.", named(raw), problem))
			continue
		}
		if key := webaddr.Key(u); !seen[key] {
			seen[key] = true
			answer.Items = append(answer.Items, connector.Item{
				URL: webaddr.Canonical(u), FullTexts: []string{u.WithoutFragment()}, Kind: "page",
				Identifiers: c.identifiers.Of(u),
			})
		}
	}
	answer.Items, answer.More = cut(answer.Items, q)
	if q.Page > 0 {
		answer.Notes = nil // the first page had them
	}
	return answer, nil
}

// unusable says why an address cannot be read, as the end of a sentence.
func unusable(u *webaddr.URL, err error) string {
	switch {
	case err != nil:
		return "is not a web address"
	case u.Scheme() != "http" && u.Scheme() != "https":
		return "is not an http or https address"
	case u.Username() != "" || u.Password() != "":
		return "holds a user name or password, and is not read"
	}
	return ""
}

// named quotes what a user wrote, in one short line. Of an address with a password
// nothing before the host is repeated.
func named(raw string) string {
	raw = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) && r != '"' {
			return r
		}
		return ' '
	}, strings.ToValidUTF8(raw, "\uFFFD"))
	if scheme, rest, ok := strings.Cut(raw, "//"); ok {
		authority, path, _ := strings.Cut(rest, "/")
		if at := strings.LastIndexByte(authority, '@'); at >= 0 {
			raw = scheme + "//…" + authority[at:] + "/" + path
		}
	}
	if len(raw) > maxNamed {
		end := maxNamed
		for !utf8.RuneStart(raw[end]) {
			end--
		}
		raw = raw[:end] + "…"
	}
	return `"` + strings.TrimSpace(raw) + `"`
}

// cut returns the page of the items that was asked for.
func cut(items []connector.Item, q connector.Query) ([]connector.Item, bool) {
	if q.Limit <= 0 {
		return items, false
	}
	from := min(q.Page*q.Limit, len(items))
	to := min(from+q.Limit, len(items))
	return items[from:to], to < len(items)
}
