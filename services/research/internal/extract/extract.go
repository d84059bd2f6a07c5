// Package extract turns the bytes of a file into a readable document: its text
// in Unicode, its title, and where its headings and pages are.
//
// The type of a file is told by its content; its name only decides between
// types that look alike. Files come from outside and may be hostile: every
// parser runs under the package's Limits, a parser that panics makes its own
// file BROKEN and nothing else, and PDF files are read inside a WebAssembly
// sandbox that has no access to files or the network. With Config.Sandbox all of
// it happens in child processes whose memory the kernel bounds: what a file may
// cost is then bounded whatever a parser does.
package extract

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/researcherpro/researcherpro/pkg/lexical"
	"github.com/researcherpro/researcherpro/services/research/internal/sandbox"
)

// Input is a file to read.
type Input struct {
	Name         string // file name as the user gave it; may be empty
	DeclaredType string // media type as the sender gave it; may be empty or wrong
	Data         []byte // content; not changed, not kept
}

// Span is a half-open range [Start, End) of byte offsets into Document.Text.
type Span struct {
	Start, End int
}

// Heading is a line of the text that names what follows it.
type Heading struct {
	Span
	Level int // 1 is the highest
}

// Document is what was read from a file.
type Document struct {
	// Title is the document's own, or else the file's name without its ending.
	Title string
	// Authors are the people or bodies that the document names as its authors, in
	// its own order; empty if it names none.
	Authors []string
	// Published is when the document says that it was published, with the
	// precision it gives: 2021, 2021-05 or 2021-05-17; "" if it does not say.
	Published string
	// License is the licence that the document names: an address, or its words;
	// "" if it names none. It is a hint, not a finding of law.
	License string
	// Identifiers are what the document says it is: lower-case kind to value, for
	// the kinds doi, arxiv, pmid, pmcid, isbn and url (its canonical address).
	Identifiers map[string]string
	// Text is valid UTF-8 in form NFC. Lines end in \n; a blank line stands
	// between paragraphs, and neither the first nor the last line is blank. Tables
	// are written as in Markdown, a row on each line.
	Text string
	// MediaType is the type that the content turned out to have.
	MediaType string
	// Language is an ISO 639-1 code, or "" if it is not clear.
	Language string
	// Pages are the spans of the pages in order, for PDF only. A page without
	// text has an empty span, so Pages[n-1] is always page n.
	Pages []Span
	// Headings are in the order of the text.
	Headings []Heading
}

// Extractor reads files. It is safe for concurrent use.
type Extractor struct {
	limits   Limits
	cacheDir string
	children *sandbox.Pool // nil if files are read in this process

	running sync.WaitGroup // files being read, abandoned ones included

	mu  sync.Mutex // guards pdf
	pdf *pdfEngine // nil until the first PDF file
}

// Config says how an Extractor works. Its zero value is ready for use.
type Config struct {
	// Limits are the bounds of each file; the zero value means DefaultLimits.
	Limits Limits
	// CacheDir is a folder that keeps the compiled PDF engine between
	// processes, which saves some seconds on the first PDF file. Optional.
	CacheDir string
	// Sandbox says that each file is read in a child process with a hard limit of
	// memory, Limits.ProcessBytes. The program's main has to call ServeChild. Where
	// the system cannot confine a process, files are read in this one.
	Sandbox bool
}

// New returns an Extractor. It starts nothing: the PDF engine starts with the
// first PDF file.
func New(cfg Config) *Extractor {
	if cfg.Limits == (Limits{}) {
		cfg.Limits = DefaultLimits()
	}
	e := &Extractor{limits: cfg.Limits, cacheDir: cfg.CacheDir}
	if cfg.Sandbox && sandbox.Supported && !sandbox.Inside() {
		e.children = newSandbox(cfg.Limits)
	}
	return e
}

// Close waits for the files that are being read and frees the PDF engine. No
// call of Extract may follow.
func (e *Extractor) Close() error {
	if e.children != nil {
		e.children.Close()
	}
	e.running.Wait()
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.pdf == nil {
		return nil
	}
	return e.pdf.close()
}

