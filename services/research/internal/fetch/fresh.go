package fetch

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	// maxFresh bounds what a server can promise: a page that is said to be good for
	// a year is looked at again within a month.
	maxFresh = 30 * 24 * time.Hour
	// maxGuess bounds the heuristic of freshUntil.
	maxGuess = 24 * time.Hour
)

// freshUntil returns until when an answer that came at now need not be asked for
// again, after RFC 9111, 4.2, for a cache that many share: s-maxage, max-age,
// Expires, else a tenth of the time since it was changed last (4.2.2). It is now
// if it must be asked for again at once.
func freshUntil(h http.Header, now time.Time) time.Time {
	directives := cacheControl(h)
	if _, no := directives["no-cache"]; no {
		return now
	}
	life, ok := lifetime(h, directives, now)
	if !ok {
		life = guess(h, now)
	}
	age, _ := seconds(h.Get("Age"))
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		age = max(age, now.Sub(date))
	}
	return now.Add(max(0, min(life, maxFresh)-age))
}

func noStore(h http.Header) bool {
	_, no := cacheControl(h)["no-store"]
	return no
}

// lifetime is what the answer itself says.
func lifetime(h http.Header, directives map[string]string, now time.Time) (time.Duration, bool) {
	for _, name := range []string{"s-maxage", "max-age"} {
		if value, ok := directives[name]; ok {
			life, _ := seconds(value) // what cannot be read is stale: 4.2.1
			return life, true
		}
	}
	if _, ok := h["Expires"]; !ok {
		return 0, false
	}
	expires, err := http.ParseTime(h.Get("Expires"))
	if err != nil {
		return 0, true // such as "0", in the past: 5.3
	}
	from, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		from = now
	}
	return expires.Sub(from), true
}

func guess(h http.Header, now time.Time) time.Duration {
	modified, err := http.ParseTime(h.Get("Last-Modified"))
	if err != nil {
		return 0
	}
	return max(0, min(now.Sub(modified)/10, maxGuess))
}

// cacheControl reads the directives of Cache-Control, in lower case. The first of
// two with one name counts.
func cacheControl(h http.Header) map[string]string {
	directives := map[string]string{}
	for part := range strings.SplitSeq(strings.Join(h.Values("Cache-Control"), ","), ",") {
		name, value, _ := strings.Cut(part, "=")
		name = strings.ToLower(strings.TrimSpace(name))
		if _, seen := directives[name]; !seen && name != "" {
			directives[name] = strings.Trim(strings.TrimSpace(value), `"`)
		}
	}
	return directives
}

// seconds reads a number of seconds. What is too large is a very long time.
func seconds(s string) (time.Duration, bool) {
	s = strings.TrimSpace(s)
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil {
		n = 1<<31 - 1 // RFC 9111, 1.2.2
	}
	return time.Duration(n) * time.Second, true
}
