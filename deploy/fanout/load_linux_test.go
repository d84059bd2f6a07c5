package fanout

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// edge makes epoll tell of a socket once for all that came, which costs the kernel half.
const edge = 1 << 31 // EPOLLET

// readers is how many goroutines read all the sockets.
const readers = 2

// load is many sockets that are read by a few goroutines, after what epoll says.
type load struct {
	t       testing.TB
	sockets []*socket
	queues  [readers]int // epoll's descriptors
	byFD    [readers]sync.Map
	tallies [readers]*tally
	got     atomic.Int64
	stop    atomic.Bool
	done    sync.WaitGroup
	mu      sync.Mutex
	failed  error
}

func newLoad(t testing.TB) *load {
	// Besides the readers, which are always busy, the writer has to get its turn from
	// the system and not from Go's scheduler, which takes ten milliseconds for it.
	runtime.GOMAXPROCS(runtime.NumCPU() + readers)
	l := &load{t: t}
	for i := range l.queues {
		var err error
		l.queues[i], err = syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
		require.NoError(t, err)
		l.tallies[i] = &tally{}
		l.done.Go(func() { l.read(i) })
	}
	t.Cleanup(l.close)
	return l
}

// add opens n sockets over all gateways and runs in turn, several at a time.
func (l *load) add(w *world, n int, runs ...*run) {
	l.t.Helper()
	opened := make(chan *socket, n)
	failed := make(chan error, n)
	var places atomic.Int64
	var dialing sync.WaitGroup
	for range 16 {
		dialing.Go(func() {
			for i := places.Add(1) - 1; i < int64(n); i = places.Add(1) - 1 {
				r := runs[int(i)%len(runs)]
				s, err := dial(w.gateways[int(i)/len(runs)%len(w.gateways)].addr, w.token, r, r.last.Load())
				if err != nil {
					failed <- err
					return
				}
				opened <- s
			}
		})
	}
	dialing.Wait()
	close(opened)
	if len(failed) > 0 {
		require.NoError(l.t, <-failed)
	}
	for s := range opened {
		l.watch(s)
	}
}

// watch lets a socket be read.
func (l *load) watch(s *socket) {
	l.t.Helper()
	i := len(l.sockets) % readers
	l.sockets = append(l.sockets, s)
	l.byFD[i].Store(s.fd, s)
	require.NoError(l.t, syscall.SetNonblock(s.fd, true))
	event := syscall.EpollEvent{Events: syscall.EPOLLIN | edge, Fd: int32(s.fd)}
	require.NoError(l.t, syscall.EpollCtl(l.queues[i], syscall.EPOLL_CTL_ADD, s.fd, &event))
}

// read reads what is there until the load stops.
func (l *load) read(i int) {
	events, buf, seen := make([]syscall.EpollEvent, 256), make([]byte, 256<<10), l.tallies[i]
	for !l.stop.Load() {
		n, _ := syscall.EpollWait(l.queues[i], events, 100) // an interrupted wait has no events
		before := seen.messages
		for _, e := range events[:max(n, 0)] {
			known, _ := l.byFD[i].Load(int(e.Fd))
			s := known.(*socket) //nolint:forcetypeassert // only sockets are stored
			if err := l.drain(s, buf, seen); err != nil {
				seen.closed++
				l.byFD[i].Delete(s.fd)
				_ = syscall.EpollCtl(l.queues[i], syscall.EPOLL_CTL_DEL, s.fd, nil)
				l.fail(err)
			}
		}
		l.got.Add(seen.messages - before)
	}
}

// drain reads all that came. What does not fill the buffer was all.
func (l *load) drain(s *socket, buf []byte, seen *tally) error {
	for {
		n, err := syscall.Read(s.fd, buf)
		switch {
		case err == syscall.EINTR:
			continue
		case err == syscall.EAGAIN:
			return nil
		case err != nil:
			return err
		case n == 0:
			return errClosed
		}
		if err := s.take(buf[:n], time.Now(), seen); err != nil || n < len(buf) {
			return err
		}
	}
}

func (l *load) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failed == nil {
		l.failed = fmt.Errorf("a socket of the load ended: %w", err)
	}
}

// await waits until so many messages came in all.
func (l *load) await(messages int64, patience time.Duration) {
	l.t.Helper()
	require.Eventually(l.t, func() bool { return l.got.Load() >= messages }, patience, 2*time.Millisecond, "messages are missing")
}

// end stops reading and returns all that was seen.
func (l *load) end() *tally {
	l.t.Helper()
	l.stop.Store(true)
	l.done.Wait()
	require.NoError(l.t, l.failed)
	all := &tally{}
	for _, one := range l.tallies {
		all.messages += one.messages
		all.wrong += one.wrong
		for i, n := range one.late {
			all.late[i] += n
		}
	}
	return all
}

func (l *load) close() {
	l.stop.Store(true)
	l.done.Wait()
	for _, s := range l.sockets {
		_ = syscall.Close(s.fd)
	}
	for _, q := range l.queues {
		_ = syscall.Close(q)
	}
}

// percentile returns the age in milliseconds that a share of the events did not exceed.
func (a *tally) percentile(share float64) int {
	total := int64(0)
	for _, n := range a.late {
		total += n
	}
	left := int64(float64(total) * share)
	for ms, n := range a.late {
		if left -= n; left < 0 {
			return ms
		}
	}
	return len(a.late) - 1
}
