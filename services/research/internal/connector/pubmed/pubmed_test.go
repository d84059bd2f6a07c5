package pubmed_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/pubmed"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/scholarly/scholarlytest"
)

func found(count string, ids ...string) string {
	return `{"header":{},"esearchresult":{"count":"` + count + `","retmax":"20","idlist":["` + strings.Join(ids, `","`) + `"]}}`
}

const nothing = `{"esearchresult":{"count":"0","retmax":"0","idlist":[],"errorlist":{"phrasesnotfound":["xyzzy"]}}}`

func set(records ...string) string {
	return `<?xml version="1.0" ?><!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2025//EN" "https://dtd.nlm.nih.gov/x.dtd">
<PubmedArticleSet>` + strings.Join(records, "") + `</PubmedArticleSet>`
}

// article returns a record: what stands in Article, in MedlineCitation besides,
// and among the article ids.
func article(pmid, inside, beside, ids string) string {
	return `<PubmedArticle><MedlineCitation><PMID Version="1">` + pmid + `</PMID><Article>` + inside + `</Article>` + beside +
		`</MedlineCitation><PubmedData><ArticleIdList><ArticleId IdType="pubmed">` + pmid + `</ArticleId>` + ids + `</ArticleIdList>
<ReferenceList><Reference><ArticleIdList><ArticleId IdType="doi">10.9999/of-a-reference</ArticleId></ArticleIdList></Reference></ReferenceList></PubmedData></PubmedArticle>`
}

func search(t *testing.T, q connector.Query, bodies ...string) (connector.Answer, *scholarlytest.Place, error) {
	t.Helper()
	return searchAnswers(t, q, scholarlytest.OK(bodies...))
}

func searchAnswers(t *testing.T, q connector.Query, answers []scholarlytest.Answer) (connector.Answer, *scholarlytest.Place, error) {
	t.Helper()
	place := scholarlytest.Serve(t, answers...)
	answer, err := pubmed.New(pubmed.Config{BaseURL: place.URL, Contact: "mailto:ops@example.org"}, place).Search(t.Context(), q)
	return answer, place, err
}

// one returns the item of one record with identifier 7.
func one(t *testing.T, record string) connector.Item {
	t.Helper()
	answer, _, err := search(t, connector.Query{Text: "x", Limit: 1}, found("1", "7"), set(record))
	require.NoError(t, err)
	require.Len(t, answer.Items, 1)
	return answer.Items[0]
}

func TestSearch_MarkupCutsNothing(t *testing.T) {
	t.Parallel()
	require.Equal(t, connector.Item{
		Title: "Effect of H2O on E. coli at 10^3 Pa", URL: "https://pubmed.ncbi.nlm.nih.gov/7/", Kind: "review", Language: "de",
		FullTexts: []string{
			"https://www.ebi.ac.uk/europepmc/webservices/rest/PMC99/fullTextXML", "https://pmc.ncbi.nlm.nih.gov/articles/PMC99/",
		},
		Text:   "BACKGROUND: We know p < 0.05 & more.\n\nRESULTS: It grew.\n\nThe end.",
		Extent: connector.ExtentAbstract, Authors: []string{"Ada Byron", "P Person", "The Group"}, Published: "2018-03-05",
		Container: "Journal of Tests", Identifiers: map[string]string{"pmid": "7", "pmcid": "PMC99", "doi": "10.5555/abc"},
	}, one(t, article("7", `<Journal><JournalIssue><PubDate><Year>2018</Year><Month>Apr</Month></PubDate></JournalIssue><Title>Journal of Tests</Title></Journal>
<ArticleTitle>Effect of H<sub>2</sub>O on <i>E. coli</i> at 10<sup>3</sup> Pa.</ArticleTitle>
<ELocationID EIdType="pii" ValidYN="Y">S1</ELocationID><ELocationID EIdType="doi" ValidYN="N">10.5555/wrong</ELocationID>
<Abstract><AbstractText Label="BACKGROUND">We <b>know</b> p &lt; 0.05 &amp; more.</AbstractText><AbstractText Label="RESULTS">It grew.</AbstractText>
<AbstractText Label="UNLABELLED">The end.</AbstractText><AbstractText/></Abstract>
<AuthorList><Author><LastName>Byron</LastName><ForeName>Ada</ForeName></Author><Author><LastName>Person</LastName><Initials>P</Initials></Author>
<Author><CollectiveName>The Group</CollectiveName></Author></AuthorList><Language>ger</Language>
<ArticleDate><Year>2018</Year><Month>03</Month><Day>05</Day></ArticleDate>
<PublicationTypeList><PublicationType>Journal Article</PublicationType><PublicationType>Review</PublicationType></PublicationTypeList>`, "",
		`<ArticleId IdType="pmc">PMC99</ArticleId><ArticleId IdType="doi">10.5555/ABC</ArticleId>`)))
}

