package prompted

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/researcherpro/researcherpro/pkg/llm"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
)

const (
	// maxSlices bounds what one analysis may cost; evidence beyond is left out.
	maxSlices = 8
	// maxHalvings is how often a slice that the model finds too long is halved before
	// evidence is given up.
	maxHalvings = 2
)

// sliced cuts evidence into slices of about the same size, each within a number of
// tokens, the most relevant evidence first.
func sliced(items []engine.Evidence, limit int) ([][]engine.Evidence, loss) {
	var lost loss
	var kept []engine.Evidence
	total := 0
	for _, item := range items {
		if size(item) > limit {
			short, ok := cutTo(item, limit)
			if !ok {
				lost.dropped++
				continue
			}
			item = short
			lost.cut++
		}
		if total+size(item) > maxSlices*limit {
			lost.dropped++
			continue
		}
		total += size(item)
		kept = append(kept, item)
	}
	if len(kept) == 0 {
		return nil, lost
	}
	share := total / ((total-1)/limit + 1) // of each, so that none ends long after the others
	var out [][]engine.Evidence
	used := 0
	for _, item := range kept {
		if len(out) == 0 || used >= share || used+size(item) > limit {
			out, used = append(out, nil), 0
		}
		used += size(item)
		out[len(out)-1] = append(out[len(out)-1], item)
	}
	return out, lost
}

// part is what one slice gave.
type part struct {
	findings  []engine.Finding
	conflicts []engine.Contradiction
	notes     notes
	passages  int
	err       error
}

// fanOut reads the slices side by side, the first ones first, and returns their parts
// in order. It fails with the first error that is not one to go on from; if no slice
// gave anything, with that too.
func fanOut(ctx context.Context, e *Engine, slices [][]engine.Evidence, read func(context.Context, []engine.Evidence) part) ([]part, error) {
	parts := make([]part, len(slices))
	var group errgroup.Group
	group.SetLimit(e.config.Parallel)
	for i, items := range slices {
		group.Go(func() error {
			parts[i] = halving(ctx, items, maxHalvings, read)
			return nil
		})
	}
	_ = group.Wait()
	gave := false
	var last error
	for i := range parts {
		p := &parts[i]
		switch {
		case p.err == nil:
			gave = true
		case !p.notes.excuse(p.err, p.passages):
			return nil, wrap(engine.StepAnalyze, p.err)
		case last == nil:
			last = p.err
		}
	}
	if last != nil && !gave {
		return nil, wrap(engine.StepAnalyze, last)
	}
	return parts, nil
}

// halving reads a slice. One that is too long for the model is read in halves, and
// when they are small already, without what is least relevant in it.
func halving(ctx context.Context, items []engine.Evidence, halvings int, read func(context.Context, []engine.Evidence) part) part {
	p := read(ctx, items)
	p.passages = len(items)
	if llmKind(p.err) != llm.TooLong {
		return p
	}
	if len(items) > 1 && halvings > 0 {
		half := (len(items) + 1) / 2
		return joined(halving(ctx, items[:half], halvings-1, read), halving(ctx, items[half:], halvings-1, read))
	}
	smaller, lost, ok := shrink(items)
	if !ok {
		return p
	}
	p = halving(ctx, smaller, 0, read)
	p.notes.lost.dropped += lost.dropped
	p.notes.lost.cut = max(p.notes.lost.cut, lost.cut) // however often it is cut
	return p
}

// joined is two parts as one. What one half lacks is noted when the other gave
// something.
func joined(a, b part) part {
	for _, p := range []part{a, b} {
		if p.err != nil && !(&notes{}).excuse(p.err, 0) {
			return p
		}
	}
	if a.err != nil && b.err != nil {
		a.passages += b.passages
		return a
	}
	for _, p := range []*part{&a, &b} {
		if p.err != nil {
			p.notes.excuse(p.err, p.passages)
		}
	}
	for _, c := range b.conflicts {
		c.First += len(a.findings)
		c.Second += len(a.findings)
		a.conflicts = append(a.conflicts, c)
	}
	a.findings = append(a.findings, b.findings...)
	a.passages += b.passages
	a.notes.add(b.notes)
	a.err = nil
	return a
}

// notes count what an answer lacks.
type notes struct {
	lost                         loss
	unpaid, refused, unreadable  int // passages
	brokeOff, unarranged, spared int // answers, calls, findings
}

func (l *loss) add(other loss) {
	l.dropped += other.dropped
	l.cut += other.cut
}

func (n *notes) add(other notes) {
	n.lost.add(other.lost)
	n.unpaid += other.unpaid
	n.refused += other.refused
	n.unreadable += other.unreadable
	n.brokeOff += other.brokeOff
	n.unarranged += other.unarranged
	n.spared += other.spared
}

// excuse notes an error that leaves the rest of an answer as it is, on a number of
// passages, and reports whether it is one.
func (n *notes) excuse(err error, passages int) bool {
	switch kind := llmKind(err); {
	case errors.Is(err, engine.ErrBudget):
		n.unpaid += passages
	case kind == llm.Refused:
		n.refused += passages
	case kind == llm.Broken:
		n.unreadable += passages
	case kind == llm.TooLong:
		n.lost.dropped += passages
	default:
		return false
	}
	return true
}

// sentences say to a reader what an answer lacks.
func (n *notes) sentences() []string {
	var out []string
	for _, note := range []struct {
		count     int
		one, many string
	}{
		{n.unpaid, "1 passage was not read because the budget was used up.", "%d passages were not read because the budget was used up."},
		{n.lost.dropped, "1 passage, the least relevant, was left out for want of room.", "%d passages, the least relevant, were left out for want of room."},
		{n.lost.cut, "1 long passage was read only in part.", "%d long passages were read only in part."},
		{n.refused, "The model would not answer on 1 passage.", "The model would not answer on %d passages."},
		{n.unreadable, "The model's answer on 1 passage could not be read.", "The model's answer on %d passages could not be read."},
		{n.brokeOff, "An answer of the model broke off at its limit; findings may be missing.", "%d answers of the model broke off at their limit; findings may be missing."},
		{n.unarranged, "The findings were not compared with each other.", "The findings were not compared with each other."},
		{n.spared, "1 less important finding was left out.", "%d less important findings were left out."},
	} {
		switch {
		case note.count == 1 || note.count > 0 && note.one == note.many:
			out = append(out, note.one)
		case note.count > 1:
			out = append(out, fmt.Sprintf(note.many, note.count))
		}
	}
	return out
}
