package feed_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/feed"
	"github.com/researcherpro/researcherpro/services/research/internal/fetch"
)

const rss = `<?xml version="1.0"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:prism="http://prismstandard.org/namespaces/basic/2.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>Kitchen &amp; Physics</title><language>en-GB</language>
<item><title>Boiling water at altitude</title><link>/altitude?utm_source=rss</link><description>&lt;p&gt;Water boils &lt;b&gt;sooner&lt;/b&gt;.&lt;/p&gt;&lt;p&gt;On mountains.&lt;/p&gt;&lt;script&gt;x()&lt;/script&gt;</description>
 <pubDate>Tue, 10 Jun 2003 04:00:00 GMT</pubDate><dc:creator>Ada</dc:creator></item>
<item><title>Why waters boil</title><link>https://journal.example/boil</link><pubDate>Wed, 11 Jun 2003 23:00:00 -0500</pubDate><prism:doi>10.1000/ABC</prism:doi></item>
<item><title>Sharpening knives</title><link>/knives</link><description>About steel and water stones.</description></item>
<item><title>Boiling water without a link</title></item>
<item><title>Boiling water with a bad link</title><link>javascript:alert(1)</link></item>
</channel></rss>`

const atom = `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>Steam</title>
<entry><title>The boiling of water</title><link href="https://steam.example/1"/><updated>2024-05-06T07:08:09Z</updated><content type="html">Long text</content><author><name>Bo</name></author></entry>
</feed>`

const jsonFeed = `{"version":"https://jsonfeed.org/version/1.1","title":"J","items":[{"id":"1","url":"https://j.example/1","title":"Boiled water","content_text":"x","date_published":"2025-01-01T00:00:00Z"}]}`

// site serves pages under their paths.
func site(t *testing.T, pages map[string]string) (address string, asked *atomic.Int32) {
	t.Helper()
	asked = &atomic.Int32{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page, ok := pages[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		asked.Add(1)
		fmt.Fprint(w, page)
	}))
	t.Cleanup(s.Close)
	return s.URL, asked
}

// free is a Limiter that has always room.
type free struct{}

func (free) Acquire(context.Context, string) (func(fetch.Told), error) {
	return func(fetch.Told) {}, nil
}

func connect(t *testing.T, cfg feed.Config) *feed.Connector {
	t.Helper()
	if cfg.Fetcher == nil {
		f := fetch.New(fetch.Config{Limiter: free{}, Trusted: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
		t.Cleanup(f.Close)
		cfg.Fetcher = f
	}
	c, err := feed.New(cfg)
	require.NoError(t, err)
	return c
}

func search(t *testing.T, c *feed.Connector, q connector.Query) connector.Answer {
	t.Helper()
	answer, err := c.Search(t.Context(), q)
	require.NoError(t, err)
	return answer
}

func TestSearch_Formats(t *testing.T) {
	t.Parallel()
	at, _ := site(t, map[string]string{"/rss": rss, "/atom": atom, "/json": jsonFeed})
	c := connect(t, feed.Config{Feeds: []string{at + "/rss", at + "/atom"}})
	answer := search(t, c, connector.Query{Text: "When does water boil?", URLs: []string{at + "/json"}})
	require.Empty(t, answer.Notes)
	require.False(t, answer.More)
	require.Equal(t, []connector.Item{
		{
			Title: "Boiled water", URL: "https://j.example/1", Kind: "post", Text: "x", Extent: connector.ExtentSnippet,
			Published: "2025-01-01", Container: "J",
		},
		{
			Title: "The boiling of water", URL: "https://steam.example/1", Kind: "post", Text: "Long text", Extent: connector.ExtentSnippet,
			Published: "2024-05-06", Container: "Steam", Authors: []string{"Bo"},
		},
		{
			Title: "Why waters boil", URL: "https://journal.example/boil", Kind: "article", Published: "2003-06-12",
			Container: "Kitchen & Physics", Language: "en", Identifiers: map[string]string{"doi": "10.1000/abc"},
		},
		{
			Title: "Boiling water at altitude", URL: at + "/altitude", Kind: "post", Text: "Water boils sooner.\n\nOn mountains.", Extent: connector.ExtentSnippet,
			Published: "2003-06-10", Container: "Kitchen & Physics", Language: "en", Authors: []string{"Ada"},
		},
	}, answer.Items, "the newest first, without the entry on knives and those that lead nowhere")
}

// entries is a feed with one entry for each title.
func entries(titles ...string) string {
	var b strings.Builder
	b.WriteString(`<rss version="2.0"><channel><title>F</title>`)
	for i, title := range titles {
		fmt.Fprintf(&b, "<item><title>%s</title><link>https://example.org/%d</link></item>", title, i)
	}
	return b.String() + "</channel></rss>"
}

func TestSearch_Words(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		text, title string
		fits        bool
	}{
		"two shared words":               {"boiling water mountains", "Water and mountains", true},
		"one shared word of many":        {"boiling water mountains", "Water", false},
		"the only word":                  {"Thermodynamics", "Laws of thermodynamics", true},
		"another ending":                 {"climatic changes", "Climate change", true},
		"a word that begins alike":       {"continents", "Continuation", false},
		"short words do not count":       {"how is the sea so big", "How is the man so old", false},
		"another language":               {"кипение воды", "Температура кипения воды", true},
		"Chinese":                        {"水的沸点", "沸点与气压", true},
		"other Chinese":                  {"水的沸点", "中国历史", false},
		"Korean with particles":          {"기후변화", "기후변화의 원인", true},
		"a question without words":       {"?!", "Water", false},
		"a query of only short words":    {"the sea", "The sea", false},
		"a sub-query counts by itself":   {"quantum entanglement|boiling water", "Boiling of water", true},
		"words of two queries are apart": {"quantum water|boiling mountain", "Boiling of water", false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at, _ := site(t, map[string]string{"/": entries(tc.title)})
			text, also, _ := strings.Cut(tc.text, "|")
			answer := search(t, connect(t, feed.Config{Feeds: []string{at}}), connector.Query{Text: text, Also: []string{also}})
			require.Equal(t, tc.fits, len(answer.Items) == 1)
		})
	}
}