func TestSearch_TranslatedTitleAndNoAbstract(t *testing.T) {
	t.Parallel()
	it := one(t, article("7", `<ArticleTitle>[On things].</ArticleTitle>`, "", ""))
	require.Equal(t, "On things", it.Title)
	require.Equal(t, connector.ExtentNone, it.Extent)
	require.True(t, it.NoFetch, "PubMed's own page has no more than the record")
	it = one(t, article("7", `<ArticleTitle/><VernacularTitle>Über Dinge.</VernacularTitle>`, "", ""))
	require.Equal(t, "Über Dinge", it.Title)
}

func TestSearch_Dates(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ date, want string }{
		"year, month and day":    {"<Year>2001</Year><Month>Feb</Month><Day>3</Day>", "2001-02-03"},
		"month as a number":      {"<Year>2001</Year><Month>02</Month>", "2001-02"},
		"a season is no month":   {"<Year>1990</Year><Season>Spring</Season>", "1990"},
		"words with a season":    {"<MedlineDate>2000 Spring</MedlineDate>", "2000"},
		"a range of months":      {"<MedlineDate>1998 Nov-Dec</MedlineDate>", "1998"},
		"a range over two years": {"<MedlineDate>1998 Dec-1999 Jan</MedlineDate>", "1998"},
		"a range of days":        {"<MedlineDate>2000 Dec 23-30</MedlineDate>", "2000-12"},
		"a range of years":       {"<MedlineDate>1976-1977</MedlineDate>", "1976"},
		"one month in words":     {"<MedlineDate>2004 July</MedlineDate>", "2004-07"},
		"behind other words":     {"<MedlineDate>Winter 1985</MedlineDate>", "1985"},
		"no date at all":         {"<MedlineDate>unknown</MedlineDate>", ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.want, one(t, article("7", `<ArticleTitle>T</ArticleTitle><Journal><JournalIssue><PubDate>`+tc.date+
				`</PubDate></JournalIssue></Journal>`, "", "")).Published)
		})
	}
}

func TestSearch_Notices(t *testing.T) {
	t.Parallel()
	reference := func(kind, source string) string {
		return `<CommentsCorrections RefType="` + kind + `"><RefSource>` + source + `</RefSource><PMID>8</PMID></CommentsCorrections>`
	}
	types := `<PublicationTypeList><PublicationType>Retracted Publication</PublicationType></PublicationTypeList>`
	notice := func(kind, doi, date string) connector.Notice {
		return connector.Notice{Kind: kind, DOI: doi, Date: date, From: "pubmed"}
	}
	tests := map[string]struct {
		types, references string
		want              []connector.Notice
	}{
		"by its type": {types, "", []connector.Notice{notice("RETRACTION", "", "")}},
		"by type and notice, which are one": {
			types, reference("RetractionIn", "Lancet. 2010 Feb 6;375(9713):445. doi: 10.1016/S0140-6736(10)60175-4."),
			[]connector.Notice{notice("RETRACTION", "10.1016/s0140-6736(10)60175-4", "2010-02-06")},
		},
		"corrected and doubted": {
			"", reference("ErratumIn", "J Test. 2011;1:2") + reference("ExpressionOfConcernIn", "J Test") + reference("Cites", "x"),
			[]connector.Notice{notice("CORRECTION", "", "2011"), notice("CONCERN", "", "")},
		},
		"it is itself the notice": {
			`<PublicationTypeList><PublicationType>Retraction of Publication</PublicationType></PublicationTypeList>`,
			reference("RetractionOf", "J Test. 2009;1") + reference("ErratumFor", "J Test"), nil,
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			it := one(t, article("7", "<ArticleTitle>T</ArticleTitle>"+tc.types, "<CommentsCorrectionsList>"+tc.references+"</CommentsCorrectionsList>", ""))
			require.Equal(t, tc.want, it.Notices)
		})
	}
	it := one(t, article("7", `<ArticleTitle>T</ArticleTitle><PublicationTypeList><PublicationType>Preprint</PublicationType></PublicationTypeList>`,
		"<CommentsCorrectionsList>"+reference("UpdateIn", "J Test. 2021;1. doi: 10.5555/final")+"</CommentsCorrectionsList>", ""))
	require.Equal(t, "preprint", it.Kind)
	require.Equal(t, "10.5555/final", it.Identifiers["doi_published"])
}

