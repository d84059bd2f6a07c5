// Package pdftest reads back the PDF files that package pdf writes, for tests. It knows
// no other files.
package pdftest

import (
	"bytes"
	"compress/zlib"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"
)

// File is a file that was read.
type File struct {
	// Objects are the objects without streams, as they were written.
	Objects map[int]string
	// Streams are the streams, inflated.
	Streams map[int]string
	// Dicts are the dictionaries of the streams.
	Dicts map[int]string
}

var (
	streams = regexp.MustCompile(`(?s)(\d+) 0 obj\n<< (.*?) /Length (\d+) >>\nstream\n`)
	first   = regexp.MustCompile(`/N (\d+) /First (\d+)`)
	faces   = regexp.MustCompile(`/(F\d+) (\d+) 0 R`)
	meaning = regexp.MustCompile(`/ToUnicode (\d+) 0 R`)
	entries = regexp.MustCompile(`<([0-9A-F]{4})> <([0-9A-F]*)>`)
	kids    = regexp.MustCompile(`/Pg (\d+) 0 R /MCID (\d+)|/OBJR /Obj \d+ 0 R|(\d+) 0 R`)
	hex     = regexp.MustCompile(`<([0-9A-F]+)>`)
)

// Read reads a file.
func Read(t testing.TB, pdf []byte) *File {
	t.Helper()
	f := &File{Objects: map[int]string{}, Streams: map[int]string{}, Dicts: map[int]string{}}
	for rest := pdf; ; {
		found := streams.FindSubmatchIndex(rest)
		if found == nil {
			return f
		}
		group := func(i int) string { return string(rest[found[2*i]:found[2*i+1]]) }
		number, length := integer(t, group(1)), integer(t, group(3))
		data := rest[found[1] : found[1]+length]
		dict := group(2)
		if strings.Contains(dict, "/FlateDecode") {
			data = inflate(t, data)
		}
		f.Streams[number], f.Dicts[number] = string(data), dict
		if strings.Contains(dict, "/Type /ObjStm") {
			f.unpack(t, dict, string(data))
		}
		rest = rest[found[1]+length:]
	}
}

func inflate(t testing.TB, data []byte) []byte {
	t.Helper()
	r, err := zlib.NewReader(bytes.NewReader(data))
	require.NoError(t, err)
	plain, err := io.ReadAll(r)
	require.NoError(t, err)
	return plain
}

func integer(t testing.TB, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	require.NoError(t, err)
	return n
}

// unpack reads a stream of objects.
func (f *File) unpack(t testing.TB, dict, data string) {
	t.Helper()
	where := first.FindStringSubmatch(dict)
	start := integer(t, where[2])
	heads := strings.Fields(data[:start])
	for i := 0; i < len(heads); i += 2 {
		end := len(data)
		if i+3 < len(heads) {
			end = start + integer(t, heads[i+3])
		}
		f.Objects[integer(t, heads[i])] = strings.TrimSpace(data[start+integer(t, heads[i+1]) : end])
	}
}

// Pages returns the pages in their order, as they were written.
func (f *File) Pages() []string {
	var pages []string
	for _, n := range f.pages() {
		pages = append(pages, f.Objects[n])
	}
	return pages
}

func (f *File) pages() []int {
	var pages []int
	for _, body := range f.Objects {
		if !strings.HasPrefix(body, "<< /Type /Pages ") {
			continue
		}
		for _, ref := range regexp.MustCompile(`(\d+) 0 R`).FindAllStringSubmatch(body, -1) {
			pages = append(pages, atoi(ref[1]))
		}
	}
	return pages
}

// Content returns what a page draws.
func (f *File) Content(page string) string {
	return f.Streams[atoi(regexp.MustCompile(`/Contents (\d+) 0 R`).FindStringSubmatch(page)[1])]
}

