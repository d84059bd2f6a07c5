package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
)

// vectors runs the conformance tests of addresses and of the guard, which need a
// resolver and a dialler of their own and so cannot be asked from outside.
func vectors(ctx context.Context, e *environment) error {
	for _, set := range []struct{ name, dir, pkg, run, best string }{
		{"vectors/url: canonical addresses", "url", "./services/research/internal/webaddr", ".", "exact"},
		{"vectors/ssrf: private addresses never dialled", "ssrf", "./services/research/internal/fetch", "Guard", "none"},
	} {
		if e.path("vectors", set.dir) == "" {
			continue
		}
		passed, notes, err := e.goTest(ctx, set.pkg, set.run)
		if err != nil {
			return err
		}
		e.table.add(measured{Name: set.name, Value: passed, Floor: 1, Best: set.best, Data: "go test " + set.pkg, Notes: notes})
	}
	return nil
}

// ran matches a line that tells of a test that ran, and of one that only said so.
var ran = regexp.MustCompile(`(?m)^--- (PASS|FAIL|SKIP): (\S+)`)

// goTest runs tests of a package and returns the share that passed, of those that
// were not skipped.
func (e *environment) goTest(ctx context.Context, pkg, run string) (float64, []string, error) {
	data, err := filepath.Abs(e.data)
	if err != nil {
		return 0, nil, err
	}
	cmd := exec.CommandContext(ctx, "go", "test", "-count=1", "-v", "-run", run, pkg) //nolint:gosec // both are named in this file
	cmd.Env = append(os.Environ(), "RP_DATA="+data)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		return 0, nil, err
	}
	passed, all := 0, 0
	var notes []string
	for _, match := range ran.FindAllStringSubmatch(out.String(), -1) {
		notes = append(notes, match[1]+" "+match[2])
		switch match[1] {
		case "PASS":
			passed++
			all++
		case "FAIL":
			all++
		}
	}
	if all == 0 {
		return 0, nil, fmt.Errorf("%s: no test ran: %s", pkg, out.String())
	}
	return float64(passed) / float64(all), notes, nil
}