func TestSearch_AddressesThatAreNoFeeds(t *testing.T) {
	t.Parallel()
	at, asked := site(t, map[string]string{"/page": "<!doctype html><title>boiling water</title>", "/xml": "<?xml version='1.0'?><x/>"})
	c := connect(t, feed.Config{})
	for range 2 {
		answer := search(t, c, connector.Query{Text: "boiling water", URLs: []string{at + "/page", at + "/xml", at + "/gone", "no address", "http://10.0.0.1/"}})
		require.Equal(t, connector.Answer{}, answer, "they are the business of another connector")
	}
	require.EqualValues(t, 2, asked.Load(), "and are not asked for twice")
}

func TestSearch_BrokenFeeds(t *testing.T) {
	t.Parallel()
	at, _ := site(t, map[string]string{
		"/good":   entries("Boiling water"),
		"/broken": `<rss version="2.0"><channel><item><title>Boiling water</title><link>http://a.example/`,
		"/large":  `<rss version="2.0"><channel>` + strings.Repeat(" ", 11<<20) + `</channel></rss>`,
		"/bomb":   `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><rss version="2.0"><channel><title>&b;</title></channel></rss>`,
	})
	q := connector.Query{Text: "boiling water"}
	answer := search(t, connect(t, feed.Config{Feeds: []string{at + "/good", at + "/large", at + "/gone"}}), q)
	require.Len(t, answer.Items, 1, "the others answer all the same")
	require.Equal(t, []string{
		"The feed " + at + "/large could not be read: The feed cannot be understood.",
		"The feed " + at + "/gone could not be read: There is no such page (status 404).",
	}, answer.Notes)

	for path, problem := range map[string]connector.Problem{"/large": connector.Malformed, "/gone": connector.Rejected} {
		_, err := connect(t, feed.Config{Feeds: []string{at + path}}).Search(t.Context(), q)
		var own *connector.Error
		require.ErrorAs(t, err, &own)
		require.Equal(t, problem, own.Problem)
	}
	for _, path := range []string{"/broken", "/bomb"} { // readable in part or not at all, but never fatal
		answer, err := connect(t, feed.Config{Feeds: []string{at + path}}).Search(t.Context(), q)
		require.True(t, err != nil || len(answer.Items) <= 1)
	}
}

func TestSearch_Pages(t *testing.T) {
	t.Parallel()
	at, asked := site(t, map[string]string{"/": entries("Boiling water 1", "Boiling water 2", "Boiling water 3")})
	c := connect(t, feed.Config{Feeds: []string{at}})
	first := search(t, c, connector.Query{Text: "boiling water", Limit: 2})
	require.Len(t, first.Items, 2)
	require.True(t, first.More)
	second := search(t, c, connector.Query{Text: "boiling water", Limit: 2, Page: 1})
	require.Len(t, second.Items, 1)
	require.False(t, second.More)
	require.NotContains(t, first.Items, second.Items[0])
	require.EqualValues(t, 1, asked.Load(), "the feed is read once")
}

