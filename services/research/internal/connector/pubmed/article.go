package pubmed

import (
	"encoding/xml"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/scholarly"
	"github.com/researcherpro/researcherpro/services/research/internal/samework"
)

// The causes when an answer is of another kind.
var (
	errNotSearch = errors.New("no esearchresult")
	errNoArticle = errors.New("no article that can be read")
)

// refusal returns the error that an answer with status 200 tells of.
func refusal(message string) error {
	if strings.Contains(message, "rate limit") {
		return &connector.Error{Problem: connector.Limited, Message: "It was asked too often.", Cause: errors.New(message)}
	}
	return &connector.Error{Problem: connector.Rejected, Message: "It does not take this query.", Cause: errors.New(message)}
}

// denied returns the error of a key that is not valid.
func denied(cause error) error {
	return &connector.Error{Problem: connector.Denied, Message: "Its key is not valid.", Cause: cause}
}

// articles is an answer of efetch. Books and their chapters have records of
// another shape.
type articles struct {
	XMLName  xml.Name      `xml:"PubmedArticleSet"`
	Articles []article     `xml:"PubmedArticle"`
	Books    []bookArticle `xml:"PubmedBookArticle"`
}

type article struct {
	PMID        string         `xml:"MedlineCitation>PMID"`
	Title       inline         `xml:"MedlineCitation>Article>ArticleTitle"`
	Vernacular  inline         `xml:"MedlineCitation>Article>VernacularTitle"`
	Abstract    []abstractText `xml:"MedlineCitation>Article>Abstract>AbstractText"`
	Authors     []author       `xml:"MedlineCitation>Article>AuthorList>Author"`
	Languages   []string       `xml:"MedlineCitation>Article>Language"`
	Types       []string       `xml:"MedlineCitation>Article>PublicationTypeList>PublicationType"`
	Journal     string         `xml:"MedlineCitation>Article>Journal>Title"`
	Issue       pubDate        `xml:"MedlineCitation>Article>Journal>JournalIssue>PubDate"`
	Electronic  []pubDate      `xml:"MedlineCitation>Article>ArticleDate"`
	Locations   []location     `xml:"MedlineCitation>Article>ELocationID"`
	Corrections []correction   `xml:"MedlineCitation>CommentsCorrectionsList>CommentsCorrections"`
	IDs         []articleID    `xml:"PubmedData>ArticleIdList>ArticleId"`
}

// bookArticle is the record of a book, or of a chapter of one.
type bookArticle struct {
	PMID      string         `xml:"BookDocument>PMID"`
	Title     inline         `xml:"BookDocument>ArticleTitle"`
	BookTitle inline         `xml:"BookDocument>Book>BookTitle"`
	Publisher string         `xml:"BookDocument>Book>Publisher>PublisherName"`
	Date      pubDate        `xml:"BookDocument>Book>PubDate"`
	Abstract  []abstractText `xml:"BookDocument>Abstract>AbstractText"`
	Authors   []author       `xml:"BookDocument>AuthorList>Author"`
	Languages []string       `xml:"BookDocument>Language"`
	IDs       []articleID    `xml:"PubmedBookData>ArticleIdList>ArticleId"`
}

// inline is an element with markup inside, which plain decoding would cut at the
// first tag.
type inline struct {
	XML string `xml:",innerxml"`
}

type abstractText struct {
	Label string `xml:"Label,attr"`
	XML   string `xml:",innerxml"`
}

type author struct {
	Last       inline `xml:"LastName"`
	Fore       inline `xml:"ForeName"`
	Initials   string `xml:"Initials"`
	Collective inline `xml:"CollectiveName"`
}

type location struct {
	Type  string `xml:"EIdType,attr"`
	Valid string `xml:"ValidYN,attr"`
	Value string `xml:",chardata"`
}

type articleID struct {
	Type  string `xml:"IdType,attr"`
	Value string `xml:",chardata"`
}

type correction struct {
	Type   string `xml:"RefType,attr"`
	Source string `xml:"RefSource"`
}

// parseArticles makes items of an answer of efetch, in the order of ids: efetch
// returns its own.
func parseArticles(body []byte, ids []string) (connector.Answer, error) {
	var set articles
	d := xml.NewDecoder(strings.NewReader(string(body)))
	d.Strict, d.Entity = false, xml.HTMLEntity
	if err := d.Decode(&set); err != nil {
		return connector.Answer{}, scholarly.Malformed(fmt.Errorf("decode articles: %w", err))
	}
	byID := map[string]connector.Item{}
	for _, a := range set.Articles {
		if it, ok := a.item(); ok {
			byID[it.Identifiers[samework.PMID]] = it
		}
	}
	for _, b := range set.Books {
		if it, ok := b.item(); ok {
			byID[it.Identifiers[samework.PMID]] = it
		}
	}
	var answer connector.Answer
	for _, id := range ids {
		if it, ok := byID[id]; ok {
			answer.Items = append(answer.Items, it)
		}
	}
	if len(answer.Items) == 0 {
		return connector.Answer{}, scholarly.Malformed(errNoArticle)
	}
	if missing := len(ids) - len(answer.Items); missing > 0 {
		answer.Notes = append(answer.Notes, fmt.Sprintf("%d of its %d records could not be read.", missing, len(ids)))
	}
	return answer, nil
}

// item makes an item of an article; false without identifier or title.
func (a article) item() (connector.Item, bool) {
	it, ok := base(a.PMID, a.IDs, a.Title)
	if !ok {
		return connector.Item{}, false
	}
	for _, l := range a.Locations {
		if l.Type == "doi" && l.Valid != "N" {
			samework.Add(it.Identifiers, samework.DOI, l.Value)
		}
	}
	if it.Title == "" {
		it.Title = title(a.Vernacular)
	}
	it.Authors, it.Language = names(a.Authors), fromMARC(a.Languages)
	it.Container, it.Kind = scholarly.Line(a.Journal), kind(a.Types)
	it.Published = earliest(a.Issue, a.Electronic)
	finish(&it, a.Abstract)
	a.addNotices(&it)
	return it, it.Title != ""
}

