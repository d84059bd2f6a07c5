package extract

import (
	"bytes"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"time"

	"github.com/researcherpro/researcherpro/services/research/internal/sandbox"
)

// A parser may ask for any amount of memory, whatever Limits say, and what one
// goroutine allocates ends the process. So files are read in child processes that
// the kernel confines. PDFium runs in its own WebAssembly sandbox inside of one.

// childArgument is what the program is started with to be a child.
const childArgument = "extract-child"

const (
	// grace is how much longer than a file's time a child has to say that it is
	// over, and engineTime how long the PDF engine may take to start in it.
	grace      = 5 * time.Second
	engineTime = 90 * time.Second
	// maxResident is the share of a child's memory at which it is replaced after a
	// file, and maxFiles after how many files it is replaced anyway.
	maxResident = 0.5
	maxFiles    = 500
)

// sandboxWork is what a child is told to do.
type sandboxWork struct {
	Input    Input
	Limits   Limits
	CacheDir string
}

// sandboxAnswer is what it says: a document, a fault of the file, or a fault of
// the machine.
type sandboxAnswer struct {
	Document               Document
	Reason, Message, Cause string
	Fault                  string
}

// ServeChild reads files for another process of the same program, if this one was
// started for that; then it returns true when there are no more. In any other
// process it returns false at once. A program that uses Config.Sandbox calls it
// first in main:
//
//	if extract.ServeChild() {
//		return
//	}
func ServeChild() bool {
	if !sandbox.Inside() || !slices.Contains(os.Args[1:], childArgument) {
		return false
	}
	c := &childReader{extractors: map[string]*Extractor{}}
	if err := sandbox.Serve(c.read); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	return true
}

// childReader reads files in a child.
type childReader struct {
	extractors map[string]*Extractor // by limits and cache; a pool has only one
	files      int
}

// read reads one file.
func (c *childReader) read(work []byte) (answer []byte, last bool) {
	var w sandboxWork
	a := sandboxAnswer{}
	if err := gob.NewDecoder(bytes.NewReader(work)).Decode(&w); err != nil {
		a.Fault = err.Error()
		return a.encode(), true
	}
	key := fmt.Sprint(w.Limits, w.CacheDir)
	if c.extractors[key] == nil {
		c.extractors[key] = New(Config{Limits: w.Limits, CacheDir: w.CacheDir})
	}
	doc, err := c.extractors[key].inProcess(context.Background(), w.Input) //nolint:forbidigo // a child's context begins here; its parent ends it by killing it
	a.Document = doc
	var own *Error
	switch {
	case errors.As(err, &own):
		a.Reason, a.Message = own.Reason, own.Message
		if own.cause != nil {
			a.Cause = own.cause.Error()
		}
	case err != nil:
		a.Fault = err.Error()
	}
	c.files++
	// A parser that was abandoned still runs.
	abandoned := a.Reason == Timeout || a.Fault != ""
	return a.encode(), abandoned || c.files >= maxFiles || float64(resident()) > maxResident*float64(w.Limits.ProcessBytes)
}

// encode returns the answer's bytes.
func (a sandboxAnswer) encode() []byte {
	var buf bytes.Buffer
	if err := gob.NewEncoder(&buf).Encode(a); err != nil {
		return nil // it is refused by the reader, as any answer that is none
	}
	return buf.Bytes()
}

// resident returns how much memory the Go program holds on to.
func resident() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Sys - m.HeapReleased
}

// newSandbox returns the pool of children.
func newSandbox(limits Limits) *sandbox.Pool {
	return sandbox.New(sandbox.Config{Args: []string{childArgument}, MemoryBytes: limits.ProcessBytes, Size: runtime.GOMAXPROCS(0)})
}

// inChild reads a file in a child.
func (e *Extractor) inChild(ctx context.Context, in Input) (Document, error) {
	var work bytes.Buffer
	if err := gob.NewEncoder(&work).Encode(sandboxWork{Input: in, Limits: e.limits, CacheDir: e.cacheDir}); err != nil {
		return Document{}, fmt.Errorf("send a file to its sandbox: %w", err)
	}
	limit := e.limits.Time + grace
	if isPDF(in.Data) {
		limit += engineTime
	}
	data, err := e.children.Run(ctx, work.Bytes(), limit)
	switch {
	case errors.Is(err, sandbox.ErrMemory):
		return Document{}, failBecause(err, TooLarge, "reading the file takes more than %s of memory", bytesText(e.limits.ProcessBytes))
	case errors.Is(err, sandbox.ErrTime):
		return Document{}, fail(Timeout, "reading the file took longer than %s", e.limits.Time)
	case errors.Is(err, sandbox.ErrCrash):
		return Document{}, failBecause(err, Broken, "the file is damaged and cannot be read")
	case err != nil:
		return Document{}, err
	}
	var a sandboxAnswer
	if err := gob.NewDecoder(bytes.NewReader(data)).Decode(&a); err != nil {
		return Document{}, fmt.Errorf("read the answer of a sandbox: %w", err)
	}
	switch {
	case a.Reason != "":
		own := &Error{Reason: a.Reason, Message: a.Message}
		if a.Cause != "" {
			own.cause = errors.New(a.Cause)
		}
		return a.Document, own
	case a.Fault != "":
		return Document{}, errors.New(a.Fault)
	}
	return a.Document, nil
}
