package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
)

// measured is one line of the table.
type measured struct {
	Name  string
	Value float64
	// Floor is the least that is accepted; negative for none.
	Floor float64
	// Best is the best published value, or what it is compared with, in words.
	Best string
	// Data is what it was measured on, and how.
	Data string
	// Notes explain the value: what was missed, and why. They follow the table.
	Notes []string
}

// noFloor is the floor of what is only reported.
const noFloor = -1

// table gathers measures.
type table struct {
	measures []measured
	absent   []string
}

func (t *table) add(m measured) { t.measures = append(t.measures, m) }

// skip notes a set that is not here.
func (t *table) skip(what string) { t.absent = append(t.absent, what) }

// below reports whether a measure is below its floor.
func (t *table) below() bool {
	for _, m := range t.measures {
		if m.short() {
			return true
		}
	}
	return false
}

func (m measured) short() bool { return m.Floor >= 0 && m.Value < m.Floor }

// cells are the columns of a line.
func (m measured) cells() []string {
	floor := "–"
	if m.Floor >= 0 {
		floor = fmt.Sprintf("%.3f", m.Floor)
	}
	mark := ""
	if m.short() {
		mark = " (below)"
	}
	return []string{m.Name, fmt.Sprintf("%.4f%s", m.Value, mark), floor, m.Best, m.Data}
}

var header = []string{"measure", "value", "floor", "best published, or compared with", "data"}

// String is the table for a terminal.
func (t *table) String() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, strings.Join(header, "\t"))
	for _, m := range t.measures {
		fmt.Fprintln(w, strings.Join(m.cells(), "\t"))
	}
	_ = w.Flush() // into a strings.Builder
	for _, what := range t.absent {
		fmt.Fprintf(&b, "left out, since it is not here: %s\n", what)
	}
	return b.String()
}

// Markdown is the table for a file, with the notes.
func (t *table) Markdown() string {
	var b strings.Builder
	row := func(cells []string) { fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | ")) }
	row(header)
	row([]string{"---", "---", "---", "---", "---"})
	for _, m := range t.measures {
		row(m.cells())
	}
	for _, what := range t.absent {
		fmt.Fprintf(&b, "\nLeft out, since it is not here: %s.\n", what)
	}
	for _, m := range t.measures {
		if len(m.Notes) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n\n", m.Name)
		for _, note := range m.Notes {
			fmt.Fprintf(&b, "- %s\n", note)
		}
	}
	return b.String()
}
