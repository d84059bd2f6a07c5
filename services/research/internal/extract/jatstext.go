package extract

import "strings"

// inlineText returns the text of an element on one line.
func inlineText(n *xmlNode) string { return joinFields(inlineRaw(n)) }

// inlineRaw returns the text of an element as it runs: of several forms of the
// same formula one, with a space around each block inside it.
func inlineRaw(n *xmlNode) string {
	if n == nil {
		return ""
	}
	var s strings.Builder
	writeInline(&s, n)
	return s.String()
}

// writeInline writes the text below n.
func writeInline(s *strings.Builder, n *xmlNode) {
	switch n.name {
	case "":
		s.WriteString(n.text)
		return
	case "break", "x":
		s.WriteByte(' ')
	case "alternatives":
		writeInline(s, alternative(n))
		return
	case "tex-math":
		s.WriteString(texText(n))
		return
	case "graphic", "inline-graphic", "object-id", "institution-id", "annotation":
		return
	}
	block := !isJATSInline(n.name)
	if block {
		s.WriteByte(' ')
	}
	for _, c := range n.children {
		writeInline(s, c)
	}
	if block {
		s.WriteByte(' ')
	}
}

// isJATSInline reports whether an element is part of the running text.
func isJATSInline(name string) bool {
	switch name {
	case "italic", "bold", "sub", "sup", "sc", "underline", "overline", "monospace", "roman", "sans-serif", "strike", "styled-content",
		"xref", "ext-link", "uri", "email", "named-content", "abbrev", "inline-formula", "inline-supplementary-material", "chem-struct",
		"mi", "mn", "mo", "mrow", "msub", "msup", "msubsup", "mtext", "math", "mstyle", "semantics",
		"surname", "given-names", "year", "volume", "issue", "fpage", "lpage", "source", "article-title", "string-name", "name",
		"person-group", "etal", "collab", "comment", "publisher-name", "publisher-loc", "edition", "month", "day", "suffix", "mixed-citation",
		"institution", "institution-wrap", "addr-line", "country", "i", "b", "u":
		return true
	}
	return false
}

// alternative returns the form that is best read, of several that mean the same.
func alternative(n *xmlNode) *xmlNode {
	for _, name := range []string{"table", "textual-form", "tex-math", "math", "string-name", "name", "mixed-citation", "element-citation", "aff"} {
		if found := n.first(name); found != nil {
			return found
		}
	}
	return &xmlNode{}
}

// texText returns a formula in TeX without the document that stands around it.
func texText(n *xmlNode) string {
	var s strings.Builder
	n.writeText(&s)
	text := s.String()
	if _, inner, found := strings.Cut(text, `\begin{document}`); found {
		text, _, _ = strings.Cut(inner, `\end{document}`)
	}
	return strings.TrimSpace(text)
}

// references writes a list of references, a line for each.
func (w *jatsWriter) references(list *xmlNode, level int) {
	w.flush()
	heading := inlineText(list.first("title"))
	if heading == "" {
		heading = "References"
	}
	w.b.heading(min(level, 6), heading)
	var lines []string
	for ref := range list.all("ref") {
		text := citation(ref)
		if label := ref.first("label").words(); label != "" && text != "" {
			if !strings.HasSuffix(label, "]") && !strings.HasSuffix(label, ".") {
				label += "."
			}
			text = label + " " + text
		}
		if text != "" {
			lines = append(lines, text)
		}
	}
	w.b.lines(strings.Join(lines, "\n"))
}

// citation returns a reference as text: as it stands where it is written out,
// else put together from its parts.
func citation(ref *xmlNode) string {
	cited := ref.find("mixed-citation", "element-citation", "citation", "nlm-citation")
	if cited == nil {
		return inlineText(ref)
	}
	for _, c := range cited.children {
		if c.name == "" && strings.TrimSpace(c.text) != "" { // it has its own punctuation
			return inlineText(cited)
		}
	}
	var people, parts []string
	for name := range cited.all("name", "string-name", "collab") {
		people = append(people, personName(name))
	}
	if cited.find("etal") != nil {
		people = append(people, "et al.")
	}
	add := func(text string) {
		if text != "" {
			parts = append(parts, strings.TrimRight(text, "."))
		}
	}
	add(strings.Join(people, ", "))
	add(inlineText(cited.find("year")))
	for title := range cited.all("article-title", "chapter-title", "source", "publisher-name") {
		add(inlineText(title))
	}
	place := inlineText(cited.find("volume"))
	if first := inlineText(cited.find("fpage", "elocation-id")); first != "" {
		place = strings.TrimLeft(place+":", ":") + first
		if last := inlineText(cited.find("lpage")); last != "" {
			place += "-" + last
		}
	}
	add(place)
	for id := range cited.all("pub-id") {
		add(id.attr("pub-id-type") + ":" + id.words())
	}
	return strings.Join(parts, ". ") + "."
}
