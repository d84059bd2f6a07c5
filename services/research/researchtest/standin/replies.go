package standin

// replies are what each place answers to any question: a paper on scour that most
// indexes know, and something of their own.
var replies = map[string]string{
	"arxiv": `<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom">
<opensearch:totalResults>1</opensearch:totalResults><opensearch:startIndex>0</opensearch:startIndex><opensearch:itemsPerPage>20</opensearch:itemsPerPage>
<entry><id>http://arxiv.org/abs/2001.00001v2</id><title>How flood scour brings down bridges</title><updated>2020-02-01T00:00:00Z</updated>
<published>2020-01-01T00:00:00Z</published><summary>` + scour + `</summary><arxiv:doi>10.5555/scour.2020</arxiv:doi>
<arxiv:primary_category term="physics.flu-dyn"/><author><name>Ada Stone</name></author></entry></feed>`,
	"brave": `{"type":"search","query":{"original":"q"},"web":{"results":[
{"title":"Why bridges fall","url":"{pages}/fall","description":"Bridges <strong>fall</strong> for few reasons."}]}}`,
	"crossref": `{"status":"ok","message-type":"work-list","message-version":"1.0.0","message":{"total-results":1,"items-per-page":20,"items":[
{"DOI":"10.5555/SCOUR.2020","title":["How flood scour brings down bridges"],"author":[{"given":"Ada","family":"Stone"}],
"issued":{"date-parts":[[2020,5]]},"container-title":["Journal of Bridges"],"publisher":"Stone Press","type":"journal-article",
"URL":"https://doi.org/10.5555/scour.2020","is-referenced-by-count":12,"score":31.5}]}}`,
	"openalex": `{"meta":{"count":1,"page":1,"per_page":20},"results":[{"id":"https://openalex.org/W555","doi":"https://doi.org/10.5555/scour.2020",
"title":"How flood scour brings down bridges","display_name":"How flood scour brings down bridges","publication_year":2020,"publication_date":"2020-05-02",
"type":"article","language":"en","is_retracted":false,"authorships":[{"author":{"display_name":"Ada Stone"}}],"primary_location":null,
"open_access":{"is_oa":false,"oa_url":null},"cited_by_count":14,"ids":{"pmid":"https://pubmed.ncbi.nlm.nih.gov/5550001"},"abstract_inverted_index":null}]}`,
	"perplexity": `{"id":"1","results":[{"title":"Resonance","url":"{pages}/resonance","snippet":"Wind makes decks oscillate.","date":"2021-03-04","last_updated":null}]}`,
	"pubmed":     `{"esearchresult":{"count":"1","retmax":"1","retstart":"0","idlist":["5550001"]}}`,
	"searxng": `{"query":"q","results":[{"url":"{pages}/fall","title":"Why bridges fall","content":"Bridges fall for few reasons.","engine":"one","engines":["one"]}],
"answers":[],"corrections":[],"infoboxes":[],"suggestions":[],"unresponsive_engines":[["two","timeout"]]}`,
	"semanticscholar": `{"total":1,"offset":0,"data":[{"paperId":"abc555","title":"How flood scour brings down bridges","abstract":null,"year":2020,
"authors":[{"name":"A. Stone"}],"url":"https://www.semanticscholar.org/paper/abc555","externalIds":{"DOI":"10.5555/scour.2020","ArXiv":"2001.00001"},
"openAccessPdf":null,"citationCount":13}]}`,
	"tavily": `{"query":"q","answer":null,"images":[],"results":[{"title":"Why bridges fall","url":"{pages}/fall?utm_source=tavily","content":"Bridges fall for few reasons.","score":0.9,"raw_content":null}],"response_time":0.3}`,
	"wikipedia": `{"batchcomplete":true,"query":{"pages":[{"pageid":555,"ns":0,"title":"Bridge scour","index":1,"lastrevid":777,
"canonicalurl":"https://en.wikipedia.org/wiki/Bridge_scour","extract":"Bridge scour is the removal of sediment from around the abutments and piers of a bridge. It is one of the main causes of bridge failure.","revisions":[{"revid":777,"timestamp":"2024-05-06T07:08:09Z"}]}]}}`,
}

// pubmedArticles is what PubMed fetches for the id that its search found.
const pubmedArticles = `<?xml version="1.0"?><PubmedArticleSet><PubmedArticle><MedlineCitation><PMID Version="1">5550001</PMID><Article>
<Journal><JournalIssue><PubDate><Year>2020</Year><Month>May</Month></PubDate></JournalIssue><Title>Journal of Bridges</Title></Journal>
<ArticleTitle>How flood <i>scour</i> brings down bridges</ArticleTitle><ELocationID EIdType="doi" ValidYN="Y">10.5555/scour.2020</ELocationID>
<Abstract><AbstractText>` + scour + `</AbstractText></Abstract><AuthorList><Author><LastName>Stone</LastName><ForeName>Ada</ForeName></Author></AuthorList>
<PublicationTypeList><PublicationType>Journal Article</PublicationType></PublicationTypeList></Article></MedlineCitation></PubmedArticle></PubmedArticleSet>`

const scour = "Most bridges fall because floods wash the ground away from under their piers, which engineers call scour. " +
	"Of the bridges that fell in the United States between 1989 and 2000, more than half fell because of floods and scour."

// pages are pages of the web that the places link to.
var pages = map[string]string{
	"fall": "<p>Bridges fall for few reasons. Floods wash away the ground under their piers, ships and lorries strike them, and steel grows tired.</p>" +
		"<p>An old bridge falls more often because of what happens to it than because of its age: overload, collision and fire come before decay.</p>",
	"resonance": "<p>Bridges fall when wind and deck oscillate until the cables tear. The Tacoma Narrows bridge fell in this way on 7 November 1940.</p>" +
		"<p>Since then the decks of long bridges are tried in wind tunnels, and the shape of a deck is chosen so that no steady vortex forms behind it.</p>",
}