func TestSearch_BooksAndOrder(t *testing.T) {
	t.Parallel()
	book := `<PubmedBookArticle><BookDocument><PMID>9</PMID><Book><Publisher><PublisherName>NCBI</PublisherName></Publisher><BookTitle>The <i>Book</i></BookTitle>
<PubDate><Year>2010</Year></PubDate></Book>%<Abstract><AbstractText>A.</AbstractText></Abstract></BookDocument></PubmedBookArticle>`
	answer, _, err := search(t, connector.Query{Text: "x", Limit: 3}, found("10", "9", "8", "7"),
		set(article("7", "<ArticleTitle>Seven</ArticleTitle>", "", ""), strings.Replace(book, "%", "<ArticleTitle>A chapter</ArticleTitle>", 1)))
	require.NoError(t, err)
	require.Len(t, answer.Items, 2)
	require.Equal(t, "A chapter", answer.Items[0].Title, "the order is that of the search")
	require.Equal(t, "The Book", answer.Items[0].Container)
	require.Equal(t, "chapter", answer.Items[0].Kind)
	require.Equal(t, "2010", answer.Items[0].Published)
	require.Equal(t, []string{"1 of its 3 records could not be read."}, answer.Notes)
	require.True(t, answer.More)
	answer, _, err = search(t, connector.Query{Text: "x", Limit: 1}, found("1", "9"), set(strings.Replace(book, "%", "", 1)))
	require.NoError(t, err)
	require.Equal(t, "book", answer.Items[0].Kind)
	require.Equal(t, "The Book", answer.Items[0].Title)
}

func TestSearch_Requests(t *testing.T) {
	t.Parallel()
	q := connector.Query{
		Text: `Does "vitamin D"[ti] help?`, Limit: 10, Page: 2, Credential: "k", Languages: []string{"de", "en", "?"},
		PublishedAfter: time.Date(2020, 2, 1, 0, 0, 0, 0, time.UTC),
	}
	_, place, err := search(t, q, found("100", "7", "x"), set(article("7", "<ArticleTitle>T</ArticleTitle>", "", "")))
	require.NoError(t, err)
	first, second := place.Params(t, 0), place.Params(t, 1)
	require.Equal(t, `(vitamin OR d OR ti OR help) AND ("2020/02/01"[dp] : "3000"[dp]) AND (ger[la] OR eng[la])`, first.Get("term"))
	require.Equal(t, "20", first.Get("retstart"))
	require.Equal(t, "10", first.Get("retmax"))
	require.Equal(t, "7", second.Get("id"), "only identifiers are asked for")
	for _, params := range []map[string][]string{first, second} {
		require.Equal(t, []string{"k"}, params["api_key"])
		require.Equal(t, []string{"ops@example.org"}, params["email"])
		require.Equal(t, []string{"ResearcherPro"}, params["tool"])
	}
	for text, want := range map[string]string{
		"vitamin D depression":  "(vitamin d depression)",
		"PMID: 12091962":        "(12091962[pmid])",
		"doi:10.1038/NATURE1":   `("10.1038/nature1"[doi])`,
		"the paper PMC3531190?": "(PMC3531190[pmcid])",
	} {
		_, place, err := search(t, connector.Query{Text: text, Limit: 1}, nothing)
		require.NoError(t, err)
		require.Equal(t, want, place.Params(t, 0).Get("term"))
		require.Len(t, place.Requests(), 1, "where nothing is found, nothing is fetched")
	}
}

