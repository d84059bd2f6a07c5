package extract

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/klippa-app/go-pdfium"
	pdferrors "github.com/klippa-app/go-pdfium/errors"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// wasmPage is the size in bytes of a page of WebAssembly memory.
const wasmPage = 64 << 10

// pdfEngine runs PDFium inside WebAssembly sandboxes. Every file gets a sandbox
// of its own, so nothing of one file is left for the next, and one that is
// stopped in the middle takes nothing with it. They share the compiled code, so
// that opening one takes about a tenth of a second.
type pdfEngine struct {
	cache  wazero.CompilationCache
	close  func() error  // frees the compiled code
	slots  chan struct{} // one for each sandbox that may run
	memory int64         // bytes that a sandbox may use
}

// newPDFEngine compiles PDFium, which takes some seconds without a warm cache.
func newPDFEngine(ctx context.Context, limits Limits, cacheDir string) (*pdfEngine, error) {
	cache := wazero.NewCompilationCache()
	if cacheDir != "" {
		var err error
		if cache, err = wazero.NewCompilationCacheWithDir(cacheDir); err != nil {
			return nil, fmt.Errorf("open the cache of the PDF engine: %w", err)
		}
	}
	whole := context.WithoutCancel(ctx) // the engine outlives the file that needed it first
	p := &pdfEngine{
		cache:  cache,
		close:  func() error { return cache.Close(whole) },
		slots:  make(chan struct{}, runtime.GOMAXPROCS(0)),
		memory: limits.MemoryBytes,
	}
	first, err := p.open(ctx, nil)
	if err != nil {
		return nil, errors.Join(err, p.close())
	}
	first.close()
	return p, nil
}

// pdfSandbox is PDFium for one file.
type pdfSandbox struct {
	pdfium.Pdfium
	pool  pdfium.Pool
	slots chan struct{}
}

// open waits for its turn and makes a sandbox. Whatever runs in it is stopped
// when ctx ends: its calls then return errors.
//
// The library's own way to stop one, Kill, may not be called while another call
// is running, which is when it is needed; hence a pool for each sandbox.
func (p *pdfEngine) open(ctx context.Context, w *watch) (*pdfSandbox, error) {
	if err := p.turn(ctx, w); err != nil {
		return nil, err
	}
	s := &pdfSandbox{slots: p.slots}
	var err error
	s.pool, err = webassembly.Init(webassembly.Config{
		Context:  ctx,
		MaxTotal: 1,
		FSConfig: wazero.NewFSConfig(), // the default would show it the whole disk
		Stdout:   io.Discard,
		Stderr:   io.Discard,
		RuntimeConfig: wazero.NewRuntimeConfig().
			WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesExceptionHandling).
			WithCompilationCache(p.cache).
			WithMemoryLimitPages(uint32(p.memory / wasmPage)).
			WithCloseOnContextDone(true),
	})
	if err == nil {
		s.Pdfium, err = s.pool.GetInstanceWithContext(ctx)
	}
	if err != nil {
		s.close()
		return nil, fmt.Errorf("open a PDF sandbox: %w", err)
	}
	return s, nil
}

// turn waits until one more sandbox may run. It is not the file's fault that
// others are read.
func (p *pdfEngine) turn(ctx context.Context, w *watch) error {
	waiting := time.NewTicker(time.Second)
	defer waiting.Stop()
	for {
		select {
		case p.slots <- struct{}{}:
			w.alive()
			return nil
		case <-waiting.C:
			w.alive()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// close throws the sandbox away. A stopped one cannot be shut down in good
// order, which does not matter, since its memory goes with it.
func (s *pdfSandbox) close() {
	if s.pool != nil {
		_ = s.pool.Close()
	}
	<-s.slots
}

// engine returns the PDF engine and starts it when needed.
func (e *Extractor) engine(ctx context.Context) (*pdfEngine, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.pdf == nil {
		engine, err := newPDFEngine(ctx, e.limits, e.cacheDir)
		if err != nil {
			return nil, err
		}
		e.pdf = engine
	}
	return e.pdf, nil
}

// readPDF reads a PDF file in a sandbox, which is stopped when the context ends.
func (e *Extractor) readPDF(b *builder, data []byte) (Document, error) {
	ctx := b.ctx
	engine, err := e.engine(ctx)
	if err != nil {
		return Document{}, err
	}
	s, err := engine.open(ctx, b.watch)
	if err != nil {
		return Document{}, err
	}
	defer s.close()
	raw, err := pagesOf(b, s, data)
	if err != nil {
		return Document{}, err
	}
	return raw.document(b)
}

// rawPDF is what PDFium says about a file.
type rawPDF struct {
	properties  metadata
	outline     map[string]int // levels of the titles in the file's outline, by outlineKey
	pages       []rawPage
	attachments []rawFile
}

// rawPage is what a page holds.
type rawPage struct {
	lines []pdfLine
	notes []string // comments and fields of forms
}

// rawFile is a file in the file.
type rawFile struct {
	name string
	data []byte
}

// pagesOf reads the pages of a file one after the other. A page that cannot be
// read is empty; a file with no page that can is broken.
func pagesOf(b *builder, pdf pdfium.Pdfium, data []byte) (rawPDF, error) {
	limits := b.limits
	opened, err := pdf.OpenDocument(&requests.OpenDocument{File: &data})
	if err != nil {
		return rawPDF{}, openError(err)
	}
	count, err := pdf.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: opened.Document})
	if err != nil {
		return rawPDF{}, failBecause(err, Broken, "the PDF file has no list of pages")
	}
	if count.PageCount > limits.Pages {
		return rawPDF{}, fail(TooLarge, "the PDF file has %d pages; at most %d are read", count.PageCount, limits.Pages)
	}
	raw := rawPDF{properties: pdfProperties(pdf, opened.Document, data), outline: pdfOutline(pdf, opened.Document)}
	size, readable := 0, 0
	for i := range count.PageCount {
		lines, err := pageLines(pdf, opened.Document, i)
		if b.failed() {
			return rawPDF{}, b.err
		}
		if err == nil {
			readable++
		}
		page := rawPage{lines: lines, notes: pageNotes(pdf, opened.Document, i)}
		raw.pages = append(raw.pages, page)
		if size += page.size(); size > limits.TextBytes {
			return rawPDF{}, fail(TooLarge, "the file holds more than %s of text", bytesText(int64(limits.TextBytes)))
		}
	}
	if readable == 0 {
		return rawPDF{}, fail(Broken, "no page of the PDF file can be read")
	}
	raw.attachments = pdfAttachments(pdf, opened.Document)
	return raw, nil
}

// size returns how much text the page has.
func (p rawPage) size() int {
	size := 0
	for _, l := range p.lines {
		for _, cell := range l.cells {
			size += len(cell.text) + 1
		}
	}
	for _, note := range p.notes {
		size += len(note)
	}
	return size
}

// openError says in the user's words why a file could not be opened.
func openError(err error) error {
	switch {
	case errors.Is(err, pdferrors.ErrPassword), errors.Is(err, pdferrors.ErrSecurity):
		return failBecause(err, Encrypted, "the PDF file is protected by a password; save it without one and upload it again")
	default:
		return failBecause(err, Broken, "the PDF file is damaged and cannot be opened")
	}
}
