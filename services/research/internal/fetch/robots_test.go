package fetch_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/fetch"
)

func TestRules(t *testing.T) {
	t.Parallel()
	const several = "User-agent: ResearcherPro\nDisallow: /a\n\nUser-agent: *\nDisallow: /\n\nuser-agent: researcherpro\nDisallow: /b\n"
	tests := map[string]struct {
		text, path string
		want       bool
	}{
		"nothing is forbidden by nothing":      {"", "/x", true},
		"our group, not everybody's":           {several, "/c", true},
		"two groups of ours are one: first":    {several, "/a", false},
		"two groups of ours are one: second":   {several, "/b", false},
		"an empty group of ours allows all":    {"User-agent: ResearcherPro\nDisallow:\n\nUser-agent: *\nDisallow: /\n", "/x", true},
		"our group without any rule":           {"User-agent: *\nDisallow: /\n\nUser-agent: ResearcherPro\n", "/x", true},
		"a group for several":                  {"User-agent: other\nUser-agent: researcherpro\nDisallow: /\n", "/x", false},
		"another's group":                      {"User-agent: other\nDisallow: /\n", "/x", true},
		"a name that begins like ours":         {"User-agent: research\nDisallow: /\n", "/x", true},
		"a name that ours begins":              {"User-agent: ResearcherProfessional\nDisallow: /\n", "/x", true},
		"our name with a version":              {"User-agent: ResearcherPro/2.0\nDisallow: /\n", "/x", false},
		"of two as long the one that allows":   {"User-agent: *\nDisallow: /x\nAllow: /x\n", "/x", true},
		"the longest wins: allow":              {"User-agent: *\nAllow: /p\nDisallow: /\n", "/page", true},
		"the longest wins: disallow":           {"User-agent: *\nDisallow: /page\nAllow: /p\n", "/page", false},
		"a star":                               {"User-agent: *\nDisallow: /*.pdf$\n", "/a/b.pdf", false},
		"the end":                              {"User-agent: *\nDisallow: /*.pdf$\n", "/a/b.pdfx", true},
		"the end comes after all":              {"User-agent: *\nDisallow: /*a$\n", "/aba", false},
		"a star in the middle":                 {"User-agent: *\nDisallow: /a*b*c\n", "/aXbYcZ", false},
		"a star in the middle, in order":       {"User-agent: *\nDisallow: /a*b*c\n", "/acb", true},
		"a dollar within is a dollar":          {"User-agent: *\nDisallow: /a$b\n", "/a$b", false},
		"exactly":                              {"User-agent: *\nDisallow: /a$\n", "/ab", true},
		"paths have case":                      {"User-agent: *\nDisallow: /A\n", "/a", true},
		"the query counts":                     {"User-agent: *\nDisallow: /a?b=\n", "/a?b=1", false},
		"not encoded and encoded":              {"User-agent: *\nDisallow: /foo/ツ\n", "/foo/%E3%83%84", false},
		"encoded in small letters":             {"User-agent: *\nDisallow: /foo/%e3%83%84\n", "/foo/%E3%83%84", false},
		"needlessly encoded":                   {"User-agent: *\nDisallow: /foo/%62\n", "/foo/b", false},
		"an encoded slash is none":             {"User-agent: *\nDisallow: /foo%2Fb\n", "/foo/b", true},
		"a byte order mark":                    {"\ufeffUser-agent: *\nDisallow: /\n", "/x", false},
		"Windows' line ends":                   {"User-agent: *\r\nDisallow: /\r\n", "/x", false},
		"old line ends":                        {"User-agent: *\rDisallow: /\r", "/x", false},
		"comments":                             {"User-agent: * # all\nDisallow: / # everything\n", "/x", false},
		"other lines do not end a group":       {"User-agent: a\nSitemap: http://x.example/\nUser-agent: *\nDisallow: /\n", "/x", false},
		"rules before any group":               {"Disallow: /\nUser-agent: other\nAllow: /\n", "/x", true},
		"lines that are none":                  {"<html>\nUser-agent: *\n\x00\x01\nCrawl-delay: soon\nDisallow: /\n", "/x", false},
		"a page instead":                       {"<!DOCTYPE html><p>User-agent: *<p>Disallow: /", "/x", true},
		"an empty line does not end the group": {"User-agent: *\n\nDisallow: /\n", "/x", false},
		"without white space":                  {"user-agent:*\ndisallow:/\n", "/x", false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, _ := fetch.Allowed(tc.text, tc.path)
			require.Equal(t, tc.want, got)
		})
	}
}