func TestSearch_Failures(t *testing.T) {
	t.Parallel()
	good := scholarlytest.Answer{Body: found("1", "7")}
	tests := map[string]struct {
		answers []scholarlytest.Answer
		problem connector.Problem
	}{
		"the search is no JSON":     {scholarlytest.OK("<html>"), connector.Malformed},
		"the search is of no kind":  {scholarlytest.OK("{}"), connector.Malformed},
		"the search is refused":     {scholarlytest.OK(`{"esearchresult":{"ERROR":"Invalid query"}}`), connector.Rejected},
		"too often, with 200":       {scholarlytest.OK(`{"error":"API rate limit exceeded","api-key":"x","count":"4","limit":"3"}`), connector.Limited},
		"too often":                 {[]scholarlytest.Answer{good, {Status: 429}}, connector.Limited},
		"the key is not valid":      {[]scholarlytest.Answer{{Status: 400, Body: `{"error":"API key invalid"}`}}, connector.Denied},
		"another error, with 200":   {scholarlytest.OK(`{"error":"Backend failed"}`), connector.Rejected},
		"the records are cut off":   {[]scholarlytest.Answer{good, {Body: set(article("7", "<ArticleTitle>T</ArticleTitle>", "", ""))[:300]}}, connector.Malformed},
		"the records are HTML":      {[]scholarlytest.Answer{good, {Body: "<html><body>x</body></html>"}}, connector.Malformed},
		"the records are of others": {[]scholarlytest.Answer{good, {Body: set(article("8", "<ArticleTitle>T</ArticleTitle>", "", ""))}}, connector.Malformed},
		"there are no records":      {[]scholarlytest.Answer{good, {Body: set()}}, connector.Malformed},
		"down in between":           {[]scholarlytest.Answer{good, {Status: 502}}, connector.Unavailable},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := searchAnswers(t, connector.Query{Text: "x", Limit: 1}, tc.answers)
			scholarlytest.RequireError(t, err, tc.problem)
		})
	}
}

var pmid = regexp.MustCompile(`(?s)<(?:MedlineCitation|BookDocument)[^>]*>\s*<PMID[^>]*>(\d+)</PMID>`)

// TestRecordings gives every recorded answer as records and as a search: each is
// read, or refused with a reason.
func TestRecordings(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(scholarlytest.Data(t), "api-recordings", "pubmed-entrez", "*.*ml"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	sets, items, abstracts, refused := 0, 0, 0, 0
	for _, f := range files {
		data, err := os.ReadFile(f)
		require.NoError(t, err)
		_, _, err = search(t, connector.Query{Text: "x", Limit: 10}, string(data))
		scholarlytest.RequireError(t, err, connector.Malformed) // none is JSON

		ids := []string{"1"}
		if m := pmid.FindAllStringSubmatch(string(data), -1); m != nil {
			ids = nil
			for _, one := range m {
				ids = append(ids, one[1])
			}
		}
		answer, _, err := search(t, connector.Query{Text: "x", Limit: 100}, found("1", ids...), string(data))
		if !strings.Contains(string(data), "<PubmedArticleSet>") {
			scholarlytest.RequireError(t, err, connector.Malformed)
			refused++
			continue
		}
		if err != nil {
			scholarlytest.RequireError(t, err, connector.Malformed)
			t.Logf("%s: %v", filepath.Base(f), err)
			refused++
			continue
		}
		require.Len(t, answer.Items, len(ids), f)
		for _, it := range answer.Items {
			scholarlytest.CheckItem(t, it)
			require.NotContains(t, it.Title+it.Text, "</")
			require.NotEmpty(t, it.Published, f)
			if it.Text != "" {
				abstracts++
			}
		}
		sets, items = sets+1, items+len(answer.Items)
	}
	for _, r := range scholarlytest.Recordings(t, "eutils.ncbi.nlm.nih.gov") {
		_, _, err := search(t, connector.Query{Text: "x", Limit: 10}, r.Body)
		if err != nil {
			var own *connector.Error
			require.ErrorAs(t, err, &own, r.URL)
			refused++
		}
	}
	t.Logf("%d sets read with %d items (%d with an abstract), %d refused", sets, items, abstracts, refused)
	require.GreaterOrEqual(t, sets, 5)
}
