package extract

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
)

// readText reads plain text. Its line breaks are kept, since they may carry
// meaning; blank lines part paragraphs.
func readText(b *builder, text string) (Document, error) {
	text = cleanText(text)
	for len(text) > 0 && !b.failed() {
		block, rest := cutBlankLine(text)
		b.lines(block)
		text = rest
	}
	return b.document("")
}

// cutBlankLine cuts text at its first blank line, which may hold spaces.
func cutBlankLine(text string) (block, rest string) {
	at := 0
	for at < len(text) {
		line, _, found := strings.Cut(text[at:], "\n")
		next := at + len(line)
		if found {
			next++
		}
		if strings.TrimSpace(line) == "" {
			return text[:at], text[next:]
		}
		at = next
	}
	return text, ""
}

// readCSV reads a table: its first line is the header.
func readCSV(b *builder, text string) (Document, error) {
	text = cleanText(text)
	comma := separator(text)
	if own, rest, found := strings.Cut(text, "\n"); found && strings.HasPrefix(own, "sep=") && len(own) == len("sep=,") {
		comma, text = rune(own[4]), rest // Excel says so itself
	}
	r := csv.NewReader(strings.NewReader(text))
	r.Comma = comma
	r.LazyQuotes = true
	r.FieldsPerRecord = -1
	r.ReuseRecord = true
	var rows table
	for !b.full(&rows) {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return Document{}, failBecause(err, Broken, "the table is malformed near line %d", lineOf(err))
		}
		rows.add(record)
	}
	b.table(&rows)
	return b.document("")
}

// lineOf returns the line on which reading a table failed.
func lineOf(err error) int {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return parse.Line
	}
	return 0
}

// separators are what parts the cells of tables, the most usual first.
const separators = ",;\t|"

// separator guesses what parts the cells of a table: the sign that most of the
// first lines hold equally often outside quotes.
func separator(text string) rune {
	head := text[:min(len(text), sniffBytes)]
	if whole := strings.LastIndexByte(head, '\n'); whole > 0 && len(head) < len(text) {
		head = head[:whole]
	}
	lines := countSeparators(head)
	best, bestScore := ',', 0
	for _, sign := range separators {
		equal := map[int]int{}
		score := 0
		for _, counts := range lines {
			if n := counts[sign]; n > 0 {
				equal[n]++
				score = max(score, equal[n]*100+min(n, 99)) // of two that fit, the one with more columns
			}
		}
		if score > bestScore {
			best, bestScore = sign, score
		}
	}
	return best
}

// countSeparators counts the separators of each line outside quotes.
func countSeparators(text string) []map[rune]int {
	lines := []map[rune]int{{}}
	quoted := false
	for _, r := range text {
		switch {
		case r == '"':
			quoted = !quoted
		case quoted:
		case r == '\n':
			lines = append(lines, map[rune]int{})
		default:
			lines[len(lines)-1][r]++
		}
	}
	return lines
}

// maxJSONDepth is how deep JSON may be nested.
const maxJSONDepth = 200

// readJSON writes each value of a JSON text on a line of its own, after the path
// that leads to it: "authors[0].name: Ada". The elements of an array at the
// top, and the values of JSON Lines, stand in paragraphs of their own.
func readJSON(b *builder, text string) (Document, error) {
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	w := jsonWriter{b: b, d: d}
	for i := 0; i == 0 || d.More(); i++ { // JSON Lines: one after the other
		if err := w.value("", 0); err != nil {
			return Document{}, err
		}
		w.flush()
	}
	return b.document(w.title)
}

// jsonWriter walks over the tokens of a JSON text.
type jsonWriter struct {
	b     *builder
	d     *json.Decoder
	lines []string
	size  int
	title string // of the first key called so at the top
}

// value reads the value that comes next; at is the path to it.
func (w *jsonWriter) value(at string, depth int) error {
	if depth > maxJSONDepth {
		return fail(Broken, "the JSON is nested more than %d levels deep", maxJSONDepth)
	}
	token, err := w.d.Token()
	if err != nil {
		return failBecause(err, Broken, "the JSON is malformed")
	}
	switch t := token.(type) {
	case json.Delim:
		return w.container(t, at, depth)
	case string:
		w.leaf(at, t)
	case json.Number:
		w.leaf(at, t.String())
	case bool:
		w.leaf(at, strconv.FormatBool(t))
	}
	return w.b.err
}

// container reads an object or an array.
func (w *jsonWriter) container(open json.Delim, at string, depth int) error {
	for i := 0; w.d.More(); i++ {
		path := at + "[" + strconv.Itoa(i) + "]"
		if open == '{' {
			key, err := w.d.Token()
			if err != nil {
				return failBecause(err, Broken, "the JSON is malformed")
			}
			name, _ := key.(string)
			path = strings.TrimPrefix(at+"."+name, ".")
		}
		if err := w.value(path, depth+1); err != nil {
			return err
		}
		if depth == 0 && open == '[' {
			w.flush()
		}
	}
	_, err := w.d.Token() // the closing bracket
	if err != nil {
		return failBecause(err, Broken, "the JSON is malformed")
	}
	return nil
}

// leaf writes one value.
func (w *jsonWriter) leaf(at, value string) {
	value = strings.Join(strings.Fields(value), " ")
	if value == "" || w.b.failed() {
		return
	}
	if w.title == "" && strings.EqualFold(at, "title") {
		w.title = value
	}
	if at != "" {
		value = at + ": " + value
	}
	w.lines = append(w.lines, value)
	if w.size += len(value) + 1; w.size > w.b.limits.TextBytes+1 {
		w.flush() // add will say that it is too much
	}
}

// flush ends the paragraph.
func (w *jsonWriter) flush() {
	w.b.lines(strings.Join(w.lines, "\n"))
	w.lines, w.size = nil, 0
}
