package extract

import "strings"

// readPubMed reads records of PubMed: title and abstract of each. What they say
// about themselves is the document's if there is only one.
func readPubMed(b *builder, root *xmlNode) (Document, error) {
	var about []metadata
	for record := range root.all("PubmedArticle") {
		m := pubmedMetadata(record)
		about = append(about, m)
		writePubMed(b, record, m)
		if b.failed() {
			break
		}
	}
	doc, err := b.document("")
	if err == nil && len(about) == 1 {
		doc = about[0].describe(doc)
	}
	return doc, err
}

// writePubMed writes one record.
func writePubMed(b *builder, record *xmlNode, m metadata) {
	b.heading(1, m.title)
	b.paragraph(strings.Join(m.authors, ", "))
	if abstract := record.find("Abstract"); abstract != nil {
		b.heading(2, "Abstract")
		for part := range abstract.all("AbstractText") {
			b.heading(3, part.attr("Label"))
			b.paragraph(inlineText(part))
		}
	}
	var keywords []string
	for keyword := range record.all("Keyword", "DescriptorName") {
		keywords = append(keywords, keyword.words())
	}
	if len(keywords) > 0 {
		b.paragraph("Keywords: " + strings.Join(keywords, ", "))
	}
}

// pubmedMetadata returns what a record says about its article.
func pubmedMetadata(record *xmlNode) metadata {
	var m metadata
	article := record.find("Article")
	m.setTitle(strings.TrimSuffix(inlineText(article.first("ArticleTitle")), "."))
	for author := range article.first("AuthorList").all("Author") {
		name := author.first("ForeName").words() + " " + author.first("LastName").words()
		if body := author.first("CollectiveName").words(); body != "" {
			name = body
		}
		m.addAuthor(name, false)
	}
	for _, date := range []*xmlNode{article.first("ArticleDate"), article.child("Journal", "JournalIssue", "PubDate")} {
		if date != nil {
			m.setPublished(xmlDate(date.first("Year"), date.first("Month"), date.first("Day")))
			m.setPublished(date.first("MedlineDate").words())
		}
	}
	m.identify("pmid", record.find("PMID").words())
	for id := range article.all("ELocationID") {
		if id.attr("EIdType") == "doi" {
			m.identify("doi", id.words())
		}
	}
	for id := range record.child("PubmedData", "ArticleIdList").all("ArticleId") {
		switch kind := id.attr("IdType"); kind {
		case "doi", "pmid":
			m.identify(kind, id.words())
		case "pmc":
			m.identify("pmcid", id.words())
		}
	}
	return m
}
