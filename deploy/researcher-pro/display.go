package main

import (
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// display shows lines of news above a live progress bar. Where the output is no
// terminal there is no bar, and the lines come plain.
type display struct {
	mu  sync.Mutex
	out io.Writer
	bar *progressbar.ProgressBar
	tty bool
}

func newDisplay(t terminal) *display {
	f, ok := t.out.(*os.File)
	return &display{out: t.out, tty: ok && term.IsTerminal(int(f.Fd()))}
}

// start begins a bar of so many steps; the one before is finished.
func (d *display) start(what string, steps int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.finish()
	if !d.tty {
		fmt.Fprintf(d.out, "%s …\n", what)
		return
	}
	d.bar = progressbar.NewOptions(steps,
		progressbar.OptionSetWriter(d.out), progressbar.OptionSetDescription(what),
		progressbar.OptionSetWidth(30), progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(false),
		progressbar.OptionClearOnFinish(), progressbar.OptionSetRenderBlankState(true),
	)
}

// step moves the bar on by one.
func (d *display) step() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.bar != nil {
		_ = d.bar.Add(1) // a terminal that cannot be written to shows nothing
	}
}

// at moves the bar to a place.
func (d *display) at(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.bar != nil {
		_ = d.bar.Set(n)
	}
}

// line prints a line above the bar.
func (d *display) line(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.bar != nil {
		_ = d.bar.Clear()
	}
	fmt.Fprintf(d.out, format+"\n", args...)
	if d.bar != nil {
		_ = d.bar.RenderBlank()
	}
}

// close takes the bar away.
func (d *display) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.finish()
}

func (d *display) finish() {
	if d.bar != nil {
		_ = d.bar.Finish()
		_ = d.bar.Clear()
		d.bar = nil
	}
}
