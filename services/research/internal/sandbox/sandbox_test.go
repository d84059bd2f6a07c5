package sandbox_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/sandbox"
)

const mib = 1 << 20

// TestMain makes the test's program a child when it was started as one.
func TestMain(m *testing.M) {
	if sandbox.Inside() {
		fmt.Fprintln(os.Stderr, sandbox.Serve(do))
		os.Exit(1)
	}
	if err := os.Setenv("A_SECRET", "s3cret"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// do is what the children of these tests do.
func do(work []byte) ([]byte, bool) {
	order, rest, _ := strings.Cut(string(work), " ")
	switch order {
	case "pid":
		return fmt.Appendf(nil, "%d", os.Getpid()), false
	case "pid-last":
		return fmt.Appendf(nil, "%d", os.Getpid()), true
	case "environment":
		return []byte(strings.Join(os.Environ(), "\n")), false
	case "eat":
		var kept [][]byte
		for {
			block := make([]byte, mib)
			for i := 0; i < len(block); i += 4096 {
				block[i] = 1
			}
			kept = append(kept, block)
			if len(kept) > 4096 {
				return []byte("ate it all"), false
			}
		}
	case "one":
		block := make([]byte, 3<<30)
		block[len(block)-1] = 1
		return block[:1], false
	case "spin":
		for i := 0; ; i++ {
			if i < 0 {
				return nil, false // in some hundred years
			}
		}
	case "panic":
		panic("hostile")
	case "recurse":
		return fmt.Appendf(nil, "%d", recurse(0)), false
	}
	return []byte(strings.ToUpper(rest)), false
}

// recurse ends when there is no stack left.
func recurse(n int) int {
	if n < 0 {
		return 0
	}
	return recurse(n+1) + 1
}

// pool returns a pool that is closed with the test.
func pool(t *testing.T, size int, idle time.Duration) *sandbox.Pool {
	t.Helper()
	if !sandbox.Supported {
		t.Skip("this system cannot confine a process")
	}
	p := sandbox.New(sandbox.Config{Args: []string{"child"}, MemoryBytes: 256 * mib, Size: size, Idle: idle})
	t.Cleanup(p.Close)
	return p
}

// run gives work and returns the answer.
func run(t *testing.T, p *sandbox.Pool, work string) string {
	t.Helper()
	answer, err := p.Run(t.Context(), []byte(work), 20*time.Second)
	require.NoError(t, err)
	return string(answer)
}

func TestRun_WorkIsDoneByOneChildAfterTheOther(t *testing.T) {
	t.Parallel()
	p := pool(t, 1, 0)
	require.Equal(t, "HELLO", run(t, p, "upper hello"))
	first := run(t, p, "pid")
	require.Equal(t, first, run(t, p, "pid"), "a child is kept")
	require.NotEqual(t, fmt.Sprint(os.Getpid()), first)
	require.Equal(t, first, run(t, p, "pid-last"))
	require.NotEqual(t, first, run(t, p, "pid"), "one that asked for it is replaced")
}

func TestRun_LargeAnswersAndRequests(t *testing.T) {
	t.Parallel()
	p := pool(t, 1, 0)
	text := strings.Repeat("abcdefgh", 2*mib)
	require.Equal(t, strings.ToUpper(text), run(t, p, "upper "+text))
}

func TestRun_NoSecretIsInherited(t *testing.T) {
	t.Parallel()
	require.NotContains(t, run(t, pool(t, 1, 0), "environment"), "s3cret")
}

func TestRun_Faults(t *testing.T) {
	t.Parallel()
	p := pool(t, 1, 0)
	for work, want := range map[string]error{
		"eat":     sandbox.ErrMemory,
		"one":     sandbox.ErrMemory,
		"panic":   sandbox.ErrCrash,
		"recurse": sandbox.ErrCrash,
	} {
		t.Run(work, func(t *testing.T) {
			if errors.Is(want, sandbox.ErrMemory) && !sandbox.LimitsMemory {
				t.Skip("memory is not limited here")
			}
			_, err := p.Run(t.Context(), []byte(work), 20*time.Second)
			require.ErrorIs(t, err, want)
			require.Equal(t, "STILL HERE", run(t, p, "upper still here"))
		})
	}
}

func TestRun_TimeIsUp(t *testing.T) {
	t.Parallel()
	p := pool(t, 1, 0)
	_, err := p.Run(t.Context(), []byte("spin"), 300*time.Millisecond)
	require.ErrorIs(t, err, sandbox.ErrTime)
	require.Equal(t, "NEXT", run(t, p, "upper next"))
}

func TestRun_TheCallerGoes(t *testing.T) {
	t.Parallel()
	p := pool(t, 1, 0)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := p.Run(ctx, []byte("spin"), time.Minute)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.NotErrorIs(t, err, sandbox.ErrTime)
}

func TestPool_IdleChildrenGo(t *testing.T) {
	t.Parallel()
	p := pool(t, 1, 50*time.Millisecond)
	var pid int
	_, err := fmt.Sscan(run(t, p, "pid"), &pid)
	require.NoError(t, err)
	require.Eventually(t, func() bool { return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }, 10*time.Second, 10*time.Millisecond)
	require.Equal(t, "AGAIN", run(t, p, "upper again"))
}

func TestPool_NothingAfterClose(t *testing.T) {
	t.Parallel()
	p := pool(t, 1, 0)
	run(t, p, "upper x")
	p.Close()
	_, err := p.Run(t.Context(), []byte("upper x"), time.Second)
	require.ErrorContains(t, err, "closed")
}