// Extract reads one file. Every fault of the file is an *Error, whose message
// is meant for the user; another error means that ctx has ended or that the
// machine is at fault, and the same file may be tried again. With the reason
// Empty comes a document without a text all the same, which holds what the file
// says of itself: who wrote the pages that were scanned.
func (e *Extractor) Extract(ctx context.Context, in Input) (Document, error) {
	if err := e.CheckSize(int64(len(in.Data))); err != nil {
		return Document{}, err
	}
	if e.children != nil {
		return e.inChild(ctx, in)
	}
	return e.inProcess(ctx, in)
}

// inProcess reads a file in this process.
func (e *Extractor) inProcess(ctx context.Context, in Input) (Document, error) {
	if isPDF(in.Data) { // starting the engine is not the file's time
		if _, err := e.engine(ctx); err != nil {
			return Document{}, err
		}
	}
	limited, cancel := context.WithTimeout(ctx, e.limits.Time)
	defer cancel()
	w := newWatch(e.limits.Stall, cancel)
	defer w.timer.Stop()

	type result struct {
		doc Document
		err error
	}
	done := make(chan result, 1)
	e.running.Go(func() {
		doc, err := e.guarded(limited, w, in)
		done <- result{doc, err}
	})
	select {
	case r := <-done:
		return r.doc, e.timeout(ctx, limited, r.err)
	case <-limited.Done():
		// The parsers look at the context between blocks, and those that cannot
		// are given little enough to read, so this goroutine ends soon as well.
		return Document{}, e.timeout(ctx, limited, limited.Err())
	}
}

// CheckSize refuses a file of so many bytes when it is empty or over the limit, so that
// it need not be loaded to be refused. Its error is an *Error.
func (e *Extractor) CheckSize(bytes int64) error {
	if bytes == 0 {
		return fail(Empty, "the file has no content")
	}
	if bytes > e.limits.InputBytes {
		return fail(TooLarge, "the file has %s; at most %s are read", bytesText(bytes), bytesText(e.limits.InputBytes))
	}
	return nil
}

// timeout turns the end of the file's own time into an *Error and leaves the
// end of the caller's context as it is.
func (e *Extractor) timeout(caller, limited context.Context, err error) error {
	if err == nil || caller.Err() != nil || limited.Err() == nil {
		return err
	}
	var own *Error
	if errors.As(err, &own) && own.Reason != Broken { // an interrupted parser calls the file broken
		return err
	}
	if errors.Is(limited.Err(), context.Canceled) {
		return fail(Timeout, "reading the file got nowhere for %s", e.limits.Stall)
	}
	return fail(Timeout, "reading the file took longer than %s", e.limits.Time)
}

// guarded reads a file and turns a panic of a parser into a broken file.
func (e *Extractor) guarded(ctx context.Context, w *watch, in Input) (doc Document, err error) {
	defer func() {
		if p := recover(); p != nil {
			doc, err = Document{}, failBecause(fmt.Errorf("parser panicked: %v", p), Broken, "the file is damaged and cannot be read")
		}
	}()
	kind, err := detect(in)
	if err != nil {
		return Document{}, err
	}
	b := newBuilder(ctx, e.limits)
	b.watch, b.nested = w, e.nested(1)
	doc, err = e.read(b, kind, in)
	if err != nil {
		return Document{}, err
	}
	doc.MediaType = kind
	if doc.Text == "" {
		doc.Title = title(doc.Title, in.Name)
		return doc, fail(Empty, "no text was found in the file%s", emptyHint(kind))
	}
	if language := lexical.Detect(doc.Text); language != "" { // what is declared is often a template's
		doc.Language = language
	}
	doc.Title = title(doc.Title, in.Name)
	return doc, nil
}

// emptyHint explains the commonest reason for a file of some type to be empty.
func emptyHint(kind string) string {
	if kind == typePDF {
		return ": it may hold scanned pages, which are pictures"
	}
	return ""
}

// maxTitle is the length in bytes of the longest title kept.
const maxTitle = 300

// title tidies a document's own title, or makes one from the file's name.
func title(own, name string) string {
	own = strings.Join(strings.Fields(cleanText(own)), " ")
	if own == "" {
		base := path.Base(strings.ReplaceAll(name, `\`, "/"))
		own = strings.TrimSuffix(cleanText(base), path.Ext(base))
	}
	for len(own) > maxTitle {
		_, size := utf8.DecodeLastRuneInString(own)
		own = own[:len(own)-size]
	}
	return own
}