// item makes an item of a book or chapter; false without identifier or title.
func (b bookArticle) item() (connector.Item, bool) {
	it, ok := base(b.PMID, b.IDs, b.Title)
	if !ok {
		return connector.Item{}, false
	}
	book := title(b.BookTitle)
	it.Kind, it.Container = "chapter", book
	if it.Title == "" {
		it.Kind, it.Title, it.Container = "book", book, ""
	}
	it.Publisher, it.Authors, it.Language = scholarly.Line(b.Publisher), names(b.Authors), fromMARC(b.Languages)
	it.Published = b.Date.String()
	finish(&it, b.Abstract)
	return it, it.Title != ""
}

// base returns an item with identifiers, address and title.
func base(pmid string, ids []articleID, t inline) (connector.Item, bool) {
	it := connector.Item{Title: title(t), Identifiers: map[string]string{}}
	if !samework.Add(it.Identifiers, samework.PMID, pmid) {
		return it, false
	}
	for _, id := range ids {
		switch id.Type {
		case "doi":
			samework.Add(it.Identifiers, samework.DOI, id.Value)
		case "pmc":
			samework.Add(it.Identifiers, samework.PMCID, id.Value)
		}
	}
	it.URL = "https://pubmed.ncbi.nlm.nih.gov/" + it.Identifiers[samework.PMID] + "/"
	return it, true
}

// finish adds the abstract and where the full text is.
func finish(it *connector.Item, abstract []abstractText) {
	var parts []string
	for _, p := range abstract {
		text := scholarly.Paragraphs(p.XML)
		if label := scholarly.Line(p.Label); label != "" && !strings.EqualFold(label, "UNLABELLED") && text != "" {
			text = label + ": " + text
		}
		if text != "" {
			parts = append(parts, text)
		}
	}
	if it.Text = strings.Join(parts, "\n\n"); it.Text != "" {
		it.Extent = connector.ExtentAbstract
	}
	if pmc := it.Identifiers[samework.PMCID]; pmc != "" {
		it.FullTexts = []string{
			"https://www.ebi.ac.uk/europepmc/webservices/rest/" + pmc + "/fullTextXML",
			"https://pmc.ncbi.nlm.nih.gov/articles/" + pmc + "/",
		}
		return
	}
	// The page of PubMed has no more than the record.
	it.NoFetch = true
}

// title returns a title without the full stop behind it, and without the
// brackets that say that it is translated.
func title(t inline) string {
	s := strings.TrimSuffix(scholarly.Title(t.XML), ".")
	if strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]") {
		s = strings.TrimSuffix(s[1:len(s)-1], ".")
	}
	return s
}

// names returns the names of people and groups.
func names(authors []author) []string {
	var out []string
	for _, a := range authors {
		given := a.Fore.XML
		if given == "" {
			given = a.Initials
		}
		name := scholarly.Title(given + " " + a.Last.XML)
		if name == "" {
			name = scholarly.Title(a.Collective.XML)
		}
		if name != "" {
			out = append(out, name)
		}
	}
	return out
}

// kind returns what an article is by its publication types.
func kind(types []string) string {
	found := "article"
	for _, t := range types {
		switch t = scholarly.Line(t); t {
		case "Preprint":
			return "preprint"
		case "Review", "Systematic Review", "Meta-Analysis":
			found = "review"
		case "News", "Newspaper Article":
			found = "news"
		case "Dataset":
			found = "dataset"
		case "Technical Report":
			found = "report"
		}
	}
	return found
}

// references are what a reference to another record means for this one. Those
// that end in Of or For say that this record is itself a notice.
var references = map[string]string{
	"RetractionIn": connector.NoticeRetraction, "RetractedandRepublishedIn": connector.NoticeRetraction,
	"ErratumIn": connector.NoticeCorrection, "CorrectedandRepublishedIn": connector.NoticeCorrection,
	"PartialRetractionIn": connector.NoticeCorrection, "ExpressionOfConcernIn": connector.NoticeConcern,
}

var (
	inSource     = regexp.MustCompile(`(?i)\bdoi:\s*(10\.\S+)`)
	yearInSource = regexp.MustCompile(`\b(?:19|20)\d\d(?: [A-Z][a-z]{2}(?: \d{1,2})?)?\b`)
)

// addNotices adds what was published about the article, and the DOI of the other
// version of a preprint.
func (a article) addNotices(it *connector.Item) {
	retracted := false
	for _, c := range a.Corrections {
		doi := ""
		if m := inSource.FindStringSubmatch(c.Source); m != nil {
			doi, _ = samework.Normalize(samework.DOI, m[1])
		}
		if c.Type == "UpdateIn" && it.Kind == "preprint" && doi != "" {
			it.Identifiers[samework.PublishedDOI] = doi
		}
		notice := references[c.Type]
		if notice == "" {
			continue
		}
		date := medlineDate(yearInSource.FindString(c.Source))
		it.Notices = append(it.Notices, connector.Notice{Kind: notice, DOI: doi, Date: date, From: Name})
		retracted = retracted || notice == connector.NoticeRetraction
	}
	for _, t := range a.Types {
		if !retracted && scholarly.Line(t) == "Retracted Publication" {
			it.Notices = append(it.Notices, connector.Notice{Kind: connector.NoticeRetraction, From: Name})
			retracted = true
		}
	}
}
