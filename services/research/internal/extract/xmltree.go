package extract

import (
	"encoding/xml"
	"errors"
	"io"
	"iter"
	"strings"
)

const (
	// maxXML is the size of an XML file in bytes. Its tree is several times as large.
	maxXML = 24 << 20
	// maxXMLNodes is how many elements and texts an XML file may have: each takes
	// about 150 bytes.
	maxXMLNodes = 1_000_000
	// maxXMLDepth is how deep its elements may be nested.
	maxXMLDepth = 256
)

// xmlNode is an element, or a text if it has no name. Names are without their
// name space: what is read here needs none to be told apart.
type xmlNode struct {
	name     string
	text     string
	attrs    []xml.Attr
	children []*xmlNode
}

// parseXML reads an XML file, and as much as there is of one that breaks off.
// Entities that a file declares itself are never resolved, so that none of them
// can grow; those of HTML are.
func parseXML(b *builder, text string) (*xmlNode, error) {
	if len(text) > maxXML {
		return nil, fail(TooLarge, "the XML has %s; at most %s are read", bytesText(int64(len(text))), bytesText(maxXML))
	}
	if err := surveyXML(text); err != nil {
		return nil, err
	}
	d := xml.NewDecoder(strings.NewReader(text))
	d.Strict = false
	d.Entity = xml.HTMLEntity
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // it is UTF-8 by now
	root := &xmlNode{name: "#document"}
	stack := []*xmlNode{root}
	nodes := 0
	for {
		if nodes%1024 == 0 && b.failed() {
			return nil, b.err
		}
		token, err := d.Token()
		if errors.Is(err, io.EOF) || err != nil && len(root.children) > 0 {
			return root, nil
		}
		if err != nil {
			return nil, failBecause(err, Broken, "the XML is malformed")
		}
		top := stack[len(stack)-1]
		switch t := token.(type) {
		case xml.StartElement:
			if nodes++; len(stack) > maxXMLDepth || nodes > maxXMLNodes {
				return nil, fail(TooLarge, "the XML has more than %d elements and texts, or is nested more than %d levels deep", maxXMLNodes, maxXMLDepth)
			}
			child := &xmlNode{name: t.Name.Local, attrs: t.Attr}
			top.children = append(top.children, child)
			stack = append(stack, child)
		case xml.EndElement:
			if len(stack) > 1 {
				stack = stack[:len(stack)-1]
			}
		case xml.CharData:
			nodes++
			top.children = append(top.children, &xmlNode{text: string(t)})
		}
	}
}

// surveyXML refuses a file with a tag of so many attributes that reading it
// would take up the memory of the process.
func surveyXML(text string) error {
	for {
		at := strings.IndexByte(text, '<')
		if at < 0 {
			return nil
		}
		text = text[at:]
		end := ""
		switch {
		case strings.HasPrefix(text, "<!--"):
			end = "-->"
		case strings.HasPrefix(text, "<![CDATA["):
			end = "]]>"
		case strings.HasPrefix(text, "<?"):
			end = "?>"
		}
		if end != "" {
			_, rest, found := strings.Cut(text, end)
			if !found {
				return nil
			}
			text = rest
			continue
		}
		if text = text[1:]; text != "" {
			attributes := 0
			if attributes, text = cutTag(text); attributes > maxAttributes {
				return fail(TooLarge, "the XML has a tag with more than %d attributes", maxAttributes)
			}
		}
	}
}

// cutTag returns how many attributes a tag has, and what follows it.
func cutTag(text string) (attributes int, rest string) {
	var quote byte
	for i := range len(text) {
		switch c := text[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '=':
			attributes++
		case c == '>':
			return attributes, text[i+1:]
		}
	}
	return attributes, ""
}

// attr returns an attribute by its local name, "" if it is absent.
func (n *xmlNode) attr(name string) string {
	for _, a := range n.attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// child returns the first element at a path of names below n, nil if there is
// none. A nil node has no children.
func (n *xmlNode) child(path ...string) *xmlNode {
	for _, name := range path {
		if n = n.first(name); n == nil {
			return nil
		}
	}
	return n
}

// first returns the first child element with a name.
func (n *xmlNode) first(name string) *xmlNode {
	if n != nil {
		for _, c := range n.children {
			if c.name == name {
				return c
			}
		}
	}
	return nil
}

// all iterates over the elements with one of the names below n, from the front,
// and does not look inside those that it finds.
func (n *xmlNode) all(names ...string) iter.Seq[*xmlNode] {
	return func(yield func(*xmlNode) bool) { n.walk(names, yield) }
}

// walk implements all; it returns false when yield has had enough.
func (n *xmlNode) walk(names []string, yield func(*xmlNode) bool) bool {
	if n == nil {
		return true
	}
	for _, c := range n.children {
		found := false
		for _, name := range names {
			found = found || c.name == name
		}
		if found && !yield(c) || !found && !c.walk(names, yield) {
			return false
		}
	}
	return true
}

// find returns the first element with one of the names anywhere below n, or nil.
func (n *xmlNode) find(names ...string) *xmlNode {
	for found := range n.all(names...) {
		return found
	}
	return nil
}

// words returns all text below n with single spaces.
func (n *xmlNode) words() string {
	var s strings.Builder
	n.writeText(&s)
	return joinFields(s.String())
}

// writeText writes all text below n as it is.
func (n *xmlNode) writeText(s *strings.Builder) {
	if n == nil {
		return
	}
	s.WriteString(n.text)
	for _, c := range n.children {
		c.writeText(s)
	}
}