func TestRules_Delay(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]time.Duration{
		"2": 2 * time.Second, "0.5": 500 * time.Millisecond, "3600": 10 * time.Second, "-1": 0, "x": 0, "0": 0, "NaN": 0, "Inf": 10 * time.Second,
	} {
		_, delay := fetch.Allowed("User-agent: *\nCrawl-delay: "+value+"\n", "/")
		require.Equal(t, want, delay, value)
	}
}

func TestRules_HostileFile(t *testing.T) {
	t.Parallel()
	// The worst that fits into a robots.txt, against a long path.
	text := "User-agent: *\n" + strings.Repeat("Disallow: /"+strings.Repeat("*a", 1000)+"b\n", 245)
	begun := time.Now()
	allowed, _ := fetch.Allowed(text, "/"+strings.Repeat("a", 8000))
	require.True(t, allowed)
	require.Less(t, time.Since(begun), 5*time.Second)
}

func FuzzRules(f *testing.F) {
	f.Add("User-agent: *\nDisallow: /*a$\nAllow: /b*c", "/b/c?d")
	f.Fuzz(func(t *testing.T, text, path string) {
		fetch.Allowed(text, path)
		allowed, _ := fetch.Allowed("User-agent: *\nDisallow: /\n"+strings.ReplaceAll(text, "llow", "-"), "/"+path)
		if !strings.Contains(strings.ToLower(text), "agent") {
			require.False(t, allowed, "what is no rule changes nothing")
		}
	})
}

// siteOf starts a server with a robots.txt of the test's own, and counts how often
// that is asked for.
func siteOf(t *testing.T, robots http.HandlerFunc) (s *httptest.Server, asked *atomic.Int32) {
	t.Helper()
	asked = &atomic.Int32{}
	s = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/robots") {
			asked.Add(1)
			robots(w, r)
			return
		}
		fmt.Fprint(w, "page")
	}))
	t.Cleanup(s.Close)
	return s, asked
}

// clock is a time that stands still until it is moved.
type clock struct{ nanos atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.nanos.Store(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).UnixNano())
	return c
}

func (c *clock) now() time.Time          { return time.Unix(0, c.nanos.Load()).UTC() }
func (c *clock) advance(d time.Duration) { c.nanos.Add(int64(d)) }
func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func saying(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, text) }
}

func leading(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusMovedPermanently) }
}

func clocked(t *testing.T, c *clock) *fetch.Fetcher {
	t.Helper()
	f := fetch.NewWith(fetch.Config{Limiter: free{}, Trusted: loopback()}, fetch.Outside{Now: c.now})
	t.Cleanup(f.Close)
	return f
}

func TestRobots_IsObeyedAndRemembered(t *testing.T) {
	t.Parallel()
	c := newClock()
	s, asked := siteOf(t, saying("User-agent: *\nDisallow: /private\n"))
	f := clocked(t, c)
	for range 3 {
		_, err := get(t, f, s.URL+"/open")
		require.NoError(t, err)
		_, err = get(t, f, s.URL+"/private/x")
		require.False(t, refused(t, err, fetch.Robots).Temporary())
	}
	require.EqualValues(t, 1, asked.Load())
	c.advance(25 * time.Hour)
	_, err := get(t, f, s.URL+"/open")
	require.NoError(t, err)
	require.EqualValues(t, 2, asked.Load(), "after a day it is asked for again")
	page, err := get(t, f, s.URL+"/robots.txt")
	require.NoError(t, err, "robots.txt itself is always allowed")
	require.NotEmpty(t, page.Body)
}

func TestRobots_HoldsAfterRedirects(t *testing.T) {
	t.Parallel()
	s, _ := siteOf(t, saying("User-agent: *\nDisallow: /\n"))
	from := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, s.URL+"/page", http.StatusFound) })
	_, err := get(t, reader(t, fetch.Limits{}), from.URL)
	refused(t, err, fetch.Robots)
}

