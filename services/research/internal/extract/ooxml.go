package extract

import (
	"archive/zip"
	"bytes"
	"cmp"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"slices"
	"strings"

	"golang.org/x/net/html/charset"
)

// container is an Office file: a zip file of XML parts. What is unpacked from it
// counts against the limits, whatever the file claims about its own sizes.
type container struct {
	parts map[string]*zip.File
	left  int64 // bytes that may still be unpacked
	limit int64
}

// openContainer opens an Office file. The sizes it claims are looked at first,
// so that an honest bomb costs nothing.
func openContainer(data []byte, limits Limits) (*container, error) {
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, failBecause(err, Broken, "the file is a damaged zip container")
	}
	c := &container{parts: map[string]*zip.File{}, limit: min(limits.UnpackedBytes, max(limits.UnpackedRatio*int64(len(data)), 1<<20))}
	c.left = c.limit
	var claimed uint64
	for _, part := range archive.File {
		c.parts[part.Name] = part
		if claimed += part.UncompressedSize64; claimed > uint64(c.limit) {
			return nil, c.tooLarge()
		}
	}
	return c, nil
}

// tooLarge is the error for a zip bomb.
func (c *container) tooLarge() error {
	return fail(TooLarge, "the file decompresses to more than %s", bytesText(c.limit))
}

// part returns the content of a part, and nil if the file has none of that name.
func (c *container) part(name string) ([]byte, error) {
	file := c.parts[name]
	if file == nil {
		return nil, nil
	}
	r, err := file.Open()
	if err != nil {
		return nil, failBecause(err, Broken, "part %s of the file is damaged", name)
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, c.left+1))
	if int64(len(data)) > c.left {
		return nil, c.tooLarge()
	}
	if err != nil {
		return nil, failBecause(err, Broken, "part %s of the file is damaged", name)
	}
	c.left -= int64(len(data))
	return data, nil
}

// relation is what a part says about another part, or about an address.
type relation struct {
	kind   string // the last word of its type: slide, comments, chart
	target string // the part; "" for what is outside the file
}

// relationship is a relation as a file has it.
type relationship struct {
	ID     string `xml:"Id,attr"`
	Type   string `xml:"Type,attr"`
	Target string `xml:"Target,attr"`
	Mode   string `xml:"TargetMode,attr"`
}

// relationList reads a part that holds relations; none if there is no such part.
func (c *container) relationList(name string) ([]relationship, error) {
	data, err := c.part(name)
	if err != nil || data == nil {
		return nil, err
	}
	var rels struct {
		List []relationship `xml:"Relationship"`
	}
	if err := unmarshalXML(data, &rels); err != nil {
		return nil, failBecause(err, Broken, "part %s of the file is malformed", name)
	}
	return rels.List, nil
}

// relations returns the relations of a part by id.
func (c *container) relations(name string) (map[string]relation, error) {
	dir, base := path.Split(name)
	list, err := c.relationList(dir + "_rels/" + base + ".rels")
	if err != nil {
		return nil, err
	}
	out := map[string]relation{}
	for _, rel := range list {
		r := relation{kind: path.Base(rel.Type)}
		switch {
		case rel.Mode == "External":
		case strings.HasPrefix(rel.Target, "/"):
			r.target = path.Clean(rel.Target)[1:]
		default:
			r.target = path.Join(dir, rel.Target)
		}
		out[rel.ID] = r
	}
	return out, nil
}

// targets returns the parts that a part's relations of a kind lead to, in the
// order of their names, which programs number as they write them.
func targets(relations map[string]relation, kind string) []string {
	var parts []string
	for _, r := range relations {
		if r.kind == kind && r.target != "" {
			parts = append(parts, r.target)
		}
	}
	slices.SortFunc(parts, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) // part2 before part10
	})
	return slices.Compact(parts)
}

// unmarshalXML decodes XML that may be in another encoding than UTF-8.
func unmarshalXML(data []byte, v any) error {
	d := xml.NewDecoder(bytes.NewReader(data))
	d.CharsetReader = charset.NewReaderLabel
	return d.Decode(v)
}

// walkXML calls open and close for every element and chars for the text between
// them. Elements for which open returns false are skipped with all they hold.
// Only local names are given, since strict and transitional Office files differ
// in their name spaces alone.
func walkXML(data []byte, open func(xml.StartElement) bool, chars func(string), end func(name string)) error {
	d := xml.NewDecoder(bytes.NewReader(data))
	d.Strict = false // no entities beyond XML's own are resolved either way
	d.CharsetReader = charset.NewReaderLabel
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.StartElement:
			if !open(t) {
				if err := d.Skip(); err != nil {
					return err
				}
			}
		case xml.EndElement:
			end(t.Name.Local)
		case xml.CharData:
			chars(string(t))
		}
	}
}

// attr returns an attribute by its local name.
func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
