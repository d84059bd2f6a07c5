package extract

import (
	"bytes"
	"encoding/xml"
	"errors"
	"strings"

	"github.com/xuri/excelize/v2"
)

// readXLSX reads a workbook: for each sheet its name as a heading, its rows with
// the values as they are shown, its text boxes, charts and comments. Hidden
// sheets are left out.
func readXLSX(b *builder, data []byte) (Document, error) {
	c, err := openContainer(data, b.limits) // refuses bombs before excelize unpacks them
	if err != nil {
		return Document{}, err
	}
	book, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{
		UnzipSizeLimit: c.limit,
		// Sheets above this are unpacked to a temporary file; none is.
		UnzipXMLSizeLimit: c.limit,
		// What Excel writes in the order of its user's country: 03/10 is in March
		// or in October. This order is everybody's.
		ShortDatePattern: "yyyy-mm-dd",
	})
	if err != nil {
		return Document{}, workbookError(err)
	}
	defer book.Close()
	parts, err := sheetParts(c)
	if err != nil {
		return Document{}, err
	}
	for _, name := range book.GetSheetList() {
		if visible, err := book.GetSheetVisible(name); err != nil || !visible {
			continue
		}
		if err := readSheet(b, book, name); err != nil {
			return Document{}, err
		}
		if err := readSheetParts(b, c, parts[name]); err != nil {
			return Document{}, err
		}
	}
	if err := c.outside(b); err != nil {
		return Document{}, err
	}
	b.title = "" // a sheet's name is no title
	doc, err := b.document("")
	return c.properties().describe(doc), err
}

// workbookError says in the user's words why a workbook could not be opened.
func workbookError(err error) error {
	if errors.Is(err, excelize.ErrWorkbookPassword) {
		return failBecause(err, Encrypted, "the workbook is protected by a password; save it without one and upload it again")
	}
	return failBecause(err, Broken, "the workbook is damaged and cannot be opened")
}

// readSheet reads one sheet. A sheet without cells, such as a chart, is left out.
func readSheet(b *builder, book *excelize.File, name string) error {
	cursor, err := book.Rows(name)
	if err != nil {
		return nil // a chart sheet has no rows
	}
	defer cursor.Close()
	var rows table
	for number := 1; !b.full(&rows) && cursor.Next(); number++ {
		cells, err := cursor.Columns()
		if err != nil {
			return failBecause(err, Broken, "sheet %q of the workbook is damaged", name)
		}
		for i, cell := range cells {
			switch {
			case strings.Contains(cell, "E+"):
				cells[i] = wholeNumber(book, name, i+1, number, cell)
			case strayPoint.MatchString(cell):
				cells[i] = pointBehindWords(book, name, i+1, number, cell)
			}
		}
		rows.add(cells)
	}
	if err := cursor.Error(); err != nil {
		return failBecause(err, Broken, "sheet %q of the workbook is damaged", name)
	}
	if len(rows.rows) == 0 {
		return nil
	}
	b.heading(2, name)
	b.table(&rows)
	return nil
}

// sheetParts returns the parts of the sheets by their names.
func sheetParts(c *container) (map[string]string, error) {
	main := c.mainPart("xl/workbook.xml")
	relations, err := c.relations(main)
	if err != nil {
		return nil, err
	}
	data, err := c.part(main)
	if err != nil {
		return nil, err
	}
	parts := map[string]string{}
	err = walkXML(data, func(e xml.StartElement) bool {
		if e.Name.Local == "sheet" {
			for _, a := range e.Attr {
				if a.Name.Local == "id" {
					parts[attr(e, "name")] = relations[a.Value].target
				}
			}
		}
		return true
	}, func(string) {}, func(string) {})
	if err != nil {
		return nil, failBecause(err, Broken, "the list of sheets is malformed")
	}
	return parts, nil
}

// readSheetParts adds what belongs to a sheet beside its cells.
func readSheetParts(b *builder, c *container, sheet string) error {
	if sheet == "" {
		return nil
	}
	relations, err := c.relations(sheet)
	if err != nil {
		return err
	}
	for _, name := range targets(relations, "drawing") {
		data, err := c.part(name)
		if err != nil {
			return err
		}
		w := slideWriter{b: b} // a drawing has the shapes of a slide
		if walkXML(data, w.open, w.chars, w.close) != nil {
			continue // a drawing is worth no failure
		}
		inside, err := c.relations(name)
		if err != nil {
			return err
		}
		if err := readParts(b, c, inside); err != nil {
			return err
		}
	}
	for _, name := range targets(relations, "comments") {
		data, err := c.part(name)
		if err != nil {
			return err
		}
		readSheetComments(b, data)
	}
	return readParts(b, c, relations)
}

// readSheetComments adds the comments on the cells of a sheet.
func readSheetComments(b *builder, data []byte) {
	var sheet struct {
		Authors  []string `xml:"authors>author"`
		Comments []struct {
			Cell   string   `xml:"ref,attr"`
			Author int      `xml:"authorId,attr"`
			Plain  string   `xml:"text>t"`
			Runs   []string `xml:"text>r>t"`
		} `xml:"commentList>comment"`
	}
	if unmarshalXML(data, &sheet) != nil {
		return // a comment is worth no failure
	}
	for _, comment := range sheet.Comments {
		text := strings.TrimSpace(comment.Plain + strings.Join(comment.Runs, ""))
		if text == "" {
			continue
		}
		by := ""
		if comment.Author >= 0 {
			by = at(sheet.Authors, comment.Author)
		}
		// Excel begins the text with the author's name by itself.
		if by == "" || strings.HasPrefix(text, by) {
			b.paragraph("Comment on " + comment.Cell + ": " + text)
		} else {
			b.paragraph("Comment by " + by + " on " + comment.Cell + ": " + text)
		}
	}
}
