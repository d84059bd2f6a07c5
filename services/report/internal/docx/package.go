package docx

import (
	"archive/zip"
	"bytes"
	"path"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"
)

const (
	officeRelation  = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
	packageRelation = "http://schemas.openxmlformats.org/package/2006/relationships"
	wordType        = "application/vnd.openxmlformats-officedocument.wordprocessingml."
)

// part is a file in the package.
type part struct {
	name string
	data []byte
}

// pack writes the package. Its files are as old as the report, so that the same report
// gives the same bytes.
func pack(parts []part, made *timestamppb.Timestamp) ([]byte, error) {
	// What zip can say at the earliest.
	modified := time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)
	if made.IsValid() && made.AsTime().After(modified) {
		modified = made.AsTime().Truncate(time.Second)
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	// Readers know the file by what comes first.
	parts = append([]part{{"[Content_Types].xml", contentTypes(parts)}, {"_rels/.rels", rootRelations()}}, parts...)
	for _, p := range parts {
		f, err := z.CreateHeader(&zip.FileHeader{Name: p.name, Method: zip.Deflate, Modified: modified})
		if err != nil {
			return nil, err
		}
		if _, err := f.Write(p.data); err != nil {
			return nil, err
		}
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// contentTypes says what each part is.
func contentTypes(parts []part) []byte {
	m := &markup{}
	m.declaration()
	m.open("Types", "xmlns", "http://schemas.openxmlformats.org/package/2006/content-types")
	for _, byEnding := range [][2]string{
		{"rels", "application/vnd.openxmlformats-package.relationships+xml"},
		{"xml", "application/xml"},
		{"png", "image/png"},
		{"svg", "image/svg+xml"},
	} {
		m.empty("Default", "Extension", byEnding[0], "ContentType", byEnding[1])
	}
	types := map[string]string{
		"core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
		"app.xml":  "application/vnd.openxmlformats-officedocument.extended-properties+xml", "document.xml": wordType + "document.main+xml",
		"styles.xml": wordType + "styles+xml", "numbering.xml": wordType + "numbering+xml", "settings.xml": wordType + "settings+xml",
		"fontTable.xml": wordType + "fontTable+xml", "header.xml": wordType + "header+xml", "header-first.xml": wordType + "header+xml",
		"footer.xml": wordType + "footer+xml",
	}
	for _, p := range parts {
		if kind, ok := types[path.Base(p.name)]; ok {
			m.empty("Override", "PartName", "/"+p.name, "ContentType", kind)
		}
	}
	m.close("Types")
	return m.Bytes()
}

// rootRelations says where the main parts are.
func rootRelations() []byte {
	var r relations
	r.add("officeDocument", "word/document.xml")
	r.add("extended-properties", "docProps/app.xml")
	r.entries = append(r.entries, relation{
		kind: "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties", target: "docProps/core.xml",
	})
	return r.xml()
}

// relations are what a part refers to; the id of one follows from its place.
type relations struct {
	entries []relation
	links   map[string]string
}

type relation struct {
	kind, target string
	external     bool
}

// add adds a reference to a part and returns its id.
func (r *relations) add(kind, target string) string {
	r.entries = append(r.entries, relation{kind: officeRelation + kind, target: target})
	return "rId" + itoa(len(r.entries))
}

// link adds a reference to an address outside, once for each, and returns its id.
func (r *relations) link(target string) string {
	if id, ok := r.links[target]; ok {
		return id
	}
	id := r.add("hyperlink", target)
	r.entries[len(r.entries)-1].external = true
	if r.links == nil {
		r.links = map[string]string{}
	}
	r.links[target] = id
	return id
}

func (r *relations) xml() []byte {
	m := &markup{}
	m.declaration()
	m.open("Relationships", "xmlns", packageRelation)
	for i, e := range r.entries {
		attributes := []string{"Id", "rId" + itoa(i+1), "Type", e.kind, "Target", e.target}
		if e.external {
			attributes = append(attributes, "TargetMode", "External")
		}
		m.empty("Relationship", attributes...)
	}
	m.close("Relationships")
	return m.Bytes()
}