func TestSearch_RemembersForFiveMinutes(t *testing.T) {
	t.Parallel()
	at, asked := site(t, map[string]string{"/": entries("Boiling water")})
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	c := connect(t, feed.Config{Feeds: []string{at}, Now: func() time.Time { return now }})
	search(t, c, connector.Query{Text: "boiling water"})
	now = now.Add(4 * time.Minute)
	search(t, c, connector.Query{Text: "boiling water"})
	require.EqualValues(t, 1, asked.Load())
	now = now.Add(2 * time.Minute)
	search(t, c, connector.Query{Text: "boiling water"})
	require.EqualValues(t, 2, asked.Load())
}

func TestSearch_EgressList(t *testing.T) {
	t.Parallel()
	at, asked := site(t, map[string]string{"/": entries("Boiling water")})
	c := connect(t, feed.Config{Feeds: []string{at}, Allow: func(_ context.Context, workspaceID string) (func(string) bool, error) {
		if workspaceID == "broken" {
			return nil, errors.New("no settings")
		}
		return func(host string) bool { return workspaceID == "open" && host == "127.0.0.1" }, nil
	}})
	require.Len(t, search(t, c, connector.Query{Text: "boiling water", WorkspaceID: "open"}).Items, 1)
	_, err := c.Search(t.Context(), connector.Query{Text: "boiling water", WorkspaceID: "closed"})
	var own *connector.Error
	require.ErrorAs(t, err, &own, "what another workspace's list let in is not shown to this one")
	require.Equal(t, connector.Denied, own.Problem)
	require.EqualValues(t, 1, asked.Load())
	_, err = c.Search(t.Context(), connector.Query{Text: "boiling water", WorkspaceID: "broken"})
	require.Error(t, err)
}

// failing is a Fetcher that answers with errors.
type failing map[string]error

func (f failing) Fetch(_ context.Context, req fetch.Request) (fetch.Page, error) {
	if err := f[req.URL]; err != nil {
		return fetch.Page{}, err
	}
	return fetch.Page{FinalURL: req.URL, Body: []byte(entries("Boiling water"))}, nil
}

func TestSearch_Failures(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		err       error
		problem   connector.Problem
		temporary bool
	}{
		"unreachable":     {&fetch.Error{Reason: fetch.Unreachable, Message: "m"}, connector.Unreachable, true},
		"too slow":        {&fetch.Error{Reason: fetch.Timeout, Message: "m"}, connector.Unavailable, true},
		"a server error":  {&fetch.Error{Reason: fetch.Status, Status: 500, Message: "m"}, connector.Unavailable, true},
		"gone":            {&fetch.Error{Reason: fetch.Status, Status: 404, Message: "m"}, connector.Rejected, false},
		"too many":        {&fetch.Error{Reason: fetch.Limited, RetryAfter: time.Minute, Message: "m"}, connector.Limited, true},
		"not HTTP":        {&fetch.Error{Reason: fetch.Malformed, Message: "m"}, connector.Malformed, false},
		"robots.txt":      {&fetch.Error{Reason: fetch.Robots, Message: "m"}, connector.Denied, false},
		"a private place": {&fetch.Error{Reason: fetch.Forbidden, Message: "m"}, connector.Denied, false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := connect(t, feed.Config{Feeds: []string{"http://a.example/"}, Fetcher: failing{"http://a.example/": tc.err}})
			_, err := c.Search(t.Context(), connector.Query{Text: "boiling water"})
			var own *connector.Error
			require.ErrorAs(t, err, &own)
			require.Equal(t, tc.problem, own.Problem)
			require.Equal(t, tc.temporary, own.Temporary())
			require.Equal(t, "m", own.Message)
		})
	}
}

func TestSearch_BusyHostIsComeBackTo(t *testing.T) {
	t.Parallel()
	f := failing{"http://b.example/": &connector.Busy{After: 3 * time.Second}}
	c := connect(t, feed.Config{Feeds: []string{"http://a.example/", "http://b.example/"}, Fetcher: f})
	_, err := c.Search(t.Context(), connector.Query{Text: "boiling water"})
	var busy *connector.Busy
	require.ErrorAs(t, err, &busy)
	require.Equal(t, 3*time.Second, busy.After)
	f["http://a.example/"] = errors.New("asked again")
	delete(f, "http://b.example/")
	require.Len(t, search(t, c, connector.Query{Text: "boiling water"}).Items, 1, "the first was remembered, and both lead to the same page")
}

func TestSearch_EndOfContext(t *testing.T) {
	t.Parallel()
	c := connect(t, feed.Config{Feeds: []string{"http://a.example/"}, Fetcher: failing{"http://a.example/": fmt.Errorf("fetch: %w", context.Canceled)}})
	_, err := c.Search(t.Context(), connector.Query{Text: "boiling water"})
	require.ErrorIs(t, err, context.Canceled)
}
