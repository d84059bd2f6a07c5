package fetch

import (
	"fmt"
	"mime"
	"net/http"
	"strings"

	"github.com/researcherpro/researcherpro/services/research/internal/webaddr"
)

const defaultAccept = "text/html,application/xhtml+xml,application/pdf;q=0.9,application/xml;q=0.9,text/*;q=0.8,*/*;q=0.5"

// SafeHeader returns the names of the fields of an answer that are kept: what
// tells of the page, and nothing of the server, a session or us.
func SafeHeader() []string {
	return []string{
		"Age", "Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Language", "Content-Location", "Content-Type",
		"Date", "Etag", "Expires", "Last-Modified", "Link", "Vary", "X-Robots-Tag",
	}
}

// maxFieldBytes is how much of a field is kept.
const maxFieldBytes = 4096

// header is what a request says.
func (v *visit) header(u *webaddr.URL) http.Header {
	accept := v.request.Accept
	if accept == "" {
		accept = defaultAccept
	}
	h := http.Header{
		"User-Agent":      {v.agent},
		"Accept":          {accept},
		"Accept-Encoding": {"gzip, deflate, br, zstd"},
	}
	if languages := acceptLanguage(v.request.Languages); languages != "" {
		h.Set("Accept-Language", languages)
	}
	if v.conditional(u) {
		if c := v.request.Conditional; c.ETag != "" {
			h.Set("If-None-Match", c.ETag)
		} else {
			h.Set("If-Modified-Since", c.LastModified)
		}
	}
	return h
}

// conditional reports whether u is the address that the conditions are for.
func (v *visit) conditional(u *webaddr.URL) bool {
	c := v.request.Conditional
	if c.ETag == "" && c.LastModified == "" {
		return false
	}
	if c.URL == "" {
		return len(v.hops) == 0
	}
	return c.URL == u.WithoutFragment()
}

// acceptLanguage lists languages with falling weights, and any other at last.
func acceptLanguage(languages []string) string {
	const most = 8 // below that the weights would reach those of any other
	var b strings.Builder
	for i, language := range languages[:min(len(languages), most)] {
		switch i {
		case 0:
			b.WriteString(language)
		default:
			fmt.Fprintf(&b, ", %s;q=0.%d", language, most+1-i)
		}
	}
	if b.Len() > 0 {
		b.WriteString(", *;q=0.1")
	}
	return b.String()
}

// page is what the header of an answer says about it. One that was not modified
// keeps what is known of it, since servers leave out what they think we know.
func (v *visit) page(u *webaddr.URL, resp *http.Response) Page {
	now := v.now()
	if resp.StatusCode == http.StatusNotModified {
		setMissing(resp.Header, "Etag", v.request.Conditional.ETag)
		setMissing(resp.Header, "Last-Modified", v.request.Conditional.LastModified)
	}
	p := Page{
		FinalURL: u.WithoutFragment(), Hops: v.hops, Status: resp.StatusCode,
		NotModified: resp.StatusCode == http.StatusNotModified,
		Header:      http.Header{}, FetchTime: now,
		ETag: resp.Header.Get("Etag"), LastModified: resp.Header.Get("Last-Modified"),
		FreshUntil: freshUntil(resp.Header, now), NoStore: noStore(resp.Header),
	}
	for _, name := range SafeHeader() {
		for _, value := range resp.Header.Values(name) {
			if len(value) <= maxFieldBytes {
				p.Header.Add(name, strings.ToValidUTF8(value, "\uFFFD"))
			}
		}
	}
	p.MediaType, p.Charset = mediaType(resp.Header.Get("Content-Type"))
	return p
}

func setMissing(h http.Header, name, value string) {
	if h.Get(name) == "" && value != "" {
		h.Set(name, value)
	}
}

// mediaType reads a Content-Type, even if its parameters are broken.
func mediaType(declared string) (essence, charset string) {
	essence, params, err := mime.ParseMediaType(declared)
	if err != nil {
		essence, _, _ = strings.Cut(declared, ";")
		return strings.ToLower(strings.TrimSpace(essence)), ""
	}
	return essence, strings.ToLower(params["charset"])
}
