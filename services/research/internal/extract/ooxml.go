package extract

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
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

// title returns the title in the file's properties.
func (c *container) title() string {
	data, err := c.part("docProps/core.xml")
	if err != nil || data == nil {
		return "" // a title is worth no failure
	}
	var core struct {
		Title string `xml:"title"`
	}
	if err := xml.Unmarshal(data, &core); err != nil {
		return ""
	}
	return strings.TrimSpace(core.Title)
}

// relations returns the targets of a part's relations by id; paths are given
// relative to dir.
func (c *container) relations(name, dir string) (map[string]string, error) {
	data, err := c.part(name)
	if err != nil {
		return nil, err
	}
	var rels struct {
		List []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	if data != nil {
		if err := xml.Unmarshal(data, &rels); err != nil {
			return nil, failBecause(err, Broken, "part %s of the file is malformed", name)
		}
	}
	targets := map[string]string{}
	for _, rel := range rels.List {
		target, absolute := strings.CutPrefix(rel.Target, "/")
		if !absolute {
			target = dir + "/" + target
		}
		targets[rel.ID] = target
	}
	return targets, nil
}

// walkXML calls open and close for every element and chars for the text between
// them. Elements for which open returns false are skipped with all they hold.
// Only local names are given, since strict and transitional Office files differ
// in their name spaces alone.
func walkXML(data []byte, open func(xml.StartElement) bool, chars func(string), end func(name string)) error {
	d := xml.NewDecoder(bytes.NewReader(data))
	d.Strict = false // no entities beyond XML's own are resolved either way
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
