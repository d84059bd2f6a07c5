package extract

import (
	"bytes"
	"errors"

	"github.com/xuri/excelize/v2"
)

// readXLSX reads a workbook: for each sheet its name as a heading and one line
// per row, with the values as they are shown.
func readXLSX(b *builder, data []byte) (Document, error) {
	c, err := openContainer(data, b.limits) // refuses bombs before excelize unpacks them
	if err != nil {
		return Document{}, err
	}
	book, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{
		UnzipSizeLimit: c.limit,
		// Sheets above this are unpacked to a temporary file; none is.
		UnzipXMLSizeLimit: c.limit,
	})
	if err != nil {
		return Document{}, workbookError(err)
	}
	defer book.Close()
	for _, name := range book.GetSheetList() {
		if visible, err := book.GetSheetVisible(name); err != nil || !visible {
			continue // hidden text is not read, and a chart sheet has no rows
		}
		if err := readSheet(b, book, name); err != nil {
			return Document{}, err
		}
	}
	b.title = "" // a sheet's name is no title
	return b.document(c.title())
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
	for !b.full(&rows) && cursor.Next() {
		cells, err := cursor.Columns()
		if err != nil {
			return failBecause(err, Broken, "sheet %q of the workbook is damaged", name)
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
