package template

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Error is what is wrong with a template, and where.
type Error struct {
	// Line and Column say where, from 1. Columns are counted in characters.
	Line, Column int
	// Message says what, for who writes the template.
	Message string

	cause error
}

// Error implements error.
func (e *Error) Error() string { return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Message) }

// Unwrap returns what stopped the template from outside, such as the context's error.
func (e *Error) Unwrap() error { return e.cause }

// Errors are what is wrong with a template that was read, in the order of their places:
// at least one and at most MaxErrors.
type Errors []*Error

// Error implements error.
func (e Errors) Error() string {
	texts := make([]string, 0, len(e))
	for _, err := range e {
		texts = append(texts, err.Error())
	}
	return strings.Join(texts, "\n")
}

// or returns the errors, nil if there are none.
func (e Errors) or() error {
	if len(e) == 0 {
		return nil
	}
	slices.SortStableFunc(e, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	// One mistake may be met on two ways.
	e = slices.CompactFunc(e, func(a, b *Error) bool { return a.Error() == b.Error() })
	return e[:min(len(e), MaxErrors)]
}

// source is a template's source, which knows its lines.
type source struct {
	text  string
	lines []int // where each begins
}

func newSource(text string) source {
	s := source{text: text, lines: []int{0}}
	for i := range len(text) {
		if text[i] == '\n' {
			s.lines = append(s.lines, i+1)
		}
	}
	return s
}

// errorf returns an error at a place in the source.
func (s source) errorf(at int, format string, args ...any) *Error {
	at = min(at, len(s.text))
	line, found := slices.BinarySearch(s.lines, at)
	if !found {
		line--
	}
	column := utf8.RuneCountInString(s.text[s.lines[line]:at]) + 1
	return &Error{Line: line + 1, Column: column, Message: fmt.Sprintf(format, args...)}
}
