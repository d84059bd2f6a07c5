package extract

import (
	"regexp"
	"strings"

	"github.com/xuri/excelize/v2"
)

// Two ways in which excelize shows numbers otherwise than Excel does.

// wholeNumber returns all digits of a number that has no format of its own:
// 123456789012345 and not 1.23456789E+14, which is shown for want of room.
func wholeNumber(book *excelize.File, sheet string, column, row int, shown string) string {
	cell, style := cellStyle(book, sheet, column, row)
	if style == nil || style.NumFmt != 0 || style.CustomNumFmt != nil {
		return shown
	}
	raw, err := book.GetCellValue(sheet, cell, excelize.Options{RawCellValue: true})
	if err != nil || strings.ContainsAny(raw, "Ee") {
		return shown
	}
	return raw
}

var (
	// strayPoint matches a number whose decimal point stands before words.
	strayPoint = regexp.MustCompile(`^-?[0-9,]+\.[^0-9].*[0-9]`)
	// wordsBeforePoint matches the words before the decimal point in a format:
	// quoted, or each sign behind a backslash.
	wordsBeforePoint = regexp.MustCompile(`[0#?]((?:\\.|"[^"]*"| )+)\.[0#?]`)
	// quoting matches what quotes the words of a format.
	quoting = regexp.MustCompile(`\\(.)|"`)
)

// pointBehindWords puts the decimal point of a number where its format has it:
// "19 dollars and .99 cents" and not "19. dollars and 99 cents".
func pointBehindWords(book *excelize.File, sheet string, column, row int, shown string) string {
	_, style := cellStyle(book, sheet, column, row)
	if style == nil || style.CustomNumFmt == nil {
		return shown
	}
	words := quoting.ReplaceAllString(firstGroup(wordsBeforePoint, *style.CustomNumFmt), "$1")
	if words == "" {
		return shown
	}
	return strings.Replace(shown, "."+words, words+".", 1)
}

// cellStyle returns the name of a cell and its style, nil if it has none.
func cellStyle(book *excelize.File, sheet string, column, row int) (string, *excelize.Style) {
	cell, err := excelize.CoordinatesToCellName(column, row)
	if err != nil {
		return "", nil
	}
	id, err := book.GetCellStyle(sheet, cell)
	if err != nil {
		return "", nil
	}
	style, err := book.GetStyle(id)
	if err != nil {
		return "", nil
	}
	return cell, style
}
