package wikipedia

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/scholarly"
	"github.com/researcherpro/researcherpro/services/research/internal/samework"
)

// license is what all editions publish text under.
const license = "https://creativecommons.org/licenses/by-sa/4.0/"

// errShape is the cause when an answer is not one of the API.
var errShape = errors.New("neither a query nor its end")

// edition is where an answer came from.
type edition struct {
	base, lang string
}

// page is what is read of a page.
type page struct {
	ID        int             `json:"pageid"`
	Index     int             `json:"index"`
	Title     string          `json:"title"`
	Extract   string          `json:"extract"`
	Missing   json.RawMessage `json:"missing"`
	Canonical string          `json:"canonicalurl"`
	Language  string          `json:"pagelanguage"`
	LastRev   int             `json:"lastrevid"`
	Revisions []struct {
		ID   int    `json:"revid"`
		Time string `json:"timestamp"`
	} `json:"revisions"`
	Props map[string]json.RawMessage `json:"pageprops"`
}

// reply is an answer of the API. Pages are a list, or an object by page id in
// the older form, which wikis of others still speak.
type reply struct {
	Complete json.RawMessage `json:"batchcomplete"`
	Continue map[string]any  `json:"continue"`
	Query    *struct {
		Pages json.RawMessage `json:"pages"`
	} `json:"query"`
	Error *struct {
		Code string `json:"code"`
		Info string `json:"info"`
	} `json:"error"`
}

// parse makes items of an answer.
func parse(r connector.Reply, e edition) (connector.Answer, error) {
	var body reply
	if err := scholarly.JSON(r.Body, &body); err != nil {
		return connector.Answer{}, err
	}
	if body.Error != nil {
		return connector.Answer{}, refusal(r, body.Error.Code, body.Error.Info)
	}
	if body.Query == nil {
		// This is what nothing found looks like.
		if body.Complete != nil {
			return connector.Answer{}, nil
		}
		return connector.Answer{}, scholarly.Malformed(errShape)
	}
	raw, err := list(body.Query.Pages)
	if err != nil {
		return connector.Answer{}, scholarly.Malformed(err)
	}
	// The list is by page id; index is the rank.
	rank := map[string]int{}
	answer, err := scholarly.Records(raw, func(p page) (connector.Item, bool) {
		it, ok := p.item(e)
		rank[it.URL] = p.Index
		return it, ok
	})
	slices.SortStableFunc(answer.Items, func(a, b connector.Item) int { return cmp.Compare(rank[a.URL], rank[b.URL]) })
	_, more := body.Continue["gsroffset"]
	answer.More = err == nil && more && len(answer.Items) > 0
	return answer, err
}

// list returns pages as a list, from either form.
func list(pages json.RawMessage) ([]json.RawMessage, error) {
	var out []json.RawMessage
	if len(pages) == 0 || json.Unmarshal(pages, &out) == nil {
		return out, nil
	}
	var byID map[string]json.RawMessage
	if err := json.Unmarshal(pages, &byID); err != nil {
		return nil, fmt.Errorf("pages: %w", err)
	}
	for _, p := range byID {
		out = append(out, p)
	}
	return out, nil
}

// refusal returns the error that the API tells of with status 200.
func refusal(r connector.Reply, code, info string) error {
	problem, message := connector.Rejected, "It does not take this query."
	switch {
	case code == "maxlag", code == "readonly", strings.HasPrefix(code, "internal_api_error"), strings.HasPrefix(code, "cirrussearch"),
		code == "search-error":
		problem, message = connector.Unavailable, "It is too busy to answer."
	case code == "ratelimited", code == "cirrussearch-too-busy-error":
		problem, message = connector.Limited, "It was asked too often."
	case code == "readapidenied", code == "blocked", code == "globalblocking-blockedtext-range":
		problem, message = connector.Denied, "It refused access."
	}
	return &connector.Error{
		Problem: problem, Message: message, RetryAfter: scholarly.RetryAfter(r), Cause: fmt.Errorf("%s: %s", code, info),
	}
}

// item makes an item of a page; false if the page is missing or only points to
// others.
func (p page) item(e edition) (connector.Item, bool) {
	title := scholarly.Line(p.Title)
	_, points := p.Props["disambiguation"]
	if title == "" || p.ID <= 0 || p.Missing != nil || points {
		return connector.Item{}, false
	}
	it := connector.Item{
		Title: title, URL: p.address(e), Kind: "encyclopedia", Container: "Wikipedia", Publisher: "Wikimedia Foundation",
		Language: e.lang, License: license, Text: paragraphs(p.Extract),
		Identifiers: map[string]string{samework.Wikipedia: e.lang + ":" + strconv.Itoa(p.ID)},
	}
	if it.Text != "" {
		it.Extent = connector.ExtentAbstract
	}
	if len(p.Revisions) > 0 {
		it.Published = scholarly.ParseDate(p.Revisions[0].Time)
	}
	return it, true
}

// address returns the permanent link of the revision that was found; the
// article's own if that is not known.
func (p page) address(e edition) string {
	address := p.Canonical
	if address == "" {
		address = e.base + "/wiki/" + url.PathEscape(strings.ReplaceAll(p.Title, " ", "_"))
	}
	revision := p.LastRev
	if len(p.Revisions) > 0 {
		revision = p.Revisions[0].ID
	}
	if revision <= 0 {
		return address
	}
	return address + "?oldid=" + strconv.Itoa(revision)
}

// paragraphs returns an extract with a blank line between its paragraphs, which
// the API parts by single line ends.
func paragraphs(extract string) string {
	var out []string
	for line := range strings.SplitSeq(extract, "\n") {
		if line = scholarly.Line(line); line != "" {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n\n")
}

// interleave joins the answers of editions, the first of each before the second
// of any.
func interleave(answers []connector.Answer) connector.Answer {
	var out connector.Answer
	for i := 0; ; i++ {
		any := false
		for _, a := range answers {
			if i < len(a.Items) {
				out.Items = append(out.Items, a.Items[i])
				any = true
			}
		}
		if !any {
			break
		}
	}
	for _, a := range answers {
		out.More = out.More || a.More
		out.Notes = append(out.Notes, a.Notes...)
	}
	return out
}

// isBusy reports whether a request was not sent, because its turn has not come.
func isBusy(err error) bool {
	var busy *connector.Busy
	return errors.As(err, &busy)
}
