// Command researcher-pro is Researcher Pro on one machine: it runs the whole
// fleet in one process, and is the command-line client of any fleet.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/researcherpro/researcherpro/deploy/fleet"
	"github.com/researcherpro/researcherpro/services/research"
)

// The exit codes.
const (
	exitFailed     = 1 // something went wrong
	exitUsage      = 2 // the command was not understood, or names what is not there
	exitNoEvidence = 3 // the run ended, but no source says anything on the question
)

// The errors that have an exit code of their own.
var (
	errUsage      = errors.New("usage")
	errNoEvidence = errors.New("no evidence was found")
)

func main() {
	if research.ServeChild() {
		return
	}
	err := run(context.Background(), os.Args[1:], terminal{out: os.Stdout, err: os.Stderr, env: os.Getenv})
	if err != nil {
		fmt.Fprintln(os.Stderr, "researcher-pro:", err)
		os.Exit(exitCode(err)) // the only exit in the program
	}
}

// terminal is what a command talks to.
type terminal struct {
	out io.Writer
	err io.Writer
	env func(string) string
}

// fleetConfig is the configuration of the fleet that this program runs.
func (t terminal) fleetConfig() (fleet.Config, error) {
	cfg, err := fleet.ConfigFromEnv(t.env)
	cfg.Children = true
	return cfg, err
}

// commands is the command line.
type commands struct {
	Demo         demoCommand     `cmd:"" help:"Research a question over documents and write the report, with a fleet of its own that is gone afterwards."`
	Run          runCommand      `cmd:"" help:"Run the fleet until Ctrl-C."`
	Ask          askCommand      `cmd:"" help:"Ask a question over the library and print the findings."`
	Ingest       ingestCommand   `cmd:"" help:"Put the files of a folder into the library."`
	Watch        watchCommand    `cmd:"" help:"Follow an analysis."`
	Export       exportCommand   `cmd:"" help:"Write the report of an analysis to standard output."`
	WithDatabase databaseCommand `cmd:"" name:"with-database" help:"Run a program with DATABASE_URL, BLOB_URL and STATE_DIR of the local mode."`
	Config       configCommand   `cmd:"" help:"Print the environment variables of the local mode."`
}

// run is main without the process.
func run(ctx context.Context, args []string, t terminal) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	var cli commands
	exited := false
	parser, err := kong.New(&cli,
		kong.Name("researcher-pro"),
		kong.Description("A self-hosted research backend: evidence, checked citations, reports."),
		kong.Writers(t.out, t.err), kong.UsageOnError(),
		kong.Exit(func(int) { exited = true }), // --help: nothing more to do
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(t),
	)
	if err != nil {
		return err
	}
	parsed, err := parser.Parse(args)
	if exited {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	err = parsed.Run()
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return errors.New("interrupted")
	}
	return err
}

func exitCode(err error) int {
	program := &programError{}
	switch {
	case errors.As(err, &program) && program.code > 0:
		return program.code
	case errors.Is(err, errNoEvidence):
		return exitNoEvidence
	case errors.Is(err, errUsage):
		return exitUsage
	default:
		return exitFailed
	}
}