// Text returns the text in the order in which it is read out: that of the structure,
// without what is decoration.
func (f *File) Text() string {
	marks := map[int][]string{}
	for _, n := range f.pages() {
		marks[n] = f.marks(f.Objects[n])
	}
	var b strings.Builder
	var walk func(n int)
	walk = func(n int) {
		_, held, _ := strings.Cut(f.Objects[n], " /K [")
		for _, k := range kids.FindAllStringSubmatch(held, -1) {
			if k[3] != "" {
				walk(atoi(k[3]))
				continue
			}
			if k[1] != "" {
				b.WriteString(marks[atoi(k[1])][atoi(k[2])])
			}
		}
		b.WriteByte('\n')
	}
	for _, body := range f.Objects {
		if strings.HasPrefix(body, "<< /Type /StructTreeRoot ") {
			walk(atoi(regexp.MustCompile(`/K (\d+) 0 R`).FindStringSubmatch(body)[1]))
		}
	}
	return b.String()
}

// PageText returns the text of a page in the order in which it is drawn, a line for
// each piece, without what is decoration.
func (f *File) PageText(page string) string { return strings.Join(f.marks(page), "\n") }

// Decoration returns the text of a page that is not read out.
func (f *File) Decoration(page string) string { return f.read(page).decoration }

// marks returns the text of a page by the numbers of its pieces.
func (f *File) marks(page string) []string { return f.read(page).marks }

func (f *File) read(page string) *reader {
	r := &reader{file: f, fonts: map[string]map[string]string{}}
	for _, face := range faces.FindAllStringSubmatch(page, -1) {
		to := atoi(meaning.FindStringSubmatch(f.Objects[atoi(face[2])])[1])
		r.fonts[face[1]] = map[string]string{}
		for _, entry := range entries.FindAllStringSubmatch(f.Streams[to], -1) {
			r.fonts[face[1]][entry[1]] = wide(entry[2])
		}
	}
	for line := range strings.SplitSeq(f.Content(page), "\n") {
		r.operator(line)
	}
	return r
}

// reader reads what a page draws.
type reader struct {
	file  *File
	fonts map[string]map[string]string
	face  string
	marks []string
	// decoration is what belongs to no element.
	decoration string
	// open is what has been begun and not ended.
	open []string
}

// in reports whether something has been begun and not ended.
func (r *reader) in(what string) bool { return slices.Contains(r.open, what) }

func (r *reader) write(s string) {
	switch {
	case r.in("element"):
		r.marks[len(r.marks)-1] += s
	case r.in("decoration"):
		r.decoration += s
	}
}

// operator reads an operator with its operands, which all are lines of their own.
func (r *reader) operator(line string) {
	said, is := strings.CutPrefix(line, "/Span <</ActualText ")
	switch {
	case is:
		said = strings.TrimSuffix(said, ">> BDC")
		if digits, is := strings.CutPrefix(said, "<FEFF"); is {
			r.write(wide(strings.TrimSuffix(digits, ">")))
		} else {
			r.write(plain(said))
		}
		r.open = append(r.open, "said")
	case line == "EMC":
		r.open = r.open[:len(r.open)-1]
	case line == "/Artifact BMC":
		r.open = append(r.open, "decoration")
	case strings.HasSuffix(line, " BDC"):
		r.open = append(r.open, "element")
		r.marks = append(r.marks, "")
	case strings.HasSuffix(line, " Tf"):
		r.face = strings.TrimPrefix(line[strings.LastIndex(line, "/"):strings.Index(line, " Tf")], "/")
		r.face, _, _ = strings.Cut(r.face, " ")
	case strings.HasSuffix(line, "TJ") && !r.in("said"):
		for _, codes := range hex.FindAllStringSubmatch(line, -1) {
			for code := codes[1]; code != ""; code = code[4:] {
				r.write(r.fonts[r.face][code[:4]])
			}
		}
	}
}

func atoi(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

// wide reads the hexadecimal digits of UTF-16.
func wide(digits string) string {
	var units []uint16
	for ; len(digits) >= 4; digits = digits[4:] {
		n, _ := strconv.ParseUint(digits[:4], 16, 16)
		units = append(units, uint16(n))
	}
	return string(utf16.Decode(units))
}

// plain reads a text in brackets.
func plain(s string) string {
	if s == "" {
		return ""
	}
	return strings.NewReplacer(`\\`, `\`, `\(`, "(", `\)`, ")").Replace(s[1 : len(s)-1])
}
