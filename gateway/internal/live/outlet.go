package live

import (
	"errors"
	"net"
	"sync"
	"syscall"
	"time"
)

// errShut is what a write gets behind the close frame, or after a write that broke.
var errShut = errors.New("live: the socket is closing")

// outlet is the way out of a socket: whole frames, by one writer at a time.
type outlet struct {
	conn net.Conn
	// raw writes without waiting; nil where the connection is not the system's, as
	// under TLS.
	raw syscall.RawConn

	mu   sync.Mutex
	shut bool // a close frame was written, or part of a frame only; guarded by mu

	// The arguments and results of once, which is made once and not for each write.
	once    func(fd uintptr) bool
	pending []byte
	wrote   int
	failed  error
}

func newOutlet(conn net.Conn) *outlet {
	o := &outlet{conn: conn}
	if system, ok := conn.(syscall.Conn); ok {
		if raw, err := system.SyscallConn(); err == nil {
			o.raw = raw
		}
	}
	o.once = func(fd uintptr) bool {
		for {
			o.wrote, o.failed = syscall.Write(int(fd), o.pending)
			if !errors.Is(o.failed, syscall.EINTR) {
				return true // done, whatever came of it: not to wait is the point
			}
		}
	}
	return o
}

// write sends whole frames. A client that does not take them within writeTimeout is
// gone.
func (o *outlet) write(frames []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.shut {
		return errShut
	}
	return o.finish(frames)
}

// offer writes what the connection takes at once. When that is all, or the socket is
// broken, done is true. Else the rest goes through complete, by a goroutine that may
// wait; the outlet is locked until then. ok is false when somebody else is writing,
// who waits perhaps; then nothing was done.
func (o *outlet) offer(frames []byte, wanted func() bool) (rest []byte, done, ok bool) {
	if !o.mu.TryLock() {
		return nil, false, false
	}
	if o.shut || !wanted() {
		o.mu.Unlock()
		return nil, true, true
	}
	n, err := o.some(frames)
	if err != nil {
		o.shut = true
		o.mu.Unlock()
		return nil, true, true // the reading side learns of it
	}
	if n == len(frames) {
		o.mu.Unlock()
		return nil, true, true
	}
	return frames[n:], false, true
}

// complete writes the rest of an offer and lets others write.
func (o *outlet) complete(rest []byte) error {
	defer o.mu.Unlock()
	return o.finish(rest)
}

// some writes without waiting and returns how much went. The caller holds o.mu.
func (o *outlet) some(p []byte) (int, error) {
	if o.raw == nil {
		return 0, nil
	}
	o.pending, o.wrote, o.failed = p, 0, nil
	err := o.raw.Write(o.once)
	o.pending = nil
	switch {
	case err != nil:
		return 0, err
	case errors.Is(o.failed, syscall.EAGAIN):
		return 0, nil
	case o.failed != nil:
		return 0, o.failed
	}
	return o.wrote, nil
}

// finish writes all, and waits for it. The caller holds o.mu.
func (o *outlet) finish(p []byte) error {
	n, err := o.some(p)
	if err == nil && n < len(p) {
		if err = o.conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err == nil {
			_, err = o.conn.Write(p[n:])
		}
		// Without this the next write that does not wait would look too late.
		if err == nil {
			err = o.conn.SetWriteDeadline(time.Time{})
		}
	}
	if err != nil {
		o.shut = true
	}
	return err
}

// close writes the close frame as the last one. Who is writing, and waits for the
// client, gets until the deadline.
func (o *outlet) close(frame []byte, deadline time.Time) error {
	if err := o.conn.SetWriteDeadline(deadline); err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.shut {
		return errShut
	}
	o.shut = true
	if err := o.conn.SetWriteDeadline(deadline); err != nil { // finish may have taken it away
		return err
	}
	_, err := o.conn.Write(frame)
	return err
}
