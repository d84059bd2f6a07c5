package extract

import (
	"encoding/json"
	"strings"
)

const (
	// maxLDNodes is how many objects of a page's JSON-LD are looked at.
	maxLDNodes = 2000
	// maxLDDepth is how deep they may be nested.
	maxLDDepth = 8
)

// ldGraph is the JSON-LD of a page.
type ldGraph struct {
	nodes []map[string]any          // that may describe the page
	byID  map[string]map[string]any // all, for references
	seen  int
}

// jsonLD reads what the page says in JSON-LD, in the words of schema.org. It
// returns the name of the site.
func (h *pageHead) jsonLD(m *metadata) (site string) {
	graph := &ldGraph{byID: map[string]map[string]any{}}
	for _, script := range h.scripts {
		var value any
		if json.Unmarshal([]byte(ldScript(script)), &value) == nil { // a broken one says nothing
			graph.gather(value, 0)
		}
	}
	article, page := graph.find()
	if article != nil {
		m.setTitle(ldText(article["headline"]))
		m.setTitle(ldText(article["name"]))
	}
	for _, node := range []map[string]any{article, page} {
		if node == nil {
			continue
		}
		if len(m.authors) == 0 {
			graph.addAuthors(m, node["author"], 0)
		}
		m.setPublished(ldText(node["datePublished"]))
		m.setLicense(ldText(node["license"]))
		m.identify("isbn", ldText(node["isbn"]))
		m.setLanguage(ldText(node["inLanguage"]))
		for _, key := range []string{"identifier", "sameAs", "@id"} {
			for _, value := range ldList(node[key]) {
				m.identifyAny(ldText(value))
			}
		}
	}
	if page != nil {
		site = graph.name(page["isPartOf"])
	}
	if site == "" && article != nil {
		site = graph.name(article["publisher"])
	}
	return site
}

// ldScript returns the JSON in a script, which may be wrapped for old browsers and
// have line breaks in its strings.
func ldScript(script string) string {
	script = strings.TrimSpace(script)
	for _, wrapping := range [][2]string{{"<![CDATA[", "]]>"}, {"//<![CDATA[", "//]]>"}, {"<!--", "-->"}} {
		if inner, found := strings.CutPrefix(script, wrapping[0]); found {
			script = strings.TrimSuffix(inner, wrapping[1])
		}
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, script)
}

// gather takes in a value with the objects inside it.
func (g *ldGraph) gather(value any, depth int) {
	if g.seen++; depth > maxLDDepth || g.seen > maxLDNodes {
		return
	}
	switch v := value.(type) {
	case []any:
		for _, one := range v {
			g.gather(one, depth+1)
		}
	case map[string]any:
		if id, ok := v["@id"].(string); ok && len(v) > 1 {
			g.byID[id] = v
		}
		if v["@type"] != nil {
			g.nodes = append(g.nodes, v)
		}
		for _, key := range []string{"@graph", "mainEntity", "mainEntityOfPage"} {
			g.gather(v[key], depth+1)
		}
	}
}

// find returns the first object that is a work, and the first that is a page.
func (g *ldGraph) find() (article, page map[string]any) {
	for _, node := range g.nodes {
		for _, kind := range ldList(node["@type"]) {
			name := ldText(kind)
			switch {
			case article == nil && isWork(name):
				article = node
			case page == nil && strings.HasSuffix(name, "Page"):
				page = node
			}
		}
	}
	return article, page
}

// isWork reports whether a type of schema.org is something that has authors.
func isWork(kind string) bool {
	kind = kind[strings.LastIndexByte(kind, '/')+1:]
	switch kind {
	case "BlogPosting", "LiveBlogPosting", "SocialMediaPosting", "DiscussionForumPosting", "Report", "Book", "Chapter", "Thesis", "Dataset",
		"Review", "Recipe", "CreativeWork", "HowTo", "Legislation", "PublicationIssue":
		return true
	}
	return strings.HasSuffix(kind, "Article")
}

// addAuthors adds the authors that a value names: a name, an object with one, a
// reference to such an object, or several.
func (g *ldGraph) addAuthors(m *metadata, value any, depth int) {
	if depth > 2 {
		return
	}
	for _, one := range ldList(value) {
		if list, ok := one.([]any); ok {
			g.addAuthors(m, list, depth+1)
			continue
		}
		m.addAuthor(g.name(one), false)
	}
}

// name returns the name of an object, or of the one that it refers to.
func (g *ldGraph) name(value any) string {
	if list := ldList(value); len(list) > 0 {
		value = list[0]
	}
	object, ok := value.(map[string]any)
	if !ok {
		return ldText(value)
	}
	if object["name"] == nil {
		if id, ok := object["@id"].(string); ok {
			object = g.byID[id]
		}
	}
	return ldText(object["name"])
}

// ldList returns a value as a list.
func ldList(value any) []any {
	switch v := value.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{value}
}

// ldText returns the text of a value: itself, the first of several, or what an
// object has as its value or address.
func ldText(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case []any:
		if len(v) > 0 {
			if text, ok := v[0].(string); ok {
				return text
			}
		}
	case map[string]any:
		for _, key := range []string{"@value", "value", "url", "@id", "name"} {
			if text, ok := v[key].(string); ok {
				return text
			}
		}
	}
	return ""
}
