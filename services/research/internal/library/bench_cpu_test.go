package library

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/pg"
)

// processor is the processor time that this process and PostgreSQL's have taken. It
// says what a search costs however busy the machine is with other things.
type processor struct {
	ours, server time.Duration
}

// tick is the unit of the times in /proc: Linux has had it at a hundredth of a second
// on all machines for long.
const tick = 10 * time.Millisecond

// processorTime returns what was taken until now. The server's is 0 where it cannot be
// known: on another machine, or without /proc.
func processorTime(b *testing.B, db *pg.Pool) processor {
	b.Helper()
	var usage syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return processor{
		ours:   time.Duration(usage.Utime.Nano() + usage.Stime.Nano()),
		server: serverTime(b.Context(), db),
	}
}

// serverTime sums the time of PostgreSQL's processes, and what their parent has counted
// of those that ended.
func serverTime(ctx context.Context, db *pg.Pool) time.Duration {
	rows, err := db.Query(ctx, "SELECT pid FROM pg_stat_activity")
	if err != nil {
		return 0
	}
	pids, err := pgx.CollectRows(rows, pgx.RowTo[int])
	if err != nil {
		return 0
	}
	sum, parent := 0, 0
	for _, pid := range pids {
		f := processFields(pid)
		sum, parent = sum+f.own, max(parent, f.parent)
	}
	return time.Duration(sum+processFields(parent).children) * tick
}

// fields are some of what /proc says of a process; times are in ticks.
type fields struct {
	parent, own, children int
}

// processFields reads them; they are 0 where there is no such process.
func processFields(pid int) (f fields) {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return f
	}
	// What comes after the name, which may hold anything, begins with the state.
	_, rest, _ := strings.Cut(string(content), ") ")
	columns := strings.Fields(rest)
	number := func(i int) int {
		n, _ := strconv.Atoi(columns[i])
		return n
	}
	const parent, user, system, childrenUser, childrenSystem = 1, 11, 12, 13, 14
	if len(columns) <= childrenSystem {
		return f
	}
	return fields{number(parent), number(user) + number(system), number(childrenUser) + number(childrenSystem)}
}
