package html_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/browsertest"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/documenttest"
	"github.com/researcherpro/researcherpro/services/report/internal/html"
)

// heard is what a page said to the console and asked of the network.
type heard struct {
	mu    sync.Mutex
	lines []string
}

// listen notes what a page says and asks for.
func (h *heard) listen(event any) {
	line := ""
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		line = fmt.Sprint("console: ", e.Type)
	case *runtime.EventExceptionThrown:
		line = "exception: " + e.ExceptionDetails.Text
	case *log.EventEntryAdded:
		line = "log: " + e.Entry.Text
	case *network.EventRequestWillBeSent:
		line = "request: " + e.Request.URL
	}
	if line != "" {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.lines = append(h.lines, line)
	}
}

// show opens a page in a tab of its own, so many pixels wide.
func show(ctx context.Context, t *testing.T, out []byte, width int64) (context.Context, *heard, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "report.html")
	require.NoError(t, os.WriteFile(path, out, 0o600))
	tab, cancel := chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	h := &heard{}
	require.NoError(t, chromedp.Listen(tab, h.listen))
	address := "file://" + path
	var err error
	for _, domain := range []cdp.Command[cdp.Empty, cdp.Empty]{log.Enable, runtime.Enable} {
		_, err = chromedp.Call(tab, domain, cdp.Empty{})
		require.NoError(t, err)
	}
	_, err = chromedp.Call(tab, network.Enable, network.EnableParams{})
	require.NoError(t, err)
	require.NoError(t, chromedp.Do(tab, chromedp.EmulateViewport(width, 900), chromedp.Navigate(address)))
	return tab, h, address
}

// TestBrowser_PagesFitAndAreSilent opens pages as wide as a phone and a desk: nothing is
// wider than the window, nothing is said and nothing is asked for.
func TestBrowser_PagesFitAndAreSilent(t *testing.T) {
	t.Parallel()
	ctx := browsertest.Start(t)
	_, loud, address := show(ctx, t, []byte(`<script>console.log(1)</script><img src="missing.png">`), 400)
	loud.mu.Lock()
	require.Subset(t, loud.lines, []string{"console: log", "request: " + strings.Replace(address, "report.html", "missing.png", 1)}, "what a page says is heard")
	loud.mu.Unlock()
	for name, doc := range map[string]*reportv1.Document{
		"full": documenttest.Full(), "slides": slides(), "arabic": arabic(), "author and date": authorDate(), "large": documenttest.Large(),
		"long words": documenttest.Filled(strings.Repeat("depth", 100)), "payload": documenttest.Filled(`"><script>console.log(1)</script><img src=x onerror=console.log(1)>`),
	} {
		out, err := html.Render(doc)
		require.NoError(t, err)
		for _, width := range []int64{400, 1400} {
			tab, heard, address := show(ctx, t, out, width)
			over := evaluate[int](tab, t, `document.documentElement.scrollWidth - innerWidth`)
			require.LessOrEqual(t, over, 0, "%s is wider than %d pixels", name, width)
			require.NotEmpty(t, evaluate[string](tab, t, `document.title`))
			heard.mu.Lock()
			require.Equal(t, []string{"request: " + address}, heard.lines, name)
			heard.mu.Unlock()
		}
	}
}

// shown returns whether the quotes of the nth mark can be seen whole, and where its link is.
const shown = `(() => {
  const mark = document.querySelectorAll('main .mark')[%d], tip = mark.querySelector('.tip').getBoundingClientRect();
  const link = mark.querySelector('a').getClientRects()[0];
  return {
    seen: tip.width > 0 && tip.height > 0,
    whole: tip.left >= 0 && tip.right <= innerWidth && tip.top >= 0 && tip.bottom <= innerHeight,
    x: link.left + link.width / 2, y: link.top + link.height / 2,
  };
})()`

// tip is what shown returns.
type tip struct {
	Seen  bool    `json:"seen"`
	Whole bool    `json:"whole"`
	X     float64 `json:"x"`
	Y     float64 `json:"y"`
}

// TestBrowser_QuotesAreShownOnFocusAndHover goes to every mark with the keyboard's focus and
// with the mouse, on a phone and on a desk.
func TestBrowser_QuotesAreShownOnFocusAndHover(t *testing.T) {
	t.Parallel()
	ctx := browsertest.Start(t)
	for name, doc := range map[string]*reportv1.Document{"full": documenttest.Full(), "arabic": arabic(), "author and date": authorDate()} {
		out, err := html.Render(doc)
		require.NoError(t, err)
		for _, width := range []int64{400, 1400} {
			tab, _, _ := show(ctx, t, out, width)
			marks := evaluate[int](tab, t, `document.querySelectorAll('main .mark').length`)
			require.Positive(t, marks)
			for n := range marks {
				link := fmt.Sprintf(`document.querySelectorAll('main .mark')[%d].querySelector('a')`, n)
				require.NoError(t, chromedp.Do(tab, chromedp.MouseEvent(chromedp.MouseMoved, 1, 1)))
				evaluate[chromedp.Void](tab, t, link+`.scrollIntoView({block: 'center', inline: 'center'})`)
				before := evaluate[tip](tab, t, fmt.Sprintf(shown, n))
				evaluate[chromedp.Void](tab, t, link+`.focus()`)
				focused := evaluate[tip](tab, t, fmt.Sprintf(shown, n))
				evaluate[chromedp.Void](tab, t, link+`.blur()`)
				require.NoError(t, chromedp.Do(tab, chromedp.MouseEvent(chromedp.MouseMoved, before.X, before.Y)))
				hovered := evaluate[tip](tab, t, fmt.Sprintf(shown, n))
				require.False(t, before.Seen, "%s, %d pixels, mark %d", name, width, n)
				require.True(t, focused.Seen && focused.Whole, "focus: %s, %d pixels, mark %d", name, width, n)
				require.True(t, hovered.Seen && hovered.Whole, "hover: %s, %d pixels, mark %d", name, width, n)
			}
		}
	}
}

// evaluate returns what an expression is on a page.
func evaluate[T any](tab context.Context, t *testing.T, expression string) T {
	t.Helper()
	value, err := chromedp.Run(tab, chromedp.Evaluate[T](expression))
	require.NoError(t, err)
	return value
}