func TestRobots_Answers(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		robots  http.HandlerFunc
		allowed bool
	}{
		"not found":               {status(404), true},
		"not for us to read":      {status(403), true},
		"nothing":                 {status(204), true},
		"a problem":               {status(500), false},
		"too many requests":       {status(429), false},
		"not found for some time": {status(503), false},
		"a redirect within": {func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/robots.txt" {
				leading("/robots2.txt")(w, r)
				return
			}
			saying("User-agent: *\nDisallow: /\n")(w, r)
		}, false},
		"a redirect elsewhere":    {leading("http://other.example/robots.txt"), true},
		"a redirect inside":       {leading("http://169.254.169.254/robots.txt"), true},
		"a redirect in a circle":  {leading("/robots.txt"), true},
		"a redirect to nowhere":   {status(302), true},
		"the first 500 KiB count": {saying("User-agent: *\nDisallow: /\n" + strings.Repeat("# x\n", 200_000)), false},
		"what follows does not":   {saying(strings.Repeat("# xxxxx\n", 70_000) + "User-agent: *\nDisallow: /\n"), true},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := siteOf(t, tc.robots)
			_, err := get(t, reader(t, fetch.Limits{}), s.URL+"/page")
			if tc.allowed {
				require.NoError(t, err)
				return
			}
			refused(t, err, fetch.Robots)
		})
	}
}

func TestRobots_ProblemsPass(t *testing.T) {
	t.Parallel()
	c := newClock()
	var broken atomic.Bool
	broken.Store(true)
	s, asked := siteOf(t, func(w http.ResponseWriter, _ *http.Request) {
		if broken.Load() {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	f := clocked(t, c)
	_, err := get(t, f, s.URL+"/page")
	own := refused(t, err, fetch.Robots)
	require.True(t, own.Temporary())
	require.Equal(t, 5*time.Minute, own.RetryAfter)
	broken.Store(false)
	_, err = get(t, f, s.URL+"/page")
	refused(t, err, fetch.Robots)
	require.EqualValues(t, 1, asked.Load(), "a site with a problem is left alone")
	c.advance(6 * time.Minute)
	_, err = get(t, f, s.URL+"/page")
	require.NoError(t, err)
}

func TestRobots_CrawlDelay(t *testing.T) {
	t.Parallel()
	c := newClock()
	s, _ := siteOf(t, saying("User-agent: *\nCrawl-delay: 4\n"))
	f := clocked(t, c)
	_, err := get(t, f, s.URL+"/1")
	require.NoError(t, err)
	c.advance(time.Second)
	_, err = get(t, f, s.URL+"/2")
	var busy *connector.Busy
	require.ErrorAs(t, err, &busy)
	require.Equal(t, 3*time.Second, busy.After)
	c.advance(busy.After)
	_, err = get(t, f, s.URL+"/2")
	require.NoError(t, err)
}

func TestRobots_ManyAtOnce(t *testing.T) {
	t.Parallel()
	s, asked := siteOf(t, saying("User-agent: *\nDisallow: /private\n"))
	f := reader(t, fetch.Limits{})
	errs := make(chan error, 20)
	for i := range cap(errs) {
		go func() {
			_, err := f.Fetch(t.Context(), fetch.Request{URL: fmt.Sprintf("%s/%d", s.URL, i)})
			errs <- err
		}()
	}
	for range cap(errs) {
		require.NoError(t, <-errs)
	}
	require.LessOrEqual(t, asked.Load(), int32(cap(errs)))
	_, err := get(t, f, s.URL+"/private")
	refused(t, err, fetch.Robots)
}

func TestRobots_MemoryIsBounded(t *testing.T) {
	t.Parallel()
	s, _ := siteOf(t, saying("User-agent: *\n"+strings.Repeat("Disallow: /"+strings.Repeat("x", 100_000)+"\n", 4)))
	w := &world{server: s.Listener.Addr().String(), answer: func(string, int) []string { return []string{public} }}
	f := w.fetcher(t)
	for i := range 90 { // together 36 MB
		_, err := get(t, f, fmt.Sprintf("http://site%d.example/", i))
		require.NoError(t, err)
	}
	size, sites := f.RobotsMemory()
	require.LessOrEqual(t, size, 32<<20)
	require.Greater(t, sites, 70, "no more is forgotten than has to be")
}
