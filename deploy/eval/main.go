// Command eval measures the quality of the built service on public data: it starts
// the whole fleet on a state of its own, uses it as any client does, and prints a
// table of what it measured, with floors and the best published values.
//
//	eval [-data DIR] [-out FILE] [-only SUITE,…]
//
// The data is not part of the project. Where a set is absent its measures are left
// out, and the table says so. It ends with 1 when a measure is below its floor.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"

	"github.com/researcherpro/researcherpro/pkg/telemetry"
	"github.com/researcherpro/researcherpro/services/research"
)

// suite is a group of measures.
type suite struct {
	name string
	run  func(ctx context.Context, e *environment) error
}

// suites are all there are, in the order of the table.
func suites() []suite {
	return []suite{
		{"retrieval", retrieval},
		{"languages", languages},
		{"pages", pages},
		{"documents", documents},
		{"book", book},
		{"hostile", hostile},
		{"vectors", vectors},
		{"attribution", attribution},
		{"swapped", swapped},
		{"fever", fever},
		{"rationale", rationale},
		{"wice", wice},
	}
}

// errBelow says that a measure is below its floor.
var errBelow = errors.New("a measure is below its floor")

func main() {
	if research.ServeChild() {
		return
	}
	data := flag.String("data", dataDir(), "the folder of the evaluation data")
	out := flag.String("out", "eval.md", "where to write the table")
	only := flag.String("only", "", "suites to run, joined by commas; all when empty")
	flag.Parse()
	slog.SetDefault(telemetry.NewLogger(os.Stderr, slog.LevelError))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Stdout, options{
		data: *data, out: *out, only: strings.FieldsFunc(*only, func(r rune) bool { return r == ',' }),
	})
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "eval:", err)
		os.Exit(1)
	}
}

// options say what is measured on what, and where the table goes.
type options struct {
	data, out string
	only      []string // suites; all when empty
}

// dataDir is where the data lies unless it is said: beside the project.
func dataDir() string {
	if dir := os.Getenv("RP_DATA"); dir != "" {
		return dir
	}
	return "../shared/data"
}

// run measures, and writes the table.
func run(ctx context.Context, stdout io.Writer, o options) error {
	if _, err := os.Stat(o.data); err != nil {
		return fmt.Errorf("the evaluation data is not in %s: set RP_DATA", o.data)
	}
	e, closeAll, err := open(ctx, o.data)
	if err != nil {
		return err
	}
	for _, s := range suites() {
		if len(o.only) > 0 && !slices.Contains(o.only, s.name) {
			continue
		}
		begun := time.Now()
		if err := s.run(ctx, e); err != nil {
			return errors.Join(fmt.Errorf("%s: %w", s.name, err), closeAll())
		}
		fmt.Fprintf(os.Stderr, "%s: %s\n", s.name, time.Since(begun).Round(time.Second))
	}
	if err := closeAll(); err != nil {
		return err
	}
	fmt.Fprint(stdout, e.table.String())
	if err := os.WriteFile(o.out, []byte(e.table.Markdown()), 0o600); err != nil {
		return err
	}
	if e.table.below() {
		return errBelow
	}
	return nil
}
